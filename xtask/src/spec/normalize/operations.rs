//! Operations: their parameters, and what their documentation says of answers and errors.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Normalized, Schemas, description, flag, literal, reference, text};
use crate::spec::{doc_comment, naming};

pub(super) fn normalize(json: &mut Json, schemas: &Schemas, out: &mut Normalized) {
    let Some(paths) = json.get_mut("paths").and_then(Json::as_object_mut) else { return };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            operation_extensions(path, method, operation, schemas, out);
        }
    }
}

fn operation_extensions(
    path: &str,
    method: &str,
    operation: &mut Json,
    schemas: &Schemas,
    out: &mut Normalized,
) {
    let id = text(operation, "operationId").to_owned();
    let parameters: Vec<Json> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| !flag(parameter, "x-credential"))
        .map(|value| parameter(value, schemas, out))
        .collect();
    let answer = schema_name(operation, "200");
    let refusal = schema_name(operation, "default");
    let doc = documentation(operation, answer.as_deref(), refusal.as_deref(), schemas);
    let reason = match text(operation, "x-deprecated-reason") {
        "" => "Slack has deprecated this method",
        reason => reason,
    };
    let arguments = parameters.iter().filter(|parameter| flag(parameter, "required")).count();
    let extension = json!({
        "function": naming::snake(&id),
        "request": naming::pascal(&id),
        "name": literal(path.trim_start_matches('/')),
        "path": literal(path),
        "method": naming::pascal(method),
        "doc": doc_comment::outer(&doc),
        "deprecated": flag(operation, "deprecated").then(|| literal(reason)),
        "default": arguments == 0,
        "answer": answer,
        "classified": refusal.as_deref().is_some_and(|name| is_classified(name, schemas)),
        "refusal": refusal,
    });
    if let Some(map) = operation.as_object_mut() {
        map.insert("parameters".to_owned(), parameters.into());
        map.insert("x-operation".to_owned(), extension);
        map.remove("security");
    }
}

fn parameter(parameter: &Json, schemas: &Schemas, out: &mut Normalized) -> Json {
    let mut parameter = parameter.clone();
    let rust = match text(&parameter, "x-rust-name") {
        "" => naming::snake(text(&parameter, "name")),
        rust => rust.to_owned(),
    };
    super::avoid(text(&parameter, "name"), &rust, &mut out.parameter_mappings);
    let rust_type = argument_type(&parameter["schema"], schemas);
    let (name, doc) = (
        literal(text(&parameter, "name")),
        doc_comment::outer(&description(&parameter, text(&parameter, "name"))),
    );
    if let Some(map) = parameter.as_object_mut() {
        map.insert("x-field".to_owned(), rust.into());
        map.insert("x-name".to_owned(), name.into());
        map.insert("x-type".to_owned(), rust_type.into());
        map.insert("x-doc".to_owned(), doc.into());
    }
    parameter
}

/// The Rust type of an argument. The generator would make a plain string of every id.
fn argument_type(schema: &Json, schemas: &Schemas) -> String {
    if let Some(name) = reference(schema) {
        return match schemas.get(name) {
            Some(target) if target.get("x-rust-type").is_none() && text(target, "type") != "string" => {
                argument_type(target, schemas)
            }
            _ => format!("models::{name}"),
        };
    }
    match (text(schema, "type"), text(schema, "format")) {
        ("boolean", _) => "bool".to_owned(),
        ("integer", "int32") => "i32".to_owned(),
        ("integer", _) => "i64".to_owned(),
        ("number", _) => "f64".to_owned(),
        ("array", _) => format!("Vec<{}>", argument_type(&schema["items"], schemas)),
        ("object", _) => "models::RawJson".to_owned(),
        _ => "String".to_owned(),
    }
}

/// The schema of a response, by its Rust name.
fn schema_name(operation: &Json, status: &str) -> Option<String> {
    let content = operation["responses"].get(status)?.get("content")?.as_object()?;
    reference(content.values().next()?.get("schema")?).map(str::to_owned)
}

fn documentation(operation: &Json, answer: Option<&str>, refusal: Option<&str>, schemas: &Schemas) -> String {
    let mut doc = [text(operation, "summary"), text(operation, "description")].map(str::trim).join("\n\n");
    let url = operation.pointer("/externalDocs/url").and_then(Json::as_str);
    if let Some(url) = url {
        let _ = write!(
            doc,
            "\n\n[{}]({url})",
            operation.pointer("/externalDocs/description").and_then(Json::as_str).unwrap_or("Reference")
        );
    }
    let fields = answer.and_then(|name| schemas.get(name)?.get("properties")?.as_object());
    if let Some(fields) = fields {
        doc.push_str("\n\n# Answer\n\n");
        for (name, field) in fields {
            let _ = writeln!(doc, "- `{name}`: {}", first_sentence(text(field, "description")));
        }
    }
    let codes = refusal.and_then(|name| error_codes(schemas.get(name)?, schemas));
    if let Some(codes) = codes {
        doc.push_str("\n# Errors\n\nBesides what can go wrong on the way, Slack refuses the call with one of these codes, or with one that is newer:\n\n");
        for (code, meaning) in codes {
            let _ = match meaning {
                "" => writeln!(doc, "- `{code}`"),
                meaning => writeln!(doc, "- `{code}`: {meaning}"),
            };
        }
    }
    doc
}

/// Whether the code of a refusal can tell what cannot heal from what will.
fn is_classified(refusal: &str, schemas: &Schemas) -> bool {
    let code = schemas.get(refusal).and_then(|schema| reference(schema.get("properties")?.get("error")?));
    let predicates = code.and_then(|name| schemas.get(name)?.get("x-enum-predicates"));
    predicates.is_some_and(|known| known.get("is_fatal").is_some() && known.get("is_transient").is_some())
}

fn error_codes<'a>(refusal: &'a Json, schemas: &'a Schemas) -> Option<Vec<(&'a str, &'a str)>> {
    let error = refusal.get("properties")?.get("error")?;
    let error = reference(error).and_then(|name| schemas.get(name)).unwrap_or(error);
    let codes = error.get("enum")?.as_array()?;
    let meanings = error.get("x-enum-descriptions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let meaning = |n: usize| meanings.get(n).and_then(Json::as_str).unwrap_or_default();
    Some(codes.iter().enumerate().map(|(n, code)| (code.as_str().unwrap_or_default(), meaning(n))).collect())
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
