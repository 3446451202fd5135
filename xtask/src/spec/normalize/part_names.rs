//! Names the inline parts of a union.

use crate::spec::naming;
use crate::spec::openapi::{Schema, Type};

/// Returns a name for each part: its title, a constant or a kind that no other part has, or a property that only this part has or lacks; else its number.
pub(super) fn part_names(parts: &[Schema]) -> Vec<String> {
    parts.iter().enumerate().map(|(n, part)| name(n, part, parts)).collect()
}

fn name(n: usize, part: &Schema, parts: &[Schema]) -> String {
    let others = || parts.iter().enumerate().filter(move |(other, _)| *other != n).map(|(_, other)| other);
    let pascal = |text: &str| naming::pascal(&naming::ascii(text));
    if let Some(title) = part.title.as_deref().filter(|title| !title.is_empty()) {
        return pascal(title);
    }
    for (name, property) in part.properties() {
        if let Some(value) = property.constant()
            && others().all(|other| other.property(name).and_then(Schema::constant) != Some(value))
        {
            return pascal(value);
        }
    }
    let kind = |part: &Schema| match (part.kind, part.properties.is_some()) {
        (Some(Type::String), _) if part.values().len() > 1 => "Value",
        (Some(Type::String), _) => "Text",
        (Some(Type::Array), _) => "List",
        (Some(Type::Object), _) | (_, true) => "Object",
        (None, _) => "Other",
        _ => "Number",
    };
    if others().all(|other| kind(other) != kind(part)) {
        return kind(part).to_owned();
    }
    let mut names = part.properties().map(|(name, _)| name);
    if let Some(name) = names.find(|name| others().all(|other| other.property(name).is_none())) {
        return format!("With{}", pascal(name));
    }
    let mut names = others().next().into_iter().flat_map(Schema::properties).map(|(name, _)| name);
    let is_missing = |name: &&String| {
        part.property(name).is_none() && others().all(|other| other.property(name).is_some())
    };
    names
        .find(is_missing)
        .map_or_else(|| format!("Shape{}", n + 1), |name| format!("Without{}", pascal(name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::openapi::tests::schema;

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
            let parts: Vec<Schema> = parts.as_array().unwrap().iter().map(schema).collect();
            assert_eq!(part_names(&parts).join(" "), expected);
        }
    }
}
