//! The responses of an operation: by status, by media type, or empty.

use indexmap::IndexMap;

use super::arguments::is_xml;
use super::template::Case;
use super::{literal, types};
use crate::spec::doc_comment;
use crate::spec::lint::Rules;
use crate::spec::openapi::{Response, Schema, Schemas, essence, is_json};

/// An answer, or a refusal.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) rust_type: String,
    /// The variants of the generated enum, if the type depends on the HTTP status.
    pub(super) cases: Vec<Case>,
    /// Its schema, for the documentation.
    pub(super) schema: Option<&'a Schema>,
    /// The media types of its bodies, unless all are `application/json`.
    pub(super) accept: Option<String>,
}

type Responses = IndexMap<String, Response>;

/// Returns the answer of an operation.
pub(super) fn answer<'a>(responses: &'a Responses, request: &str, schemas: &Schemas) -> Outcome<'a> {
    let mut successes: Vec<(&str, &Response)> = pairs(responses, |status| status.starts_with('2'));
    successes.sort_by_key(|(status, _)| *status);
    let cases: Vec<Case> =
        successes.iter().map(|(status, response)| case(status, response, schemas)).collect();
    let mut types: Vec<&str> = cases.iter().map(|case| case.rust_type.as_str()).collect();
    types.dedup();
    let schema = successes.first().and_then(|(_, response)| response.schema()).map(|(_, schema)| schema);
    let accept = accept(&successes);
    match types.as_slice() {
        [] => Outcome { rust_type: "crate::NoContent".to_owned(), cases: Vec::new(), schema, accept },
        [only] => Outcome { rust_type: (*only).to_owned(), cases: Vec::new(), schema, accept },
        _ => Outcome { rust_type: format!("{request}Answer"), cases, schema, accept },
    }
}

/// Returns the value of the `Accept` header with which these responses are asked for; `None` if it is the default.
fn accept(successes: &[(&str, &Response)]) -> Option<String> {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, response) in successes {
        let kind = body(response).map(|(kind, schema)| match kind.trim() {
            // Whatever is read as JSON is asked for as JSON.
            "*/*" if schema.is_none_or(|schema| schema.format.as_deref() != Some("binary")) => {
                "application/json"
            }
            kind => kind,
        });
        kinds.extend(
            kind.filter(|kind| !kinds.contains(kind) && kind.bytes().all(|byte| matches!(byte, b' '..=b'~'))),
        );
    }
    let is_default = kinds.iter().all(|kind| essence(kind) == "application/json");
    (!is_default).then(|| literal(&kinds.join(", ")))
}

/// Returns the refusal of an operation.
pub(super) fn refusal<'a>(
    responses: &'a Responses,
    request: &str,
    schemas: &Schemas,
    rules: Rules,
) -> Outcome<'a> {
    let cases = if rules == Rules::Foreign { refusals(responses, schemas) } else { Vec::new() };
    // A single case needs no enum around it.
    if let [only] = cases.as_slice() {
        return Outcome { rust_type: only.rust_type.clone(), cases: Vec::new(), schema: None, accept: None };
    }
    let of_kind = |kind: &'static str| pairs(responses, move |status| status.starts_with(kind));
    let failures = ["default", "4", "5"].into_iter().flat_map(of_kind).map(|(_, response)| response);
    let failures: Vec<&Response> = failures.filter(|response| response.schema().is_some()).collect();
    let mut types: Vec<String> = failures.iter().map(|response| body_type(response, schemas)).collect();
    types.dedup();
    let documented = failures.first().filter(|_| types.len() == 1 || responses.contains_key("default"));
    let rust_type = types.into_iter().next().filter(|it| documented.is_some() && !it.starts_with("crate::"));
    let rust_type = if cases.is_empty() { rust_type } else { Some(format!("{request}Refusal")) };
    let documented = documented.filter(|_| rust_type.is_some()).and_then(|response| response.schema());
    Outcome {
        rust_type: rust_type.unwrap_or_else(|| "models::RawJson".to_owned()),
        cases,
        schema: documented.map(|(_, schema)| schema),
        accept: None,
    }
}

