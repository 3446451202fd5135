//! Values that fit a schema.

use serde_json::{Map, Value as Json, json};

/// What a reference leads to.
pub(crate) fn resolve<'a>(schema: &'a Json, document: &'a Json) -> &'a Json {
    let mut schema = schema;
    while let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    schema
}

/// A value that fits, with everything that is optional as deep as it makes sense.
pub(crate) fn of(schema: &Json, document: &Json) -> Json {
    sample(schema, document, 0)
}

fn sample(schema: &Json, document: &Json, depth: usize) -> Json {
    let schema = resolve(schema, document);
    if let Some(example) = schema.get("example").filter(|example| is_of_type(schema, example)) {
        return example.clone();
    }
    if let Some(values) = schema.get("enum").and_then(Json::as_array) {
        return values[0].clone();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(parts) = schema.get(key).and_then(Json::as_array)
            && let Some(part) = parts.iter().find(|part| {
                part.get("nullable").is_none() || part.get("type").is_some() || part.get("$ref").is_some()
            })
            && !parts.iter().all(|part| part.get("required").is_some() && part.get("properties").is_none())
        {
            return merged(schema, sample(part, document, depth + 1), document, depth);
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Json::as_array) {
        let mut all = Map::new();
        for part in parts {
            let part = resolve(part, document);
            // A parent that lists its children has them as parts, and they have it: what counts is what it has itself.
            let value = match part.get("discriminator") {
                Some(_) => object(part, document, depth),
                None => sample(part, document, depth + 1),
            };
            match value {
                Json::Object(more) => all.extend(more),
                other => return other,
            }
        }
        return merged(schema, all.into(), document, depth);
    }
    match schema.get("type").and_then(Json::as_str) {
        Some("object") => object(schema, document, depth),
        None if schema.get("properties").is_some() => object(schema, document, depth),
        None if schema.get("additionalProperties").is_some_and(Json::is_object) => {
            object(schema, document, depth)
        }
        None if schema.get("items").is_some() => json!([]),
        Some("array") => match schema.get("items") {
            Some(items) if depth < 4 => json!([sample(items, document, depth + 1)]),
            _ => json!([]),
        },
        Some("integer") => {
            let least = schema.get("minimum").and_then(Json::as_i64).map_or(1, |least| least + 1);
            schema.get("maximum").and_then(Json::as_i64).map_or(least, |most| most.min(least)).into()
        }
        Some("number") => json!(1.5),
        Some("boolean") => true.into(),
        Some("string") => match schema.get("format").and_then(Json::as_str) {
            Some("date") => "2026-01-02".into(),
            Some("date-time") => "2026-01-02T03:04:05Z".into(),
            Some("uuid") => "8c6976e5-b541-4415-bde9-08bd4dee15df".into(),
            Some("uri") => "https://example.com/a".into(),
            Some("byte") => "YQ==".into(),
            _ => text(schema).into(),
        },
        _ => json!({ "any": 1 }),
    }
}

/// Whether an example is of the type of its schema, as not every example of other people's is.
fn is_of_type(schema: &Json, example: &Json) -> bool {
    // Whole examples of documents other than ours are often of another schema.
    let is_trusted =
        std::env::var_os("PROOF_FOLDER").is_none() || !example.is_object() && !example.is_array();
    match schema.get("type").and_then(Json::as_str).filter(|_| is_trusted) {
        Some("string") => example.is_string(),
        Some("integer") => example.is_i64() || example.is_u64(),
        Some("number") => example.is_number(),
        Some("boolean") => example.is_boolean(),
        Some("array") => example.is_array(),
        Some("object") => example.is_object(),
        _ => is_trusted,
    }
}

/// A text that is neither too short nor too long.
fn text(schema: &Json) -> String {
    let length = |key: &str| schema.get(key).and_then(Json::as_u64).and_then(|length| length.try_into().ok());
    let text = "some text".repeat(length("minLength").unwrap_or(1_usize).div_ceil(9).clamp(1, 1000));
    text.chars().take(length("maxLength").unwrap_or(usize::MAX)).collect()
}

/// A value of one part of a union, with what the union itself says of all of them.
pub(crate) fn of_part(union: &Json, part: &Json, document: &Json) -> Json {
    let mut value = merged(union, of(part, document), document, 0);
    for common in union["allOf"].as_array().into_iter().flatten() {
        let common = resolve(common, document);
        // A parent that lists its children is part of them.
        if common.get("oneOf").is_none() {
            value = merged(common, value, document, 0);
        }
    }
    value
}

/// With the schema's own properties.
fn merged(schema: &Json, value: Json, document: &Json, depth: usize) -> Json {
    match (value, object(schema, document, depth)) {
        (Json::Object(mut value), Json::Object(own)) => {
            for (key, own) in own {
                value.entry(key).or_insert(own);
            }
            value.into()
        }
        (value, _) => value,
    }
}

fn object(schema: &Json, document: &Json, depth: usize) -> Json {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|it| it == name));
    let mut out = Map::new();
    for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        if depth < 3 || required(name) {
            out.insert(name.clone(), sample(property, document, depth + 1));
        }
    }
    if let Some(further) = schema.get("additionalProperties").filter(|it| it.is_object() && depth < 3) {
        out.insert("some-key".to_owned(), sample(further, document, depth + 1));
    }
    out.into()
}
