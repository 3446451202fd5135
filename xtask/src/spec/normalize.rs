//! The bundled spec in the form that the templates render.
//!
//! Everything that a template would otherwise have to decide (a Rust name, a type, an adapter for serde, whether a field is boxed, the text of a doc comment)
//! is decided here and passed on as an extension, so that templates stay short and the generator has nothing to guess.
//!
//! Foreign documents are corrected along the way: clashing names get numbers, unions that JSON Schema allows anywhere become unions of named schemas, and
//! schemas without a counterpart in Rust become raw JSON. In our own spec [`super::lint`] has rejected all of these.

mod arguments;
mod directions;
mod enums;
mod features;
mod inheritance;
mod inline_schemas;
mod layout;
mod names;
mod operations;
mod pagination;
mod part_names;
mod placeholders;
mod request;
mod responses;
mod schemas;
mod service;
mod simplify;
mod structs;
mod template;
mod types;
mod unions;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::bundle::Document;
use super::examples::Examples;
use super::lint::Rules;
use super::openapi::{OpenApi, Schema};
use arguments::Place;
use request::Request;

/// Normalizes a document that passed [`super::lint`] under these rules, with schemas that are corrected by the examples, and returns the document that the
/// generator is run on.
#[must_use]
pub fn normalize(document: &Document, examples: &Examples, rules: Rules) -> Json {
    let mut api = OpenApi::read(document);
    examples.correct_schemas(&mut api);
    self::document(api, rules).to_openapi()
}

/// Computes everything that the templates write.
fn document(mut api: OpenApi, rules: Rules) -> template::Document {
    if rules == Rules::Foreign {
        // Unions of frames need hand-written methods, which only our own crates have.
        api.schemas.values_mut().for_each(|schema| (schema.frames, schema.closed) = (None, None));
        inheritance::split(&mut api.schemas);
        service::settle(&mut api);
        service::authorize(&mut api);
    }
    names::schemas(&mut api);
    let mut requests = Request::all(&mut api, rules);
    let given: BTreeSet<String> = api.schemas.keys().cloned().collect();
    let mut schemas = std::mem::take(&mut api.schemas);
    schemas
        .values_mut()
        .chain(requests.iter_mut().flat_map(Request::schemas_mut))
        .for_each(simplify::simplify);
    let mut schemas = inline_schemas::extract(&schemas, &mut requests);
    if rules == Rules::Foreign {
        directions::relax(&mut schemas, &requests);
    }
    // Bodies of our own spec never send null: a property without a value is left out.
    let mut written = BTreeSet::new();
    let sent = requests.iter().filter(|_| rules == Rules::Foreign).flat_map(|request| &request.arguments);
    for argument in sent.filter(|argument| argument.place == Place::Json) {
        features::reach(&argument.schema, &schemas, &mut written);
    }
    let features = features::Features::of(&requests, &given, &schemas);
    let frame = schemas::Frame { schemas: &schemas, features: &features, written, rules };
    template::Document {
        operations: operations::normalize(&requests, features::of_requests(&requests), &schemas, rules),
        models: schemas::normalize(&frame),
        service: service::service(&api, rules),
        booleans: service::booleans(&api, rules),
        // Only the examples of our own spec become tests.
        is_tested: rules == Rules::Own,
    }
}

/// Formats a text as a Rust string literal.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Formats a name or a value from the document as a Markdown code span on one line.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.trim() {
        "" => "\"\"".to_owned(),
        text => format!("`{}`", text.replace('`', "'")),
    }
}

/// Returns a schema's description, or else its title or the given name.
fn description(schema: &Schema, name: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    about(&text(&schema.description), &text(&schema.title), name)
}

/// Returns a description, or else the title or the name, since many foreign documents lack descriptions.
fn about(description: &str, title: &str, name: &str) -> String {
    match (description.trim(), title.trim()) {
        ("", "") => format!("{}.", code(name)),
        ("", text) | (text, _) => text.to_owned(),
    }
}

/// Appends the schema's default, if it has one, to a description.
fn with_default(description: String, schema: &Schema) -> String {
    match &schema.default {
        None | Some(Json::Null) => description,
        Some(Json::String(value)) => format!("{description}\n\nDefault: {}.", code(value)),
        Some(value) => format!("{description}\n\nDefault: {}.", code(&value.to_string())),
    }
}
