//! Converts schemas, including JSON Schema that is not part of 2.0.

use indexmap::IndexMap;

use super::Converter;
use crate::spec::build::{boolean, entry, list, mapping, string};
use crate::spec::yaml::{Entry, Node, Value};

/// The prefixes of local references in 2.0, and those in 3.0.
const MOVED: [(&str, &str); 4] = [
    ("#/definitions/", "#/components/schemas/"),
    ("#/parameters/", "#/components/parameters/"),
    ("#/responses/", "#/components/responses/"),
    ("#/securityDefinitions/", "#/components/securitySchemes/"),
];

/// Keys of JSON Schema that are removed, since they do not affect a value.
const IDLE: [&str; 4] = ["$schema", "id", "additionalItems", "definitions"];

impl<'a> Converter<'a> {
    pub(super) fn schema(&mut self, node: &'a Node) -> Node {
        repair(node)
    }
}

/// Converts a reference, into this document or another one, to 3.0.
pub(in crate::spec) fn moved(reference: &str) -> String {
    for (from, to) in MOVED {
        if let Some((file, name)) = reference.split_once(from) {
            return format!("{file}{to}{name}");
        }
    }
    reference.to_owned()
}

/// Converts a schema and all schemas inside it to 3.0. JSON Schema that is not part of 2.0 is left for `lower`, with these exceptions:
///
/// - A list of several types is removed, so that the schema allows any value.
/// - A list in `items` of a schema that is not an array becomes a union, since some documents express `anyOf`, which 2.0 does not have, in this way.
/// - An array without `items` gets an `items` that allows any value.
#[must_use]
pub fn repair(node: &Node) -> Node {
    let Value::Map(old) = &node.value else { return node.clone() };
    if let Some(reference) = old.get("$ref") {
        let target = reference
            .node
            .str()
            .map_or_else(|| reference.node.clone(), |text| string(&reference.node.location, &moved(text)));
        let entry = Entry { key: reference.key.clone(), node: target };
        return mapping(&node.location, [("$ref".to_owned(), entry)]);
    }
    let mut out = IndexMap::new();
    for (key, value) in old {
        let repaired = match (key.as_str(), &value.node.value) {
            (key, _) if IDLE.contains(&key) => continue,
            ("x-nullable", _) => {
                out.insert("nullable".to_owned(), value.clone());
                continue;
            }
            ("discriminator", Value::String(_)) => {
                let location = &value.node.location;
                mapping(location, [entry(location, "propertyName", value.node.clone())])
            }
            ("properties" | "patternProperties", Value::Map(_)) => each(&value.node),
            ("items" | "additionalProperties" | "not", Value::Map(_)) => repair(&value.node),
            ("allOf" | "anyOf" | "oneOf" | "items", Value::Seq(parts)) => {
                list(&value.node.location, parts.iter().map(repair))
            }
            _ => value.node.clone(),
        };
        out.insert(key.clone(), Entry { key: value.key.clone(), node: repaired });
    }
    types(&mut out);
    items(&mut out);
    Node { value: Value::Map(out), location: node.location.clone() }
}

fn each(properties: &Node) -> Node {
    let map = properties
        .map()
        .iter()
        .map(|(name, value)| (name.clone(), Entry { key: value.key.clone(), node: repair(&value.node) }));
    mapping(&properties.location, map)
}

fn types(schema: &mut IndexMap<String, Entry>) {
    let names = schema.get("type").map_or(&[][..], |it| it.node.seq());
    let (nulls, others): (Vec<&Node>, _) = names.iter().partition(|name| is_null(name));
    if others.len() < 2 {
        return;
    }
    let nullable = nulls.first().map(|null| boolean(&null.location, true));
    for key in ["type", "items", "properties", "required", "additionalProperties", "format", "pattern"] {
        schema.shift_remove(key);
    }
    schema.extend(nullable.map(|node| entry(&node.location.clone(), "nullable", node)));
}

fn items(schema: &mut IndexMap<String, Entry>) {
    let is_array = schema.get("type").is_some_and(|kind| {
        kind.node.str() == Some("array") || kind.node.seq().iter().any(|name| name.str() == Some("array"))
    });
    let Some(items) = schema.get("items").cloned() else {
        if is_array {
            let location = schema["type"].node.location.clone();
            schema.insert("items".to_owned(), Entry { key: location.clone(), node: mapping(&location, []) });
        }
        return;
    };
    if is_array || !matches!(items.node.value, Value::Seq(_)) {
        return;
    }
    let location = &items.node.location;
    let (nulls, parts): (Vec<Node>, Vec<Node>) = items.node.seq().iter().cloned().partition(is_only_null);
    schema.shift_remove("items");
    if !nulls.is_empty() {
        schema.extend([entry(location, "nullable", boolean(location, true))]);
    }
    if !parts.is_empty() {
        let key = if parts.len() == 1 { "allOf" } else { "oneOf" };
        schema.insert(key.to_owned(), Entry { key: items.key, node: list(location, parts) });
    }
}

