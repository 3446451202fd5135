//! The fields and parts of forms.

use serde_json::Value as Json;

use super::{check, sample};

/// The schema of a field: of a property, in any part of a union too, or of what has no name.
pub(super) fn field<'a>(form: &'a Json, name: &str, document: &'a Json) -> Option<&'a Json> {
    let form = sample::resolve(form, document);
    let parts = ["oneOf", "anyOf"].iter().filter_map(|key| form[*key].as_array()).flatten();
    let of_parts = || parts.into_iter().find_map(|part| field(part, name, document));
    let is_free = ["properties", "allOf"].iter().all(|key| form.get(*key).is_none());
    let further = form.get("additionalProperties").filter(|further| further.is_object());
    let free = || is_free.then_some(&Json::Null);
    check::property(form, name, document).or_else(of_parts).or(further).or_else(free)
}

/// A part of a form: its name, its type and its content.
pub(super) type Part = (String, Option<String>, String);

pub(super) fn parts(body: &str, content_type: &str) -> Vec<Part> {
    let boundary = content_type.split("boundary=").nth(1).unwrap().trim_matches('"');
    let between = format!("--{boundary}");
    let parts = body.split(&between).filter_map(|part| part.split_once("\r\n\r\n"));
    parts
        .map(|(head, content)| {
            let name = head.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
            let kind = head.to_lowercase().split("content-type: ").nth(1).map(|it| it.trim().to_owned());
            (name.to_owned(), kind, content.trim_end_matches("\r\n").to_owned())
        })
        .collect()
}

/// What is not as the schema of the form says.
pub(super) fn wrong_parts(parts: &[Part], form: &Json, document: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let resolved = sample::resolve(form, document);
    for name in resolved["required"].as_array().into_iter().flatten() {
        if !parts.iter().any(|(part, ..)| name == part) {
            wrong.push(format!("the form lacks {name}"));
        }
    }
    for (name, kind, content) in parts {
        let Some(field) = field(form, name, document) else {
            wrong.push(format!("the form has no `{name}`"));
            continue;
        };
        let field = sample::resolve(field, document);
        let item = if field["type"] == "array" { sample::resolve(&field["items"], document) } else { field };
        if item["type"] == "object" {
            let is_object = serde_json::from_str::<Json>(content).is_ok_and(|value| value.is_object());
            if kind.as_deref() != Some("application/json") || !is_object {
                wrong.push(format!("the part `{name}` is no object in JSON: {content}"));
            }
        }
    }
    wrong
}
