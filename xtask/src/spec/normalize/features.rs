//! The cargo features of schemas and operations: those of their file, unless code that is always compiled needs them.

use std::collections::{BTreeMap, BTreeSet};

use super::request::Request;
use crate::spec::openapi::{Schema, Schemas};

/// The features of the schemas that are not always compiled, by schema.
#[derive(Debug, Default)]
pub(super) struct Features(BTreeMap<String, BTreeSet<String>>);

impl Features {
    /// Finds the features of all schemas by following the references of `given` schemas and of requests. A schema that was inline gets the features of the
    /// schemas and requests that refer to it.
    pub(super) fn of(requests: &[Request], given: &BTreeSet<String>, schemas: &Schemas) -> Self {
        let mut reached: BTreeMap<Option<&String>, BTreeSet<String>> = BTreeMap::new();
        for (name, schema) in schemas.iter().filter(|(name, _)| given.contains(*name)) {
            let reached = reached.entry(schema.feature.as_ref()).or_default();
            reached.insert(name.clone());
            reach(schema, schemas, reached);
        }
        for request in requests {
            let reached = reached.entry(request.operation.feature.as_ref()).or_default();
            request.schemas().for_each(|schema| reach(schema, schemas, reached));
        }
        let always = reached.remove(&None).unwrap_or_default();
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (feature, names) in reached {
            for name in names.difference(&always) {
                features.entry(name.clone()).or_default().extend(feature.cloned());
            }
        }
        Self(features)
    }

    /// Returns the condition under which a schema is compiled, or `None` if it always is.
    pub(super) fn of_schema(&self, name: &str) -> Option<String> {
        self.0.get(name).map(condition)
    }
}

/// The conditions under which a request is compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub(super) of_module: Option<String>,
    pub(super) own: Option<String>,
}

/// Returns the conditions of all requests, in their order. The requests of a tag share a module, which is compiled if any of them is. If their features differ,
/// each request also has its own condition.
pub(super) fn of_requests(requests: &[Request]) -> Vec<Conditions> {
    let mut tags: BTreeMap<&str, Option<BTreeSet<String>>> = BTreeMap::new();
    for request in requests {
        let features = tags.entry(&request.names.tag).or_insert_with(|| Some(BTreeSet::new()));
        match (&request.operation.feature, features.as_mut()) {
            (None, _) => *features = None,
            (Some(feature), Some(features)) => drop(features.insert(feature.clone())),
            (Some(_), None) => {}
        }
    }
    let conditions = requests.iter().map(|request| {
        let of_module = tags.get(request.names.tag.as_str()).and_then(Option::as_ref);
        let is_said = of_module.is_some_and(|features| features.len() <= 1);
        let own = request.operation.feature.iter().filter(|_| !is_said);
        Conditions {
            of_module: of_module.map(condition),
            own: own.map(|feature| condition(&BTreeSet::from([feature.clone()]))).next(),
        }
    });
    conditions.collect()
}

fn condition(features: &BTreeSet<String>) -> String {
    let features: Vec<String> = features.iter().map(|feature| format!("feature = {feature:?}")).collect();
    match features.as_slice() {
        [only] => only.clone(),
        several => format!("any({})", several.join(", ")),
    }
}

/// Adds the names of all schemas that can be reached from one.
pub(super) fn reach(schema: &Schema, schemas: &Schemas, reached: &mut BTreeSet<String>) {
    let mut queue = vec![schema];
    while let Some(schema) = queue.pop() {
        if let Some(name) = &schema.reference
            && let Some(target) = schemas.get(name)
            && reached.insert(name.clone())
        {
            queue.push(target);
        }
        queue.extend(schema.children());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::request::{Request, tests::requests};
    use super::*;
    use crate::spec::openapi::tests;

    fn of(name: &str) -> Json {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    #[test]
    fn what_is_always_there_takes_what_it_needs_along() {
        let schemas = tests::schemas(&json!({
            "Frame": { "properties": { "shared": of("Shared") } },
            "Shared": { "x-feature": "web" },
            "Answer": { "x-feature": "web", "properties": { "inner": of("AnswerInner"), "example": of("Shared") } },
            "AnswerInner": {},
            "Extra": { "x-feature": "extra", "items": of("Both") },
            "Both": { "x-feature": "web" },
        }));
        let given = ["Frame", "Shared", "Answer", "Extra", "Both"].map(str::to_owned).into_iter().collect();
        let features = Features::of(&[], &given, &schemas);
        for (name, condition) in [
            ("Frame", None),
            ("Shared", None),
            ("Answer", Some("feature = \"web\"")),
            ("AnswerInner", Some("feature = \"web\"")),
            ("Both", Some("any(feature = \"extra\", feature = \"web\")")),
        ] {
            assert_eq!(features.of_schema(name).as_deref(), condition, "{name}");
        }
    }

    #[test]
    fn a_module_is_there_if_one_of_its_operations_always_is() {
        let operation = |tag: &str, feature: &str| json!({ "get": { "tags": [tag], "x-feature": feature, "responses": {} } });
        let requests: Vec<Request> = requests(&json!({ "paths": {
            "/a": operation("users", "web"), "/b": operation("users", "web"), "/c": operation("rtm", "web"),
            "/d": { "get": { "tags": ["rtm"], "responses": { "200": of("Answer") } } },
        } }));
        let conditions = of_requests(&requests);
        let conditions: Vec<_> =
            conditions.iter().map(|it| (it.of_module.as_deref(), it.own.as_deref())).collect();
        let web = Some("feature = \"web\"");
        assert_eq!(conditions, [(web, None), (web, None), (None, web), (None, None)]);
    }
}
