//! Schemas, at whatever depth.

use std::collections::BTreeMap;

use super::{Lint, Rules, keys};
use crate::finding::{Finding, Place};
use crate::spec::naming;
use crate::spec::yaml::{Entry, Node, Value};

const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "object", "array"];

impl<'a> Lint<'a> {
    pub(super) fn schemas(&mut self) {
        let document = self.document;
        let Some(schemas) = document.root.at(&["components", "schemas"]) else { return };
        let mut names: BTreeMap<String, Place> = BTreeMap::new();
        for (name, entry) in schemas.map() {
            let what = format!("the schema `{name}`");
            self.schema(&entry.node, &what);
            self.described(&entry.node, &what);
            self.named(name, entry);
            let rust = match entry.node.get("x-rust-name").and_then(Node::str) {
                Some(name) => name.to_owned(),
                None => naming::pascal(name),
            };
            let is_ours = entry.node.get("x-rust-type").is_none();
            if is_ours && (keys::TAKEN.contains(&rust.as_str()) || naming::snake(&rust).starts_with("r#")) {
                self.report(
                    Finding::new(&entry.key, format!("`{rust}` cannot be the name of a generated type"))
                        .help("Rust or slack-rtm-models has it already; give it an `x-rust-name`"),
                );
            }
            if self.rules == Rules::House && naming::pascal(&rust) != rust {
                self.report(
                    Finding::new(&entry.key, format!("`{name}` is no PascalCase name"))
                        .help(format!("call it `{}`", naming::pascal(&rust))),
                );
            }
            if is_ours && let Some(first) = names.insert(rust.clone(), entry.key.clone()) {
                self.report(
                    Finding::new(&entry.key, format!("two schemas are called `{rust}` in Rust"))
                        .help(format!("the first is at {first}")),
                );
            }
        }
    }

    /// What only a schema with a name of its own can be.
    fn named(&mut self, name: &str, entry: &Entry) {
        if let Some(rust) = entry.node.get("x-rust-type")
            && !rust.str().is_some_and(|rust| keys::HAND_WRITTEN.contains(&rust))
        {
            self.report(
                Finding::new(&rust.place, "slack-rtm-models has no such type")
                    .help(format!("its own are {}", keys::HAND_WRITTEN.join(", "))),
            );
        }
        let only = match entry.node.get("allOf").map(Node::seq) {
            Some([only]) if entry.node.get("properties").is_none() => only,
            _ => &entry.node,
        };
        if let Some(target) = only.get("$ref").filter(|_| self.rules == Rules::House) {
            self.report(
                Finding::new(&target.place, format!("the schema `{name}` is nothing but another one"))
                    .help("refer to that one where this one is referred to"),
            );
        }
    }

    /// Checks a schema and all that it holds. References are checked where they lead.
    pub(super) fn schema(&mut self, node: &'a Node, what: &str) {
        if !matches!(node.value, Value::Map(_)) {
            self.report(Finding::new(
                &node.place,
                format!("{what} is {}, where a schema was expected", node.kind()),
            ));
            return;
        }
        let known: Vec<&str> = keys::SCHEMA.into_iter().chain(keys::SCHEMA_EXTENSIONS).collect();
        self.known_keys(node, what, &known);
        if let Some(kind) = node.get("type") {
            self.type_name(kind, what);
        }
        if node.get("type").and_then(Node::str) == Some("array") && node.get("items").is_none() {
            self.report(Finding::new(&node.place, format!("{what} is an array without `items`")));
        }
        if let Some(pattern) = node.get("pattern")
            && let Err(error) = regex_lite::Regex::new(pattern.str().unwrap_or("("))
        {
            self.report(Finding::new(
                &pattern.place,
                format!("the pattern of {what} does not compile: {error}"),
            ));
        }
        self.required(node, what);
        self.values(node, what);
        self.properties(node, what);
        for key in ["items", "not", "additionalProperties"] {
            if let Some(inner) = node.get(key).filter(|inner| !matches!(inner.value, Value::Bool(_))) {
                self.schema(inner, &format!("`{key}` of {what}"));
            }
        }
        self.union(node, what);
        for key in ["allOf", "oneOf", "anyOf"] {
            for inner in node.get(key).map_or(&[][..], Node::seq) {
                self.schema(inner, &format!("`{key}` of {what}"));
            }
        }
    }

