//! Turns the parts of a union that a constant tells apart into named schemas, as in our own spec.

use serde_json::{Map, Value as Json, json};

use crate::spec::naming;

/// Takes the parts out of a schema that is called `name`, into new components.
pub(super) fn take(name: &str, schema: &mut Json, components: &mut Map<String, Json>) {
    let pascal = |text: &str| naming::pascal(&naming::ascii(text));
    for (property, inner) in schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten()
    {
        take(&format!("{name}{}", pascal(property)), inner, components);
    }
    for (key, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
        if let Some(inner) = schema.get_mut(key).filter(|inner| inner.is_object()) {
            take(&format!("{name}{suffix}"), inner, components);
        }
    }
    let is_told = schema.get("discriminator").is_some();
    for (n, part) in schema.get_mut("oneOf").and_then(Json::as_array_mut).into_iter().flatten().enumerate() {
        let title = part["title"].as_str().map_or_else(|| format!("Shape{}", n + 1), pascal);
        let name = format!("{name}{title}");
        take(&name, part, components);
        if is_told && part.get("properties").is_some() && !components.contains_key(&name) {
            let target = json!({ "$ref": format!("#/components/schemas/{name}") });
            components.insert(name, std::mem::replace(part, target));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_called_after_where_they_stand() {
        let part = |title: &str| json!({ "title": title, "properties": { "type": { "enum": [title] } } });
        let mut schema = json!({ "properties": { "star_list": { "type": "array", "items": {
            "discriminator": { "propertyName": "type" }, "oneOf": [part("file"), part("im")] } } } });
        let mut components = Map::new();
        take("Stars", &mut schema, &mut components);
        assert_eq!(components.keys().collect::<Vec<_>>(), ["StarsStarListItemFile", "StarsStarListItemIm"]);
        assert_eq!(
            schema["properties"]["star_list"]["items"]["oneOf"][1],
            json!({ "$ref": "#/components/schemas/StarsStarListItemIm" })
        );
    }
}
