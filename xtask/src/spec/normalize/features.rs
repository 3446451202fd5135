//! Which cargo feature a schema or an operation belongs to: the ones of the file that it stands in, unless something that is always there needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{PREFIX, Schemas, operations_mut, text};

/// The features of what is not always there, by schema.
#[derive(Debug, Default)]
pub(super) struct Features(BTreeMap<String, BTreeSet<String>>);

impl Features {
    /// Follows all references, those of `given` schemas and of operations first. What stood inline belongs to whatever it stood in.
    pub(super) fn of(document: &Json, given: &BTreeSet<String>, schemas: &Schemas) -> Self {
        let feature = |json: &Json| Some(text(json, "x-feature").to_owned()).filter(|name| !name.is_empty());
        let mut reached: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
        for (name, schema) in schemas.iter().filter(|(name, _)| given.contains(*name)) {
            let reached = reached.entry(feature(schema)).or_default();
            reached.insert(name.clone());
            follow(schema, schemas, reached);
        }
        for (_, _, operation) in super::operations_of(document) {
            follow(operation, schemas, reached.entry(feature(operation)).or_default());
        }
        let always = reached.remove(&None).unwrap_or_default();
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (feature, names) in reached {
            for name in names.difference(&always) {
                features.entry(name.clone()).or_default().extend(feature.clone());
            }
        }
        Self(features)
    }

    /// The condition under which a schema is compiled.
    pub(super) fn of_schema(&self, name: &str) -> Json {
        self.0.get(name).map_or(Json::Bool(false), condition)
    }
}

/// The conditions under which operations are compiled. Those of a tag share a module, which has the condition that all of them have. Where they differ, each has
/// its own too.
pub(super) fn of_tags(document: &mut Json) {
    let tag =
        |operation: &Json| operation.pointer("/tags/0").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut tags: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for (_, _, operation) in super::operations_of(document) {
        let features = tags.entry(tag(operation)).or_insert_with(|| Some(BTreeSet::new()));
        match (text(operation, "x-feature"), features.as_mut()) {
            ("", _) => *features = None,
            (feature, Some(features)) => drop(features.insert(feature.to_owned())),
            (_, None) => {}
        }
    }
    for (_, _, operation) in operations_mut(document) {
        let of_module = tags.get(&tag(operation)).and_then(Option::as_ref);
        if let Some(features) = of_module {
            operation["x-module-cfg"] = condition(features);
        }
        let feature = text(operation, "x-feature").to_owned();
        if !feature.is_empty() && of_module.is_none_or(|features| features.len() > 1) {
            operation["x-cfg"] = condition(&BTreeSet::from([feature]));
        }
    }
}

fn condition(features: &BTreeSet<String>) -> Json {
    let features: Vec<String> = features.iter().map(|feature| format!("feature = {feature:?}")).collect();
    match features.as_slice() {
        [only] => only.clone().into(),
        several => format!("any({})", several.join(", ")).into(),
    }
}

fn follow(json: &Json, schemas: &Schemas, reached: &mut BTreeSet<String>) {
    let mut queue = vec![json];
    while let Some(json) = queue.pop() {
        match json {
            Json::Object(map) => {
                if let Some(name) =
                    map.get("$ref").and_then(Json::as_str).and_then(|it| it.strip_prefix(PREFIX))
                    && let Some(schema) = schemas.get(name)
                    && reached.insert(name.to_owned())
                {
                    queue.push(schema);
                }
                queue.extend(map.iter().filter(|(key, _)| *key != "example").map(|(_, value)| value));
            }
            Json::Array(items) => queue.extend(items),
            _ => {}
        }
    }
}

/// The names of all schemas.
pub(super) fn names(schemas: &Map<String, Json>) -> BTreeSet<String> {
    schemas.keys().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str) -> Json {
        json!({ "$ref": format!("{PREFIX}{name}") })
    }

    #[test]
    fn what_is_always_there_takes_what_it_needs_along() {
        let Json::Object(schemas) = json!({
            "Frame": { "properties": { "shared": of("Shared") } },
            "Shared": { "x-feature": "web" },
            "Answer": { "x-feature": "web", "properties": { "inner": of("AnswerInner"), "shared": of("Shared") } },
            "AnswerInner": {},
            "Extra": { "x-feature": "extra", "items": of("Both") },
            "Both": { "x-feature": "web" },
        }) else {
            unreachable!()
        };
        let given = ["Frame", "Shared", "Answer", "Extra", "Both"].map(str::to_owned).into_iter().collect();
        let features = Features::of(&json!({}), &given, &schemas);
        for (name, condition) in [
            ("Frame", json!(false)),
            ("Shared", json!(false)),
            ("Answer", json!("feature = \"web\"")),
            ("AnswerInner", json!("feature = \"web\"")),
            ("Both", json!("any(feature = \"extra\", feature = \"web\")")),
        ] {
            assert_eq!(features.of_schema(name), condition, "{name}");
        }
    }

    #[test]
    fn a_module_is_there_if_one_of_its_operations_always_is() {
        let operation = |tag: &str, feature: &str| json!({ "get": { "tags": [tag], "x-feature": feature, "responses": {} } });
        let mut document = json!({ "paths": {
            "/a": operation("users", "web"), "/b": operation("users", "web"), "/c": operation("rtm", "web"),
            "/d": { "get": { "tags": ["rtm"], "responses": { "200": of("Answer") } } },
        } });
        of_tags(&mut document);
        let condition = |path: &str, key: &str| document["paths"][path]["get"][key].clone();
        assert_eq!(condition("/b", "x-module-cfg"), "feature = \"web\"");
        assert_eq!(condition("/b", "x-cfg"), Json::Null);
        assert_eq!(condition("/c", "x-module-cfg"), Json::Null);
        assert_eq!(condition("/c", "x-cfg"), "feature = \"web\"");
        assert_eq!(condition("/d", "x-cfg"), Json::Null);
    }
}
