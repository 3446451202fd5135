//! Converts a schema of OpenAPI 3.1, which is JSON Schema, to OpenAPI 3.0. Every part keeps its location.
//!
//! Constraints beyond the shape of values are dropped. A schema that is valid in 3.0 is left as it is.

mod conditions;
mod properties;

use std::borrow::Cow;

use indexmap::IndexMap;

use super::build::{boolean, entry, list, mapping, string};
use super::yaml::{Entry, Node, Value};

/// Keys of JSON Schema that change nothing about the shape of a value, or that are gone when the rest has been lowered.
const DROPPED: [&str; 29] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$id",
    "$recursiveAnchor",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "examples",
    "id",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
];

type Map = IndexMap<String, Entry>;

/// The format of Kubernetes for a value that is a number or a text, and means another thing as the one than as the other.
const INT_OR_STRING: &str = "int-or-string";

/// Lowers a schema; what it holds stays as it is. `merges` is whether what stands beside a reference counts, as it does in 3.1.
pub(super) fn schema(node: &Node, merges: bool) -> Cow<'_, Node> {
    let old = match &node.value {
        Value::Map(old) if is_lowered(old, merges) => return Cow::Borrowed(node),
        Value::Map(old) => old,
        // `true` stands for anything, and `false` for nothing.
        Value::Bool(true) => return Cow::Owned(mapping(&node.location, [])),
        Value::Bool(false) => {
            let nothing = entry(&node.location, "not", mapping(&node.location, []));
            return Cow::Owned(mapping(&node.location, [nothing]));
        }
        _ => return Cow::Borrowed(node),
    };
    let mut map: Map = old
        .iter()
        .filter(|(key, _)| !DROPPED.contains(&key.as_str()))
        .map(|(key, value)| {
            let key = if key == "$dynamicRef" || key == "$recursiveRef" { "$ref" } else { key };
            (key.to_owned(), value.clone())
        })
        .collect();
    constant(&mut map, old);
    example(&mut map, old);
    bounds(&mut map);
    content(&mut map, old);
    properties::lower(&mut map, old);
    conditions::lower(&mut map, old, &node.location);
    items(&mut map, old);
    types(&mut map);
    int_or_string(&mut map);
    if merges && map.contains_key("$ref") && map.len() > 1 {
        reference(&mut map, &node.location);
    }
    Cow::Owned(Node { value: Value::Map(map), location: node.location.clone() })
}

/// Returns whether a schema has nothing to lower, as most have.
fn is_lowered(map: &Map, merges: bool) -> bool {
    map.iter().all(|(key, value)| match (key.as_str(), &value.node.value) {
        ("type", Value::Seq(_) | Value::Null) => false,
        ("type", Value::String(name)) => name != "null",
        ("format", Value::String(name)) => name != INT_OR_STRING,
        ("exclusiveMinimum" | "exclusiveMaximum", value) => matches!(value, Value::Bool(_)),
        ("items", Value::Seq(_) | Value::Bool(_)) => false,
        ("$dynamicRef" | "$recursiveRef" | "unevaluatedProperties", _) => false,
        ("$ref", _) => !merges || map.len() == 1,
        (key, _) => !DROPPED.contains(&key),
    })
}

fn flag(location: &crate::finding::Location) -> Entry {
    Entry { key: location.clone(), node: boolean(location, true) }
}

fn constant(map: &mut Map, old: &Map) {
    let Some(only) = old.get("const") else { return };
    if matches!(only.node.value, Value::Null) {
        map.insert("nullable".to_owned(), flag(&only.key));
    } else {
        let values = list(&only.node.location, [only.node.clone()]);
        map.insert("enum".to_owned(), Entry { key: only.key.clone(), node: values });
    }
}

fn example(map: &mut Map, old: &Map) {
    if let Some(examples) = old.get("examples")
        && let Some(first) = examples.node.seq().first()
        && !map.contains_key("example")
    {
        map.insert("example".to_owned(), Entry { key: examples.key.clone(), node: first.clone() });
    }
}

