//! One schema at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::features::Features;
use super::layout::Layout;
use super::{Schemas, description, enums, literal, structs, text, types, unions};
use crate::spec::doc_comment;
use crate::spec::lint::Rules;

/// What is known of all schemas.
pub(super) struct Frame<'a> {
    pub(super) layout: &'a Layout,
    pub(super) features: &'a Features,
    /// The schemas that bodies of requests hold.
    pub(super) written: BTreeSet<String>,
    pub(super) rules: Rules,
}

/// What a schema becomes, for all of those that become something. The others are dissolved where they are used.
pub(super) fn normalize(schemas: &Schemas, frame: &Frame<'_>) -> Map<String, Json> {
    let constants = unions::constants(schemas);
    let models = schemas.iter().filter_map(|(name, schema)| {
        let mut model = model(name, schema, schemas, frame, &constants)?;
        model["x-cfg"] = frame.features.of_schema(name);
        Some((name.clone(), model))
    });
    models.collect()
}

fn model(
    name: &str,
    schema: &Json,
    schemas: &Schemas,
    frame: &Frame<'_>,
    constants: &BTreeMap<String, String>,
) -> Option<Json> {
    if schema.get("x-rust-type").is_some() || !types::is_type(schema) {
        return None;
    }
    // Most of what is declared through a macro is out of rustfmt's reach, so it is indented here.
    let doc = description(schema, name);
    let indented = doc_comment::indented(&doc, 4);
    if let Some((kind, union)) = unions::union(name, schema, schemas, frame.layout) {
        return Some(model_of(kind, &union, &indented));
    }
    if text(schema, "type") == "string" {
        if schema.get("enum").is_some_and(|values| values.as_array().is_some_and(|values| !values.is_empty()))
        {
            return Some(model_of("x-open-enum", &enums::open_enum(schema), &indented));
        }
        let pattern = schema.get("pattern").and_then(Json::as_str).map(literal);
        return Some(json!({ "type": "string", "x-newtype": true, "x-doc": indented, "x-pattern": pattern }));
    }
    let constant = constants.get(name).map(String::as_str);
    let mut about = doc_comment::outer(&doc);
    if let Some(example) = schema.get("example") {
        about += &format!("\n///\n{}", doc_comment::json(example));
    }
    let is_foreign = frame.rules == Rules::Foreign;
    let form = structs::Form { clears: frame.written.contains(name), keeps_more: is_foreign };
    let structure = structs::structure(schema, schemas, frame.layout, constant, form);
    let mut model = model_of("x-struct", &structure, &about);
    model["x-example"] = schema.get("example").map(|example| literal(&example.to_string())).into();
    Some(model)
}

/// What the generator takes for a model that has nothing to be guessed about.
fn model_of(kind: &str, content: &Json, doc: &str) -> Json {
    json!({ "type": "object", "properties": { "placeholder": { "type": "string" } }, "x-doc": doc, kind: content })
}
