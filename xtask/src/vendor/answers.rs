//! Relaxes the schemas of responses to what the server certainly sends, and adds what only examples show.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::example_properties::ExampleProperties;
use super::own_schemas::{OwnSchemas, PREFIX};
use crate::spec::examples::{examples, not_required};

/// What every answer and every refusal has.
const PROMISED: [&str; 2] = ["ok", "error"];

/// How deep schemas are followed.
const MAX_DEPTH: usize = 32;

const COMPONENTS: &str = "#/components/schemas/";

/// Makes the answers of an operation ready.
pub(super) fn operation(
    operation: &mut Json,
    document: &Json,
    ours: &OwnSchemas<'_>,
    added: &mut ExampleProperties<'_>,
) {
    let mut succeeds = operation["responses"]
        .as_object()
        .is_some_and(|all| all.keys().any(|status| status.starts_with('2')));
    let takes_cursor = takes(operation, document, "cursor");
    let mut pages = None;
    for (status, response) in
        operation.get_mut("responses").and_then(Json::as_object_mut).into_iter().flatten()
    {
        let is_success =
            status.starts_with('2') || status == "default" && !std::mem::replace(&mut succeeds, true);
        for (kind, media) in response.get_mut("content").and_then(Json::as_object_mut).into_iter().flatten() {
            if !kind.contains("json") {
                continue;
            }
            let known: Vec<Json> = examples(media).cloned().collect();
            let Some(schema) = media.get_mut("schema") else { continue };
            relax(schema, 0);
            if !is_success {
                refusal(schema, &known, ours);
                continue;
            }
            for example in &known {
                added.add(schema, example, 0);
            }
            metadata(schema, ours);
            if takes_cursor {
                pages = pages.or_else(|| pagination(schema, document));
            }
        }
    }
    if let Some(pages) = pages {
        operation["x-pagination"] = pages;
    }
}

/// A refusal that says nothing more than that it is one is one of ours, with its code.
fn refusal(schema: &mut Json, known: &[Json], ours: &OwnSchemas<'_>) {
    const NAME: &str = "ErrorResponse";
    let mut properties = schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Map::keys);
    if schema.get("properties").is_some() && properties.all(|name| name == "ok") && ours.reads(NAME, known) {
        *schema = json!({ "$ref": format!("{PREFIX}{NAME}") });
    }
}

/// The schemas of all that an operation answers.
pub(super) fn schemas(operation: &mut Json) -> impl Iterator<Item = &mut Json> {
    let responses =
        operation.get_mut("responses").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut);
    let contents = responses.filter_map(|response| response.get_mut("content")?.as_object_mut());
    contents.flat_map(Map::values_mut).filter_map(|media| media.get_mut("schema"))
}

/// The names of the schemas that answers and refusals are made of.
pub(super) fn reached(document: &Json, paths: &[String]) -> BTreeSet<String> {
    let operations =
        paths.iter().filter_map(|path| document["paths"].get(path)?.as_object()).flat_map(Map::values);
    let mut queue: Vec<&Json> = operations.filter_map(|operation| operation.get("responses")).collect();
    let mut found = BTreeSet::new();
    while let Some(json) = queue.pop() {
        match json {
            Json::Array(items) => queue.extend(items),
            Json::Object(map) => {
                let target =
                    map.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix(COMPONENTS));
                if let Some(name) = target.filter(|name| found.insert((*name).to_owned())) {
                    queue.extend(document["components"]["schemas"].get(name));
                }
                queue.extend(
                    map.iter().filter(|(key, _)| !key.starts_with("example")).map(|(_, value)| value),
                );
            }
            _ => {}
        }
    }
    found
}

