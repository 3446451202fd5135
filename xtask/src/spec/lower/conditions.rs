//! Lowers `if`, `then`, `else` and `dependentSchemas`: the properties that they add are optional.

use super::Map;
use crate::finding::Location;
use crate::spec::build::{entry, list, mapping};
use crate::spec::yaml::{Entry, Node, Value};

/// The keys with a schema that applies under a condition. That of `if` is the condition, and describes properties as well.
const CONDITIONS: [&str; 3] = ["if", "then", "else"];

/// The keys with schemas that apply if a property is there.
const DEPENDENCIES: [&str; 2] = ["dependentSchemas", "dependencies"];

/// Adds the schemas that apply under a condition as alternatives, of whose properties none is required.
pub(super) fn lower(map: &mut Map, old: &Map, location: &Location) {
    let schemas: Vec<Node> = schemas(old).filter(|node| has_properties(node)).cloned().collect();
    if schemas.is_empty() {
        return;
    }
    // A schema with properties beside a union takes over the properties of the union's parts.
    let alternatives = mapping(
        location,
        [
            entry(location, "properties", mapping(location, [])),
            entry(location, "anyOf", list(location, schemas)),
        ],
    );
    let mut parts = map.get("allOf").map(|parts| parts.node.seq().to_vec()).unwrap_or_default();
    parts.push(alternatives);
    map.insert("allOf".to_owned(), Entry { key: location.clone(), node: list(location, parts) });
}

fn schemas(map: &Map) -> impl Iterator<Item = &Node> {
    let of_conditions = CONDITIONS.iter().filter_map(|key| map.get(*key)).map(|entry| &entry.node);
    let all = DEPENDENCIES.iter().filter_map(|key| map.get(*key));
    of_conditions.chain(all.flat_map(|entry| entry.node.map().values()).map(|entry| &entry.node))
}

/// Returns whether a schema describes properties, by itself, by its parts, or by its own conditions. Whatever it refers to may describe some.
fn has_properties(node: &Node) -> bool {
    let Value::Map(map) = &node.value else { return false };
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| map.get(*key));
    map.contains_key("$ref")
        || map.get("properties").is_some_and(|entry| !entry.node.map().is_empty())
        || parts.flat_map(|entry| entry.node.seq()).any(has_properties)
        || schemas(map).any(has_properties)
}
