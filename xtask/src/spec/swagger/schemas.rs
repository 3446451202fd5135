//! Schemas: what 2.0 says otherwise, and the JSON Schema that it has no place for.

use indexmap::IndexMap;

use super::Converter;
use crate::spec::build::{boolean, entry, list, mapping, string};
use crate::spec::yaml::{Entry, Node, Value};

/// Where the parts of a document that can be referred to have moved to.
const MOVED: [(&str, &str); 3] = [
    ("#/definitions/", "#/components/schemas/"),
    ("#/parameters/", "#/components/parameters/"),
    ("#/responses/", "#/components/responses/"),
];

/// Keys of JSON Schema that change nothing about a value.
const IDLE: [&str; 4] = ["$schema", "id", "additionalItems", "definitions"];

impl<'a> Converter<'a> {
    pub(super) fn schema(&mut self, node: &'a Node) -> Node {
        repair(node)
    }
}

/// A reference as 3.0 writes it, in this document or in another one.
pub(in crate::spec) fn moved(reference: &str) -> String {
    for (from, to) in MOVED {
        if let Some((file, name)) = reference.split_once(from) {
            return format!("{file}{to}{name}");
        }
    }
    reference.to_owned()
}

/// A schema as 3.0 writes it, with all that it holds:
///
/// - A list of types becomes the one of them, with `nullable` for `null`; of several, none is left, so that it can be anything.
/// - `items` that is a list says what an array's items can be; where nothing says that it is an array, what the value itself can be. So `anyOf` has been turned
///   into 2.0, which has none.
/// - An array without `items` is one of anything.
/// - `const` is an `enum` of one, `patternProperties` say what the values of a map are, `discriminator` is an object.
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
            ("const", _) => {
                let location = &value.node.location;
                let only = list(location, [value.node.clone()]);
                out.insert("enum".to_owned(), Entry { key: value.key.clone(), node: only });
                continue;
            }
            ("discriminator", Value::String(_)) => {
                let location = &value.node.location;
                mapping(location, [entry(location, "propertyName", value.node.clone())])
            }
            ("properties", Value::Map(_)) => each(&value.node),
            ("items" | "additionalProperties" | "not", Value::Map(_)) => repair(&value.node),
            ("allOf" | "anyOf" | "oneOf", Value::Seq(parts)) => {
                list(&value.node.location, parts.iter().map(repair))
            }
            _ => value.node.clone(),
        };
        out.insert(key.clone(), Entry { key: value.key.clone(), node: repaired });
    }
    pattern_properties(&mut out);
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

/// One pattern for all keys is a map; several could only be anything.
fn pattern_properties(schema: &mut IndexMap<String, Entry>) {
    let Some(patterns) = schema.shift_remove("patternProperties") else { return };
    if !schema.contains_key("properties")
        && schema.get("additionalProperties").is_none_or(|more| more.node.get("type").is_none())
        && let Some((_, only)) = patterns.node.map().first().filter(|_| patterns.node.map().len() == 1)
    {
        let node = repair(&only.node);
        schema.insert("additionalProperties".to_owned(), Entry { key: patterns.key, node });
    } else {
        schema.shift_remove("additionalProperties");
    }
}

fn types(schema: &mut IndexMap<String, Entry>) {
    let Some(Entry { node, key }) = schema.get("type").cloned() else { return };
    let names: Vec<&Node> = match &node.value {
        Value::Seq(names) => names.iter().collect(),
        Value::Null => vec![&node],
        Value::String(name) if name == "null" => vec![&node],
        _ => return,
    };
    let is_null = |name: &Node| name.str() == Some("null") || matches!(name.value, Value::Null);
    if names.iter().any(|name| is_null(name)) {
        let nullable = Entry { key: key.clone(), node: boolean(&node.location, true) };
        schema.insert("nullable".to_owned(), nullable);
    }
    let others: Vec<&Node> = names.into_iter().filter(|name| !is_null(name)).collect();
    match others.as_slice() {
        [only] => {
            let only = (*only).clone();
            schema.insert("type".to_owned(), Entry { key, node: only });
        }
        _ => {
            for key in
                ["type", "items", "properties", "required", "additionalProperties", "format", "pattern"]
            {
                schema.shift_remove(key);
            }
        }
    }
}