/// Requires nothing but what every answer has, and makes one object of a union of objects that nothing tells apart.
pub(super) fn relax(schema: &mut Json, depth: usize) {
    if depth > MAX_DEPTH || !schema.is_object() {
        return;
    }
    let promises = schema["required"].as_array().cloned().unwrap_or_default();
    for name in promises.iter().filter_map(Json::as_str).filter(|name| !PROMISED.contains(name) || depth > 0)
    {
        not_required(schema, name);
    }
    for key in ["oneOf", "anyOf"] {
        merge(schema, key);
    }
    for property in
        schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        relax(property, depth + 1);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(key) {
            relax(inner, depth + 1);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get_mut(key).and_then(Json::as_array_mut).into_iter().flatten() {
            relax(part, depth + usize::from(key != "allOf"));
        }
    }
}

/// Inline objects are one object with the properties of all, unless a constant tells them apart: then it is their discriminator.
fn merge(schema: &mut Json, key: &str) {
    let Some(parts) = schema.get(key).and_then(Json::as_array).filter(|parts| parts.len() > 1) else {
        return;
    };
    if schema.get("discriminator").is_some() || !parts.iter().all(|part| part.get("properties").is_some()) {
        return;
    }
    if let Some(tag) = tag(parts) {
        let titles: Vec<Json> =
            parts.iter().map(|part| part["properties"][&tag]["enum"][0].clone()).collect();
        if let Some(parts) = schema.get_mut(key).and_then(Json::as_array_mut) {
            for (part, title) in parts.iter_mut().zip(titles) {
                part["title"] = title;
            }
        }
        schema["discriminator"] = json!({ "propertyName": tag });
        return;
    }
    let mut properties = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    for part in parts {
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            match properties.get_mut(name) {
                Some(known) => *known = both(known.take(), property),
                None => drop(properties.insert(name.clone(), property.clone())),
            }
        }
    }
    if let Some(map) = schema.as_object_mut() {
        map.shift_remove(key);
        map.insert("type".to_owned(), "object".into());
        map.insert("properties".to_owned(), properties.into());
    }
}

/// The property that has another constant in each part.
fn tag(parts: &[Json]) -> Option<String> {
    let names = parts.first()?["properties"].as_object()?.keys();
    let constant =
        |part: &Json, name: &str| match part["properties"][name]["enum"].as_array().map(Vec::as_slice) {
            Some([only]) if only.is_string() => Some(only.to_string()),
            _ => None,
        };
    let tells_apart = |name: &&String| {
        let values: Option<BTreeSet<String>> = parts.iter().map(|part| constant(part, name)).collect();
        values.is_some_and(|values| values.len() == parts.len())
    };
    names.into_iter().find(tells_apart).cloned()
}

/// One schema for what two parts say of a property.
fn both(a: Json, b: &Json) -> Json {
    if a == *b {
        return a;
    }
    let mut bare = [a.clone(), b.clone()];
    for it in bare.iter_mut().filter_map(Json::as_object_mut) {
        for key in ["description", "title", "nullable", "required"] {
            it.shift_remove(key);
        }
    }
    let [bare_a, bare_b] = bare;
    let is_object = |it: &Json| it.get("properties").is_some();
    if bare_a == bare_b {
        a
    } else if is_object(&bare_a) && is_object(&bare_b) {
        let mut union = json!({ "oneOf": [a, b] });
        merge(&mut union, "oneOf");
        union
    } else if bare_a["type"] == bare_b["type"] && bare_a["type"].is_string() && !bare_a["type"].eq("array") {
        // Values or patterns that differ: all that they have in common is the type.
        json!({ "type": bare_a["type"] })
    } else {
        json!({ "oneOf": [a, b] })
    }
}

/// Any answer may have warnings, and the next page.
fn metadata(schema: &mut Json, ours: &OwnSchemas<'_>) {
    const NAME: &str = "response_metadata";
    let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
    if let Some(properties) = properties.filter(|_| ours.has("schemas", "ResponseMetadata")) {
        properties.shift_remove(NAME);
        properties.insert(
            NAME.to_owned(),
            json!({
                "description": "Warnings and messages, and the next page of an answer that comes in pages.",
                "x-php-empty": true,
                "allOf": [{ "$ref": format!("{PREFIX}ResponseMetadata") }],
            }),
        );
    }
}

