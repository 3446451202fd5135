//! Checks enums, and the extensions about their values.

use std::collections::BTreeMap;

use super::{Lint, Rules, names};
use crate::finding::{Finding, Location};
use crate::spec::yaml::{Node, Value};
use crate::spec::{naming, reserved};

impl Lint<'_> {
    pub(super) fn enumeration(&mut self, node: &Node, what: &str) {
        let Some(values) = node.get("enum").filter(|_| self.rules == Rules::Own) else { return };
        let is_nullable = node.flag("nullable") == Some(true);
        // OpenAPI requires that the enum of a nullable schema lists null too.
        let (nulls, others): (Vec<&Node>, Vec<&Node>) =
            values.seq().iter().partition(|value| matches!(value.value, Value::Null));
        for null in nulls.iter().filter(|_| !is_nullable) {
            self.report(
                Finding::new(&null.location, format!("a value of {what} is null, which it cannot be"))
                    .help("add `nullable: true`, or quote it"),
            );
        }
        if others.is_empty() {
            self.report(
                Finding::new(&values.location, format!("the enum of {what} has no values"))
                    .help("name them, or remove the enum"),
            );
        }
        self.values_are_of_the_type(node, values, what);
        self.variants(node, &others, what);
        self.parallel_lists(node, &others, what);
        self.predicates(node, values, what);
    }

    fn values_are_of_the_type(&mut self, node: &Node, values: &Node, what: &str) {
        let kind = node.get("type").and_then(Node::str);
        let mut seen: BTreeMap<String, Location> = BTreeMap::new();
        for value in values.seq() {
            let is_null = matches!(value.value, Value::Null);
            if kind == Some("string") && value.str().is_none() && !is_null {
                self.report(
                    Finding::new(
                        &value.location,
                        format!("a value of {what} is {}, not a string", value.kind()),
                    )
                    .help("quote it"),
                );
            }
            let fits = match kind {
                Some("integer") => matches!(value.value, Value::Int(_)),
                Some("number") => matches!(value.value, Value::Int(_) | Value::Float(_)),
                Some("boolean") => matches!(value.value, Value::Bool(_)),
                _ => true,
            };
            if !fits && !is_null {
                let finding = Finding::new(&value.location, format!("a value of {what} is {}", value.kind()));
                self.report(finding.help(format!("its type is `{}`", kind.unwrap_or_default())));
            }
            if let Some(first) = seen.insert(value.to_json().to_string(), value.location.clone()) {
                let text = value.to_json();
                self.report(
                    Finding::new(&value.location, format!("the value {text} of {what} occurs twice"))
                        .help(format!("the first is at {first}; remove one")),
                );
            }
        }
    }

    /// Checks the names of the values in Rust.
    fn variants(&mut self, node: &Node, values: &[&Node], what: &str) {
        let given = node.get("x-enum-varnames").map(Node::seq);
        // A single value is a constant without a variant, unless it is given a name, since then it is an enum that will grow.
        if values.len() < 2 && given.is_none() {
            return;
        }
        let mut seen: BTreeMap<String, (Location, &Node)> = BTreeMap::new();
        for (n, value) in values.iter().copied().enumerate() {
            let Some(text) = value.str() else { continue };
            let own = given.and_then(|names| names.get(n));
            let variant = own.and_then(Node::str).map_or_else(|| naming::pascal(text), str::to_owned);
            let location = own.map_or(&value.location, |name| &name.location);
            if own.is_none() && names::is_nameless(text) {
                self.report(
                    Finding::new(location, format!("`{text}` of {what} has no letter for a name in Rust"))
                        .help("name the values with `x-enum-varnames`"),
                );
            } else if !names::is_type(&variant) {
                self.report(
                    Finding::new(
                        location,
                        format!("`{text}` of {what} would be called `{variant}` in Rust, which is not a valid name"),
                    )
                    .help("name the values with `x-enum-varnames`, in PascalCase and in ASCII"),
                );
            } else if variant == "Unrecognized" {
                self.report(
                    Finding::new(
                        location,
                        format!("`{text}` of {what} would have the name of the variant for unknown values"),
                    )
                    .help("name the values with `x-enum-varnames`"),
                );
            }
            if let Some((first, other)) = seen.insert(variant.clone(), (location.clone(), value))
                && other.str() != value.str()
            {
                self.report(
                    Finding::new(location, format!("two values of {what} are called `{variant}` in Rust"))
                        .help(format!("the first is at {first}; name them all with `x-enum-varnames`")),
                );
            }
        }
    }

    fn parallel_lists(&mut self, node: &Node, values: &[&Node], what: &str) {
        for key in ["x-enum-descriptions", "x-enum-varnames"] {
            let Some(list) = node.get(key).filter(|list| list.seq().len() != values.len()) else {
                continue;
            };
            self.report(
                Finding::new(
                    &list.location,
                    format!("{what} has {} values and {} in `{key}`", values.len(), list.seq().len()),
                )
                .help("the two lists go side by side, one line for each value"),
            );
        }
    }

    fn predicates(&mut self, node: &Node, values: &Node, what: &str) {
        for (name, predicate) in node.get("x-enum-predicates").map(Node::map).into_iter().flatten() {
            self.described(&predicate.node, &format!("the predicate `{name}` of {what}"));
            if !names::is_value(name) || reserved::METHODS_OF_ENUMS.contains(&name.as_str()) {
                self.report(
                    Finding::new(
                        &predicate.key,
                        format!("`{name}` cannot be the name of a predicate of {what}"),
                    )
                    .help("it becomes a method: call it `is_something`"),
                );
            }
            let members = predicate.node.get("values").map_or(&[][..], Node::seq);
            if members.is_empty() {
                self.report(
                    Finding::new(&predicate.key, format!("the predicate `{name}` of {what} has no values"))
                        .help("write `{ description: ..., values: [...] }`"),
                );
            }
            let mut seen: BTreeMap<&str, &Location> = BTreeMap::new();
            for value in members {
                let text = value.str().unwrap_or_default();
                if let Some(first) = seen.insert(text, &value.location) {
                    let finding =
                        Finding::new(&value.location, format!("`{text}` occurs twice in `{name}` of {what}"));
                    self.report(finding.help(format!("the first is at {first}")));
                }
                if !values.seq().iter().any(|known| known.str() == Some(text)) {
                    let finding = Finding::new(
                        &value.location,
                        format!("`{name}` names `{text}`, which is not a value of {what}"),
                    );
                    self.report(finding.did_you_mean(
                        naming::nearest(text, values.seq().iter().filter_map(Node::str)),
                        "add it to the enum, or remove it here",
                    ));
                }
            }
        }
    }
}
