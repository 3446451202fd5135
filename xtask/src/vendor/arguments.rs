//! Types arguments: JSON in a string becomes JSON, ids and timestamps become ours, lists with commas become lists.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Value as Json, json};

use super::own_schemas::{OwnSchemas, PREFIX};

/// How a description says that a text is JSON, or a list with commas.
static JSON: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bJSON\b|\bstringified\b").ok());
static LIST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)comma[- ]separated|separated by commas").ok());

/// What is said of that text, which a caller need not know any more.
static AS_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i) This must be a JSON-encoded string\.|, presented as a URL-encoded string| in a stringified JSON format").ok()
});

/// What is given in place of an id.
static CONTENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bcontents?\b|multipart").ok());

/// Makes the arguments of an operation ready.
pub(super) fn operation(operation: &mut Json, ours: &OwnSchemas<'_>) {
    for parameter in operation.get_mut("parameters").and_then(Json::as_array_mut).into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let about = parameter["description"].as_str().unwrap_or_default().to_owned();
        if let Some(schema) = parameter.get_mut("schema") {
            argument(&name, &about, schema, ours);
            if schema["type"] != "string" {
                without_text(parameter);
            }
        }
    }
    let bodies = operation.pointer_mut("/requestBody/content").and_then(Json::as_object_mut);
    for (kind, media) in bodies.into_iter().flatten() {
        if !kind.contains("form") {
            continue;
        }
        let fields = media.pointer_mut("/schema/properties").and_then(Json::as_object_mut);
        for (name, schema) in fields.into_iter().flatten() {
            let about = schema["description"].as_str().unwrap_or_default().to_owned();
            argument(name, &about, schema, ours);
            if schema["type"] != "string" {
                without_text(schema);
            }
        }
    }
}

fn without_text(described: &mut Json) {
    if let Some(Json::String(about)) = described.get_mut("description")
        && let Some(as_text) = AS_TEXT.as_ref()
    {
        *about = as_text.replace_all(about, "").into_owned();
    }
}

/// `about` is what is said of it.
fn argument(name: &str, about: &str, schema: &mut Json, ours: &OwnSchemas<'_>) {
    let says = |how: &LazyLock<Option<Regex>>| how.as_ref().is_some_and(|how| how.is_match(about));
    let kind = schema["type"].as_str().unwrap_or_default().to_owned();
    let shapes = ["enum", "format", "pattern", "$ref", "allOf"];
    if !["string", "number"].contains(&kind.as_str()) || shapes.iter().any(|key| schema.get(key).is_some()) {
        return;
    }
    let scalar =
        |name: &str| ours.scalar_of_name(name).map(|scalar| json!({ "$ref": format!("{PREFIX}{scalar}") }));
    let is_text = kind == "string";
    let new = if is_text && says(&JSON) {
        Some(ours.json_argument(name))
    } else if is_text && says(&LIST) {
        let item = scalar(singular(name)).unwrap_or_else(|| json!({ "type": "string" }));
        Some(json!({ "type": "array", "items": item }))
    } else if is_text && says(&CONTENT) {
        None
    } else {
        let is_time = |target: &Json| is_text || target["$ref"] == format!("{PREFIX}Ts");
        scalar(name).filter(is_time)
    };
    if let Some(new) = new {
        replace(schema, new);
    }
}

/// Gives a schema another shape under the same description.
fn replace(schema: &mut Json, mut new: Json) {
    let about = schema.get("description").cloned();
    match (new.get("$ref").cloned(), about) {
        (Some(target), Some(about)) => new = json!({ "description": about, "allOf": [{ "$ref": target }] }),
        (None, Some(about)) => new["description"] = about,
        _ => {}
    }
    *schema = new;
}

fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

/// The strings of a schema that are ids or timestamps of ours, where a pattern says so.
pub(super) fn patterns(json: &mut Json, ours: &OwnSchemas<'_>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| patterns(item, ours)),
        Json::Object(map) => {
            let pattern = map
                .get("pattern")
                .and_then(Json::as_str)
                .filter(|_| map.get("type").is_some_and(|it| it == "string"));
            if let Some(scalar) = pattern.and_then(|pattern| ours.scalar_of_pattern(pattern)) {
                let target = json!({ "$ref": format!("{PREFIX}{scalar}") });
                replace(json, target);
                return;
            }
            map.iter_mut().filter(|(key, _)| !is_data(key)).for_each(|(_, value)| patterns(value, ours));
        }
        _ => {}
    }
}

fn is_data(key: &str) -> bool {
    ["example", "examples", "enum", "default"].contains(&key)
}

/// The strings that speak of an id or a timestamp by their name, and are one in every example.
pub(super) fn named(document: &mut Json, examples: &crate::spec::examples::Examples, ours: &OwnSchemas<'_>) {
    for pointer in examples.pointers() {
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        if !parent.ends_with("/properties") && name != "items" {
            continue;
        }
        // An item is called after its list.
        let name = match name {
            "items" => singular(parent.rsplit_once('/').map_or("", |(_, name)| name)),
            name => name,
        };
        let Some(scalar) = ours.scalar_of_values(name, examples.values(pointer)) else { continue };
        let Some(schema) = document.pointer_mut(pointer) else { continue };
        let is_plain = schema.get("type").is_some_and(|kind| kind == "string")
            && ["enum", "format", "pattern"].iter().all(|key| schema.get(key).is_none());
        if is_plain {
            replace(schema, json!({ "$ref": format!("{PREFIX}{scalar}") }));
        }
    }
}

/// Texts that have a name and say nothing more are texts where they are used.
pub(super) fn plain(document: &mut Json) {
    const COMPONENTS: &str = "#/components/schemas/";
    let shapes = ["pattern", "enum", "format"];
    let is_plain =
        |schema: &Json| schema["type"] == "string" && shapes.iter().all(|key| schema.get(key).is_none());
    let schemas = document.pointer("/components/schemas").and_then(Json::as_object);
    let names: Vec<String> = schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_plain(schema))
        .map(|(name, _)| name.clone())
        .collect();
    let mut queue = vec![document];
    while let Some(json) = queue.pop() {
        let target =
            json.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix(COMPONENTS));
        if target.is_some_and(|target| names.iter().any(|name| name == target)) {
            let mut new = json!({ "type": "string" });
            if let Some(about) = json.get("description") {
                new["description"] = about.clone();
            }
            *json = new;
            continue;
        }
        match json {
            Json::Array(items) => queue.extend(items),
            Json::Object(map) => {
                queue.extend(map.iter_mut().filter(|(key, _)| !is_data(key)).map(|(_, value)| value));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_has_a_name_is_a_text() {
        let mut document = json!({
            "paths": { "a": { "$ref": "#/components/schemas/Name" }, "b": { "$ref": "#/components/schemas/Id" } },
            "components": { "schemas": { "Name": { "type": "string", "title": "A name." }, "Id": { "type": "string", "pattern": "^U" } } },
        });
        plain(&mut document);
        assert_eq!(
            document["paths"],
            json!({ "a": { "type": "string" }, "b": { "$ref": "#/components/schemas/Id" } })
        );
    }
}
