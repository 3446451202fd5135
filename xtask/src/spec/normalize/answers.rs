//! What an operation answers: by status, by media type, or with nothing at all.

use serde_json::{Value as Json, json};

use super::arguments::is_xml;
use super::{Schemas, list, pairs, text, types};
use crate::spec::lint::Rules;

/// The answer and the refusal of an operation.
pub(super) struct Answers {
    /// The Rust type of the answer.
    pub(super) answer: String,
    /// The cases of an answer of its own, where it depends on the status; `false` where it does not.
    pub(super) statuses: Json,
    /// The Rust type of the refusal.
    pub(super) refusal: String,
    /// The cases of a refusal of its own, where it depends on the status; `false` where it does not.
    pub(super) refusals: Json,
    /// The schema of the answer, for its documentation.
    pub(super) answer_schema: Option<Json>,
    /// The schema of the refusal.
    pub(super) refusal_schema: Option<Json>,
}

/// Reads the responses of an operation.
pub(super) fn answers(operation: &Json, request: &str, schemas: &Schemas, rules: Rules) -> Answers {
    let all = || pairs(operation, "responses");
    let mut successes: Vec<(&str, &Json)> = all()
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(status, it)| (status.as_str(), it))
        .collect();
    successes.sort_by_key(|(status, _)| *status);
    let mut types: Vec<String> =
        successes.iter().map(|(_, response)| answer_type(response, schemas)).collect();
    let cases =
        successes.iter().zip(&types).map(|((status, response), rust_type)| case(status, response, rust_type));
    let cases: Vec<Json> = cases.collect();
    types.dedup();
    let (answer, statuses) = match types.as_slice() {
        [] => ("crate::NoContent".to_owned(), Json::Bool(false)),
        [only] => (only.clone(), Json::Bool(false)),
        _ => (format!("{request}Answer"), cases.into()),
    };
    let by_status = if rules == Rules::Foreign { refusals(operation, schemas) } else { Vec::new() };
    let failures: Vec<&Json> = ["default", "4", "5"]
        .iter()
        .flat_map(|kind| all().filter(move |(status, _)| status.starts_with(kind)))
        .map(|(_, response)| response)
        .filter(|response| schema(response).is_some())
        .collect();
    let mut refusals: Vec<String> = failures.iter().map(|response| answer_type(response, schemas)).collect();
    refusals.dedup();
    let documented =
        failures.first().filter(|_| refusals.len() == 1 || all().any(|(status, _)| status == "default"));
    let refusal = documented
        .map(|response| answer_type(response, schemas))
        .filter(|rust_type| !rust_type.starts_with("crate::"));
    let refusal = if by_status.is_empty() { refusal } else { Some(format!("{request}Refusal")) };
    Answers {
        answer,
        statuses,
        refusals: if by_status.is_empty() { Json::Bool(false) } else { by_status.into() },
        answer_schema: successes
            .first()
            .and_then(|(_, response)| schema(response))
            .map(|(_, schema)| schema.clone()),
        refusal_schema: refusal
            .as_ref()
            .and(documented)
            .and_then(|response| schema(response))
            .map(|(_, schema)| schema.clone()),
        refusal: refusal.unwrap_or_else(|| "models::RawJson".to_owned()),
    }
}

/// What each status of a failure is refused with, the most special first; nothing where one type will do for all.
fn refusals(operation: &Json, schemas: &Schemas) -> Vec<Json> {
    let failures = pairs(operation, "responses").filter(|(status, _)| !status.starts_with(['1', '2', 'x']));
    let mut failures: Vec<(&str, &Json)> = failures.map(|(status, it)| (status.as_str(), it)).collect();
    let rank = |status: &str| match status.parse::<u16>() {
        Ok(_) => 0,
        Err(_) if status == "default" => 2,
        Err(_) => 1,
    };
    failures.sort_by_key(|(status, _)| (rank(status), *status));
    let types: Vec<String> = failures.iter().map(|(_, response)| answer_type(response, schemas)).collect();
    let (has_body, mut distinct) = (types.iter().any(|it| it != "crate::NoContent"), types.clone());
    distinct.sort();
    distinct.dedup();
    let is_one = distinct.len() == 1 && distinct.iter().all(|it| !it.starts_with("crate::"));
    if !has_body || is_one {
        return Vec::new();
    }
    let mut cases: Vec<Json> = failures
        .iter()
        .zip(&types)
        .map(|((status, response), rust_type)| case(status, response, rust_type))
        .collect();
    if failures.iter().all(|(status, _)| *status != "default") {
        let doc = crate::spec::doc_comment::outer("Another status, with any JSON.");
        cases.push(json!({ "name": "Other", "type": "models::RawJson", "status": "_", "doc": doc }));
    }
    cases
}

