//! What an `allOf` of several parts makes: one object with the properties of all.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::openapi::only_comments;
use crate::spec::yaml::Node;

/// How deep parts of parts are followed. Circles are reported elsewhere.
const MAX_DEPTH: usize = 16;

/// What two descriptions of one property have to agree in.
struct Shape<'a> {
    /// The schema's name, if it has one.
    name: Option<&'a str>,
    kind: Option<&'a str>,
    values: Option<&'a [Node]>,
}

impl<'a> Shape<'a> {
    /// Whether no value, or no one type, is both.
    fn contradicts(&self, other: &Self) -> bool {
        let differ = |a: Option<&str>, b: Option<&str>| a.is_some() && b.is_some() && a != b;
        let is_apart = |a: &[Node], b: &[Node]| {
            !a.iter().any(|value| b.iter().any(|other| value.to_json() == other.to_json()))
        };
        differ(self.kind, other.kind)
            || differ(self.name, other.name)
            || matches!((self.values, other.values), (Some(a), Some(b)) if is_apart(a, b))
    }
}

impl<'a> Lint<'a> {
    /// Checks the parts of a schema, its own properties being one of them.
    pub(super) fn parts(&mut self, node: &'a Node, what: &str) {
        let shapes: Vec<&Node> =
            node.get("allOf").map_or(&[][..], Node::seq).iter().filter(|part| !is_comment(part)).collect();
        let own = usize::from(node.get("properties").is_some());
        if self.rules == Rules::Foreign || shapes.len() + own < 2 {
            return;
        }
        let mut are_objects = true;
        for part in shapes {
            if !self.is_object(part, 0) {
                are_objects = false;
                self.report(
                    Finding::new(&part.location, format!("a part of the `allOf` of {what} is no object")).help(
                        "several parts are one object with the properties of all; of a single one it says more, as `allOf: [{ $ref: ... }]`",
                    ),
                );
            }
        }
        if are_objects {
            self.agree(node, what);
        }
    }

    /// Whether a schema is an object whose properties are known one by one.
    fn is_object(&self, part: &'a Node, depth: usize) -> bool {
        let node = self.resolve(part);
        if depth > MAX_DEPTH || node.get("$ref").is_some() {
            // What leads nowhere, or in a circle, is reported as that.
            return true;
        }
        let parts = node.get("allOf").map_or(&[][..], Node::seq);
        let is_map = node.get("additionalProperties").is_some_and(|further| !further.map().is_empty());
        let kind = node.get("type").and_then(Node::str);
        let says_so = kind == Some("object")
            || kind.is_none()
                && ["properties", "required", "allOf"].iter().any(|key| node.get(key).is_some());
        says_so
            && !is_map
            && node.get("x-rust-type").is_none()
            && node.get("oneOf").is_none()
            && parts.iter().all(|part| is_comment(part) || self.is_object(part, depth + 1))
    }

    /// A property that several parts describe has to be the same in each.
    fn agree(&mut self, node: &'a Node, what: &str) {
        let mut all = Vec::new();
        self.described_properties(node, 0, &mut all);
        let mut first: BTreeMap<&str, &Node> = BTreeMap::new();
        for (name, property) in all {
            let Some(other) = first.get(name).copied() else {
                first.insert(name, property);
                continue;
            };
            if other.location != property.location && self.shape(other).contradicts(&self.shape(property)) {
                self.report(
                    Finding::new(
                        &property.location,
                        format!("two parts of {what} contradict each other on the property `{name}`"),
                    )
                    .help(format!("the other says it at {}; keep one of them", other.location)),
                );
            }
        }
    }

    /// Every description of a property, of the schema itself and of all that it is made of.
    fn described_properties(&self, node: &'a Node, depth: usize, out: &mut Vec<(&'a str, &'a Node)>) {
        let own = node.get("properties").map(Node::map).into_iter().flatten();
        out.extend(own.map(|(name, entry)| (name.as_str(), &entry.node)));
        for part in node.get("allOf").map_or(&[][..], Node::seq).iter().filter(|_| depth < MAX_DEPTH) {
            self.described_properties(self.resolve(part), depth + 1, out);
        }
    }

    fn shape(&self, property: &'a Node) -> Shape<'a> {
        let mut node = property;
        let mut name = None;
        for _ in 0..MAX_DEPTH {
            let only = match node.get("allOf").map(Node::seq) {
                Some([only]) => only,
                _ => node,
            };
            let Some(reference) = only.get("$ref").and_then(Node::str) else { break };
            name = name.or_else(|| reference.rsplit('/').next());
            node = self.resolve(only);
        }
        let of = |key: &str| node.get(key).or_else(|| property.get(key));
        Shape { name, kind: of("type").and_then(Node::str), values: of("enum").map(Node::seq) }
    }
}

fn is_comment(schema: &Node) -> bool {
    schema.map().keys().all(|key| only_comments(key))
}
