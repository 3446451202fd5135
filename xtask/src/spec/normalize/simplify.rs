//! The many ways in which JSON Schema says the same thing, brought down to one.

use serde_json::{Map, Value as Json, json};

use super::{Schemas, list, operations_mut, pairs, reference, text};

/// What only comments on a schema.
const COMMENTS: [&str; 9] = [
    "default",
    "deprecated",
    "description",
    "example",
    "externalDocs",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
];

/// Whether a key says something of a schema and nothing of its shape.
pub(in crate::spec) fn only_comments(key: &str) -> bool {
    COMMENTS.contains(&key) || key.starts_with("x-")
}

/// Settles every schema of the document.
pub(super) fn simplify(document: &mut Json, schemas: &mut Schemas) {
    schemas.values_mut().for_each(schema);
    for (_, _, operation) in operations_mut(document) {
        for argument in operation.get_mut("x-arguments").and_then(Json::as_array_mut).into_iter().flatten() {
            argument.get_mut("schema").map(schema);
        }
        for (_, response) in
            operation.get_mut("responses").and_then(Json::as_object_mut).into_iter().flatten()
        {
            for (_, media) in response.get_mut("content").and_then(Json::as_object_mut).into_iter().flatten()
            {
                media.get_mut("schema").map(schema);
            }
        }
    }
}

fn schema(schema: &mut Json) {
    let Some(map) = schema.as_object_mut() else {
        // `true` and `false` stand for anything and nothing.
        *schema = json!({});
        return;
    };
    for key in ["allOf", "anyOf", "oneOf"] {
        map.get_mut(key).and_then(Json::as_array_mut).into_iter().flatten().for_each(self::schema);
    }
    map.get_mut("properties")
        .and_then(Json::as_object_mut)
        .into_iter()
        .flatten()
        .for_each(|(_, it)| self::schema(it));
    for key in ["items", "additionalProperties"] {
        map.get_mut(key).filter(|it| it.is_object()).map(self::schema);
    }
    values(map);
    union(map);
    parts(map);
    if !map.contains_key("type") {
        let kind = [("properties", "object"), ("additionalProperties", "object"), ("items", "array")];
        if let Some((_, kind)) = kind.into_iter().find(|(key, _)| map.contains_key(*key)) {
            map.insert("type".to_owned(), kind.into());
        }
    }
}

/// An `enum` is one of strings, or it is just a value of its type.
fn values(map: &mut Map<String, Json>) {
    let Some(values) = map.get("enum").and_then(Json::as_array).cloned() else { return };
    let count = values.len();
    let values: Vec<Json> = values.into_iter().filter(|value| !value.is_null()).collect();
    if values.len() < count {
        map.insert("nullable".to_owned(), true.into());
    }
    let all = |is: fn(&Json) -> bool| !values.is_empty() && values.iter().all(is);
    let kind = if all(Json::is_string) {
        "string"
    } else if all(Json::is_boolean) {
        "boolean"
    } else if all(|value| value.is_i64() || value.is_u64()) {
        "integer"
    } else if all(Json::is_number) {
        "number"
    } else {
        map.remove("enum");
        map.remove("type");
        return;
    };
    map.insert("type".to_owned(), kind.into());
    if kind == "string" {
        map.insert("enum".to_owned(), values.into());
    } else {
        map.remove("enum");
    }
}

/// `anyOf` is read as `oneOf`, and one of a single thing is that thing.
fn union(map: &mut Map<String, Json>) {
    if let Some(any) = map.remove("anyOf")
        && !map.contains_key("oneOf")
    {
        map.insert("oneOf".to_owned(), any);
    }
    let Some(options) = map.get("oneOf").and_then(Json::as_array).cloned() else { return };
    let (nulls, options): (Vec<Json>, Vec<Json>) = options.into_iter().partition(is_null);
    if !nulls.is_empty() {
        map.insert("nullable".to_owned(), true.into());
    }
    // What only says which properties go together is no shape.
    let shapes: Vec<Json> = options.iter().filter(|it| !says_nothing(it)).cloned().collect();
    let is_tagged = map.contains_key("discriminator");
    if shapes.is_empty() || shapes.len() < options.len() && map.contains_key("properties") {
        map.remove("oneOf");
    } else if map.contains_key("properties") && !is_tagged {
        // All that it can have beside what it has.
        let optional = shapes.iter().map(|part| {
            let mut part = part.clone();
            part["x-optional"] = true.into();
            part
        });
        let parts: Vec<Json> =
            list(&Json::Object(map.clone()), "allOf").iter().cloned().chain(optional).collect();
        map.remove("oneOf");
        map.insert("allOf".to_owned(), parts.into());
    } else if shapes.len() < options.len() {
        // Anything goes.
        for key in ["oneOf", "discriminator", "type"] {
            map.remove(key);
        }
    } else if let ([only], false) = (shapes.as_slice(), is_tagged) {
        map.remove("oneOf");
        let parts: Vec<Json> =
            list(&Json::Object(map.clone()), "allOf").iter().cloned().chain([only.clone()]).collect();
        map.insert("allOf".to_owned(), parts.into());
    } else {
        map.insert("oneOf".to_owned(), shapes.into());
    }
}