    /// The two kinds of unions that have a meaning here.
    fn union(&mut self, node: &'a Node, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
        for key in ["anyOf", "not"] {
            if let Some(inner) = node.get(key) {
                self.report(
                    Finding::new(&inner.place, format!("`{key}` of {what} has no counterpart in Rust"))
                        .help("use `oneOf`, or `RawJson` for what can be anything"),
                );
            }
        }
        let Some(parts) = node.get("oneOf") else { return };
        let target = |part: &'a Node| {
            part.get("$ref").and_then(Node::str).and_then(|reference| self.document.resolve(reference))
        };
        let Some(tag) = node.at(&["discriminator", "propertyName"]) else {
            let targets: Vec<&Node> = parts.seq().iter().filter_map(target).collect();
            let texts =
                targets.iter().filter(|part| part.get("type").and_then(Node::str) == Some("string")).count();
            let objects = targets.iter().filter(|part| part.get("properties").is_some()).count();
            if (texts, objects, parts.seq().len()) != (1, 1, 2) {
                self.report(Finding::new(&parts.place, format!("the parts of {what} cannot be told apart"))
                    .help("add a discriminator, or name exactly one string schema (an id) and one object schema"));
            }
            return;
        };
        let key = tag.str().unwrap_or_default();
        let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
        let mut findings = Vec::new();
        for part in parts.seq() {
            let value = target(part).and_then(|part| part.at(&["properties", key, "enum"])).map(Node::seq);
            match value {
                Some([only]) if only.str().is_some() => {
                    let value = only.str().unwrap_or_default();
                    if let Some(first) = seen.insert(value, &part.place) {
                        findings.push(
                            Finding::new(
                                &part.place,
                                format!("two parts of {what} have the `{key}` `{value}`"),
                            )
                            .help(format!("the first is at {first}")),
                        );
                    }
                }
                _ => findings.push(
                    Finding::new(&part.place, format!("a part of {what} has no constant `{key}`")).help(
                        format!(
                            "a part is a $ref to an object with `{key}: {{ type: string, enum: [value] }}`"
                        ),
                    ),
                ),
            }
        }
        for (value, mapped) in node.at(&["discriminator", "mapping"]).map(Node::map).into_iter().flatten() {
            if !seen.contains_key(value.as_str()) {
                findings.push(
                    Finding::new(
                        &mapped.key,
                        format!("the mapping of {what} names `{value}`, which none of its parts is"),
                    )
                    .help("the mapping follows from the parts; it can go"),
                );
            }
        }
        findings.into_iter().for_each(|finding| self.report(finding));
    }

    fn type_name(&mut self, kind: &Node, what: &str) {
        let Some(name) = kind.str() else {
            if !(self.rules == Rules::Foreign && matches!(kind.value, Value::Seq(_))) {
                self.report(
                    Finding::new(&kind.place, format!("the type of {what} is {}, not a name", kind.kind()))
                        .help("OpenAPI 3.0 knows one type for a schema, and `nullable: true`"),
                );
            }
            return;
        };
        if !TYPES.contains(&name) {
            let finding = Finding::new(&kind.place, format!("{what} has the unknown type `{name}`"));
            self.report(finding.help(match naming::nearest(name, TYPES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the types are {}", TYPES.join(", ")),
            }));
        }
    }

    fn required(&mut self, node: &Node, what: &str) {
        let Some(required) = node.get("required") else { return };
        if !matches!(required.value, Value::Seq(_)) {
            self.report(Finding::new(
                &required.place,
                format!("`required` of {what} is {}, not a list of names", required.kind()),
            ));
        }
        // With `allOf` a name may be a property of another part.
        if node.get("allOf").is_some() || self.rules == Rules::Foreign {
            return;
        }
        let properties = node.get("properties").map(Node::map);
        for name in required.seq() {
            let text = name.str().unwrap_or_default();
            if properties.is_none_or(|properties| !properties.contains_key(text)) {
                let finding = Finding::new(
                    &name.place,
                    format!("{what} requires `{text}`, which is none of its properties"),
                );
                let near = naming::nearest(
                    text,
                    properties.into_iter().flat_map(|map| map.keys().map(String::as_str)),
                );
                self.report(match near {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding.help("add the property, or take the name away"),
                });
            }
        }
    }

    /// An enum's values, and what is said of them one by one.
    fn values(&mut self, node: &Node, what: &str) {
        let Some(values) = node.get("enum") else { return };
        if values.seq().is_empty() {
            self.report(Finding::new(&values.place, format!("the enum of {what} has no values")));
        }
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        for value in values.seq() {
            match value.str() {
                Some(text) => {
                    let variant = naming::pascal(text);
                    if variant == "Unrecognized" && values.seq().len() > 1 {
                        self.report(
                            Finding::new(
                                &value.place,
                                format!(
                                    "`{text}` of {what} would be called as the variant for unknown values is"
                                ),
                            )
                            .help("name the values with `x-enum-varnames`"),
                        );
                    }
                    if let Some(first) = seen.insert(variant.clone(), value.place.clone()) {
                        self.report(Finding::new(&value.place, format!("two values of {what} are called `{variant}` in Rust"))
                            .help(format!("the first is at {first}; take one away, or name them all with `x-enum-varnames`")));
                    }
                }
                None if node.get("type").and_then(Node::str) == Some("string")
                    && self.rules == Rules::House =>
                {
                    self.report(
                        Finding::new(
                            &value.place,
                            format!("a value of {what} is {}, not a string", value.kind()),
                        )
                        .help("quote it"),
                    );
                }
                None => {}
            }
        }
        for key in ["x-enum-descriptions", "x-enum-varnames"] {
            if let Some(list) = node.get(key)
                && list.seq().len() != values.seq().len()
            {
                self.report(
                    Finding::new(
                        &list.place,
                        format!(
                            "{what} has {} values and {} in `{key}`",
                            values.seq().len(),
                            list.seq().len()
                        ),
                    )
                    .help("the two lists go side by side, one line for each value"),
                );
            }
        }
        for (name, predicate) in node.get("x-enum-predicates").map(Node::map).into_iter().flatten() {
            self.described(&predicate.node, &format!("the predicate `{name}` of {what}"));
            if predicate.node.get("values").is_none_or(|values| values.seq().is_empty()) {
                self.report(
                    Finding::new(&predicate.key, format!("the predicate `{name}` of {what} has no values"))
                        .help("write `{ description: ..., values: [...] }`"),
                );
            }
            for value in predicate.node.get("values").map_or(&[][..], Node::seq) {
                if !values.seq().iter().any(|known| known.str() == value.str()) {
                    self.report(Finding::new(
                        &value.place,
                        format!(
                            "`{}` is named by `{name}` and is none of the values of {what}",
                            value.str().unwrap_or_default()
                        ),
                    ));
                }
            }
        }
    }

    fn properties(&mut self, node: &'a Node, what: &str) {
        let Some(properties) = node.get("properties") else { return };
        let mut fields: BTreeMap<String, Place> = BTreeMap::new();
        for (name, entry) in properties.map() {
            let of = format!("the property `{name}` of {what}");
            self.schema(&entry.node, &of);
            let is_constant = entry.node.get("enum").is_some_and(|values| values.seq().len() == 1);
            if !is_constant {
                self.described(&entry.node, &of);
            }
            let field = entry
                .node
                .get("x-rust-name")
                .and_then(Node::str)
                .map_or_else(|| naming::snake(name), str::to_owned);
            if let Some(first) = fields.insert(field.clone(), entry.key.clone()) {
                self.report(
                    Finding::new(
                        &entry.key,
                        format!("two properties of {what} are called `{field}` in Rust"),
                    )
                    .help(format!("the first is at {first}; give one an `x-rust-name`")),
                );
            }
        }
    }
}
