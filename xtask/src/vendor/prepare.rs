//! Prepares a foreign document for vendoring: replaces its schemas by ours where they are the same, and adds what its examples show.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::example_properties::ExampleProperties;
use super::own_schemas::{OwnSchemas, PREFIX};
use super::{answers, arguments, links, own_schemas, parts};
use crate::spec::examples::Examples;
use crate::spec::naming;

/// Prepares the document for vendoring these paths. Returns notes for the report.
pub(super) fn document(document: &mut Json, paths: &[String], ours: &OwnSchemas<'_>) -> Vec<String> {
    document["ours"] = ours.stubs();
    links::absolute(document);
    let examples = Examples::of(document);
    examples.correct(document);
    let answered = answers::reached(document, paths);
    adopt(document, &examples, ours);
    arguments::named(document, &examples, ours);
    for part in ["/paths", "/components"] {
        if let Some(part) = document.pointer_mut(part) {
            arguments::patterns(part, ours);
        }
    }
    arguments::plain(document);
    let mut new = Map::new();
    for name in &answered {
        if let Some(schema) = document["components"]["schemas"].get_mut(name) {
            answers::relax(schema, 1);
            parts::take(&naming::pascal(&naming::ascii(own_schemas::plain(name))), schema, &mut new);
        }
    }
    let notes = operations(document, paths, ours, &mut new);
    if let Some(schemas) = schemas(document) {
        for (name, schema) in new {
            schemas.entry(name).or_insert(schema);
        }
    }
    notes
}

fn schemas(document: &mut Json) -> Option<&mut Map<String, Json>> {
    let components = document.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}

/// Puts a reference to ours in the place of each definition that we have.
fn adopt(document: &mut Json, examples: &Examples, ours: &OwnSchemas<'_>) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Json::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if let Some(counterpart) = ours.counterpart(name, schema, examples) {
            *schema = json!({ "$ref": format!("{PREFIX}{counterpart}") });
        }
    }
}

fn operations(
    document: &mut Json,
    paths: &[String],
    ours: &OwnSchemas<'_>,
    new: &mut Map<String, Json>,
) -> Vec<String> {
    let mut notes = Vec::new();
    for path in paths {
        let Some(mut item) = document["paths"].get(path).cloned() else { continue };
        let mut added = BTreeSet::new();
        for operation in
            item.as_object_mut().into_iter().flat_map(Map::values_mut).filter(|it| it.is_object())
        {
            let mut from_examples = ExampleProperties::new(ours);
            arguments::operation(operation, ours);
            answers::operation(operation, document, ours, &mut from_examples);
            added.extend(from_examples.added);
            let id = operation["operationId"].as_str().unwrap_or(path);
            let name = format!("{}Response", naming::pascal(&naming::ascii(id)));
            for schema in answers::schemas(operation) {
                parts::take(&name, schema, new);
            }
        }
        document["paths"][path] = item;
        if !added.is_empty() {
            let names: Vec<&str> = added.iter().map(String::as_str).collect();
            notes.push(format!("added from the examples of {path}: {}", names.join(", ")));
        }
    }
    notes
}
