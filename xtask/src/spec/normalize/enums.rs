//! Enums of strings.

use super::names::Unique;
use super::{code, literal, template};
use crate::spec::openapi::Schema;
use crate::spec::{doc_comment, naming};

/// Creates the open enum of a schema with string values.
pub(super) fn open_enum(schema: &Schema) -> template::OpenEnum {
    let descriptions = schema.value_descriptions.as_deref().unwrap_or_default();
    let given = schema.value_names.as_deref().unwrap_or_default();
    let mut names = Unique::without(["Unrecognized"]);
    let mut variants: Vec<template::Value> = Vec::new();
    for (n, value) in schema.texts().enumerate() {
        if variants.iter().any(|variant| variant.value == literal(value)) {
            continue;
        }
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let name = match given.get(n).filter(|name| !name.is_empty()) {
            Some(name) if is_name(name) && name != "Self" => name.clone(),
            Some(name) => naming::variant(name),
            None => naming::variant(value),
        };
        let description = descriptions.get(n).filter(|text| !text.is_empty());
        let description = description.cloned().unwrap_or_else(|| format!("{}.", code(value)));
        variants.push(template::Value {
            name: names.give(&name),
            value: literal(value),
            doc: doc_comment::indented(&description, 8),
        });
    }
    let variant_of = |value: &String| {
        variants.iter().find(|variant| variant.value == literal(value)).map(|variant| variant.name.clone())
    };
    let predicates = schema.predicates.iter().flatten().map(|(name, predicate)| template::Predicate {
        name: name.clone(),
        doc: doc_comment::indented(&predicate.description, 4),
        variants: predicate.values.iter().filter_map(variant_of).collect(),
    });
    template::OpenEnum { predicates: predicates.collect(), variants }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests::schema;

    fn names(json: &Json) -> Vec<String> {
        open_enum(&schema(json)).variants.into_iter().map(|variant| variant.name).collect()
    }

    #[test]
    fn names_that_are_given_need_not_be_names() {
        let names = names(
            &json!({ "enum": ["a", "b", "c", "d"], "x-enum-varnames": ["EKMDenied", "not-a name", "Self", "NotAName"] }),
        );
        assert_eq!(names, ["EKMDenied", "NotAName", "SelfValue", "NotAName2"]);
    }

    #[test]
    fn values_that_look_alike_are_told_apart() {
        let names = names(&json!({ "enum": ["a-b", "a_b", "a-b", "unrecognized", "", "1", "größe"] }));
        assert_eq!(names, ["Ab", "Ab2", "Unrecognized2", "Empty", "N1", "Größe"]);
    }

    #[test]
    fn symbols_are_named_after_their_code_points() {
        let names = names(
            &json!({ "enum": ["\u{1F600}", "\u{1F468}\u{200D}\u{1F469}", "→", "", "+", "-", "_", "\u{1F600}a"] }),
        );
        assert_eq!(
            names,
            ["U1F600", "U1F468U200DU1F469", "U2192", "Empty", "Empty2", "Empty3", "Empty4", "A"]
        );
        let given = json!({ "enum": ["a"], "x-enum-varnames": ["\u{1F600}"] });
        assert_eq!(self::names(&given), ["U1F600"]);
    }
}
