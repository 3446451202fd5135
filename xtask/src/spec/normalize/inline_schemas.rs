//! Every nested shape gets a name: what stands inline in a property, an item, a body or a response becomes a schema of its own, called after where it stood.
//! The generator would do so too, under names of its choosing and not for enums.

use serde_json::{Map, Value as Json, json};

use super::names::Unique;
use super::part_names::part_names;
use super::{PREFIX, Schemas, flag, list, reference, text};
use crate::spec::naming;

/// How deep parts of parts are followed: they may go in a circle.
const MAX_PARTS: usize = 16;

/// Hoists out of all schemas and operations.
pub(super) fn extract(document: &mut Json, schemas: &mut Schemas) {
    let given = std::mem::take(schemas);
    let names = Unique::of_types(given.keys().map(String::as_str));
    let mut extraction = Extraction { given, out: Map::new(), names };
    // The names that are given are taken before any other is made.
    extraction.out.extend(extraction.given.clone());
    for (name, schema) in extraction.given.clone() {
        let mut schema = merge_parts(schema, &extraction.given, 0);
        extraction.inner(&name, &mut schema);
        extraction.out.insert(name, schema);
    }
    for (_, _, operation) in super::operations_mut(document) {
        let id = text(operation, "x-request").to_owned();
        for argument in operation.get_mut("x-arguments").and_then(Json::as_array_mut).into_iter().flatten() {
            let name = format!("{id}{}", naming::pascal(&naming::ascii(text(argument, "name"))));
            if let Some(schema) = argument.get_mut("schema") {
                extraction.part(&name, schema);
            }
        }
        for (status, response) in
            operation.get_mut("responses").and_then(Json::as_object_mut).into_iter().flatten()
        {
            let suffix = match status.as_str() {
                "default" => "Error".to_owned(),
                "200" => "Response".to_owned(),
                status => format!("Response{status}"),
            };
            for media in response
                .get_mut("content")
                .and_then(Json::as_object_mut)
                .into_iter()
                .flat_map(Map::values_mut)
                .take(1)
            {
                if let Some(schema) = media.get_mut("schema") {
                    extraction.part(&format!("{id}{suffix}"), schema);
                }
            }
        }
    }
    *schemas = extraction.out;
}

struct Extraction {
    given: Schemas,
    out: Schemas,
    names: Unique,
}

impl Extraction {
    /// Hoists out of the properties and items of a schema that has a name already.
    fn inner(&mut self, name: &str, schema: &mut Json) {
        let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
        for (property, value) in properties.into_iter().flatten() {
            self.part(&format!("{name}{}", naming::pascal(&naming::ascii(property))), value);
        }
        for (key, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
            if let Some(value) = schema.get_mut(key) {
                self.part(&format!("{name}{suffix}"), value);
            }
        }
        let suffixes = part_names(list(schema, "oneOf"));
        let parts = schema.get_mut("oneOf").and_then(Json::as_array_mut).into_iter().flatten();
        for (suffix, value) in suffixes.iter().zip(parts) {
            self.part(&format!("{name}{suffix}"), value);
        }
    }

    /// Hoists a part, if it has a shape that wants a name; else what it holds.
    fn part(&mut self, name: &str, schema: &mut Json) {
        if reference(schema).is_some() {
            return;
        }
        *schema = merge_parts(schema.take(), &self.given, 0);
        let values = list(schema, "enum").len();
        let is_open_enum = text(schema, "type") == "string" && values > 1;
        if schema.get("properties").is_none() && schema.get("oneOf").is_none() && !is_open_enum {
            self.inner(name, schema);
            return;
        }
        // As the generator would write it, which puts no two capitals side by side within a word.
        let name = self.names.give(&naming::pascal(name));
        self.inner(&name, schema);
        // What concerns the property, not the shape, stays where it was.
        let mut place = json!({ "allOf": [{ "$ref": format!("{PREFIX}{name}") }] });
        for key in
            ["description", "default", "x-rust-name", "x-php-empty", "x-may-lack", "deprecated", "nullable"]
        {
            if let Some(value) = schema.get(key) {
                place[key] = value.clone();
            }
        }
        if let Some(map) = schema.as_object_mut() {
            map.remove("x-rust-name");
            map.remove("nullable");
        }
        self.out.insert(name, std::mem::replace(schema, place));
    }
}

