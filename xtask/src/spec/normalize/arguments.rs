//! What an operation sends, as one list of arguments: parameters, the fields of a form, a body.

use serde_json::{Map, Value as Json, json};

use super::{flag, list, operations_mut, pairs, text};
use crate::spec::lint::Rules;
use crate::spec::reserved;

mod places;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Replaces the parameters and the body of every operation by `x-arguments`: what a parameter has, with `x-place` and `x-style` for the way it is sent.
pub(super) fn gather(json: &mut Json, rules: Rules) {
    let schemas = json.pointer("/components/schemas").cloned().unwrap_or_default();
    for (path, method, operation) in operations_mut(json) {
        let reads = ["get", "head", "delete"].contains(&method.as_str());
        let mut arguments: Vec<Json> = list(operation, "parameters")
            .iter()
            .filter_map(|it| parameter(it, reads, &schemas, rules))
            .collect();
        if rules == Rules::Foreign {
            places::settle(path, &mut arguments);
        }
        if let Some(body) = operation.get("requestBody") {
            arguments.extend(of_body(body, &schemas, rules));
        }
        // The token has a place of its own: where an operation needs one, an argument of that name is it.
        let has_token = flag(operation, "x-has-token");
        let is_token = |it: &Json| has_token && text(it, "name") == "token";
        arguments.retain(|it| !flag(it, "x-credential") && !is_token(it));
        operation["x-arguments"] = arguments.into();
        for key in ["parameters", "requestBody", "security"] {
            operation.as_object_mut().map(|map| map.remove(key));
        }
    }
}

fn parameter(parameter: &Json, reads: bool, schemas: &Json, rules: Rules) -> Option<Json> {
    let mut argument = parameter.clone();
    if rules == Rules::Foreign
        && parameter.get("content").is_none()
        && is_any_scalar(&parameter["schema"], schemas, 0)
    {
        // Outside of JSON, a number is written as a text is.
        argument["schema"] = json!({ "type": "string" });
    }
    let name = text(parameter, "name").to_lowercase();
    let place = match text(parameter, "in") {
        "query" if reads => "argument",
        "header" if reserved::HEADERS.contains(&name.as_str()) => return None,
        place => place,
    };
    let content = pairs(parameter, "content").next().map(|(_, media)| media);
    let style = match content {
        Some(_) => "json",
        None => style(parameter, &parameter["schema"], text(parameter, "in"), rules),
    };
    if let Some(schema) = content.and_then(|media| media.get("schema")) {
        argument["schema"] = schema.clone();
    }
    argument["x-place"] = place.into();
    argument["x-style"] = style.into();
    if place == "path" {
        argument["required"] = true.into();
    }
    Some(argument)
}

/// How a value that is no plain text is written. Slack takes lists with commas between the items, so in our own spec that is the default.
fn style(how: &Json, schema: &Json, place: &str, rules: Rules) -> &'static str {
    let is_form = matches!(place, "query" | "cookie" | "form");
    let explode = how.get("explode").and_then(Json::as_bool);
    let explodes = explode.unwrap_or(
        is_form && rules == Rules::Foreign && how.get("style").is_none_or(|style| style == "form"),
    );
    match text(how, "style") {
        "deepObject" => "deep",
        "spaceDelimited" if !explodes => "spaces",
        "pipeDelimited" if !explodes => "pipes",
        _ if explodes && is_form => "each",
        _ if schema.get("properties").is_some() => "json",
        _ => "commas",
    }
}

