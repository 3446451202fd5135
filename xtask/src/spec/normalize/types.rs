//! The Rust type of a schema where it is used, and the adapter that reads values that Slack sends instead of the documented type.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::spec::openapi::{Schema, Schemas, Type};

/// The schema of a reference that cannot be resolved.
static ANYTHING: LazyLock<Schema> = LazyLock::new(Schema::default);

/// Returns whether a named schema becomes a named type. Any other schema is inlined where it is used.
pub(super) fn is_type(schema: &Schema) -> bool {
    schema.rust_type.is_some()
        || schema.properties.is_some()
        || schema.one_of.is_some()
        || schema.is_text() && schema.target().is_none()
}

/// Resolves the references of a schema. Returns the resulting schema, with its name if it is a named type.
pub(super) fn resolve<'a>(schema: &'a Schema, schemas: &'a Schemas) -> (Option<&'a str>, &'a Schema) {
    follow(schema, schemas, &mut Vec::new())
}

/// Resolves the references of a schema within the schemas named in `way`. A reference back to one of these would be an infinite type, so it allows any value.
fn follow<'a>(
    schema: &'a Schema,
    schemas: &'a Schemas,
    way: &mut Vec<&'a str>,
) -> (Option<&'a str>, &'a Schema) {
    let mut schema = schema;
    while let Some(name) = schema.target() {
        let Some(target) = schemas.get(name).filter(|_| !way.contains(&name)) else {
            return (None, &ANYTHING);
        };
        if is_type(target) {
            return (Some(name), target);
        }
        way.push(name);
        schema = target;
    }
    (None, schema)
}

/// Returns the Rust type of a schema, as the generated code writes it.
pub(super) fn rust_type(schema: &Schema, schemas: &Schemas) -> String {
    nested(schema, schemas, &mut Vec::new())
}

/// Returns the Rust type of a body that is null if the schema is nullable.
pub(super) fn rust_type_or_null(schema: &Schema, schemas: &Schemas) -> String {
    let rust_type = rust_type(schema, schemas);
    // Any JSON can be null as it is.
    let is_option = is_nullable(schema, schemas) && rust_type != "models::RawJson";
    if is_option { format!("Option<{rust_type}>") } else { rust_type }
}

fn nested<'a>(schema: &'a Schema, schemas: &'a Schemas, way: &mut Vec<&'a str>) -> String {
    let (name, schema) = follow(schema, schemas, way);
    if let Some(name) = name {
        return format!("models::{name}");
    }
    let mut inner = |inner: Option<&'a Schema>| match inner {
        Some(inner) => {
            let rust_type = nested(inner, schemas, way);
            if is_nullable(inner, schemas) { format!("Option<{rust_type}>") } else { rust_type }
        }
        None => "models::RawJson".to_owned(),
    };
    let is_unsigned = schema.minimum.is_some_and(|minimum| minimum >= 0.0);
    match (schema.kind, schema.format.as_deref()) {
        (Some(Type::Boolean), _) => "bool".to_owned(),
        (Some(Type::Integer), _) if needs_all_bits(schema) => "u64".to_owned(),
        (Some(Type::Integer), Some("int32")) if is_unsigned => "u32".to_owned(),
        (Some(Type::Integer), Some("int32")) => "i32".to_owned(),
        (Some(Type::Integer), Some("uint64")) => "u64".to_owned(),
        (Some(Type::Integer), _) if is_unsigned => "u64".to_owned(),
        (Some(Type::Integer), _) => "i64".to_owned(),
        (Some(Type::Number), _) => "f64".to_owned(),
        (Some(Type::String), _) => "String".to_owned(),
        (Some(Type::Array), _) => format!("Vec<{}>", inner(schema.items.as_deref())),
        (Some(Type::Object), _) if schema.map_value().is_some() => {
            format!("std::collections::HashMap<String, {}>", inner(schema.map_value()))
        }
        _ => "models::RawJson".to_owned(),
    }
}

/// Returns whether a number fits into `u64` but not into `i64`.
pub(super) fn is_large(number: &Json) -> bool {
    number.is_u64() && !number.is_i64()
}

/// Returns whether the maximum, the example or the default of a schema requires `u64`, whatever its format is.
fn needs_all_bits(schema: &Schema) -> bool {
    schema.minimum.is_none_or(|minimum| minimum >= 0.0)
        && (schema.maximum.is_some_and(|maximum| maximum > i64::MAX as f64)
            || schema.example.iter().chain(&schema.default).any(is_large))
}

/// Returns whether a schema, or the one that it refers to, is nullable.
pub(super) fn is_nullable(schema: &Schema, schemas: &Schemas) -> bool {
    schema.is_nullable() || resolve(schema, schemas).1.is_nullable()
}

/// Returns the `serde_with` adapter that reads values that Slack sends instead of the documented type; `None` if the type's `Deserialize` is lenient enough.
pub(super) fn adapter(schema: &Schema, schemas: &Schemas) -> Option<String> {
    adapter_within(schema, schemas, &mut Vec::new())
}

fn adapter_within<'a>(schema: &'a Schema, schemas: &'a Schemas, way: &mut Vec<&'a str>) -> Option<String> {
    let (None, schema) = follow(schema, schemas, way) else { return None };
    let mut inner = |inner: Option<&'a Schema>| {
        let adapter = adapter_within(inner?, schemas, way)?;
        Some(if is_nullable(inner?, schemas) { format!("Option<{adapter}>") } else { adapter })
    };
    match schema.kind? {
        Type::Boolean => Some("crate::lenient::Bool".to_owned()),
        Type::Integer => Some("crate::lenient::Integer".to_owned()),
        Type::Number => Some("crate::lenient::Float".to_owned()),
        Type::Array => inner(schema.items.as_deref()).map(|inner| format!("Vec<{inner}>")),
        Type::Object => {
            let inner = inner(schema.map_value())?;
            Some(format!("std::collections::HashMap<::serde_with::Same, {inner}>"))
        }
        Type::String => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::openapi::tests;
    use serde_json::json;

    #[test]
    fn every_shape_has_a_type() {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let schemas = tests::schemas(&json!({
            "Thing": { "type": "object", "properties": {} }, "Id": { "type": "string" },
            "Things": { "type": "array", "items": of("Thing") }, "Flag": { "type": "boolean" },
            "Alias": { "allOf": [of("Id")] }, "Loop": { "allOf": [of("Loop")] }, "Nest": { "type": "array", "items": of("Nest") },
        }));
        for (schema, expected) in [
            (json!({ "type": "string", "format": "date-time" }), "String"),
            (json!({ "type": "string", "format": "binary" }), "String"),
            (json!({ "type": "integer" }), "i64"),
            (
                json!({ "type": "integer", "format": "int64", "example": 18_446_744_073_709_551_615_u64 }),
                "u64",
            ),
            (json!({ "type": "integer", "maximum": 18_446_744_073_709_551_615_u64 }), "u64"),
            (json!({ "type": "integer", "maximum": i64::MAX, "default": i64::MAX }), "i64"),
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
            assert_eq!(rust_type(&tests::schema(&schema), &schemas), expected, "{schema}");
        }
        assert_eq!(rust_type(&tests::schema(&of("Nest")), &schemas), "Vec<models::RawJson>");
        assert_eq!(adapter(&tests::schema(&of("Flag")), &schemas).as_deref(), Some("crate::lenient::Bool"));
        assert_eq!(adapter(&tests::schema(&of("Thing")), &schemas), None);
    }
}
