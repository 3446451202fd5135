//! The keys of a mapping: which there are, and in which order.

use serde_json::{Value as Json, json};

/// OpenAPI passes over what stands beside a reference, so it goes around it.
pub(super) fn beside_a_reference(schema: &mut Json) {
    let Some(map) = schema.as_object_mut().filter(|map| map.len() > 1) else { return };
    let target = map.shift_remove("$ref");
    let description = map.get("description").cloned();
    map.clear();
    if let Some(description) = description.filter(|text| text.as_str().is_some_and(|text| !text.is_empty())) {
        map.insert("description".to_owned(), description);
        map.insert("allOf".to_owned(), json!([{ "$ref": target }]));
    } else {
        map.insert("$ref".to_owned(), target.unwrap_or_default());
    }
}

pub(super) fn describe(json: &mut Json, fallback: &str) {
    if json.get("$ref").is_some() {
        return;
    }
    if json.get("description").and_then(Json::as_str).is_none_or(|text| text.trim().is_empty()) {
        json["description"] = fallback.into();
    }
}

pub(super) fn retain_required(schema: &mut Json, mut keep: impl FnMut(&str) -> bool) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(names) = map.get_mut("required").and_then(Json::as_array_mut) {
        names.retain(|name| name.as_str().is_some_and(&mut keep));
        if names.is_empty() {
            map.shift_remove("required");
        }
    }
}

/// Puts some keys first, in this order.
pub(super) fn order(json: &mut Json, first: &[&str]) {
    let Some(map) = json.as_object_mut() else { return };
    let mut old = std::mem::take(map);
    for key in first {
        if let Some(value) = old.shift_remove(*key) {
            map.insert((*key).to_owned(), value);
        }
    }
    map.extend(old);
}

/// The type of a schema, through references; empty where it has none.
pub(super) fn kind_of(schema: &Json, document: &Json) -> String {
    let mut schema = schema;
    for _ in 0..16 {
        let target = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|text| document.pointer(text.strip_prefix('#')?));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
    schema.get("type").and_then(Json::as_str).unwrap_or(if is_object { "object" } else { "" }).to_owned()
}
