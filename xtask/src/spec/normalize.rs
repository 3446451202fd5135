//! The bundled spec in the form that the templates render.
//!
//! Whatever a template would have to decide (a Rust name, a type, an adapter for serde, whether a field is boxed, the text of a doc comment) is decided here and
//! handed over as an extension, so that templates stay short and the generator's own guesses never matter: it is given no shape that it could guess about.
//!
//! Other people's documents are mended on the way. Names that clash get numbers, unions that JSON Schema allows anywhere become unions of named schemas, and
//! what has no counterpart in Rust is kept as raw JSON. In our own spec [`super::lint`] has refused all of that.

mod answers;
mod arguments;
mod dereference;
mod enums;
mod features;
mod inheritance;
mod inline_schemas;
mod layout;
mod names;
mod operations;
mod pagination;
mod part_names;
mod schemas;
mod sent;
mod service;
mod simplify;
mod structs;
mod types;
mod unions;

use serde_json::{Map, Value as Json, json};

use super::bundle::Document;
use super::examples::Examples;
use super::lint::Rules;
pub(super) use simplify::only_comments;

/// The methods that an operation can have.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Normalizes a document that passed [`super::lint`] under these rules.
#[must_use]
pub fn normalize(document: &Document, rules: Rules) -> Json {
    let mut json = document.root.to_json();
    if rules == Rules::Foreign {
        remove_frame_extensions(&mut json);
        Examples::of(&json).correct(&mut json);
        inheritance::split(&mut json);
    }
    dereference::dereference(&mut json);
    names::schemas(&mut json);
    names::operations(&mut json);
    let service = service::service(&json, rules);
    service::secure(&mut json, rules);
    arguments::gather(&mut json, rules);
    let schemas = json["components"]["schemas"].take();
    let mut schemas = schemas.as_object().cloned().unwrap_or_default();
    let given = features::names(&schemas);
    simplify::simplify(&mut json, &mut schemas);
    inline_schemas::extract(&mut json, &mut schemas);
    let features = features::Features::of(&json, &given, &schemas);
    features::of_tags(&mut json);
    let operations = operations::normalize(&json, &schemas, rules);
    let layout = layout::Layout::of(&schemas);
    let frame = schemas::Frame {
        layout: &layout,
        features: &features,
        written: sent::written(&json, &schemas, rules),
        rules,
    };
    let models = schemas::normalize(&schemas, &frame);
    json!({
        "openapi": "3.0.3",
        "info": { "title": "normalized", "version": "1" },
        "paths": operations,
        "components": { "schemas": models },
        // Other people's examples are no tests.
        "x-tested": rules == Rules::Own,
        "x-service": service,
        "x-booleans": service::booleans(&json, rules),
    })
}

/// Unions of frames have methods written by hand, which only our own crates have.
fn remove_frame_extensions(json: &mut Json) {
    let schemas = json.pointer_mut("/components/schemas").and_then(Json::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut).filter_map(Json::as_object_mut) {
        schema.remove("x-frames");
        schema.remove("x-closed");
    }
}

type Schemas = Map<String, Json>;

const PREFIX: &str = "#/components/schemas/";

/// The schema that a reference, or an `allOf` of nothing but one, names.
fn reference(schema: &Json) -> Option<&str> {
    let adds_nothing = || ["properties", "required"].iter().all(|key| schema.get(key).is_none());
    let target = match schema.get("allOf").and_then(Json::as_array).map(Vec::as_slice) {
        Some([only]) if adds_nothing() => only,
        _ => schema,
    };
    target.get("$ref")?.as_str()?.strip_prefix(PREFIX)
}

fn text<'a>(schema: &'a Json, key: &str) -> &'a str {
    schema.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn flag(schema: &Json, key: &str) -> bool {
    schema.get(key).and_then(Json::as_bool).unwrap_or_default()
}

fn list<'a>(schema: &'a Json, key: &str) -> &'a [Json] {
    schema.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The pairs of a mapping; none where there is no such mapping.
fn pairs<'a>(schema: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    schema.get(key).and_then(Json::as_object).into_iter().flatten()
}

/// A Rust string literal.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A text of the wire as a code span, on one line.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.trim() {
        "" => "\"\"".to_owned(),
        text => format!("`{}`", text.replace('`', "'")),
    }
}

/// What a schema says of itself; its title or its name where it says nothing, as other people's documents often do.
fn description(schema: &Json, name: &str) -> String {
    match (text(schema, "description").trim(), text(schema, "title").trim()) {
        ("", "") => format!("{}.", code(name)),
        ("", text) | (text, _) => text.to_owned(),
    }
}

/// The same, with what the value is where none is given.
fn description_with_default(described: &Json, schema: &Json, name: &str) -> String {
    let description = description(described, name);
    match schema.get("default") {
        None | Some(Json::Null) => description,
        Some(Json::String(value)) => format!("{description}\n\nDefault: {}.", code(value)),
        Some(value) => format!("{description}\n\nDefault: {}.", code(&value.to_string())),
    }
}

/// Every operation of the document, with its path and method.
fn operations_of(json: &Json) -> impl Iterator<Item = (&String, &String, &Json)> {
    pairs(json, "paths").flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.filter(|(key, _)| is_method(key)).map(move |(method, operation)| (path, method, operation))
    })
}

/// Every operation of the document.
fn operations_mut(json: &mut Json) -> impl Iterator<Item = (&String, &String, &mut Json)> {
    let paths = json.get_mut("paths").and_then(Json::as_object_mut).into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object_mut().into_iter().flatten();
        methods.filter(|(key, _)| is_method(key)).map(move |(method, operation)| (path, method, operation))
    })
}

fn is_method(key: &str) -> bool {
    METHODS.contains(&key)
}