/// The fields of a form, or the body as one argument. Of several media types the first that is written by its schema is taken.
fn of_body(body: &Json, schemas: &Json, rules: Rules) -> Vec<Json> {
    let written = || {
        pairs(body, "content").filter(|(_, media)| rules == Rules::Foreign || media.get("schema").is_some())
    };
    let is_by_schema =
        |kind: &str| kind.contains("json") || kind.starts_with(FORM) || kind.starts_with(MULTIPART);
    let Some((media_type, media)) = written()
        .find(|(kind, media)| is_by_schema(kind) && media.get("schema").is_some())
        .or_else(|| written().next())
    else {
        return Vec::new();
    };
    let schema = resolve(media.get("schema").unwrap_or(&json!({})), schemas);
    let kind = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    if let FORM | MULTIPART = kind.as_str() {
        let place = if kind == FORM { "argument" } else { "part" };
        let fields = fields(&schema, schemas, 0);
        return fields
            .iter()
            .map(|(name, field)| form_field(name, field, &schema, media, place, schemas, rules))
            .collect();
    }
    let (place, schema) = match kind.as_str() {
        kind if kind == "application/json" || kind.ends_with("+json") || kind == "*/*" => {
            ("json", media.get("schema").cloned().unwrap_or_else(|| json!({})))
        }
        kind if kind.starts_with("text/") || is_xml(kind) => ("text", json!({ "type": "string" })),
        _ => ("content", json!({ "type": "string", "format": "binary" })),
    };
    vec![json!({
        "name": "body",
        "required": flag(body, "required"),
        "description": body.get("description").or_else(|| schema.get("description")).cloned().unwrap_or_else(|| "The body.".into()),
        "schema": schema,
        "x-rust-name": body.get("x-rust-name").cloned().unwrap_or_default(),
        "x-place": place,
        "x-style": "commas",
        "x-media-type": media_type,
    })]
}

fn form_field(
    name: &str,
    field: &Json,
    form: &Json,
    media: &Json,
    place: &str,
    schemas: &Json,
    rules: Rules,
) -> Json {
    let how = media.get("encoding").and_then(|encoding| encoding.get(name)).cloned().unwrap_or_default();
    let target = resolve(field, schemas);
    let items = target.get("items").map(|items| resolve(items, schemas));
    // An object, as Slack's `view` is, and a list of them, as its `blocks` are, have no other form in a text than JSON, unless the document has a word for it.
    let has_objects = is_object(&target) || items.as_ref().is_some_and(is_object);
    let style =
        if has_objects && how.get("style").is_none() { "json" } else { style(&how, &target, "form", rules) };
    json!({
        "name": name,
        "required": list(form, "required").iter().any(|required| required == name),
        "description": field.get("description").or_else(|| target.get("description")).cloned().unwrap_or_default(),
        "deprecated": flag(field, "deprecated"),
        "schema": field,
        "x-credential": flag(field, "x-credential"),
        "x-rust-name": field.get("x-rust-name").cloned().unwrap_or_default(),
        "x-place": place,
        "x-style": style,
        "x-media-type": how.get("contentType").cloned().unwrap_or_default(),
    })
}

/// Whether a media type is one of XML.
pub(super) fn is_xml(kind: &str) -> bool {
    kind == "application/xml" || kind == "text/xml" || kind.ends_with("+xml")
}

/// Whether a schema is a union of nothing but scalars.
fn is_any_scalar(schema: &Json, schemas: &Json, depth: usize) -> bool {
    let schema = resolve(schema, schemas);
    let parts = match (list(&schema, "oneOf"), list(&schema, "anyOf")) {
        ([], parts) | (parts, _) => parts,
    };
    let is_null =
        |part: &Json| flag(part, "nullable") && text(part, "type").is_empty() && part.get("$ref").is_none();
    let parts: Vec<&Json> = parts.iter().filter(|part| !is_null(part)).collect();
    let is_scalar = |part: &Json| {
        let part = resolve(part, schemas);
        ["string", "integer", "number", "boolean"].contains(&text(&part, "type"))
            || depth < 4 && is_any_scalar(&part, schemas, depth + 1)
    };
    parts.len() > 1 && parts.into_iter().all(is_scalar)
}

