//! Values that are written in the styles of parameters.

use serde_json::{Map, Value as Json};

use super::{check, sample};

/// What the texts of a parameter are together; nothing if they are not in its style.
pub(super) fn value(parameter: &Json, texts: &[String], document: &Json) -> Option<Json> {
    let name = parameter["name"].as_str().unwrap();
    let schema = sample::resolve(&parameter["schema"], document);
    let style = parameter["style"].as_str();
    let is_form = matches!(parameter["in"].as_str(), Some("query" | "cookie"));
    let is_default = style.is_none_or(|style| style == "form");
    let explode = parameter["explode"].as_bool().unwrap_or(is_form && is_default);
    let first = texts.first()?.as_str();
    let is_object = schema["type"] == "object" || schema.get("properties").is_some();
    let is_list = schema["type"] == "array";
    let text = match style {
        Some("label") => first.strip_prefix('.')?,
        Some("matrix") if is_object && explode => first.strip_prefix(';')?,
        Some("matrix") => first.strip_prefix(&format!(";{name}="))?,
        _ => first,
    };
    let separator = match (style, explode) {
        (Some("spaceDelimited"), _) => " ",
        (Some("pipeDelimited"), _) => "|",
        (Some("tabDelimited"), _) => "\t",
        (Some("label"), true) => ".",
        (Some("matrix"), true) => ";",
        _ => ",",
    };
    if is_object {
        return object(text, separator, explode, schema, document);
    }
    let is_any_list = || {
        let parts = schema["oneOf"].as_array()?;
        parts.iter().find(|part| part["type"] == "array").filter(|_| texts.len() > 1)
    };
    if !is_list && is_any_list().is_none() {
        return Some(check::coerce(text, schema, document));
    }
    let own = format!("{name}=");
    let texts: Vec<&str> = match (explode && is_form, style) {
        (true, _) => texts.iter().map(String::as_str).collect(),
        (false, Some("matrix")) => {
            text.split(separator).map(|text| text.strip_prefix(&own).unwrap_or(text)).collect()
        }
        (false, _) => text.split(separator).collect(),
    };
    Some(texts.iter().map(|text| check::coerce(text, &schema["items"], document)).collect())
}

fn object(text: &str, separator: &str, explode: bool, schema: &Json, document: &Json) -> Option<Json> {
    let words: Vec<&str> = text.split(separator).collect();
    let pairs: Vec<(&str, &str)> = match explode {
        true => words.iter().map(|word| word.split_once('=')).collect::<Option<_>>()?,
        false => words.chunks(2).map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect::<Option<_>>()?,
    };
    let fields = pairs.into_iter().map(|(name, text)| {
        let field = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
        (name.to_owned(), check::coerce(text, field, document))
    });
    Some(fields.collect::<Map<_, _>>().into())
}
