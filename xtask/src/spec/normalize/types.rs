//! What a schema is in Rust where it is used: a type, and the adapter that reads what Slack sends in its place.

use serde_json::Value as Json;

use super::{Schemas, flag, reference, text};

/// Whether a schema is a type of its own. Others are dissolved where they are used.
pub(super) fn is_type(schema: &Json) -> bool {
    schema.get("x-rust-type").is_some()
        || schema.get("properties").is_some()
        || schema.get("oneOf").is_some()
        || text(schema, "type") == "string" && reference(schema).is_none()
}

/// The schema itself, or the one that it stands for, with its name if that is a type.
pub(super) fn resolve<'a>(schema: &'a Json, schemas: &'a Schemas) -> (Option<&'a str>, &'a Json) {
    follow(schema, schemas, &mut Vec::new())
}

/// The same, given the names that were passed on the way. What comes back to one of them has no end in Rust.
fn follow<'a>(schema: &'a Json, schemas: &'a Schemas, way: &mut Vec<&'a str>) -> (Option<&'a str>, &'a Json) {
    let mut schema = schema;
    while let Some(name) = reference(schema) {
        let Some(target) = schemas.get(name).filter(|_| !way.contains(&name)) else {
            return (None, &Json::Null);
        };
        if is_type(target) {
            return (Some(name), target);
        }
        way.push(name);
        schema = target;
    }
    (None, schema)
}

/// The type, as the generated code writes it.
pub(super) fn rust_type(schema: &Json, schemas: &Schemas) -> String {
    nested(schema, schemas, &mut Vec::new())
}

fn nested<'a>(schema: &'a Json, schemas: &'a Schemas, way: &mut Vec<&'a str>) -> String {
    let (name, schema) = follow(schema, schemas, way);
    if let Some(name) = name {
        return format!("models::{name}");
    }
    let mut inner = |key: &str| match schema.get(key) {
        Some(inner) if inner.is_object() => {
            let is_nullable = is_nullable(inner, schemas);
            let inner = nested(inner, schemas, way);
            if is_nullable { format!("Option<{inner}>") } else { inner }
        }
        _ => "models::RawJson".to_owned(),
    };
    let least = |key: &str| schema.get(key).and_then(Json::as_f64);
    let is_unsigned =
        ["minimum", "exclusiveMinimum"].iter().filter_map(|key| least(key)).any(|least| least >= 0.0);
    match (text(schema, "type"), text(schema, "format")) {
        ("boolean", _) => "bool".to_owned(),
        ("integer", "int32") if is_unsigned => "u32".to_owned(),
        ("integer", "int32") => "i32".to_owned(),
        ("integer", "uint64") => "u64".to_owned(),
        ("integer", _) if is_unsigned => "u64".to_owned(),
        ("integer", _) => "i64".to_owned(),
        ("number", _) => "f64".to_owned(),
        ("string", _) => "String".to_owned(),
        ("array", _) => format!("Vec<{}>", inner("items")),
        ("object", _) if schema.get("additionalProperties").is_some_and(Json::is_object) => {
            format!("std::collections::HashMap<String, {}>", inner("additionalProperties"))
        }
        _ => "models::RawJson".to_owned(),
    }
}

/// Whether a value may be null, by itself or by what it stands for.
pub(super) fn is_nullable(schema: &Json, schemas: &Schemas) -> bool {
    flag(schema, "nullable") || flag(resolve(schema, schemas).1, "nullable")
}

/// The `serde_with` adapter that reads what Slack sends in place of the documented type; none where the type's own way of reading is lenient enough.
pub(super) fn adapter(schema: &Json, schemas: &Schemas) -> Option<String> {
    adapter_within(schema, schemas, &mut Vec::new())
}

fn adapter_within<'a>(schema: &'a Json, schemas: &'a Schemas, way: &mut Vec<&'a str>) -> Option<String> {
    let (None, schema) = follow(schema, schemas, way) else { return None };
    let mut inner = |key: &str| {
        let inner = schema.get(key)?;
        let adapter = adapter_within(inner, schemas, way)?;
        Some(if is_nullable(inner, schemas) { format!("Option<{adapter}>") } else { adapter })
    };
    match text(schema, "type") {
        "boolean" => Some("crate::lenient::Bool".to_owned()),
        "integer" => Some("crate::lenient::Integer".to_owned()),
        "number" => Some("crate::lenient::Float".to_owned()),
        "array" => inner("items").map(|inner| format!("Vec<{inner}>")),
        "object" => {
            let inner = inner("additionalProperties")?;
            Some(format!("std::collections::HashMap<::serde_with::Same, {inner}>"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_shape_has_a_type() {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let Json::Object(schemas) = json!({
            "Thing": { "type": "object", "properties": {} }, "Id": { "type": "string" },
            "Things": { "type": "array", "items": of("Thing") }, "Flag": { "type": "boolean" },
            "Alias": { "allOf": [of("Id")] }, "Loop": { "allOf": [of("Loop")] }, "Nest": { "type": "array", "items": of("Nest") },
        }) else {
            unreachable!()
        };
        for (schema, expected) in [
            (json!({ "type": "string", "format": "date-time" }), "String"),
            (json!({ "type": "string", "format": "binary" }), "String"),
            (json!({ "type": "integer" }), "i64"),
            (json!({ "type": "integer", "format": "int32" }), "i32"),
            (json!({ "type": "integer", "minimum": 0 }), "u64"),
            (json!({ "type": "number", "format": "float" }), "f64"),
            (
                json!({ "type": "array", "items": { "type": "array", "items": { "type": "boolean" } } }),
                "Vec<Vec<bool>>",
            ),
            (
                json!({ "type": "array", "items": { "type": "string", "nullable": true } }),
                "Vec<Option<String>>",
            ),
            (
                json!({ "type": "object", "additionalProperties": of("Thing") }),
                "std::collections::HashMap<String, models::Thing>",
            ),
            (json!({ "type": "object", "additionalProperties": true }), "models::RawJson"),
            (json!({ "type": "object" }), "models::RawJson"),
            (json!({}), "models::RawJson"),
            (of("Things"), "Vec<models::Thing>"),
            (of("Alias"), "models::Id"),
            (of("Flag"), "bool"),
            (of("Loop"), "models::RawJson"),
            (of("Gone"), "models::RawJson"),
        ] {
            assert_eq!(rust_type(&schema, &schemas), expected, "{schema}");
        }
        assert_eq!(rust_type(&of("Nest"), &schemas), "Vec<models::RawJson>");
        assert_eq!(adapter(&of("Flag"), &schemas).as_deref(), Some("crate::lenient::Bool"));
        assert_eq!(adapter(&of("Thing"), &schemas), None);
    }
}
