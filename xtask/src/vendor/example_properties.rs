//! Adds properties that a document's examples have and its schemas lack: often a schema has only `ok`.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::own_schemas::{OwnSchemas, PREFIX};

/// How deep an example is looked into.
const MAX_DEPTH: usize = 10;

/// From how many keys on an object whose values are all texts is a map of them.
const MAP_OF_TEXTS: usize = 4;

/// Adds what examples show, of one operation after the other.
pub(super) struct ExampleProperties<'a> {
    ours: &'a OwnSchemas<'a>,
    /// The names of the properties that were added of the present operation.
    pub(super) added: BTreeSet<String>,
}

impl<'a> ExampleProperties<'a> {
    pub(super) fn new(ours: &'a OwnSchemas<'a>) -> Self {
        Self { ours, added: BTreeSet::new() }
    }

    /// Adds what the example has and the schema lacks. What stands elsewhere, or is a union, is left as it is.
    pub(super) fn add(&mut self, schema: &mut Json, example: &Json, depth: usize) {
        let has = |schema: &Json, key: &str| schema.get(key).is_some();
        if depth > MAX_DEPTH || ["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| has(schema, key)) {
            return;
        }
        let is_object = schema["type"] == "object" || has(schema, "properties");
        match example {
            Json::Object(members) if is_object && !schema["additionalProperties"].is_object() => {
                if members.is_empty() && !has(schema, "properties") {
                    return;
                }
                if !has(schema, "properties") {
                    let inferred = self.infer("", &[example], depth);
                    for key in ["properties", "additionalProperties"] {
                        if let Some(value) = inferred.get(key) {
                            schema[key] = value.clone();
                        }
                    }
                    return;
                }
                for (name, member) in members {
                    match schema["properties"].get_mut(name) {
                        Some(known) => self.add(known, member, depth + 1),
                        None => {
                            if depth == 0 {
                                self.added.insert(name.clone());
                            }
                            let mut property = self.infer(name, &[member], depth + 1);
                            let about =
                                format!("`{}`, as the document's example has it.", name.replace('`', "'"));
                            match property.get("$ref").cloned() {
                                Some(target) => {
                                    property = json!({ "description": about, "allOf": [{ "$ref": target }] });
                                }
                                None => property["description"] = about.into(),
                            }
                            schema["properties"][name] = property;
                        }
                    }
                }
            }
            Json::Array(items) => {
                if let Some(inner) = schema.get_mut("items").filter(|inner| inner.is_object()) {
                    for item in items {
                        self.add(inner, item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// The schema of all these values.
    fn infer(&self, name: &str, values: &[&Json], depth: usize) -> Json {
        let values: Vec<&Json> = values.iter().copied().filter(|value| !value.is_null()).collect();
        let all = |is: fn(&Json) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
        if depth > MAX_DEPTH {
            return json!({});
        }
        if all(Json::is_boolean) {
            json!({ "type": "boolean" })
        } else if all(|value| value.is_i64() || value.is_u64()) {
            json!({ "type": "integer" })
        } else if all(Json::is_number) {
            json!({ "type": "number" })
        } else if all(Json::is_string) {
            // Some examples name the type in place of a value.
            if values.iter().any(|value| ["array", "object"].contains(&value.as_str().unwrap_or_default())) {
                return json!({});
            }
            let values: Vec<Json> = values.into_iter().cloned().collect();
            match self.ours.scalar_of_values(name, &values) {
                Some(scalar) => json!({ "$ref": format!("{PREFIX}{scalar}") }),
                None => json!({ "type": "string" }),
            }
        } else if all(Json::is_array) {
            let items: Vec<&Json> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
            json!({ "type": "array", "items": self.infer(singular(name), &items, depth + 1) })
        } else if all(Json::is_object) {
            self.infer_object(name, &values, depth)
        } else {
            json!({})
        }
    }

    fn infer_object(&self, name: &str, values: &[&Json], depth: usize) -> Json {
        let members: Vec<(&String, &Json)> =
            values.iter().filter_map(|value| value.as_object()).flatten().collect();
        let of_all: Vec<&Json> = members.iter().map(|(_, member)| *member).collect();
        let keys: BTreeSet<&String> = members.iter().map(|(key, _)| *key).collect();
        if keys.is_empty() {
            return json!({});
        }
        let is_name = |key: &&String| {
            key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let is_map = !keys.iter().all(is_name)
            || keys.len() >= MAP_OF_TEXTS
                && of_all.iter().all(|member| member.is_string())
                && values.len() == 1
                && are_alike(&of_all);
        if is_map {
            return json!({ "type": "object", "additionalProperties": self.infer(singular(name), &of_all, depth + 1) });
        }
        let mut properties = Map::new();
        for key in members.iter().map(|(key, _)| *key) {
            if !properties.contains_key(key) {
                let of_key: Vec<&Json> =
                    members.iter().filter(|(other, _)| *other == key).map(|(_, member)| *member).collect();
                properties.insert(key.clone(), self.infer(key, &of_key, depth + 1));
            }
        }
        json!({ "type": "object", "properties": properties })
    }
}

/// Whether texts are all of one make: addresses, say.
fn are_alike(values: &[&Json]) -> bool {
    let is_address =
        |value: &&&Json| value.as_str().is_some_and(|text| text.contains("://") || text.contains(':'));
    values.iter().filter(is_address).count() == values.len()
}

/// The name of one of several.
fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}
