//! What an operation answers: by status, by media type, or with nothing at all.

use serde_json::{Value as Json, json};

use super::{Schemas, list, pairs, text, types};

/// The answer and the refusal of an operation.
pub(super) struct Answers {
    /// The Rust type of the answer.
    pub(super) answer: String,
    /// The cases of an answer of its own, where it depends on the status; `false` where it does not.
    pub(super) statuses: Json,
    /// The Rust type of the refusal.
    pub(super) refusal: String,
    /// The schema of the answer, for its documentation.
    pub(super) answer_schema: Option<Json>,
    /// The schema of the refusal.
    pub(super) refusal_schema: Option<Json>,
}

/// Reads the responses of an operation.
pub(super) fn answers(operation: &Json, request: &str, schemas: &Schemas) -> Answers {
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
    Answers {
        answer,
        statuses,
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
        kind if kind.starts_with("text/") => "crate::Text".to_owned(),
        _ => "crate::Binary".to_owned(),
    }
}

fn case(status: &str, response: &Json, rust_type: &str) -> Json {
    let code = status.parse::<u16>().ok();
    let about = match text(response, "description").trim() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let name = if code.is_some() { format!("Status{status}") } else { "Other".to_owned() };
    json!({
        "name": name,
        "type": rust_type,
        "status": code.map_or("_".to_owned(), |code| code.to_string()),
        "doc": crate::spec::doc_comment::outer(&format!("HTTP {status}{about}")),
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
        let found = answers(&json!({ "responses": responses }), "Get", &schemas);
        (found.answer, found.refusal, found.statuses.as_array().map_or(0, Vec::len))
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
