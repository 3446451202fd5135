//! What the parts of a union are called that have no name of their own.

use serde_json::Value as Json;

use super::{list, pairs, text, unions};
use crate::spec::naming;

/// A name for each part: its title, the constant that tells it apart, its kind if no other has it, or a property that no other has.
pub(super) fn part_names(parts: &[Json]) -> Vec<String> {
    parts.iter().enumerate().map(|(n, part)| name(n, part, parts)).collect()
}

fn name(n: usize, part: &Json, parts: &[Json]) -> String {
    let others = || parts.iter().enumerate().filter(move |(other, _)| *other != n).map(|(_, other)| other);
    let pascal = |text: &str| naming::pascal(&naming::ascii(text));
    let title = text(part, "title");
    if !title.is_empty() {
        return pascal(title);
    }
    let has = |part: &Json, name: &str| pairs(part, "properties").any(|(other, _)| other == name);
    let constant = |part: &Json, name: &str| {
        let property = part.get("properties").and_then(|properties| properties.get(name));
        property.and_then(unions::constant).map(str::to_owned)
    };
    for (name, property) in pairs(part, "properties") {
        if let Some(value) = unions::constant(property)
            && others().all(|other| constant(other, name).as_deref() != Some(value))
        {
            return pascal(value);
        }
    }
    let kind = |part: &Json| match (text(part, "type"), part.get("properties").is_some()) {
        ("string", _) if list(part, "enum").len() > 1 => "Value",
        ("string", _) => "Text",
        ("array", _) => "List",
        ("object", _) | (_, true) => "Object",
        ("", _) => "Other",
        _ => "Number",
    };
    if others().all(|other| kind(other) != kind(part)) {
        return kind(part).to_owned();
    }
    let own =
        pairs(part, "properties").map(|(name, _)| name).find(|name| others().all(|other| !has(other, name)));
    if let Some(name) = own {
        return format!("With{}", pascal(name));
    }
    let of_all =
        others().next().into_iter().flat_map(|other| pairs(other, "properties").map(|(name, _)| name));
    let missing = of_all.into_iter().find(|name| !has(part, name) && others().all(|other| has(other, name)));
    missing.map_or_else(|| format!("Shape{}", n + 1), |name| format!("Without{}", pascal(name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_are_called_after_what_tells_them_apart() {
        let object = |names: &[&str]| {
            let properties: serde_json::Map<_, _> =
                names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
            json!({ "type": "object", "properties": properties })
        };
        let constant = |value: &str| json!({ "properties": { "id": {}, "type": { "type": "string", "enum": [value] } } });
        for (parts, expected) in [
            (json!([object(&["a", "b"]), object(&["a"])]), "WithB WithoutB"),
            (json!([object(&["a", "b"]), object(&["a"]), object(&["a"])]), "WithB Shape2 Shape3"),
            (json!([constant("file"), constant("im")]), "File Im"),
            (
                json!([object(&["a"]), { "type": "string" }, { "type": "array" }, { "type": "integer" }]),
                "Object Text List Number",
            ),
            (json!([{ "title": "a thing", "type": "object" }, object(&["a"])]), "AThing WithA"),
        ] {
            assert_eq!(part_names(parts.as_array().unwrap()).join(" "), expected);
        }
    }
}
