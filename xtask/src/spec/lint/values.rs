//! Checks examples and defaults against their schemas, and the bounds of schemas.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Lint;
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::openapi::{Schema, Type};
use crate::spec::yaml::{Node, Value};

/// How many nested levels of an example are checked. A spec that nests deeper is rejected elsewhere.
const MAX_DEPTH: usize = 64;

/// How many characters of a string a message shows.
const MAX_SHOWN: usize = 40;

impl<'a> Lint<'a> {
    /// Reports bounds that no value can meet.
    pub(super) fn bounds(&mut self, node: &Node, what: &str) {
        for (low, high) in [
            ("minimum", "maximum"),
            ("minLength", "maxLength"),
            ("minItems", "maxItems"),
            ("minProperties", "maxProperties"),
        ] {
            if let (Some(least), Some(most)) = (node.get(low), node.get(high))
                && number(least) > number(most)
            {
                self.report(
                    Finding::new(&least.location, format!("`{low}` of {what} is above its `{high}`"))
                        .help("no value can be both"),
                );
            }
        }
        if let Some(step) = node.get("multipleOf").filter(|step| number(step).is_some_and(|step| step <= 0.0))
        {
            self.report(
                Finding::new(&step.location, format!("`multipleOf` of {what} is not above 0"))
                    .help("write a positive number"),
            );
        }
    }

    /// Checks the example and the default of a schema against it.
    pub(super) fn data(&mut self, node: &Node, schema: &Schema, what: &str) {
        for key in ["example", "default"] {
            if let Some(value) = node.get(key) {
                self.fits(value, schema, &format!("the {key} of {what}"), 0);
            }
        }
    }

    /// Checks a value against a schema.
    fn fits(&mut self, value: &Node, schema: &Schema, what: &str, depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        if let Some(name) = &schema.reference {
            if let Some(target) = self.schemas.get(name) {
                self.fits(value, target, what, depth + 1);
            }
            return;
        }
        if matches!(value.value, Value::Null) && schema.is_nullable() {
            return;
        }
        // For an object, the properties of all parts are checked together below.
        if !(matches!(value.value, Value::Map(_)) && self.has_properties(schema)) {
            for part in schema.all_of.iter().flatten() {
                self.fits(value, part, what, depth + 1);
            }
        }
        if schema.one_of.is_some() {
            return self.fits_one(value, schema, what, depth);
        }
        if let Some(expected) = mismatch(value, schema) {
            self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is {}, and its schema says {expected}", shown(value)),
                )
                .help("change one of them so that they agree"),
            );
            return;
        }
        match &value.value {
            Value::String(text) => self.fits_text(value, text, schema, what),
            Value::Bool(_) => self.fits_constant(value, schema, what),
            Value::Int(_) | Value::Float(_) => {
                self.fits_constant(value, schema, what);
                self.fits_bounds(value, schema, what);
            }
            Value::Seq(items) => {
                for item in items {
                    if let Some(inner) = &schema.items {
                        self.fits(item, inner, &format!("an item of {what}"), depth + 1);
                    }
                }
            }
            Value::Map(_) => self.fits_object(value, schema, what, depth),
            Value::Null => {}
        }
    }

    fn has_properties(&self, schema: &Schema) -> bool {
        let mut names = BTreeMap::new();
        self.all_properties(schema, &mut Vec::new(), &mut names);
        !names.is_empty()
    }

    fn fits_one(&mut self, value: &Node, schema: &Schema, what: &str, depth: usize) {
        let chosen = schema.parts().iter().find(|part| {
            let part = self.referent(part);
            match schema.tag() {
                Some(key) => {
                    let constant = part.property(key).and_then(Schema::constant);
                    constant.is_some() && constant == value.get(key).and_then(Node::str)
                }
                None => part.is_text() == value.str().is_some(),
            }
        });
        match chosen {
            Some(part) => self.fits(value, part, what, depth + 1),
            None => self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is {}, which matches no part of its schema", shown(value)),
                )
                .help("change one of them so that they agree"),
            ),
        }
    }

    fn fits_text(&mut self, value: &Node, text: &str, schema: &Schema, what: &str) {
        if schema.values.is_some() && !schema.texts().any(|known| known == text) {
            let finding =
                Finding::new(&value.location, format!("{what} is `{text}`, which its enum does not have"));
            self.report(finding.did_you_mean(
                naming::nearest(text, schema.values().iter().filter_map(Json::as_str)),
                "correct it, or add the value to the enum",
            ));
        }
        let pattern = schema.pattern.as_deref().and_then(|text| regex_lite::Regex::new(text).ok());
        // Slack sends an empty string for an absent id.
        if !text.is_empty() && pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is `{text}`, which does not match its pattern"),
                )
                .help("change one of them so that they agree"),
            );
        }
        let length = text.chars().count() as f64;
        if schema.min_length.is_some_and(|least| length < least)
            || schema.max_length.is_some_and(|most| length > most)
        {
            self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is {}, whose length its schema does not allow", shown(value)),
                )
                .help("change one of them so that they agree"),
            );
        }
    }

    /// Checks a boolean or a number against the enum, and against the hand-written types `True` and `False`.
    fn fits_constant(&mut self, value: &Node, schema: &Schema, what: &str) {
        // `1` and `0` are read as booleans.
        let found = match value.value {
            Value::Int(number) if schema.kind == Some(Type::Boolean) => (number == 1).into(),
            _ => value.to_json(),
        };
        let only = match schema.rust_type.as_deref() {
            Some("True") => Some(true),
            Some("False") => Some(false),
            _ => None,
        };
        let is_listed = schema.values.as_ref().is_none_or(|values| values.contains(&found));
        if !is_listed || only.is_some_and(|only| found != only) {
            self.report(
                Finding::new(&value.location, format!("{what} is `{found}`, which its enum does not have"))
                    .help("change one of them so that they agree"),
            );
        }
    }

    fn fits_bounds(&mut self, value: &Node, schema: &Schema, what: &str) {
        let Some(found) = number(value) else { return };
        let too_small = schema.minimum.is_some_and(|least| found < least);
        let too_large = schema.maximum.is_some_and(|most| found > most)
            || schema.format.as_deref() == Some("int32") && found.abs() > f64::from(i32::MAX);
        if too_small || too_large {
            self.report(
                Finding::new(&value.location, format!("{what} is {found}, outside of its bounds"))
                    .help("change one of them so that they agree"),
            );
        }
    }

    fn fits_object(&mut self, value: &Node, schema: &Schema, what: &str, depth: usize) {
        let mut properties = BTreeMap::new();
        self.all_properties(schema, &mut Vec::new(), &mut properties);
        let required = self.all_required(schema);
        for (name, entry) in value.map() {
            // Null counts as absent for an optional property.
            let is_absent = matches!(entry.node.value, Value::Null) && !required.contains(&name.as_str());
            match (properties.get(name.as_str()).copied(), schema.map_value()) {
                (Some(_), _) if is_absent => {}
                (Some(inner), _) | (None, Some(inner)) => {
                    self.fits(&entry.node, inner, &format!("`{name}` in {what}"), depth + 1);
                }
                (None, None) if schema.additional.is_none() && !properties.is_empty() => {
                    let finding = Finding::new(
                        &entry.key,
                        format!("{what} has `{name}`, which is not one of its properties"),
                    );
                    self.report(finding.did_you_mean(
                        naming::nearest(name, properties.keys().copied()),
                        "describe the property, or take it out of the example",
                    ));
                }
                (None, None) => {}
            }
        }
        for name in required {
            if value.get(name).is_none() {
                self.report(
                    Finding::new(&value.location, format!("{what} is missing `{name}`, which is required"))
                        .help("add it, or let the property be optional"),
                );
            }
        }
    }

    /// Collects the properties of a schema and of all parts of its `allOf`.
    pub(super) fn all_properties<'s>(
        &self,
        schema: &'s Schema,
        within: &mut Vec<&'s str>,
        out: &mut BTreeMap<&'s str, &'s Schema>,
    ) where
        'a: 's,
    {
        out.extend(schema.properties().map(|(name, property)| (name.as_str(), property)));
        for part in schema.all_of.iter().flatten() {
            match part.reference.as_deref() {
                Some(name) if within.contains(&name) => {}
                Some(name) => {
                    within.push(name);
                    if let Some(target) = self.schemas.get(name) {
                        self.all_properties(target, within, out);
                    }
                }
                None => self.all_properties(part, within, out),
            }
        }
    }

    fn all_required<'s>(&self, schema: &'s Schema) -> Vec<&'s str>
    where
        'a: 's,
    {
        let mut out = Vec::new();
        let mut queue = vec![schema];
        let mut steps = 0;
        while let Some(schema) = queue.pop().filter(|_| steps < MAX_DEPTH) {
            steps += 1;
            out.extend(schema.required.iter().flatten().map(String::as_str));
            queue.extend(schema.all_of.iter().flatten().map(|part| self.referent(part)));
        }
        out
    }
}

