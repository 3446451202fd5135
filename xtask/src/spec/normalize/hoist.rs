//! Every nested shape gets a name: what stands inline in a property, an item, a body or a response becomes a schema of its own, called after where it stood.
//! The generator would do so too, under names of its choosing and not for enums.

use serde_json::{Map, Value as Json, json};

use super::{PREFIX, Schemas, reference, text};
use crate::spec::naming;

/// Hoists out of all schemas and operations.
pub(super) fn hoist(document: &mut Json, schemas: &mut Schemas) {
    let mut out = Map::new();
    let all = std::mem::take(schemas);
    // The names that are given are taken before any other is made.
    out.extend(all.clone());
    for (name, schema) in &all {
        let mut schema = merge_parts(schema.clone(), &all);
        inner(name, &mut schema, &mut out);
        out.insert(name.clone(), schema);
    }
    for operation in super::operations_mut(document) {
        let id = naming::pascal(text(operation, "operationId"));
        for parameter in operation.get_mut("parameters").and_then(Json::as_array_mut).into_iter().flatten() {
            let name = format!("{id}{}", naming::pascal(text(parameter, "name")));
            if let Some(schema) = parameter.get_mut("schema") {
                part(&name, schema, &mut out);
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
            {
                if let Some(schema) = media.get_mut("schema") {
                    part(&format!("{id}{suffix}"), schema, &mut out);
                }
            }
        }
    }
    *schemas = out;
}

/// Hoists out of the properties and items of a schema that has a name already.
fn inner(name: &str, schema: &mut Json, out: &mut Schemas) {
    for (property, value) in schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten()
    {
        part(&format!("{name}{}", naming::pascal(property)), value, out);
    }
    for (key, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
        if let Some(value) = schema.get_mut(key) {
            part(&format!("{name}{suffix}"), value, out);
        }
    }
    for (n, value) in schema.get_mut("oneOf").and_then(Json::as_array_mut).into_iter().flatten().enumerate() {
        part(&format!("{name}Option{}", n + 1), value, out);
    }
}

/// Hoists a part, if it has a shape that wants a name; else what it holds.
fn part(name: &str, schema: &mut Json, out: &mut Schemas) {
    if reference(schema).is_some() {
        return;
    }
    *schema = merge_parts(schema.take(), out);
    inner(name, schema, out);
    let values = schema.get("enum").and_then(Json::as_array).map_or(0, Vec::len);
    let is_open_enum = text(schema, "type") == "string" && values > 1;
    if schema.get("properties").is_none() && schema.get("oneOf").is_none() && !is_open_enum {
        return;
    }
    let free = (1..)
        .map(|n| if n == 1 { name.to_owned() } else { format!("{name}{n}") })
        .find(|name| !out.contains_key(name));
    let name = free.unwrap_or_else(|| name.to_owned());
    // What concerns the property, not the shape, stays where it was.
    let mut place = json!({ "allOf": [{ "$ref": format!("{PREFIX}{name}") }] });
    for key in ["description", "x-rust-name", "x-php-empty", "deprecated", "nullable"] {
        if let Some(value) = schema.get(key) {
            place[key] = value.clone();
        }
    }
    if let Some(map) = schema.as_object_mut() {
        map.remove("x-rust-name");
        map.remove("nullable");
    }
    out.insert(name, std::mem::replace(schema, place));
}

/// An `allOf` of several parts as the one object that they make.
fn merge_parts(schema: Json, schemas: &Schemas) -> Json {
    let parts = match schema.get("allOf").and_then(Json::as_array) {
        Some(parts) if reference(&schema).is_none() => parts.clone(),
        _ => return schema,
    };
    let mut merged = schema;
    if let Some(map) = merged.as_object_mut() {
        map.remove("allOf");
        map.insert("type".to_owned(), "object".into());
    }
    let own = merged.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut properties = Map::new();
    let mut required = merged.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
    for part in parts {
        let part = match reference(&part).and_then(|name| schemas.get(name)) {
            Some(target) => target.clone(),
            None => part,
        };
        let part = merge_parts(part, schemas);
        properties.extend(part.get("properties").and_then(Json::as_object).cloned().unwrap_or_default());
        required.extend(part.get("required").and_then(Json::as_array).cloned().unwrap_or_default());
    }
    properties.extend(own);
    merged["properties"] = properties.into();
    if !required.is_empty() {
        merged["required"] = required.into();
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hoisted(schemas: &Json) -> Json {
        let mut schemas = schemas.as_object().cloned().unwrap_or_default();
        hoist(&mut Json::Null, &mut schemas);
        schemas.into()
    }

    #[test]
    fn nested_shapes_are_named_after_where_they_stood() {
        let out = hoisted(&json!({
            "A": { "type": "object", "properties": {
                "b": { "type": "object", "description": "d", "properties": { "kind": { "type": "string", "enum": ["x", "y"] } } },
                "list": { "type": "array", "items": { "type": "object", "properties": { "z": { "type": "integer" } } } },
            } },
        }));
        let mut names: Vec<&String> = out.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["A", "AB", "ABKind", "AListItem"]);
        assert_eq!(
            out["A"]["properties"]["b"],
            json!({ "allOf": [{ "$ref": "#/components/schemas/AB" }], "description": "d" })
        );
        assert_eq!(
            out["A"]["properties"]["list"]["items"]["allOf"][0]["$ref"],
            "#/components/schemas/AListItem"
        );
    }

    #[test]
    fn parts_become_one_object() {
        let out = hoisted(&json!({
            "Base": { "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } },
            "Both": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "object", "required": ["b"], "properties": { "b": { "type": "boolean" } } }] },
        }));
        let properties: Vec<&String> = out["Both"]["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties, ["a", "b"]);
        assert_eq!(out["Both"]["required"], json!(["a", "b"]));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let out = hoisted(&json!({
            "AB": { "type": "string" },
            "A": { "type": "object", "properties": { "b": { "type": "object", "properties": {} } } },
        }));
        assert!(out.get("AB2").is_some());
    }
}
