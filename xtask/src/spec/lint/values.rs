//! Examples and defaults against the schemas that they stand in, and the bounds that schemas set.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::yaml::{Node, Value};

/// How deep an example is followed. A spec that nests deeper is refused elsewhere.
const MAX_DEPTH: usize = 64;

impl<'a> Lint<'a> {
    /// Bounds that no value can meet.
    pub(super) fn bounds(&mut self, node: &Node, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
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

    /// The example and the default of a schema.
    pub(super) fn data(&mut self, node: &'a Node, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
        for key in ["example", "default"] {
            if let Some(value) = node.get(key) {
                self.fits(value, node, &format!("the {key} of {what}"), 0);
            }
        }
    }

    /// Checks a value against a schema.
    pub(super) fn fits(&mut self, value: &'a Node, schema: &'a Node, what: &str, depth: usize) {
        if let Some(reference) = schema.get("$ref").and_then(Node::str) {
            if let Some(target) = self.document.resolve(reference).filter(|_| depth < MAX_DEPTH) {
                self.fits(value, target, what, depth + 1);
            }
            return;
        }
        if depth >= MAX_DEPTH || matches!(value.value, Value::Null) && is_true(schema, "nullable") {
            return;
        }
        for part in schema.get("allOf").map_or(&[][..], Node::seq) {
            // The parts' properties are looked at together, below.
            if self.has_properties(schema) && matches!(value.value, Value::Map(_)) {
                break;
            }
            self.fits(value, part, what, depth + 1);
        }
        if schema.get("oneOf").is_some() {
            return self.fits_one(value, schema, what, depth);
        }
        if let Some(expected) = mismatch(value, schema) {
            self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is {}, and its schema says {expected}", value.kind()),
                )
                .help("mend one of the two"),
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
                    if let Some(inner) = schema.get("items") {
                        self.fits(item, inner, &format!("an item of {what}"), depth + 1);
                    }
                }
            }
            Value::Map(_) => self.fits_object(value, schema, what, depth),
            _ => {}
        }
    }

    fn has_properties(&self, schema: &'a Node) -> bool {
        let mut names = BTreeMap::new();
        self.all_properties(schema, &mut Vec::new(), &mut names);
        !names.is_empty()
    }

    fn fits_one(&mut self, value: &'a Node, schema: &'a Node, what: &str, depth: usize) {
        let parts = schema.get("oneOf").map_or(&[][..], Node::seq);
        let resolved = |lint: &Self, part: &'a Node| lint.resolve(part);
        let chosen = match schema.at(&["discriminator", "propertyName"]).and_then(Node::str) {
            Some(key) => {
                let tag = value.get(key).and_then(Node::str);
                parts.iter().find(|part| {
                    let constant = resolved(self, part).at(&["properties", key, "enum"]).map(Node::seq);
                    matches!(constant, Some([only]) if only.str() == tag)
                })
            }
            None => parts.iter().find(|part| {
                let is_text = resolved(self, part).get("type").and_then(Node::str) == Some("string");
                is_text == value.str().is_some()
            }),
        };
        match chosen {
            Some(part) => self.fits(value, part, what, depth + 1),
            None => self.report(
                Finding::new(&value.location, format!("{what} is none of what its schema can be"))
                    .help("mend one of the two"),
            ),
        }
    }

    fn fits_text(&mut self, value: &Node, text: &str, schema: &Node, what: &str) {
        if let Some(values) = schema.get("enum")
            && !values.seq().iter().any(|known| known.str() == Some(text))
        {
            let finding =
                Finding::new(&value.location, format!("{what} is `{text}`, which its enum does not have"));
            self.report(finding.did_you_mean(
                naming::nearest(text, values.seq().iter().filter_map(Node::str)),
                "mend it, or add the value to the enum",
            ));
        }
        let pattern =
            schema.get("pattern").and_then(Node::str).and_then(|text| regex_lite::Regex::new(text).ok());
        // Slack writes an empty string where an id is absent.
        if !text.is_empty() && pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            self.report(
                Finding::new(
                    &value.location,
                    format!("{what} is `{text}`, which does not match its pattern"),
                )
                .help("mend one of the two"),
            );
        }
        let length = text.chars().count() as f64;
        if schema.get("minLength").and_then(number).is_some_and(|least| length < least)
            || schema.get("maxLength").and_then(number).is_some_and(|most| length > most)
        {
            self.report(
                Finding::new(&value.location, format!("{what} is not of the length that its schema says"))
                    .help("mend one of the two"),
            );
        }
    }

    /// A value that is no text against the enum, or against the hand-written type that is one value alone.
    fn fits_constant(&mut self, value: &Node, schema: &Node, what: &str) {
        // `1` and `0` stand for a boolean.
        let is_flag = schema.get("type").and_then(Node::str) == Some("boolean");
        let found = match value.value {
            Value::Int(number) if is_flag => (number == 1).into(),
            _ => value.to_json(),
        };
        let only = match schema.get("x-rust-type").and_then(Node::str) {
            Some("True") => Some(true),
            Some("False") => Some(false),
            _ => None,
        };
        let is_listed =
            schema.get("enum").is_none_or(|values| values.seq().iter().any(|known| known.to_json() == found));
        if !is_listed || only.is_some_and(|only| found != only) {
            self.report(
                Finding::new(&value.location, format!("{what} is `{found}`, which its enum does not have"))
                    .help("mend one of the two"),
            );
        }
    }

    fn fits_bounds(&mut self, value: &Node, schema: &Node, what: &str) {
        let Some(found) = number(value) else { return };
        let too_small = schema.get("minimum").and_then(number).is_some_and(|least| found < least);
        let too_large = schema.get("maximum").and_then(number).is_some_and(|most| found > most)
            || schema.get("format").and_then(Node::str) == Some("int32") && found.abs() > f64::from(i32::MAX);
        if too_small || too_large {
            self.report(
                Finding::new(&value.location, format!("{what} is {found}, outside of its bounds"))
                    .help("mend one of the two"),
            );
        }
    }

    fn fits_object(&mut self, value: &'a Node, schema: &'a Node, what: &str, depth: usize) {
        let mut properties = BTreeMap::new();
        self.all_properties(schema, &mut Vec::new(), &mut properties);
        let further = schema.get("additionalProperties");
        let required = self.all_required(schema);
        for (name, entry) in value.map() {
            match (properties.get(name.as_str()), further) {
                // An optional field that is null is absent.
                (Some(_), _)
                    if matches!(entry.node.value, Value::Null) && !required.contains(&name.as_str()) => {}
                (Some(property), _) => {
                    self.fits(&entry.node, property, &format!("`{name}` in {what}"), depth + 1);
                }
                (None, Some(inner @ Node { value: Value::Map(_), .. })) => {
                    self.fits(&entry.node, inner, &format!("`{name}` in {what}"), depth + 1);
                }
                (None, None) if !properties.is_empty() => {
                    let finding = Finding::new(
                        &entry.key,
                        format!("{what} has `{name}`, which is none of its properties"),
                    );
                    self.report(finding.did_you_mean(
                        naming::nearest(name, properties.keys().copied()),
                        "describe the property, or take it out of the example",
                    ));
                }
                (None, _) => {}
            }
        }
        for name in required {
            if value.get(name).is_none() {
                self.report(
                    Finding::new(&value.location, format!("{what} lacks `{name}`, which is required"))
                        .help("add it, or let the property be optional"),
                );
            }
        }
    }

    fn all_required(&self, schema: &'a Node) -> Vec<&'a str> {
        let mut out = Vec::new();
        let mut queue = vec![schema];
        let mut steps = 0;
        while let Some(node) = queue.pop().filter(|_| steps < MAX_DEPTH) {
            steps += 1;
            out.extend(node.get("required").map_or(&[][..], Node::seq).iter().filter_map(Node::str));
            queue.extend(node.get("allOf").map_or(&[][..], Node::seq).iter().map(|part| self.resolve(part)));
        }
        out
    }
}

/// What a schema's type says of a value that is not of it, not even by the leniency of our types.
fn mismatch(value: &Node, schema: &Node) -> Option<&'static str> {
    let is_digits = |text: &str| text.parse::<i64>().is_ok();
    let expected = match (schema.get("type").and_then(Node::str)?, &value.value) {
        ("integer" | "number", Value::String(text)) if is_digits(text) => return None,
        ("boolean", Value::Int(0 | 1)) => return None,
        ("boolean", Value::String(text)) if text == "0" || text == "1" => return None,
        ("string", Value::String(_))
        | ("integer", Value::Int(_))
        | ("number", Value::Int(_) | Value::Float(_))
        | ("boolean", Value::Bool(_))
        | ("array", Value::Seq(_))
        | ("object", Value::Map(_)) => return None,
        ("string", _) => "a string",
        ("integer", _) => "a whole number",
        ("number", _) => "a number",
        ("boolean", _) => "true or false",
        ("array", _) => "a list",
        ("object", _) => "an object",
        _ => return None,
    };
    Some(expected)
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    matches!(node.get(key), Some(Node { value: Value::Bool(true), .. }))
}
