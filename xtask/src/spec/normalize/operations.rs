//! Operations: their arguments, and what their documentation says of answers and errors.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::answers::{Answers, answers, codes, shape};
use super::names::Unique;
use super::structs::{MANY_ARGUMENTS, is_scalar, items};
use super::{Schemas, code, description_with_default, flag, list, literal, pagination, pairs, text, types};
use crate::spec::lint::Rules;
use crate::spec::{doc_comment, naming, reserved};

/// Every operation as a path of its own: the generator need not look at the real one.
pub(super) fn normalize(json: &Json, schemas: &Schemas, rules: Rules) -> Json {
    let mut paths = Map::new();
    let special = special_codes(json);
    for (n, (path, method, operation)) in super::operations_of(json).enumerate() {
        let extension = extension(path, method, operation, schemas, &special, rules);
        // It would complain of names that are none in Rust, and sorts them.
        let name = format!("operation_{n:05}");
        paths.insert(
            format!("/{name}"),
            json!({ "get": {
                "operationId": name,
                "tags": operation["tags"],
                "responses": { "200": { "description": "It was carried out." } },
                "x-operation": extension,
            } }),
        );
    }
    paths.into()
}

/// The codes that an operation lists as its own. All the others can come from any.
fn special_codes(json: &Json) -> BTreeSet<&str> {
    let operations = super::operations_of(json);
    operations.flat_map(|(_, _, operation)| list(operation, "x-errors")).filter_map(Json::as_str).collect()
}

fn extension(
    path: &str,
    method: &str,
    operation: &Json,
    schemas: &Schemas,
    special: &BTreeSet<&str>,
    rules: Rules,
) -> Json {
    let (function, request) = (text(operation, "x-function"), text(operation, "x-request"));
    let mut names = Unique::without(reserved::METHODS_OF_CALLS.into_iter().chain(reserved::OPTIONS_OF_CALLS));
    let arguments = list(operation, "x-arguments");
    // Those that are required come first, as they do in the constructor.
    let (required, optional): (Vec<&Json>, Vec<&Json>) =
        arguments.iter().partition(|it| flag(it, "required"));
    let fields: Vec<Json> =
        required.iter().chain(&optional).map(|it| argument(it, schemas, &mut names)).collect();
    let Answers { answer, statuses, refusal, refusals, answer_schema, refusal_schema } =
        answers(operation, request, schemas, rules);
    let is_by_status = refusals.is_array();
    let (path, fixed) = split(path);
    let (answer_shape, refusal_shape) =
        (shape(answer_schema.as_ref(), schemas), shape(refusal_schema.as_ref(), schemas));
    let doc = documentation(operation, answer_shape, refusal_shape, schemas, special);
    let reason = match text(operation, "x-deprecated-reason") {
        "" => "this operation is deprecated",
        reason => reason,
    };
    let pagination = pagination::pagination(operation, answer_shape, schemas, &fields);
    json!({
        "module_cfg": operation.get("x-module-cfg").cloned().unwrap_or_default(),
        "cfg": operation.get("x-cfg").cloned().unwrap_or_default(),
        "function": function,
        "link": function.trim_start_matches("r#"),
        "request": request,
        "name": literal(path.trim_start_matches('/')),
        "path": literal(&path),
        "fixed": fixed,
        "method": naming::pascal(method),
        "idempotent": operation.get("x-idempotent").and_then(Json::as_bool).map_or(Json::Bool(false), |it| it.to_string().into()),
        "doc": doc_comment::outer(&doc),
        "deprecated": if flag(operation, "deprecated") { literal(reason).into() } else { Json::Bool(false) },
        "default": required.is_empty(),
        "many": required.len() > MANY_ARGUMENTS,
        "many_with_client": required.len() + 1 > MANY_ARGUMENTS,
        "answer": answer,
        "by_status": by_status(&answer, &statuses, "What [`Client::"),
        "refusals": by_status(&refusal, &refusals, "What a refusal of [`Client::"),
        "security": operation.get("x-security").cloned().unwrap_or(Json::Bool(false)),
        "encodes": !fields.is_empty() || !fixed.is_empty(),
        "sets": !optional.is_empty(),
        "refusal": refusal,
        "classified": rules == Rules::Own && !is_by_status && refusal_shape.is_some_and(|refusal| is_classified(refusal, schemas)),
        "required": fields[..required.len()],
        "optional": fields[required.len()..],
        "fields": fields,
        "pagination": pagination,
    })
}