/// Lowers a numeric exclusive bound to a bound and a flag.
fn bounds(map: &mut Map) {
    for (exclusive, bound, is_lower) in
        [("exclusiveMinimum", "minimum", true), ("exclusiveMaximum", "maximum", false)]
    {
        let Some(entry) = map.get(exclusive).cloned() else { continue };
        let Some(value) = number(&entry.node) else { continue };
        let is_weaker = map
            .get(bound)
            .and_then(|entry| number(&entry.node))
            .is_some_and(|other| if is_lower { other > value } else { other < value });
        map.shift_remove(exclusive);
        if !is_weaker {
            map.insert(exclusive.to_owned(), flag(&entry.key));
            map.insert(bound.to_owned(), entry);
        }
    }
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

/// Lowers a string of bytes: base64 stays a string, and one without an encoding is a file.
fn content(map: &mut Map, old: &Map) {
    if map.contains_key("format") {
        return;
    }
    let text = |key: &str| old.get(key).and_then(|entry| entry.node.str()).unwrap_or_default().to_lowercase();
    let (encoding, kind) = (text("contentEncoding"), text("contentMediaType"));
    let is_text =
        kind.is_empty() || kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
    let format = match encoding.as_str() {
        "base64" | "base64url" => "byte",
        "" | "binary" if !is_text => "binary",
        "binary" => "binary",
        _ => return,
    };
    let Some(entry) = old.get("contentEncoding").or_else(|| old.get("contentMediaType")) else { return };
    let location = &entry.node.location;
    map.entry("type".to_owned())
        .or_insert_with(|| Entry { key: entry.key.clone(), node: string(location, "string") });
    map.insert("format".to_owned(), Entry { key: entry.key.clone(), node: string(location, format) });
}

/// Items one by one are items of any of those schemas.
fn items(map: &mut Map, old: &Map) {
    let is_list = |entry: &Entry| matches!(entry.node.value, Value::Seq(_));
    let by_place =
        old.get("prefixItems").or_else(|| map.get("items").filter(|entry| is_list(entry))).cloned();
    let rest = map.get("items").filter(|entry| !is_list(entry)).cloned();
    if let Some(entry) = &rest
        && let Value::Bool(_) = entry.node.value
    {
        map.insert(
            "items".to_owned(),
            Entry { key: entry.key.clone(), node: mapping(&entry.node.location, []) },
        );
    }
    let Some(by_place) = by_place.filter(|entry| is_list(entry)) else { return };
    let location = &by_place.node.location;
    let mut parts: Vec<Node> = Vec::new();
    for part in by_place.node.seq().iter().chain(rest.iter().map(|entry| &entry.node)) {
        if !matches!(part.value, Value::Bool(false))
            && !parts.iter().any(|known| known.to_json() == part.to_json())
        {
            parts.push(part.clone());
        }
    }
    let node = match parts.as_slice() {
        [] => mapping(location, []),
        [only] => only.clone(),
        _ => mapping(location, [entry(location, "oneOf", list(location, parts))]),
    };
    map.insert("items".to_owned(), Entry { key: by_place.key.clone(), node });
    map.entry("type".to_owned())
        .or_insert_with(|| Entry { key: by_place.key.clone(), node: string(location, "array") });
}

/// Returns the type that a key belongs to, if there is one.
fn owner(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties" => {
            Some(&["object"])
        }
        "items" | "minItems" | "maxItems" | "uniqueItems" => Some(&["array"]),
        "pattern" | "minLength" | "maxLength" => Some(&["string"]),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            Some(&["integer", "number"])
        }
        _ => None,
    }
}

/// Lowers a list of types: `null` becomes `nullable`, and several other types become a union, each with the keys that belong to it.
fn types(map: &mut Map) {
    let Some(Entry { node, key }) = map.get("type").cloned() else { return };
    let names: Vec<Node> = match &node.value {
        Value::Seq(names) => names.clone(),
        Value::Null => vec![node.clone()],
        Value::String(name) if name == "null" => vec![node.clone()],
        _ => return,
    };
    let is_null = |name: &Node| name.str() == Some("null") || matches!(name.value, Value::Null);
    if names.iter().any(is_null) {
        map.insert("nullable".to_owned(), flag(&node.location));
    }
    let mut others: Vec<Node> = names.into_iter().filter(|name| !is_null(name)).collect();
    let has = |name: &str| others.iter().any(|other| other.str() == Some(name));
    if has("number") {
        others.retain(|other| other.str() != Some("integer"));
    }
    match others.as_slice() {
        [] => {
            map.shift_remove("type");
        }
        [only] => {
            let only = only.clone();
            map.insert("type".to_owned(), Entry { key, node: only });
        }
        _ => {
            map.shift_remove("type");
            let is_said =
                ["enum", "oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| map.contains_key(*key));
            if is_said {
                return;
            }
            let parts = others.iter().map(|name| {
                let kind = name.str().unwrap_or_default();
                let own = map.iter().filter(|(key, _)| {
                    owner(key).is_some_and(|owners| owners.contains(&kind))
                        || *key == "format" && kind != "object" && kind != "array"
                });
                let own = own.map(|(key, value)| (key.clone(), value.clone()));
                mapping(
                    &name.location,
                    std::iter::once(entry(&name.location, "type", name.clone())).chain(own),
                )
            });
            let parts = list(&node.location, parts.collect::<Vec<_>>());
            map.retain(|key, _| owner(key).is_none() && key != "format");
            map.insert("oneOf".to_owned(), Entry { key, node: parts });
        }
    }
}

fn int_or_string(map: &mut Map) {
    let Some(format) = map.get("format").filter(|it| it.node.str() == Some(INT_OR_STRING)).cloned() else {
        return;
    };
    let at = &format.key;
    let parts = ["integer", "string"].map(|kind| mapping(at, [entry(at, "type", string(at, kind))]));
    map.retain(|key, _| key != "type" && key != "format");
    map.insert("oneOf".to_owned(), Entry { node: list(at, parts), key: at.clone() });
}

/// Lowers a reference with keys beside it to an `allOf` of both.
fn reference(map: &mut Map, location: &crate::finding::Location) {
    let Some(target) = map.shift_remove("$ref") else { return };
    let mut parts = vec![mapping(&target.key, [("$ref".to_owned(), target.clone())])];
    let (comments, shape): (Map, Map) =
        std::mem::take(map).into_iter().partition(|(key, _)| super::openapi::only_comments(key));
    *map = comments;
    if !shape.is_empty() {
        parts.push(mapping(location, shape));
    }
    let key = target.key.clone();
    map.insert("allOf".to_owned(), Entry { node: list(&key, parts), key });
}

#[cfg(test)]
mod tests;