/// Parts of an `allOf` that are no shapes leave their comments behind.
fn parts(map: &mut Map<String, Json>) {
    let Some(parts) = map.get("allOf").and_then(Json::as_array).cloned() else { return };
    let (comments, shapes): (Vec<Json>, Vec<Json>) = parts.into_iter().partition(is_comment);
    for (key, value) in comments.iter().filter_map(Json::as_object).flatten() {
        map.entry(key.clone()).or_insert_with(|| value.clone());
    }
    match shapes.as_slice() {
        [] => {
            map.remove("allOf");
        }
        // A single part that stands inline is the schema itself.
        [only]
            if reference(only).is_none()
                && !map.contains_key("properties")
                && !map.contains_key("required") =>
        {
            let only = only.as_object().cloned().unwrap_or_default();
            map.remove("allOf");
            for (key, value) in only {
                map.entry(key).or_insert(value);
            }
        }
        _ => {
            map.insert("allOf".to_owned(), shapes.into());
        }
    }
}

fn is_null(schema: &Json) -> bool {
    let is_nullable = schema.get("nullable") == Some(&Json::Bool(true));
    is_nullable && is_comment(schema)
}

fn is_comment(schema: &Json) -> bool {
    let mut keys = schema.as_object().into_iter().flat_map(Map::keys);
    keys.all(|key| only_comments(key))
}

fn says_nothing(schema: &Json) -> bool {
    let shapes = ["$ref", "allOf", "enum", "items", "oneOf", "additionalProperties"];
    shapes.iter().all(|key| schema.get(key).is_none())
        && pairs(schema, "properties").next().is_none()
        && matches!(text(schema, "type"), "" | "object")
        && (schema.get("required").is_some()
            || schema.get("not").is_some()
            || is_comment(schema) && text(schema, "type").is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simplified(mut json: Json) -> Json {
        schema(&mut json);
        json
    }

    #[test]
    fn enums_are_of_strings() {
        assert_eq!(
            simplified(json!({ "enum": ["a", null] })),
            json!({ "enum": ["a"], "nullable": true, "type": "string" })
        );
        assert_eq!(simplified(json!({ "enum": [1, 2] })), json!({ "type": "integer" }));
        assert_eq!(simplified(json!({ "enum": [1, 2.5], "type": "string" })), json!({ "type": "number" }));
        assert_eq!(simplified(json!({ "enum": [true] })), json!({ "type": "boolean" }));
        assert_eq!(simplified(json!({ "enum": ["a", 1], "type": "string" })), json!({}));
    }

    #[test]
    fn one_of_one_is_that_one() {
        let a = json!({ "$ref": "#/components/schemas/A" });
        let none = json!({ "nullable": true, "description": "none" });
        assert_eq!(simplified(json!({ "anyOf": [a, none] })), json!({ "allOf": [a], "nullable": true }));
        assert_eq!(simplified(json!({ "oneOf": [{ "type": "string" }] })), json!({ "type": "string" }));
        assert_eq!(simplified(json!({ "oneOf": [a, {}] })), json!({}));
        assert_eq!(
            simplified(
                json!({ "properties": { "x": {} }, "anyOf": [{ "required": ["x"] }, { "required": ["y"] }] })
            ),
            json!({ "type": "object", "properties": { "x": {} } })
        );
        assert_eq!(
            simplified(json!({ "properties": { "x": {} }, "oneOf": [a] }))["allOf"],
            json!([{ "$ref": "#/components/schemas/A", "x-optional": true }])
        );
    }

    #[test]
    fn comments_are_no_parts() {
        let a = json!({ "$ref": "#/components/schemas/A" });
        assert_eq!(
            simplified(json!({ "allOf": [a, { "description": "d", "nullable": true }] })),
            json!({ "allOf": [a], "description": "d", "nullable": true })
        );
        assert_eq!(
            simplified(json!({ "allOf": [{ "type": "string" }], "description": "d" })),
            json!({ "type": "string", "description": "d" })
        );
        assert_eq!(simplified(json!({ "allOf": [] })), json!({}));
        assert_eq!(simplified(json!(true)), json!({}));
    }

    #[test]
    fn what_is_not_said_is_inferred() {
        assert_eq!(simplified(json!({ "items": {} }))["type"], "array");
        assert_eq!(simplified(json!({ "properties": {} }))["type"], "object");
        assert_eq!(
            simplified(json!({ "additionalProperties": { "enum": [1] } }))["additionalProperties"]["type"],
            "integer"
        );
    }
}
