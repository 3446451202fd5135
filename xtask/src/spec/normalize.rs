//! The bundled spec in the form that the templates render.
//!
//! Whatever a template would have to decide (a Rust name, an adapter for serde, whether a field is boxed, the text of a doc comment) is decided here and
//! handed over as an extension, so that templates stay short and the generator's own guesses never matter.

mod hoist;
mod layout;
mod operations;
mod schemas;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::bundle::Document;
use super::naming;

/// What the generator is given.
#[derive(Debug)]
pub struct Normalized {
    /// The document.
    pub document: Json,
    /// Schemas that the generator must neither write nor dissolve. It wants a map; here each is mapped to itself.
    pub schema_mappings: BTreeMap<String, String>,
    /// Property names that the generator would stumble over, with what it shall call them.
    pub name_mappings: BTreeMap<String, String>,
    /// The same of parameters.
    pub parameter_mappings: BTreeMap<String, String>,
}

/// Normalizes a document that passed [`super::lint`].
#[must_use]
pub fn normalize(document: &Document) -> Normalized {
    let mut json = document.root.to_json();
    rename_schemas(&mut json);
    inline_parameters(&mut json);
    let schemas = json["components"]["schemas"].take();
    let mut schemas = schemas.as_object().cloned().unwrap_or_default();
    hoist::hoist(&mut json, &mut schemas);
    let mut out = Normalized {
        document: Json::Null,
        schema_mappings: BTreeMap::new(),
        name_mappings: BTreeMap::new(),
        parameter_mappings: BTreeMap::new(),
    };
    operations::normalize(&mut json, &schemas, &mut out);
    let layout = layout::Layout::of(&schemas);
    let schemas = schemas
        .iter()
        .map(|(name, schema)| (name.clone(), schemas::normalize(name, schema, &schemas, &layout, &mut out)))
        .collect();
    json["components"] = json!({ "schemas": Json::Object(schemas) });
    if let Some(root) = json.as_object_mut() {
        root.remove("security");
        root.remove("x-provenance");
    }
    out.document = json;
    out
}

type Schemas = Map<String, Json>;

const PREFIX: &str = "#/components/schemas/";

/// The schema that a reference, or an `allOf` of nothing but one, names.
fn reference(schema: &Json) -> Option<&str> {
    let target = match schema.get("allOf").and_then(Json::as_array).map(Vec::as_slice) {
        Some([only]) if schema.get("properties").is_none() => only,
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

/// A Rust string literal.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// What a schema says of itself; its name where it says nothing, as other people's documents often do.
fn description(schema: &Json, name: &str) -> String {
    match text(schema, "description").trim() {
        "" => format!("`{name}`."),
        text => text.to_owned(),
    }
}

/// The generator's own names are not used, but it warns of those that are no names in Rust, and unknown warnings fail the run. So it gets others.
fn avoid(name: &str, rust: &str, mappings: &mut BTreeMap<String, String>) {
    if name != rust || !name.is_ascii() {
        let n = mappings.len();
        mappings.entry(name.to_owned()).or_insert_with(|| format!("renamed_{n}"));
    }
}

fn rename_schemas(json: &mut Json) {
    let Some(schemas) = json.pointer_mut("/components/schemas").and_then(Json::as_object_mut) else { return };
    let mut names = BTreeMap::new();
    let renamed = std::mem::take(schemas)
        .into_iter()
        .map(|(name, schema)| {
            let rust = match (text(&schema, "x-rust-type"), text(&schema, "x-rust-name")) {
                ("", "") => naming::pascal(&name),
                ("", rust) | (rust, _) => rust.to_owned(),
            };
            names.insert(format!("{PREFIX}{name}"), format!("{PREFIX}{rust}"));
            (rust, schema)
        })
        .collect();
    *schemas = renamed;
    rewrite_references(json, &names);
}

fn rewrite_references(json: &mut Json, names: &BTreeMap<String, String>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| rewrite_references(item, names)),
        Json::Object(map) => {
            for (key, value) in map {
                match value {
                    Json::String(text) if key == "$ref" => {
                        if let Some(name) = names.get(text) {
                            text.clone_from(name);
                        }
                    }
                    _ if key == "example" => {}
                    other => rewrite_references(other, names),
                }
            }
        }
        _ => {}
    }
}

/// Every operation of the document.
fn operations_mut(json: &mut Json) -> impl Iterator<Item = &mut Json> {
    let paths = json.get_mut("paths").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut);
    paths.filter_map(Json::as_object_mut).flat_map(Map::values_mut).filter(|operation| operation.is_object())
}

/// Puts every parameter where it is referred to, those of a path into each of its operations.
fn inline_parameters(json: &mut Json) {
    let shared = json.pointer("/components/parameters").cloned().unwrap_or_default();
    let resolve = |parameter: &Json| match text(parameter, "$ref").rsplit('/').next() {
        Some(name) if !name.is_empty() => shared[name].clone(),
        _ => parameter.clone(),
    };
    let Some(paths) = json.get_mut("paths").and_then(Json::as_object_mut) else { return };
    for item in paths.values_mut().filter_map(Json::as_object_mut) {
        let of_path = item.remove("parameters").and_then(|list| list.as_array().cloned()).unwrap_or_default();
        for operation in item.values_mut().filter_map(Json::as_object_mut) {
            let own = operation.get("parameters").and_then(Json::as_array).cloned().unwrap_or_default();
            let all: Vec<Json> = of_path.iter().chain(&own).map(resolve).collect();
            operation.insert("parameters".to_owned(), all.into());
        }
    }
}
