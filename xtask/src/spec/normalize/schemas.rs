//! Turns schemas into the models that the templates render.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::features::Features;
use super::layout::Layout;
use super::structs::{Form, structure};
use super::template::{Model, Shape};
use super::{description, enums, literal, types, unions};
use crate::spec::doc_comment;
use crate::spec::lint::Rules;
use crate::spec::openapi::{Schema, Schemas};

/// The context of normalizing a schema: all schemas, their features and the rules.
pub(super) struct Frame<'a> {
    pub(super) schemas: &'a Schemas,
    pub(super) features: &'a Features,
    /// The schemas that occur in bodies of requests.
    pub(super) written: BTreeSet<String>,
    pub(super) rules: Rules,
}

/// Creates the models of all schemas that become types. Any other schema is inlined where it is used.
pub(super) fn normalize(frame: &Frame<'_>) -> IndexMap<String, Model> {
    let layout = Layout::of(frame.schemas);
    let constants = unions::constants(frame.schemas);
    let types = frame.schemas.iter().filter(|(_, it)| it.rust_type.is_none() && types::is_type(it));
    let models = types.map(|(name, schema)| {
        let tag = constants.get(name.as_str()).copied();
        (name.clone(), model(name, schema, frame, &layout, tag))
    });
    models.collect()
}

fn model(name: &str, schema: &Schema, frame: &Frame<'_>, layout: &Layout, tag: Option<&str>) -> Model {
    let text = description(schema, name);
    let cfg = frame.features.of_schema(name);
    let shape = if let Some(parts) = &schema.one_of {
        unions::union(name, schema, parts, frame.schemas, layout)
    } else if schema.is_text() && !schema.values().is_empty() {
        Shape::OpenEnum(enums::open_enum(schema))
    } else if schema.is_text() {
        Shape::Newtype(schema.pattern.as_deref().map(literal))
    } else {
        let form = Form { clears: frame.written.contains(name), is_foreign: frame.rules == Rules::Foreign };
        let shape = Shape::Struct(structure(schema, frame.schemas, layout, tag, form));
        let example = schema.example.as_ref();
        let shown = example.map(|example| format!("\n///\n{}", doc_comment::json(example)));
        let doc = doc_comment::outer(&text) + &shown.unwrap_or_default();
        return Model { cfg, doc, example: example.map(|example| literal(&example.to_string())), shape };
    };
    // rustfmt does not format the arguments of a macro, so the doc comment is indented here.
    Model { cfg, doc: doc_comment::indented(&text, 4), example: None, shape }
}