fn is_object(schema: &Json) -> bool {
    text(schema, "type") == "object"
        || text(schema, "x-rust-type") == "RawJson"
        || ["properties", "oneOf", "allOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
}

/// The properties of a form, with those of its parts.
fn fields(schema: &Json, schemas: &Json, depth: usize) -> Map<String, Json> {
    let mut all = Map::new();
    if depth < 8 {
        for part in list(schema, "allOf") {
            all.extend(fields(&resolve(part, schemas), schemas, depth + 1));
        }
    }
    all.extend(pairs(schema, "properties").map(|(name, field)| (name.clone(), field.clone())));
    all
}

/// What a reference, or an `allOf` of nothing but one, leads to.
fn resolve(schema: &Json, schemas: &Json) -> Json {
    let mut schema = schema.clone();
    for _ in 0..8 {
        match super::reference(&schema).map(|name| &schemas[name]) {
            Some(target) => schema = target.clone(),
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::super::PREFIX;
    use super::*;

    fn arguments(method: &str, operation: &Json, rules: Rules) -> Vec<Json> {
        let mut json = json!({
            "paths": { "/a": { method: operation } },
            "components": { "schemas": {
                "Block": { "type": "object", "properties": { "x": { "type": "string" } } },
                "Form": { "allOf": [{ "$ref": format!("{PREFIX}Base") }], "required": ["f"], "properties": {
                    "f": { "type": "string", "description": "d" }, "blocks": { "type": "array", "items": { "$ref": format!("{PREFIX}Block") } } } },
                "Base": { "type": "object", "properties": { "b": { "type": "array", "items": { "type": "string" } } } },
            } },
        });
        gather(&mut json, rules);
        list(&json["paths"]["/a"][method], "x-arguments").to_vec()
    }

    fn ways(arguments: &[Json]) -> Vec<String> {
        let way = |it: &Json| {
            format!(
                "{} {} {} {}",
                text(it, "name"),
                text(it, "x-place"),
                text(it, "x-style"),
                flag(it, "required")
            )
        };
        arguments.iter().map(way).collect()
    }

    #[test]
    fn parameters_go_where_the_document_says() {
        let array = json!({ "type": "array", "items": { "type": "string" } });
        let operation = json!({ "security": [{ "a": [] }], "parameters": [
            { "name": "q", "in": "query", "schema": array }, { "name": "r", "in": "query", "explode": true, "schema": array },
            { "name": "s", "in": "query", "style": "pipeDelimited", "schema": array }, { "name": "p", "in": "path", "schema": {} },
            { "name": "h", "in": "header", "schema": array }, { "name": "Content-Type", "in": "header", "schema": {} },
            { "name": "j", "in": "query", "content": { "application/json": { "schema": { "type": "object" } } } },
            { "name": "d", "in": "query", "style": "deepObject", "schema": { "type": "object" } },
            { "name": "token", "in": "query", "schema": {} }, { "name": "either", "in": "header", "schema": { "oneOf": [{ "type": "string" }, { "type": "integer" }] } },
        ], "x-has-token": true });
        assert_eq!(
            ways(&arguments("get", &operation, Rules::Foreign)),
            [
                "q argument each false",
                "r argument each false",
                "s argument pipes false",
                "h header commas false",
                "j argument json false",
                "d argument deep false",
                "either header commas false",
            ]
        );
        let house = ways(&arguments("post", &operation, Rules::Own));
        assert_eq!(house[0], "q query commas false");
        assert_eq!(house[1], "r query each false");
        assert!(!house.contains(&"token query commas false".to_owned()));
    }

    #[test]
    fn the_fields_of_a_form_are_arguments() {
        let body = |media: &str| json!({ "requestBody": { "content": { media: { "schema": { "$ref": format!("{PREFIX}Form") } } } } });
        assert_eq!(
            ways(&arguments("post", &body(FORM), Rules::Own)),
            ["b argument commas false", "f argument commas true", "blocks argument json false"]
        );
        assert_eq!(
            ways(&arguments("post", &body(MULTIPART), Rules::Foreign)),
            ["b part each false", "f part each true", "blocks part json false"]
        );
    }

    #[test]
    fn other_bodies_are_one_argument() {
        for (media, place) in [
            ("application/json", "json"),
            ("application/vnd.x+json; v=1", "json"),
            ("text/plain", "text"),
            ("image/png", "content"),
        ] {
            let operation = json!({ "requestBody": { "required": true, "content": { "x/none": {}, media: { "schema": { "type": "object" } } } } });
            assert_eq!(
                ways(&arguments("put", &operation, Rules::Own)),
                [format!("body {place} commas true")]
            );
        }
    }
}