/// A path without its query, and the arguments that this stands for. What is behind a `#` is never sent.
fn split(path: &str) -> (String, Vec<Json>) {
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let fixed = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({ "name": literal(name), "value": literal(value) })
    });
    let slash = if path.starts_with('/') { "" } else { "/" };
    (format!("{slash}{path}"), fixed.collect())
}

/// The cases of an answer, and the one that a status reads as which the document does not know.
fn by_status(name: &str, statuses: &Json, about: &str) -> Json {
    let Some(cases) = statuses.as_array() else { return Json::Bool(false) };
    let knows_all = cases.iter().any(|case| case["status"] == "_");
    let otherwise =
        cases.first().filter(|_| !knows_all).map_or(Json::Bool(false), |case| case["name"].clone());
    json!({ "type": name, "cases": cases, "otherwise": otherwise, "about": about })
}

fn argument(argument: &Json, schemas: &Schemas, names: &mut Unique) -> Json {
    let name = text(argument, "name");
    let field = names.give(&match text(argument, "x-rust-name") {
        "" => naming::snake(name),
        rust => rust.to_owned(),
    });
    let schema = &argument["schema"];
    let target = types::resolve(schema, schemas).1;
    let is_file = |schema: &Json| text(types::resolve(schema, schemas).1, "format") == "binary";
    let plain = types::rust_type(schema, schemas);
    let (kind, rust_type) = match (text(argument, "x-place"), text(argument, "x-style")) {
        ("json", _) => ("json_body", plain),
        ("text", _) => ("text_body", plain),
        ("content", _) => ("content_body", "crate::FileContent".to_owned()),
        ("part", _) if is_file(target) => ("file", "crate::FilePart".to_owned()),
        ("part", _) if target.get("items").is_some_and(is_file) => {
            ("file", "Vec<crate::FilePart>".to_owned())
        }
        (_, "deep" | "each") if is_object(target, &plain) => ("object", plain),
        (_, "json") => ("json", plain),
        _ if !is_parameter(&plain, schemas) => ("json", plain),
        // Only a list has a style.
        ("argument", style) if style == "commas" || !plain.starts_with("Vec<") => ("push", plain),
        _ => ("value", plain),
    };
    let place = format!("crate::Place::{}", naming::pascal(text(argument, "x-place")));
    let style = format!("crate::Style::{}", naming::pascal(text(argument, "x-style")));
    let (media_type, wire) = (literal(text(argument, "x-media-type")), literal(name));
    // All that stands before the field itself.
    let call = match kind {
        "push" | "file" => format!("{kind}({wire}, &self."),
        "json" => format!("{kind}({place}, {wire}, &self."),
        "value" | "object" => format!("{kind}({place}, {style}, {wire}, &self."),
        _ => format!("{kind}({media_type}, &self."),
    };
    let (taken, given) = match items(&rust_type) {
        Some(item) => {
            (format!("impl IntoIterator<Item = impl Into<{item}>>"), ".into_iter().map(Into::into).collect()")
        }
        None if is_scalar(&rust_type) => (rust_type.clone(), ""),
        None => (format!("impl Into<{rust_type}>"), ".into()"),
    };
    json!({
        "field": field,
        "wire": name,
        "type": rust_type,
        "argument": taken,
        "given": given,
        "call": call,
        "required": flag(argument, "required"),
        "deprecated": deprecated(argument),
        "doc": doc_comment::outer(&description_with_default(argument, schema, name)),
    })
}

/// The attribute of something that is deprecated, with the reason where there is one.
fn deprecated(what: &Json) -> Json {
    match (flag(what, "deprecated"), text(what, "x-deprecated-reason")) {
        (false, _) => Json::Bool(false),
        (true, "") => "#[deprecated]".into(),
        (true, reason) => format!("#[deprecated(note = {})]", literal(reason)).into(),
    }
}

