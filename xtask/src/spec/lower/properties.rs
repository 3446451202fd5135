//! Lowers `patternProperties` and `unevaluatedProperties`.

use super::Map;
use crate::spec::build::boolean;
use crate::spec::yaml::{Entry, Node, Value};

/// Patterns that every key matches.
const ANY_KEY: [&str; 7] = ["", ".*", "^.*$", ".+", "^.+$", "^.*", ".*$"];

/// Lowers the schemas of patterns to `additionalProperties`. A key that matches no pattern can have any value unless the schema allows no such key, so the values
/// have the type of a pattern only if it is the only one and every key has to match it.
pub(super) fn lower(map: &mut Map, old: &Map) {
    let is_false = |entry: &Entry| matches!(entry.node.value, Value::Bool(false));
    let further = map.shift_remove("unevaluatedProperties");
    let is_closed = map.get("additionalProperties").or(further.as_ref()).is_some_and(is_false);
    if let Some(further) = further.filter(|further| !further.node.map().is_empty()) {
        map.entry("additionalProperties".to_owned()).or_insert(further);
    }
    let Some(patterns) = old.get("patternProperties") else { return };
    let node = match patterns.node.map().iter().collect::<Vec<_>>().as_slice() {
        [] => return,
        [(pattern, only)] if is_closed || ANY_KEY.contains(&pattern.as_str()) => only.node.clone(),
        all => match map.get("additionalProperties") {
            Some(further) if all.iter().all(|(_, entry)| is_same(&entry.node, &further.node)) => return,
            _ => boolean(&patterns.node.location, true),
        },
    };
    map.insert("additionalProperties".to_owned(), Entry { key: patterns.key.clone(), node });
}

fn is_same(a: &Node, b: &Node) -> bool {
    a.to_json() == b.to_json()
}
