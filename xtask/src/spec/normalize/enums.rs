//! Enums of strings.

use serde_json::{Value as Json, json};

use super::names::Unique;
use super::{list, literal, pairs, text};
use crate::spec::{doc_comment, naming};

/// An enum, open as all of them are.
pub(super) fn open_enum(schema: &Json) -> Json {
    let (descriptions, given) = (list(schema, "x-enum-descriptions"), list(schema, "x-enum-varnames"));
    let mut names = Unique::without(["Unrecognized"]);
    let mut variants: Vec<Json> = Vec::new();
    for (n, value) in list(schema, "enum").iter().enumerate() {
        let value = value.as_str().unwrap_or_default();
        if variants.iter().any(|variant| variant["value"] == literal(value)) {
            continue;
        }
        let given = given.get(n).and_then(Json::as_str);
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let name = match given {
            Some(name) if is_name(name) && name != "Self" => name.to_owned(),
            Some(name) => naming::pascal(name),
            None => naming::pascal(value),
        };
        let description = match descriptions.get(n).and_then(Json::as_str) {
            Some(text) => text.to_owned(),
            None => format!("{}.", super::code(value)),
        };
        variants.push(json!({
            "name": names.give(&name),
            "value": literal(value),
            "doc": doc_comment::indented(&description, 8),
        }));
    }
    let variant_of = |value: &Json| {
        let wanted = literal(value.as_str().unwrap_or_default());
        variants.iter().find(|variant| variant["value"] == wanted).map(|variant| variant["name"].clone())
    };
    let predicates: Vec<Json> = pairs(schema, "x-enum-predicates")
        .map(|(name, predicate)| {
            json!({
                "name": name,
                "doc": doc_comment::indented(text(predicate, "description"), 4),
                "variants": list(predicate, "values").iter().filter_map(variant_of).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "variants": variants, "predicates": predicates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_given_need_not_be_names() {
        let out = open_enum(
            &json!({ "enum": ["a", "b", "c", "d"], "x-enum-varnames": ["EKMDenied", "not-a name", "Self", "NotAName"] }),
        );
        let names: Vec<&str> = list(&out, "variants").iter().map(|variant| text(variant, "name")).collect();
        assert_eq!(names, ["EKMDenied", "NotAName", "SelfValue", "NotAName2"]);
    }

    #[test]
    fn values_that_look_alike_are_told_apart() {
        let out = open_enum(&json!({ "enum": ["a-b", "a_b", "a-b", "unrecognized", "", "1", "größe"] }));
        let names: Vec<&str> = list(&out, "variants").iter().map(|variant| text(variant, "name")).collect();
        assert_eq!(names, ["AB", "AB2", "Unrecognized2", "Empty", "N1", "Größe"]);
    }
}