/// An `allOf` of several parts as the one object that they make. What has a part that is no object can be anything.
fn merge_parts(schema: Json, schemas: &Schemas, depth: usize) -> Json {
    let parts = match schema.get("allOf").and_then(Json::as_array) {
        Some(parts) if reference(&schema).is_none() => parts.clone(),
        _ => return schema,
    };
    let mut merged = schema;
    let own = merged.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut properties = Map::new();
    let mut required = list(&merged, "required").to_vec();
    let mut is_object = true;
    let mut further = None;
    for part in parts {
        let is_optional = flag(&part, "x-optional");
        let part = target(part, schemas, depth);
        is_object &= part.get("oneOf").is_none() && matches!(text(&part, "type"), "" | "object");
        properties.extend(part.get("properties").and_then(Json::as_object).cloned().unwrap_or_default());
        if let Some(more) = part.get("additionalProperties").filter(|more| **more != false) {
            further.get_or_insert_with(|| more.clone());
        }
        if !is_optional {
            required.extend(list(&part, "required").iter().cloned());
        }
    }
    properties.extend(own);
    if let Some(map) = merged.as_object_mut() {
        map.remove("allOf");
        map.remove("properties");
        if is_object {
            map.insert("type".to_owned(), "object".into());
            map.insert("properties".to_owned(), properties.into());
            if let Some(further) = further {
                map.entry("additionalProperties").or_insert(further);
            }
        } else {
            map.remove("type");
        }
        if !required.is_empty() {
            map.insert("required".to_owned(), required.into());
        }
    }
    merged
}

/// A part with all that it refers to.
fn target(part: Json, schemas: &Schemas, depth: usize) -> Json {
    if depth >= MAX_PARTS {
        return json!({});
    }
    match reference(&part).and_then(|name| schemas.get(name)) {
        Some(named) => target(named.clone(), schemas, depth + 1),
        None => merge_parts(part, schemas, depth + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extracted(schemas: &Json) -> Json {
        let mut schemas = schemas.as_object().cloned().unwrap_or_default();
        extract(&mut Json::Null, &mut schemas);
        schemas.into()
    }

    #[test]
    fn nested_shapes_are_named_after_where_they_stood() {
        let out = extracted(&json!({
            "A": { "type": "object", "properties": {
                "b": { "type": "object", "description": "d", "properties": { "kind": { "type": "string", "enum": ["x", "y"] } } },
                "list": { "type": "array", "items": { "type": "object", "properties": { "z": { "type": "integer" } } } },
            } },
        }));
        let mut names: Vec<&String> = out.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["A", "AListItem", "Ab", "AbKind"]);
        assert_eq!(
            out["A"]["properties"]["b"],
            json!({ "allOf": [{ "$ref": "#/components/schemas/Ab" }], "description": "d" })
        );
        assert_eq!(
            out["A"]["properties"]["list"]["items"]["allOf"][0]["$ref"],
            "#/components/schemas/AListItem"
        );
    }

    #[test]
    fn parts_become_one_object() {
        let out = extracted(&json!({
            "Base": { "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } },
            "Both": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "object", "required": ["b"], "properties": { "b": { "type": "boolean" } } }] },
        }));
        let properties: Vec<&String> = out["Both"]["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties, ["a", "b"]);
        assert_eq!(out["Both"]["required"], json!(["a", "b"]));
    }

    #[test]
    fn parts_in_a_circle_come_to_an_end() {
        let reference = |name: &str| json!({ "$ref": format!("{PREFIX}{name}") });
        let out = extracted(&json!({
            "A": { "allOf": [reference("B"), { "type": "object", "properties": { "a": {} } }] },
            "B": { "allOf": [reference("A"), { "type": "object", "properties": { "b": {} } }] },
            "Same": { "allOf": [reference("Same")] },
            "Mixed": { "allOf": [reference("B"), { "oneOf": [reference("A"), reference("B")] }] },
        }));
        assert_eq!(out["A"]["properties"], json!({ "b": {}, "a": {} }));
        assert!(out["Mixed"].get("properties").is_none() && out["Mixed"].get("type").is_none());
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let out = extracted(&json!({
            "Ab": { "type": "string" },
            "A": { "type": "object", "properties": { "b": { "type": "object", "properties": {} } } },
        }));
        assert!(out.get("Ab2").is_some());
    }
}