/// Returns the refusal of each HTTP status of a failure, the most specific first; nothing if all have the same type of JSON, or none has a body.
fn refusals(responses: &Responses, schemas: &Schemas) -> Vec<Case> {
    let mut failures = pairs(responses, |status| !status.starts_with(['1', '2', 'x']));
    let rank = |status: &str| match status.parse::<u16>() {
        Ok(_) => 0,
        Err(_) if status == "default" => 2,
        Err(_) => 1,
    };
    failures.sort_by_key(|(status, _)| (rank(status), *status));
    let mut cases: Vec<Case> =
        failures.iter().map(|(status, response)| case(status, response, schemas)).collect();
    let mut types: Vec<&str> = cases.iter().map(|case| case.rust_type.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let is_one = matches!(types.as_slice(), [only] if !only.starts_with("crate::"));
    if is_one || types.iter().all(|rust_type| *rust_type == "crate::NoContent") {
        return Vec::new();
    }
    if !responses.contains_key("default") {
        let doc = doc_comment::outer("Any other status, with arbitrary JSON.");
        let (name, rust_type, status) = ("Other".to_owned(), "models::RawJson".to_owned(), "_".to_owned());
        cases.push(Case { name, rust_type, status, doc });
    }
    cases
}

fn pairs(responses: &Responses, is_meant: impl Fn(&str) -> bool) -> Vec<(&str, &Response)> {
    let all = responses.iter().map(|(status, response)| (status.as_str(), response));
    all.filter(|(status, _)| is_meant(status)).collect()
}

/// Returns the media type of a response's body, and its schema if it has one; `None` if it has no body.
fn body(response: &Response) -> Option<(&str, Option<&Schema>)> {
    let first = || response.content.keys().next().map(|kind| (kind.as_str(), None));
    response.schema().map(|(kind, schema)| (kind, Some(schema))).or_else(first)
}

/// Returns the Rust type of a response's body.
fn body_type(response: &Response, schemas: &Schemas) -> String {
    let Some((kind, schema)) = body(response) else { return "crate::NoContent".to_owned() };
    let kind = essence(kind);
    match kind.as_str() {
        kind if is_json(kind) || kind == "*/*" => match schema {
            Some(schema) if schema.format.as_deref() == Some("binary") => "crate::Binary".to_owned(),
            Some(schema) => types::rust_type_or_null(schema, schemas),
            None => "models::RawJson".to_owned(),
        },
        kind if kind.starts_with("text/") || is_xml(kind) => "crate::Text".to_owned(),
        _ => "crate::Binary".to_owned(),
    }
}

fn case(status: &str, response: &Response, schemas: &Schemas) -> Case {
    let class = status.strip_suffix("XX").or_else(|| status.strip_suffix("xx"));
    let class = class.filter(|class| ["3", "4", "5"].contains(class));
    let (name, pattern) = match (status.parse::<u16>(), class) {
        (Ok(code), _) => (format!("Status{status}"), code.to_string()),
        (Err(_), Some(class)) => (format!("Status{class}xx"), format!("{class}00..={class}99")),
        (Err(_), None) => ("Other".to_owned(), "_".to_owned()),
    };
    let what = if status == "default" { "Any other status".to_owned() } else { format!("HTTP {status}") };
    let doc = match response.description.trim() {
        "" => what,
        about => format!("{what}: {about}"),
    };
    Case { name, rust_type: body_type(response, schemas), status: pattern, doc: doc_comment::outer(&doc) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::request::tests::requests;
    use super::*;
    use crate::spec::openapi::tests;

    fn schemas() -> Schemas {
        let object = json!({ "type": "object", "properties": {} });
        tests::schemas(&json!({ "A": object, "B": object }))
    }

    fn responses(json: &Json) -> Responses {
        let document = json!({ "paths": { "/a": { "get": { "responses": json } } } });
        requests(&document).remove(0).operation.responses
    }

    /// Creates a response whose body is a reference to a schema of this name.
    fn body(name: &str) -> Json {
        json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } })
    }

    #[test]
    fn one_refusal_or_one_for_each_status() {
        let of = |json: Json| {
            let responses = responses(&json);
            let found = refusal(&responses, "Get", &schemas(), Rules::Foreign);
            let cases = found.cases.iter().map(|it| format!("{} {} {}", it.name, it.status, it.rust_type));
            (found.rust_type, cases.collect::<Vec<_>>())
        };
        let none = json!({ "description": "d" });
        assert_eq!(
            of(json!({ "200": body("B"), "404": body("A"), "default": body("A") })),
            ("models::A".into(), vec![])
        );
        assert_eq!(of(json!({ "404": none, "500": none })), ("models::RawJson".into(), vec![]));
        let text = json!({ "content": { "text/html": { "schema": { "type": "string" } } } });
        assert_eq!(of(json!({ "default": text })), ("crate::Text".into(), vec![]));
        assert_eq!(
            of(json!({ "default": body("A"), "4XX": body("B"), "429": none })),
            (
                "GetRefusal".into(),
                vec![
                    "Status429 429 crate::NoContent".into(),
                    "Status4xx 400..=499 models::B".into(),
                    "Other _ models::A".into()
                ]
            )
        );
        assert_eq!(
            of(json!({ "404": body("A"), "409": body("B") })).1.last().map(String::as_str),
            Some("Other _ models::RawJson")
        );
    }

    #[test]
    fn a_call_asks_for_what_it_reads() {
        let of = |content: Json| {
            let responses = responses(
                &json!({ "200": { "content": content }, "204": {}, "404": { "content": { "text/html": {} } } }),
            );
            answer(&responses, "Get", &schemas()).accept
        };
        let schema = json!({ "schema": { "type": "object" } });
        for kind in ["application/json", "application/json; charset=utf-8", "*/*"] {
            assert_eq!(of(json!({ kind: schema })), None, "{kind}");
        }
        assert_eq!(
            of(json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } })).as_deref(),
            Some("\"*/*\"")
        );
        assert_eq!(
            of(json!({ "application/xml": schema, "application/vnd.api+json": schema })).as_deref(),
            Some("\"application/vnd.api+json\"")
        );
        assert_eq!(of(json!({ "text/csv": {} })).as_deref(), Some("\"text/csv\""));
    }

    #[test]
    fn one_answer_or_one_for_each_status() {
        let of = |json: &Json| {
            let (responses, schemas) = (responses(json), schemas());
            let answer = answer(&responses, "Get", &schemas);
            let refusal = refusal(&responses, "Get", &schemas, Rules::Own);
            (answer.rust_type, refusal.rust_type, answer.cases.len())
        };
        let a = body("A");
        let text = json!({ "content": { "text/plain": { "schema": { "type": "string" } } } });
        let png = json!({ "content": { "image/png": {} } });
        let list = json!({ "content": { "application/json": { "schema": { "type": "array", "items": { "type": "string" } } } } });
        let raw = "models::RawJson".to_owned();
        let none = json!({ "description": "d" });
        assert_eq!(of(&json!({ "200": a, "default": a })), ("models::A".into(), "models::A".into(), 0));
        assert_eq!(of(&json!({ "200": a, "201": a })), ("models::A".into(), raw.clone(), 0));
        assert_eq!(of(&json!({ "204": none, "200": a })), ("GetAnswer".into(), raw.clone(), 2));
        assert_eq!(of(&json!({ "204": none, "404": a })), ("crate::NoContent".into(), "models::A".into(), 0));
        assert_eq!(
            of(&json!({ "200": text, "404": a, "500": list })),
            ("crate::Text".into(), raw.clone(), 0)
        );
        assert_eq!(of(&json!({ "2XX": png })), ("crate::Binary".into(), raw.clone(), 0));
        assert_eq!(of(&json!({ "200": list })), ("Vec<String>".into(), raw.clone(), 0));
        let both = json!({ "content": {
            "application/xml": { "schema": { "$ref": "#/components/schemas/A" } }, "application/json": a["content"]["application/json"],
        } });
        assert_eq!(of(&json!({ "200": both })), ("models::A".into(), raw.clone(), 0));
        assert_eq!(of(&json!({})), ("crate::NoContent".into(), raw, 0));
    }
}
