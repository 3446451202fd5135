//! Checks a document against the grammar: unknown keys, values of the wrong kind, missing keys.

use super::grammar::{Kind, Shape};
use super::{Lint, Rules};
use crate::finding::{Finding, Level};
use crate::spec::foreign::UNRESOLVED;
use crate::spec::naming;
use crate::spec::yaml::{Node, Value};

impl<'a> Lint<'a> {
    /// Checks a mapping and everything inside it. References are not followed, since their targets are checked as components.
    pub(super) fn walk(&mut self, kind: Kind, node: &'a Node, what: &str) {
        if !matches!(node.value, Value::Map(_)) {
            self.report(
                Finding::new(
                    &node.location,
                    format!("{what} is {}, where a mapping was expected", node.kind()),
                )
                .help("openapi/README.md describes the structure"),
            );
            return;
        }
        // It was a reference that could not be resolved, which is reported elsewhere.
        if node.get(UNRESOLVED).is_some() {
            return;
        }
        let is_reference = node.get("$ref").is_some() && kind.keys().iter().any(|(key, _)| *key == "$ref");
        if is_reference {
            self.check_reference_target(kind, node, what);
            return self.siblings(kind, node, what);
        }
        self.needed_keys(kind, node, what);
        for (key, entry) in node.map() {
            match kind.keys().iter().find(|(known, _)| known == key) {
                Some((_, shape)) => self.value(kind, key, *shape, &entry.node, what),
                None => self.unknown_key(kind, key, &entry.key, what),
            }
        }
        match kind {
            Kind::Schema => self.schema(node, what),
            Kind::Operation => self.operation(node, what),
            Kind::Parameter => self.parameter(node, what),
            Kind::RequestBody | Kind::Response => self.contents(kind, node, what),
            _ => {}
        }
    }

    /// Reports a reference to a component of the wrong section. One that cannot be resolved is reported elsewhere.
    fn check_reference_target(&mut self, kind: Kind, node: &Node, what: &str) {
        let Some((section, target)) = kind.section().zip(node.get("$ref")) else { return };
        let text = target.str().unwrap_or_default();
        let Some((found, name)) = text.strip_prefix("#/components/").and_then(|path| path.split_once('/'))
        else {
            return;
        };
        if found == section || self.document.resolve(text).is_none() {
            return;
        }
        let names = self.document.root.at(&["components", section]).map(Node::map).into_iter().flatten();
        let near = naming::nearest(name, names.map(|(name, _)| name.as_str())).unwrap_or("<name>");
        self.report(
            Finding::new(
                &target.location,
                format!("{what} refers to `{text}`, where one of the {section} was expected"),
            )
            .help(format!("write `#/components/{section}/{near}`")),
        );
    }

    /// Reports keys beside a `$ref`, which OpenAPI 3.0 ignores.
    fn siblings(&mut self, kind: Kind, node: &Node, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
        for (key, entry) in node.map().iter().filter(|(key, _)| *key != "$ref") {
            let finding = Finding::new(
                &entry.key,
                format!("`{key}` of {what} is beside a $ref, where OpenAPI ignores it"),
            );
            self.report(match kind {
                Kind::Schema => finding.help("write `allOf: [{ $ref: ... }]` in place of the `$ref`"),
                _ => finding
                    .help("say it where the reference leads, or write the whole in place of the `$ref`"),
            });
        }
    }

    fn needed_keys(&mut self, kind: Kind, node: &Node, what: &str) {
        for key in kind.needs() {
            let is_lenient = self.rules == Rules::Foreign && matches!(kind, Kind::Response | Kind::Media);
            if node.get(key).is_none() && !is_lenient {
                let mut finding = Finding::new(&node.location, format!("{what} lacks the key `{key}`"));
                if self.rules == Rules::Foreign
                    && matches!(
                        kind,
                        Kind::Server
                            | Kind::Variable
                            | Kind::Tag
                            | Kind::Licence
                            | Kind::ExternalDocs
                            | Kind::RequestBody
                    )
                {
                    finding.level = Level::Warning;
                }
                self.report(match *key {
                    "openapi" => finding.help("add `openapi: 3.0.3`"),
                    "paths" => finding.help("write `paths: {}` if it has none"),
                    "in" => finding.help("write `in: query`"),
                    "schema" => finding.help("say what it holds: `schema: { $ref: ... }`"),
                    _ => finding.help("OpenAPI needs it there"),
                });
            }
        }
    }

    fn unknown_key(&mut self, kind: Kind, key: &str, location: &crate::finding::Location, what: &str) {
        // Foreign documents have extensions and obsolete keys, which are ignored.
        if self.rules == Rules::Foreign {
            return;
        }
        if let Some(help) = kind.refused(key) {
            self.report(Finding::new(location, format!("`{key}` of {what} would have no effect")).help(help));
            return;
        }
        let is_extension = key.starts_with("x-");
        let finding = if is_extension {
            Finding::new(location, format!("unknown extension `{key}` of {what}"))
        } else {
            Finding::new(location, format!("{what} has an unknown key `{key}`"))
        };
        let known = || kind.keys().iter().map(|(key, _)| *key);
        self.report(match naming::nearest(key, known()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None if is_extension => finding.help("openapi/README.md lists the extensions"),
            None => finding.help(format!("its keys are {}", known().collect::<Vec<_>>().join(", "))),
        });
    }