/// Returns the expected type if a value is not of a schema's type, not even under the lenient conversions of our types.
fn mismatch(value: &Node, schema: &Schema) -> Option<&'static str> {
    let is_digits = |text: &str| text.parse::<i64>().is_ok();
    let expected = match (schema.kind?, &value.value) {
        (Type::Integer | Type::Number, Value::String(text)) if is_digits(text) => return None,
        (Type::Boolean, Value::Int(0 | 1)) => return None,
        (Type::Boolean, Value::String(text)) if text == "0" || text == "1" => return None,
        (Type::String, Value::String(_))
        | (Type::Integer, Value::Int(_))
        | (Type::Number, Value::Int(_) | Value::Float(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Array, Value::Seq(_))
        | (Type::Object, Value::Map(_)) => return None,
        (Type::String, _) => "a string",
        (Type::Integer, _) => "a whole number",
        (Type::Number, _) => "a number",
        (Type::Boolean, _) => "true or false",
        (Type::Array, _) => "a list",
        (Type::Object, _) => "an object",
    };
    Some(expected)
}

/// Formats a value for a message: a scalar as itself, shortened if necessary, and anything else by its kind.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::Seq(_) | Value::Map(_) => node.kind().to_owned(),
        Value::Bool(_) => format!("`{}`", node.to_json()),
        Value::Int(_) | Value::Float(_) => format!("the number `{}`", node.to_json()),
        Value::String(text) if text.chars().count() > MAX_SHOWN => {
            format!("the string `{}...`", text.chars().take(MAX_SHOWN).collect::<String>().escape_debug())
        }
        Value::String(text) => format!("the string `{}`", text.escape_debug()),
    }
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    }
}