/// Where an answer has the next cursor and one list.
fn pagination(schema: &Json, document: &Json) -> Option<Json> {
    let properties = schema.get("properties")?.as_object()?;
    let has_cursor = |schema: &Json| {
        let target = resolve(schema, document);
        target.pointer("/properties/next_cursor").is_some()
            || schema
                .pointer("/allOf/0/$ref")
                .is_some_and(|target| *target == format!("{PREFIX}ResponseMetadata"))
    };
    let next = if properties.get("response_metadata").is_some_and(has_cursor) {
        "response_metadata.next_cursor"
    } else if properties.contains_key("next_cursor") {
        "next_cursor"
    } else {
        return None;
    };
    let is_list = |(_, schema): &(&String, &Json)| resolve(schema, document)["type"] == "array";
    let mut lists = properties.iter().filter(is_list).map(|(name, _)| name);
    let items = lists.next().filter(|_| lists.next().is_none())?;
    Some(json!({ "argument": "cursor", "next": next, "items": items }))
}

/// Whether an operation has an argument of this name.
fn takes(operation: &Json, document: &Json, name: &str) -> bool {
    let parameters = operation.get("parameters").and_then(Json::as_array).into_iter().flatten();
    let mut bodies =
        operation.pointer("/requestBody/content").and_then(Json::as_object).into_iter().flat_map(Map::values);
    parameters.map(|parameter| resolve(parameter, document)).any(|parameter| parameter["name"] == name)
        || bodies.any(|media| media["schema"]["properties"].get(name).is_some())
}

fn resolve<'a>(schema: &'a Json, document: &'a Json) -> &'a Json {
    let mut schema = schema;
    for _ in 0..8 {
        let target = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref")).and_then(Json::as_str);
        match target.and_then(|target| document.pointer(target.strip_prefix('#')?)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relaxed(mut schema: Json) -> Json {
        relax(&mut schema, 0);
        schema
    }

    #[test]
    fn only_ok_is_promised() {
        let inner = json!({ "type": "object", "required": ["ok", "id"], "properties": { "id": { "type": "string" } } });
        let schema = json!({ "type": "object", "required": ["ok", "user", "list"], "properties": {
            "user": inner, "list": { "type": "array", "items": inner }, "required": { "type": "string" } } });
        let plain = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        assert_eq!(
            relaxed(schema),
            json!({ "type": "object", "required": ["ok"], "properties": {
                "user": plain, "list": { "type": "array", "items": plain }, "required": { "type": "string" } } })
        );
    }

    #[test]
    fn objects_that_nothing_tells_apart_are_one() {
        let text = json!({ "type": "string" });
        let union = json!({ "oneOf": [
            { "type": "object", "required": ["a"], "properties": { "a": text, "x": { "type": "string", "enum": ["p"] }, "o": { "properties": { "p": text } } } },
            { "type": "object", "properties": { "b": text, "a": { "type": "string", "description": "d" }, "x": { "type": "integer" }, "o": { "properties": { "q": text } } } },
        ] });
        assert_eq!(
            relaxed(union),
            json!({ "type": "object", "properties": {
                "a": text, "b": text, "x": { "oneOf": [{ "type": "string", "enum": ["p"] }, { "type": "integer" }] },
                "o": { "type": "object", "properties": { "p": text, "q": text } } } })
        );
    }

    #[test]
    fn a_constant_tells_objects_apart() {
        let part = |kind: &str| json!({ "properties": { "type": { "type": "string", "enum": [kind] } } });
        let union = relaxed(json!({ "oneOf": [part("file"), part("message")] }));
        assert_eq!(union["discriminator"], json!({ "propertyName": "type" }));
        assert_eq!(union["oneOf"][1]["title"], "message");
        let mixed = json!({ "oneOf": [part("file"), { "type": "string" }] });
        assert_eq!(relaxed(mixed.clone()), mixed);
    }
}