fn items(schema: &mut IndexMap<String, Entry>) {
    let kind = schema.get("type").and_then(|kind| kind.node.str());
    let is_array = kind == Some("array");
    let Some(items) = schema.get("items").cloned() else {
        if is_array {
            let location = schema["type"].node.location.clone();
            schema.insert("items".to_owned(), Entry { key: location.clone(), node: mapping(&location, []) });
        }
        return;
    };
    let Value::Seq(parts) = &items.node.value else { return };
    let parts: Vec<Node> = parts.iter().map(repair).collect();
    let (nulls, parts): (Vec<Node>, Vec<Node>) = parts.into_iter().partition(is_only_null);
    let location = &items.node.location;
    let (key, node) = match parts.as_slice() {
        [] => ("allOf", None),
        [only] if is_array => ("items", Some(only.clone())),
        [_] => ("allOf", Some(list(location, parts))),
        _ if is_array => {
            let union = mapping(location, [entry(location, "oneOf", list(location, parts))]);
            ("items", Some(union))
        }
        _ => ("oneOf", Some(list(location, parts))),
    };
    if is_array && node.is_none() {
        schema.insert("items".to_owned(), Entry { key: items.key, node: mapping(location, []) });
        return;
    }
    if key != "items" {
        schema.shift_remove("items");
        if !nulls.is_empty() {
            let nullable = Entry { key: items.key.clone(), node: boolean(location, true) };
            schema.insert("nullable".to_owned(), nullable);
        }
    }
    if let Some(node) = node {
        schema.insert(key.to_owned(), Entry { key: items.key, node });
    }
}

/// What `{ type: null }` was turned into.
fn is_only_null(schema: &Node) -> bool {
    schema.get("nullable").is_some()
        && schema.map().keys().all(|key| ["nullable", "title", "description"].contains(&key.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::yaml;

    fn repaired(text: &str) -> Json {
        repair(&yaml::parse("f.yaml", text).unwrap()).to_json()
    }

    #[test]
    fn a_list_of_types() {
        assert_eq!(
            repaired("{type: [string, 'null'], format: uri}"),
            json!({ "type": "string", "format": "uri", "nullable": true })
        );
        assert_eq!(repaired("{type: ['null', integer]}"), json!({ "type": "integer", "nullable": true }));
        assert_eq!(repaired("{type: [string]}"), json!({ "type": "string" }));
        assert_eq!(
            repaired("{type: [object, 'null', array], items: {type: object}, description: d}"),
            json!({ "description": "d", "nullable": true })
        );
        assert_eq!(repaired("{type: 'null', title: t}"), json!({ "title": "t", "nullable": true }));
        assert_eq!(repaired("{type: [string, integer]}"), json!({}));
    }

    #[test]
    fn a_list_of_items() {
        let refs = json!([{ "$ref": "#/components/schemas/a" }, { "$ref": "#/components/schemas/b" }]);
        assert_eq!(
            repaired("{items: [{$ref: '#/definitions/a'}, {$ref: '#/definitions/b'}, {type: 'null'}]}"),
            json!({ "nullable": true, "oneOf": refs })
        );
        assert_eq!(
            repaired("{type: array, items: [{$ref: '#/definitions/a'}, {$ref: '#/definitions/b'}]}"),
            json!({ "type": "array", "items": { "oneOf": refs } })
        );
        assert_eq!(
            repaired("{description: d, items: [{$ref: '#/definitions/a'}, {type: 'null', title: t}]}"),
            json!({ "description": "d", "nullable": true, "allOf": [{ "$ref": "#/components/schemas/a" }] })
        );
        assert_eq!(
            repaired("{type: array, items: [{type: string}]}"),
            json!({ "type": "array", "items": { "type": "string" } })
        );
        assert_eq!(repaired("{type: array, items: []}"), json!({ "type": "array", "items": {} }));
        assert_eq!(repaired("{type: array}"), json!({ "type": "array", "items": {} }));
    }

    #[test]
    fn words_of_2_0_and_of_json_schema() {
        assert_eq!(
            repaired("{type: string, x-nullable: true}"),
            json!({ "type": "string", "nullable": true })
        );
        assert_eq!(repaired("{type: string, const: a}"), json!({ "type": "string", "enum": ["a"] }));
        assert_eq!(repaired("{discriminator: kind}"), json!({ "discriminator": { "propertyName": "kind" } }));
        assert_eq!(
            repaired(
                "{type: object, patternProperties: {^a: {type: [string, 'null']}}, additionalProperties: false}"
            ),
            json!({ "type": "object", "additionalProperties": { "type": "string", "nullable": true } })
        );
        assert_eq!(
            repaired("{type: object, patternProperties: {^a: {type: string}, ^b: {type: integer}}}"),
            json!({ "type": "object" })
        );
        assert_eq!(
            repaired("{$schema: x, id: y, type: array, items: {}, additionalItems: false}")["id"],
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
                "properties": { "id": { "type": "string" }, "type": { "type": "string", "nullable": true }, "definitions": {}, "items": array },
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