fn is_object(target: &Json, rust_type: &str) -> bool {
    target.get("properties").is_some() || rust_type.starts_with("std::collections::HashMap")
}

/// Whether a type has a text of its own.
fn is_parameter(rust_type: &str, schemas: &Schemas) -> bool {
    if let Some(inner) = rust_type.strip_prefix("Vec<").and_then(|inner| inner.strip_suffix('>')) {
        return !inner.starts_with("Vec<") && is_parameter(inner, schemas);
    }
    match rust_type.strip_prefix("models::") {
        Some("RawJson") => true,
        Some(name) => schemas.get(name).is_some_and(|schema| {
            let is_ours = matches!(text(schema, "x-rust-type"), "" | "Url");
            is_ours && text(schema, "type") == "string"
        }),
        None => !rust_type.contains('<'),
    }
}

fn documentation(
    operation: &Json,
    answer: Option<&Json>,
    refusal: Option<&Json>,
    schemas: &Schemas,
    special: &BTreeSet<&str>,
) -> String {
    let mut doc = [text(operation, "summary"), text(operation, "description")].map(str::trim).join("\n\n");
    if doc.trim().is_empty() {
        doc = format!("Calls `{}`.", text(operation, "x-function").trim_start_matches("r#"));
    }
    if let Some(url) = operation.pointer("/externalDocs/url").and_then(Json::as_str) {
        let _ = write!(
            doc,
            "\n\n[{}]({url})",
            operation.pointer("/externalDocs/description").and_then(Json::as_str).unwrap_or("Reference")
        );
    }
    if flag(operation, "x-idempotent") {
        doc.push_str("\n\nRepeating the call does no harm: a [`RetryPolicy`](crate::RetryPolicy) sends it again even after a failure that leaves open whether Slack carried it out.");
    }
    if let Some(answer) = answer.filter(|answer| pairs(answer, "properties").next().is_some()) {
        doc.push_str("\n\n# Answer\n\n");
        for (name, field) in pairs(answer, "properties") {
            let _ = match first_sentence(text(field, "description")) {
                "" => writeln!(doc, "- {}", code(name)),
                about => writeln!(doc, "- {}: {about}", code(name)),
            };
        }
    }
    if let Some(codes) = refusal.and_then(|refusal| codes(refusal, schemas)) {
        let own = operation.get("x-errors").and_then(Json::as_array);
        doc.push_str(match own {
            Some(own) if own.is_empty() => "\n# Errors\n\nBesides what can go wrong on the way, the call is refused with one of the codes that every method has: see [`ErrorCode`](models::ErrorCode).\n",
            Some(_) => "\n# Errors\n\nBesides what can go wrong on the way, the call is refused with one of the codes that every method has (see [`ErrorCode`](models::ErrorCode)), with one that is newer, or with one of these:\n\n",
            None => "\n# Errors\n\nBesides what can go wrong on the way, the call is refused with one of these codes, or with one that is newer:\n\n",
        });
        let meanings = list(codes, "x-enum-descriptions");
        for (n, code) in list(codes, "enum").iter().enumerate() {
            let code = code.as_str().unwrap_or_default();
            if own.map_or(special.contains(code), |own| !own.iter().any(|own| own == code)) {
                continue;
            }
            let code = super::code(code);
            let _ = match meanings.get(n).and_then(Json::as_str).unwrap_or_default() {
                "" => writeln!(doc, "- {code}"),
                meaning => writeln!(doc, "- {code}: {meaning}"),
            };
        }
    }
    doc
}

/// Whether the code of a refusal can tell what cannot heal from what will. It has to be there for that.
fn is_classified(refusal: &Json, schemas: &Schemas) -> bool {
    let predicates = codes(refusal, schemas).and_then(|code| code.get("x-enum-predicates"));
    list(refusal, "required").iter().any(|name| name == "error")
        && predicates
            .is_some_and(|known| known.get("is_fatal").is_some() && known.get("is_transient").is_some())
}

/// The first sentence, on one line.
fn first_sentence(text: &str) -> &str {
    let line = text.trim().lines().next().unwrap_or_default();
    line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
}
