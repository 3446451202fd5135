//! Names of schemas and of operations, each of them once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{PREFIX, list, operations_mut, text};
use crate::spec::{naming, reserved};

/// Names that are given only once: what is taken gets a number. Names that differ in case alone would share a file.
#[derive(Default)]
pub(super) struct Unique(BTreeSet<String>);

impl Unique {
    /// With names that are taken from the start.
    pub(super) fn without<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self(taken.into_iter().map(str::to_lowercase).collect())
    }

    /// With these names of types taken, and those that no generated type can have.
    pub(super) fn of_types<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        // A type is a file as well, and no module can be called as a keyword.
        let never = reserved::TYPES.into_iter().chain(reserved::MODULES).chain(naming::keywords());
        let mut out = Self::without(taken);
        out.0.extend(never.map(str::to_lowercase));
        out
    }

    /// The name, or the name with the first number that makes it a new one.
    pub(super) fn give(&mut self, name: &str) -> String {
        let separator = if name.contains('_') || name.starts_with(char::is_lowercase) { "_" } else { "" };
        let plain = name.trim_start_matches("r#").trim_end_matches('_');
        let free = std::iter::once(name.to_owned())
            .chain((2..).map(|n| format!("{plain}{separator}{n}")))
            .find(|name| !self.0.contains(&name.to_lowercase()))
            .unwrap_or_default();
        self.0.insert(free.to_lowercase());
        free
    }
}

/// Renames every schema to what it is called in Rust.
pub(super) fn schemas(json: &mut Json) {
    let Some(schemas) = json.pointer_mut("/components/schemas").and_then(Json::as_object_mut) else { return };
    let mut unique = Unique::of_types([]);
    let mut names = BTreeMap::new();
    let renamed = std::mem::take(schemas)
        .into_iter()
        .map(|(name, mut schema)| {
            let rust = match (text(&schema, "x-rust-type"), text(&schema, "x-rust-name")) {
                ("", "") => unique.give(&naming::pascal(&naming::ascii(&name))),
                ("", rust) => unique.give(&naming::pascal(&naming::ascii(rust))),
                (rust, _) => rust.to_owned(),
            };
            names.insert(format!("{PREFIX}{name}"), format!("{PREFIX}{rust}"));
            if let Some(map) = schema.as_object_mut() {
                // What a discriminator without a mapping goes by.
                map.insert("x-wire-name".to_owned(), name.into());
            }
            (rust, schema)
        })
        .collect();
    *schemas = renamed;
    rewrite_references(json, false, &names);
}

/// Makes every reference lead to the new name. The keys of `properties` are names of the document's own: one of them may be `example`.
fn rewrite_references(json: &mut Json, keys_are_names: bool, names: &BTreeMap<String, String>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| rewrite_references(item, false, names)),
        Json::Object(map) => {
            for (key, value) in map {
                match value {
                    value if keys_are_names => rewrite_references(value, false, names),
                    Json::String(text) if key == "$ref" => {
                        if let Some(name) = names.get(text) {
                            text.clone_from(name);
                        }
                    }
                    Json::Object(targets) if key == "mapping" => {
                        for target in targets.values_mut() {
                            let reference = match target.as_str() {
                                Some(text) if text.starts_with('#') => text.to_owned(),
                                text => format!("{PREFIX}{}", text.unwrap_or_default()),
                            };
                            if let Some(name) = names.get(&reference) {
                                *target = name.as_str().into();
                            } else {
                                rewrite_references(target, false, names);
                            }
                        }
                    }
                    _ if key == "example" => {}
                    other => rewrite_references(other, key == "properties", names),
                }
            }
        }
        _ => {}
    }
}

/// Gives every operation a `x-function`, a `x-request` and exactly one tag.
pub(super) fn operations(json: &mut Json) {
    let mut functions = Unique::without(reserved::METHODS_OF_CLIENTS);
    let mut requests = Unique::without(reserved::REQUESTS);
    for (path, method, operation) in operations_mut(json) {
        let id = match text(operation, "operationId") {
            "" => format!("{method}_{path}"),
            id => id.to_owned(),
        };
        let tag = list(operation, "tags").first().and_then(Json::as_str).unwrap_or("default");
        let tag = naming::snake(&naming::ascii(tag)).trim_start_matches("r#").to_owned();
        operation["x-function"] = functions.give(&naming::snake(&id)).into();
        operation["x-request"] = requests.give(&naming::pascal(&id)).into();
        operation["tags"] = json!([tag]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_gets_a_number() {
        let mut unique = Unique::without(["call"]);
        let names = ["call", "call", "r#type", "r#type", "Team", "Team", "self_", "self_"]
            .map(|name| unique.give(name));
        assert_eq!(names, ["call_2", "call_3", "r#type", "type_2", "Team", "Team2", "self_", "self_2"]);
    }

    #[test]
    fn schemas_are_called_as_in_rust() {
        let mut json = json!({ "components": { "schemas": {
            "a_b": { "type": "string" }, "aB": { "$ref": "#/components/schemas/a_b" }, "option": {}, "größe": {},
            "type": {}, "u": { "oneOf": [], "discriminator": { "mapping": { "x": "a_b", "y": "#/components/schemas/aB", "z": "nowhere" } } },
        } } });
        schemas(&mut json);
        let schemas = json["components"]["schemas"].as_object().unwrap();
        let names: Vec<&String> = schemas.keys().collect();
        assert_eq!(names, ["AB", "AB2", "Option2", "GrUf6Udfe", "Type2", "U"]);
        assert_eq!(schemas["AB2"]["$ref"], "#/components/schemas/AB");
        assert_eq!(
            schemas["U"]["discriminator"]["mapping"],
            json!({ "x": "#/components/schemas/AB", "y": "#/components/schemas/AB2", "z": "nowhere" })
        );
    }

    #[test]
    fn a_property_called_example_is_a_property() {
        let mut json = json!({ "components": { "schemas": {
            "a_b": { "type": "string" },
            "C": {
                "properties": { "example": { "$ref": "#/components/schemas/a_b" } },
                "example": { "$ref": "#/components/schemas/a_b" },
            },
        } } });
        schemas(&mut json);
        let schema = &json["components"]["schemas"]["C"];
        assert_eq!(schema["properties"]["example"]["$ref"], "#/components/schemas/AB");
        assert_eq!(schema["example"]["$ref"], "#/components/schemas/a_b");
    }

    #[test]
    fn operations_have_a_name_and_one_tag() {
        let mut json = json!({ "paths": { "/a/{b}": {
            "get": {}, "post": { "operationId": "call", "tags": ["x.y", "z"] }, "put": { "operationId": "Client" }, "summary": "s",
        } } });
        operations(&mut json);
        let item = &json["paths"]["/a/{b}"];
        let of = |method: &str| {
            json!([item[method]["x-function"], item[method]["x-request"], item[method]["tags"]])
        };
        assert_eq!(of("get"), json!(["get_a_b", "GetAB", ["default"]]));
        assert_eq!(of("post"), json!(["call_2", "Call2", ["x_y"]]));
        assert_eq!(of("put"), json!(["client", "Client2", ["default"]]));
    }
}
