//! The values of properties by which the parts of a union without a tag are told apart.

use serde_json::Value as Json;

use super::super::{literal, types};
use crate::spec::openapi::{Schema, Schemas};

/// How many values an enum can have at most to be compared; longer ones would bloat the generated code.
const MAX_CHOICES: usize = 64;

/// Returns the constants of a part's properties, as the macro takes them: a value with another constant is not of this part.
pub(super) fn constants(part: &Schema, schemas: &Schemas) -> Option<String> {
    let constants = listed(part, schemas).filter(|(_, values)| values.len() == 1);
    joined(constants)
}

/// Returns the enums of a part's properties that another part has with other values, as the macro takes them: a value with a listed one is rather of this part.
pub(super) fn choices(part: &Schema, parts: &[Schema], schemas: &Schemas) -> Option<String> {
    let others = || parts.iter().map(|other| types::resolve(other, schemas).1);
    let is_distinct = |name: &str, values: &[Json]| {
        let mut same_name = others().filter_map(|other| other.property(name));
        same_name.any(|property| types::resolve(property, schemas).1.values() != values)
    };
    let choices = listed(part, schemas)
        .filter(|(name, values)| (2..=MAX_CHOICES).contains(&values.len()) && is_distinct(name, values));
    joined(choices)
}

/// Returns the properties with an enum or a constant, except for those that can be null.
fn listed<'a>(part: &'a Schema, schemas: &'a Schemas) -> impl Iterator<Item = (&'a str, &'a [Json])> {
    let properties = part.properties().filter(|(_, property)| !types::is_nullable(property, schemas));
    properties.map(|(name, property)| (name.as_str(), types::resolve(property, schemas).1.values()))
}

fn joined<'a>(properties: impl Iterator<Item = (&'a str, &'a [Json])>) -> Option<String> {
    let all: Vec<String> = properties
        .filter_map(|(name, values)| {
            let values: Option<Vec<String>> = values.iter().map(rust_literal).collect();
            Some(format!("{}: {}", literal(name), values?.join(" | ")))
        })
        .collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Formats a scalar as a Rust literal with which JSON values can be compared.
fn rust_literal(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(literal(text)),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) if number.is_i64() => Some(format!("{number}_i64")),
        Json::Number(number) if number.is_u64() => Some(format!("{number}_u64")),
        Json::Number(number) => number.as_f64().map(|number| format!("{number:?}_f64")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::openapi::tests;

    #[test]
    fn constants_and_choices_of_properties() {
        let schemas = tests::schemas(&json!({
            "Kind": { "type": "string", "enum": ["x", "y"] },
            "A": { "type": "object", "properties": {
                "kind": { "$ref": "#/components/schemas/Kind" }, "t": { "type": "string", "enum": ["a\"b"] }, "n": { "type": "integer", "enum": [-1] },
                "f": { "type": "number", "enum": [1.5] }, "null": { "type": "string", "enum": ["z"], "nullable": true }, "same": { "type": "string", "enum": ["p", "q"] } } },
            "B": { "type": "object", "properties": { "kind": { "type": "string" }, "t": { "type": "boolean", "enum": [true] }, "same": { "type": "string", "enum": ["p", "q"] } } },
        }));
        let of = |name: &str| constants(&schemas[name], &schemas);
        assert_eq!(of("A").as_deref(), Some(r#""t": "a\"b", "n": -1_i64, "f": 1.5_f64"#));
        assert_eq!(of("B").as_deref(), Some(r#""t": true"#));
        assert_eq!(of("Kind"), None);
        let parts = [Schema::reference_to("A"), Schema::reference_to("B")];
        assert_eq!(choices(&schemas["A"], &parts, &schemas).as_deref(), Some(r#""kind": "x" | "y""#));
        assert_eq!(choices(&schemas["B"], &parts, &schemas), None);
    }
}