fn is_null(name: &Node) -> bool {
    name.str() == Some("null") || matches!(name.value, Value::Null)
}

fn is_only_null(schema: &Node) -> bool {
    schema.get("type").is_some_and(is_null)
        && schema.map().keys().all(|key| ["type", "title", "description"].contains(&key.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::{lower, yaml};

    fn repaired(text: &str) -> Json {
        repair(&yaml::parse("f.yaml", text).unwrap()).to_json()
    }

    /// Converts a top-level schema of a document to 3.0.
    fn lowered(text: &str) -> Json {
        lower::schema(&repair(&yaml::parse("f.yaml", text).unwrap()), false).to_json()
    }

    #[test]
    fn a_list_of_types() {
        assert_eq!(
            lowered("{type: [string, 'null'], format: uri}"),
            json!({ "type": "string", "format": "uri", "nullable": true })
        );
        assert_eq!(lowered("{type: ['null', integer]}"), json!({ "type": "integer", "nullable": true }));
        assert_eq!(lowered("{type: [string]}"), json!({ "type": "string" }));
        assert_eq!(
            lowered("{type: [object, 'null', array], items: {type: object}, description: d}"),
            json!({ "description": "d", "nullable": true })
        );
        assert_eq!(lowered("{type: 'null', title: t}"), json!({ "title": "t", "nullable": true }));
        assert_eq!(lowered("{type: [string, integer]}"), json!({}));
    }

    #[test]
    fn a_list_of_items() {
        let refs = json!([{ "$ref": "#/components/schemas/a" }, { "$ref": "#/components/schemas/b" }]);
        assert_eq!(
            lowered("{items: [{$ref: '#/definitions/a'}, {$ref: '#/definitions/b'}, {type: 'null'}]}"),
            json!({ "nullable": true, "oneOf": refs })
        );
        assert_eq!(
            lowered("{type: array, items: [{$ref: '#/definitions/a'}, {$ref: '#/definitions/b'}]}"),
            json!({ "type": "array", "items": { "oneOf": refs } })
        );
        assert_eq!(
            lowered("{description: d, items: [{$ref: '#/definitions/a'}, {type: 'null', title: t}]}"),
            json!({ "description": "d", "nullable": true, "allOf": [{ "$ref": "#/components/schemas/a" }] })
        );
        assert_eq!(
            lowered("{type: array, items: [{type: string}]}"),
            json!({ "type": "array", "items": { "type": "string" } })
        );
        assert_eq!(lowered("{type: array, items: []}"), json!({ "type": "array", "items": {} }));
        assert_eq!(lowered("{type: array}"), json!({ "type": "array", "items": {} }));
    }

    #[test]
    fn words_of_2_0_and_of_json_schema() {
        assert_eq!(
            lowered("{type: string, x-nullable: true}"),
            json!({ "type": "string", "nullable": true })
        );
        assert_eq!(lowered("{type: string, const: a}"), json!({ "type": "string", "enum": ["a"] }));
        assert_eq!(lowered("{discriminator: kind}"), json!({ "discriminator": { "propertyName": "kind" } }));
        assert_eq!(
            lowered("{type: object, patternProperties: {^a: {type: string}}, additionalProperties: false}"),
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        );
        assert_eq!(
            lowered("{type: object, patternProperties: {^a: {type: string}, ^b: {type: integer}}}"),
            json!({ "type": "object", "additionalProperties": true })
        );
        assert_eq!(
            lowered("{$schema: x, id: y, type: array, items: {}, additionalItems: false}")["id"],
            json!(null)
        );
    }

    #[test]
    fn names_are_no_words() {
        let text = "{type: object, properties: {id: {type: string}, type: {type: [string, 'null']}, definitions: {}, items: {type: array}},
                     additionalProperties: {type: array}, allOf: [{type: array}], not: {type: array}}";
        let array = json!({ "type": "array", "items": {} });
        assert_eq!(
            repaired(text),
            json!({
                "type": "object",
                "properties": { "id": { "type": "string" }, "type": { "type": ["string", "null"] }, "definitions": {}, "items": array },
                "additionalProperties": array, "allOf": [array], "not": array,
            })
        );
        assert_eq!(
            repaired("{type: object, example: {type: [a], $ref: '#/definitions/x'}, enum: [{items: []}]}"),
            json!({ "type": "object", "example": { "type": ["a"], "$ref": "#/definitions/x" }, "enum": [{ "items": [] }] })
        );
    }

    #[test]
    fn references_into_other_files() {
        assert_eq!(
            repaired("{$ref: 'b.json#/definitions/a', description: d}"),
            json!({ "$ref": "b.json#/components/schemas/a" })
        );
    }
}