    fn value(&mut self, kind: Kind, key: &str, shape: Shape, node: &'a Node, what: &str) {
        let expected = match shape {
            Shape::Anything => return,
            Shape::One(Kind::Operation) => {
                let path = what.trim_start_matches("the path ").trim_matches('`');
                return self.walk(Kind::Operation, node, &format!("`{key} {path}`"));
            }
            Shape::One(inner) => return self.walk(inner, node, &part(kind, key, what)),
            Shape::SchemaOrFlag if !matches!(node.value, Value::Bool(_)) => {
                return self.walk(Kind::Schema, node, &part(kind, key, what));
            }
            Shape::SchemaOrFlag => return,
            Shape::Many(inner) if matches!(node.value, Value::Seq(_)) => {
                for item in node.seq() {
                    let name = item.get("name").and_then(Node::str).filter(|_| inner == Kind::Parameter);
                    match name {
                        Some(name) => self.walk(inner, item, &format!("the parameter `{name}` of {what}")),
                        None => self.walk(inner, item, &part(kind, key, what)),
                    }
                }
                return;
            }
            Shape::Named(inner) if matches!(node.value, Value::Map(_)) => {
                for (name, entry) in node.map() {
                    if !name.starts_with("x-") || kind != Kind::Document {
                        self.walk(inner, &entry.node, &named(inner, name, key, kind, what));
                    }
                }
                return;
            }
            Shape::Many(_) => "a list",
            Shape::Named(_) => "a mapping of names",
            Shape::Text => match node.value {
                Value::String(_) => return,
                _ => "a string",
            },
            Shape::Flag => match node.value {
                Value::Bool(_) => return,
                _ => "true or false",
            },
            Shape::Number => match node.value {
                Value::Int(_) | Value::Float(_) => return,
                _ => "a number",
            },
            Shape::Count => match node.value {
                Value::Int(0..) => return,
                _ => "a whole number from 0",
            },
            Shape::List => match node.value {
                Value::Seq(_) => return,
                _ => "a list",
            },
            Shape::Texts => match &node.value {
                Value::Seq(items) => return self.texts(items, key, what),
                _ => "a list of strings",
            },
            Shape::TextOf => match &node.value {
                Value::Map(map) if map.values().all(|entry| entry.node.str().is_some()) => return,
                _ => "a mapping of names to strings",
            },
            Shape::Requirements => match &node.value {
                Value::Seq(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => return,
                _ => "a list of mappings",
            },
            Shape::Type => return self.type_name(node, what),
        };
        let finding = Finding::new(
            &node.location,
            format!("`{key}` of {what} is {}, where {expected} was expected", node.kind()),
        );
        if self.rules == Rules::Foreign && !matches!(shape, Shape::Many(_) | Shape::Named(_)) {
            // A wrong scalar is read as well as possible: `version: 1.0` counts as a string too.
            if !matches!(
                (shape, &node.value),
                (Shape::Text, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Null)
            ) {
                self.report_by_rules(finding.help("it is ignored"));
            }
            return;
        }
        let can_be_quoted = matches!(shape, Shape::Text)
            && !matches!(node.value, Value::Seq(_) | Value::Map(_) | Value::Null);
        self.report(match (can_be_quoted, shape, &node.value) {
            (true, ..) => finding.help("quote it"),
            (_, Shape::Flag | Shape::Number | Shape::Count, Value::String(_)) => {
                finding.help("write it without quotes")
            }
            _ => finding.help(format!("give it {expected}, or remove the key")),
        });
    }

    fn texts(&mut self, items: &[Node], key: &str, what: &str) {
        for item in items.iter().filter(|item| item.str().is_none()) {
            self.report_by_rules(
                Finding::new(
                    &item.location,
                    format!("`{key}` of {what} has {} in it, where a string was expected", item.kind()),
                )
                .help("quote it"),
            );
        }
    }
}

/// Returns how messages name the value of a key.
fn part(kind: Kind, key: &str, what: &str) -> String {
    match (kind, key) {
        (Kind::Document, key) => format!("`{key}`"),
        (Kind::Media, "schema") => what.to_owned(),
        (_, key) => format!("`{key}` of {what}"),
    }
}

/// Returns how messages name an entry of a mapping of names.
fn named(inner: Kind, name: &str, key: &str, of: Kind, what: &str) -> String {
    match (inner, of) {
        (Kind::PathItem, _) => format!("the path `{name}`"),
        (Kind::Schema, Kind::Components) => format!("the schema `{name}`"),
        (Kind::Schema, _) => format!("the property `{name}` of {what}"),
        (Kind::Parameter, _) => format!("the parameter `{name}`"),
        (Kind::Response, Kind::Components) => format!("the response `{name}`"),
        (Kind::Response, _) => format!("the response {name} of {what}"),
        (Kind::Media, _) => what.to_owned(),
        (Kind::Predicate, _) => format!("the predicate `{name}` of {what}"),
        _ => format!("`{name}` in `{key}` of {what}"),
    }
}