/// The first schema of a response, with its media type. One of JSON goes before others, since only there it is read by its schema.
fn schema(response: &Json) -> Option<(&str, &Json)> {
    let schemas = || {
        let content = pairs(response, "content");
        content.filter_map(|(kind, media)| Some((kind.as_str(), media.get("schema")?)))
    };
    schemas().find(|(kind, _)| kind.contains("json")).or_else(|| schemas().next())
}

fn answer_type(response: &Json, schemas: &Schemas) -> String {
    let first = pairs(response, "content").next().map(|(kind, _)| kind.as_str());
    let kind = schema(response).map(|(kind, _)| kind).or(first);
    let Some(kind) = kind else { return "crate::NoContent".to_owned() };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    let schema = schema(response).map(|(_, schema)| schema);
    match kind.as_str() {
        kind if kind.contains("json") || kind == "*/*" => {
            let is_binary = schema.is_some_and(|schema| text(schema, "format") == "binary");
            match schema {
                Some(_) if is_binary => "crate::Binary".to_owned(),
                Some(schema) => types::rust_type(schema, schemas),
                None => "models::RawJson".to_owned(),
            }
        }
        kind if kind.starts_with("text/") || is_xml(kind) => "crate::Text".to_owned(),
        _ => "crate::Binary".to_owned(),
    }
}

fn case(status: &str, response: &Json, rust_type: &str) -> Json {
    let code = status.parse::<u16>().ok();
    let about = match text(response, "description").trim() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let class = status
        .strip_suffix("XX")
        .or_else(|| status.strip_suffix("xx"))
        .filter(|class| ["3", "4", "5"].contains(class));
    let name = match (code, class) {
        (Some(_), _) => format!("Status{status}"),
        (None, Some(class)) => format!("Status{class}xx"),
        (None, None) => "Other".to_owned(),
    };
    let pattern = match (code, class) {
        (Some(code), _) => code.to_string(),
        (None, Some(class)) => format!("{class}00..={class}99"),
        (None, None) => "_".to_owned(),
    };
    json!({
        "name": name,
        "type": rust_type,
        "status": pattern,
        "doc": crate::spec::doc_comment::outer(&if status == "default" { format!("Any other status{about}") } else { format!("HTTP {status}{about}") }),
    })
}

/// The fields of an answer, or the codes of a refusal.
pub(super) fn shape<'a>(schema: Option<&'a Json>, schemas: &'a Schemas) -> Option<&'a Json> {
    Some(types::resolve(schema?, schemas).1)
}

/// The code of a refusal: an enum.
pub(super) fn codes<'a>(refusal: &'a Json, schemas: &'a Schemas) -> Option<&'a Json> {
    let code = types::resolve(refusal.get("properties")?.get("error")?, schemas).1;
    (!list(code, "enum").is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(responses: &Json) -> (String, String, usize) {
        let schemas = json!({ "A": { "type": "object", "properties": {} } });
        let schemas = schemas.as_object().cloned().unwrap_or_default();
        let found = answers(&json!({ "responses": responses }), "Get", &schemas, Rules::Own);
        (found.answer, found.refusal, found.statuses.as_array().map_or(0, Vec::len))
    }

    #[test]
    fn one_refusal_or_one_for_each_status() {
        let schemas = json!({ "A": { "type": "object", "properties": {} }, "B": { "type": "object", "properties": {} } });
        let schemas = schemas.as_object().cloned().unwrap_or_default();
        let of = |responses: Json| {
            let found = answers(&json!({ "responses": responses }), "Get", &schemas, Rules::Foreign);
            let case =
                |it: &Json| format!("{} {} {}", text(it, "name"), text(it, "status"), text(it, "type"));
            (
                found.refusal,
                found.refusals.as_array().map_or(Vec::new(), |cases| cases.iter().map(case).collect()),
            )
        };
        let body = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
        let none = json!({ "description": "d" });
        assert_eq!(
            of(json!({ "200": body("B"), "404": body("A"), "default": body("A") })),
            ("models::A".into(), vec![])
        );
        assert_eq!(of(json!({ "404": none, "500": none })), ("models::RawJson".into(), vec![]));
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
    fn one_answer_or_one_for_each_status() {
        let a =
            json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } });
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
