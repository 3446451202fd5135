use serde_json::{Value as Json, json};

use super::*;
use crate::spec::yaml;

fn lowered(text: &str) -> Json {
    schema(&yaml::parse("f.yaml", text).unwrap(), true).to_json()
}

#[test]
fn types_and_constants() {
    for (text, expected) in [
        (
            "{type: [string, 'null'], format: uri}",
            json!({ "type": "string", "format": "uri", "nullable": true }),
        ),
        ("{type: 'null'}", json!({ "nullable": true })),
        ("{type: [integer, number]}", json!({ "type": "number" })),
        (
            "{type: [string, array, 'null'], items: {type: string}, maxLength: 3, description: d}",
            json!({ "description": "d", "nullable": true, "oneOf": [
                { "type": "string", "maxLength": 3 }, { "type": "array", "items": { "type": "string" } }] }),
        ),
        ("{type: [string, integer], enum: [a, 1]}", json!({ "enum": ["a", 1] })),
        ("{const: a}", json!({ "enum": ["a"] })),
        ("{const: null}", json!({ "nullable": true })),
        ("{type: boolean, const: true}", json!({ "type": "boolean", "enum": [true] })),
    ] {
        assert_eq!(lowered(text), expected, "{text}");
    }
    assert_eq!(schema(&yaml::parse("f", "true").unwrap(), true).to_json(), json!({}));
    assert_eq!(schema(&yaml::parse("f", "false").unwrap(), true).to_json(), json!({ "not": {} }));
}

#[test]
fn bounds_examples_and_contents() {
    for (text, expected) in [
        ("{exclusiveMinimum: 0}", json!({ "minimum": 0, "exclusiveMinimum": true })),
        ("{exclusiveMinimum: 0, minimum: 1}", json!({ "minimum": 1 })),
        ("{exclusiveMaximum: true, maximum: 1}", json!({ "exclusiveMaximum": true, "maximum": 1 })),
        ("{type: string, examples: [a, b]}", json!({ "type": "string", "example": "a" })),
        ("{type: string, contentEncoding: base64}", json!({ "type": "string", "format": "byte" })),
        ("{contentMediaType: image/png}", json!({ "type": "string", "format": "binary" })),
        ("{type: string, contentMediaType: application/json}", json!({ "type": "string" })),
        (
            "{type: string, format: int-or-string, description: d}",
            json!({ "description": "d", "oneOf": [{ "type": "integer" }, { "type": "string" }] }),
        ),
        ("{$defs: {a: {}}, if: {}, then: {}, $schema: x}", json!({})),
    ] {
        assert_eq!(lowered(text), expected, "{text}");
    }
}

#[test]
fn parts_of_arrays_and_objects() {
    for (text, expected) in [
        (
            "{prefixItems: [{type: string}, {type: integer}, {type: string}], items: false}",
            json!({ "items": { "oneOf": [{ "type": "string" }, { "type": "integer" }] }, "type": "array" }),
        ),
        ("{type: array, items: true}", json!({ "type": "array", "items": {} })),
        ("{patternProperties: {^x-: {type: string}}}", json!({ "additionalProperties": true })),
        (
            "{patternProperties: {^x-: {type: string}}, additionalProperties: false}",
            json!({ "additionalProperties": { "type": "string" } }),
        ),
        (
            "{patternProperties: {^x-: {type: string}}, unevaluatedProperties: false}",
            json!({ "additionalProperties": { "type": "string" } }),
        ),
        (
            "{patternProperties: {.*: {type: string}}}",
            json!({ "additionalProperties": { "type": "string" } }),
        ),
        (
            "{patternProperties: {a: {type: string}}, additionalProperties: {type: string}}",
            json!({ "additionalProperties": { "type": "string" } }),
        ),
        (
            "{patternProperties: {a: {type: string}}, additionalProperties: {type: integer}}",
            json!({ "additionalProperties": true }),
        ),
        (
            "{patternProperties: {a: {}, b: {}}, additionalProperties: false}",
            json!({ "additionalProperties": true }),
        ),
        ("{unevaluatedProperties: false}", json!({})),
    ] {
        assert_eq!(lowered(text), expected, "{text}");
    }
}

#[test]
fn properties_under_a_condition_are_alternatives() {
    let alternatives = |parts: Json| json!({ "properties": {}, "anyOf": parts });
    for (text, expected) in [
        (
            "{properties: {a: {}}, if: {required: [a]}, then: {properties: {b: {}}, required: [b]}, else: {not: {}}}",
            json!({ "properties": { "a": {} }, "allOf": [alternatives(json!([{ "properties": { "b": {} }, "required": ["b"] }]))] }),
        ),
        (
            "{allOf: [{$ref: '#/a'}], dependentSchemas: {a: {$ref: '#/b'}, c: {required: [d]}}, dependencies: {x: [y], z: {allOf: [{properties: {z: {}}}]}}}",
            json!({ "allOf": [
                { "$ref": "#/a" },
                alternatives(json!([{ "$ref": "#/b" }, { "allOf": [{ "properties": { "z": {} } }] }])),
            ] }),
        ),
        ("{type: string, if: {minLength: 3}, then: {pattern: a}}", json!({ "type": "string" })),
    ] {
        assert_eq!(lowered(text), expected, "{text}");
    }
}

#[test]
fn beside_a_reference() {
    assert_eq!(lowered("{$ref: '#/a', $comment: c}"), json!({ "$ref": "#/a" }));
    assert_eq!(
        lowered("{$ref: '#/a', description: d, required: [x]}"),
        json!({ "description": "d", "allOf": [{ "$ref": "#/a" }, { "required": ["x"] }] })
    );
    assert_eq!(lowered("{$dynamicRef: '#node'}"), json!({ "$ref": "#node" }));
    let alone = yaml::parse("f.yaml", "{$ref: '#/a', description: d}").unwrap();
    assert_eq!(schema(&alone, false).to_json(), json!({ "$ref": "#/a", "description": "d" }));
}

#[test]
fn what_3_0_says_stays() {
    let text = r#"{"type":"object","nullable":true,"required":["a"],"properties":{"a":{"type":["x"]}},"additionalProperties":false,"oneOf":[{"required":["a"]}]}"#;
    assert_eq!(lowered(text).to_string(), text);
}
