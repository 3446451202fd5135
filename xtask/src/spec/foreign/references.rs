//! References: converted to references to components, or replaced by their targets.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::{Assembly, MAX_STEPS, UNRESOLVED};
use crate::finding::{Finding, Location};
use crate::spec::build::{mapping, string};
use crate::spec::lint::Kind;
use crate::spec::openapi;
use crate::spec::yaml::{Entry, Node, Value};

impl Assembly<'_> {
    /// Converts a reference to something that has a section in `components`.
    pub(super) fn reference(
        &mut self,
        kind: Kind,
        section: &'static str,
        node: &Node,
        reference: &Entry,
        file: usize,
    ) -> Node {
        let location = &reference.node.location;
        let mut pairs = Vec::new();
        let target = self.files.resolve(&reference.node, file, &mut self.findings);
        if target.is_none() {
            pairs.push((UNRESOLVED.to_owned(), reference.clone()));
        }
        if let Some(target) = target {
            let name = self.name(kind, section, target, location);
            let text = string(location, &format!("#/components/{section}/{name}"));
            pairs.push(("$ref".to_owned(), Entry { key: reference.key.clone(), node: text }));
        }
        // Comments on what is referred to: a description, and that it may be null.
        let beside = node.map().iter().filter(|(key, _)| *key != "$ref" && openapi::only_comments(key));
        pairs.extend(beside.map(|(key, value)| (key.clone(), value.clone())));
        mapping(&node.location, pairs)
    }

    /// Replaces a reference by its target.
    pub(super) fn in_place(
        &mut self,
        kind: Kind,
        node: &Node,
        reference: &Entry,
        file: usize,
        steps: usize,
    ) -> Node {
        let empty = || mapping(&node.location, [(UNRESOLVED.to_owned(), reference.clone())]);
        if steps >= MAX_STEPS {
            self.circle(&reference.node);
            return empty();
        }
        let Some(target) = self.files.resolve(&reference.node, file, &mut self.findings) else {
            return empty();
        };
        let found = self.files.node(&target);
        let mut found = match found.map().get("$ref") {
            Some(next) => self.in_place(kind, &found, next, target.file, steps + 1),
            None => self.part_within(kind, &found, target.file, steps + 1),
        };
        let beside: IndexMap<String, Entry> = node
            .map()
            .iter()
            .filter(|(key, _)| *key != "$ref")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !beside.is_empty() {
            let own = self.part_within(
                kind,
                &Node { value: Value::Map(beside), location: node.location.clone() },
                file,
                steps + 1,
            );
            if let (Value::Map(found), Value::Map(own)) = (&mut found.value, own.value) {
                found.extend(own);
            }
        }
        found
    }

    /// Returns a mapping or a list, or the target if it is a reference to one, with the file of it.
    pub(super) fn followed<'n>(&mut self, node: &'n Node, file: usize) -> (Cow<'n, Node>, usize) {
        let (mut node, mut file) = (Cow::Borrowed(node), file);
        for _ in 0..MAX_STEPS {
            let Some(reference) =
                node.get("$ref").filter(|it| node.map().len() == 1 && it.str().is_some()).cloned()
            else {
                return (node, file);
            };
            match self.files.resolve(&reference, file, &mut self.findings) {
                Some(target) => {
                    node = Cow::Owned(self.files.node(&target));
                    file = target.file;
                }
                None => return (Cow::Owned(mapping(&node.location, [])), file),
            }
        }
        if let Some(reference) = node.get("$ref") {
            self.circle(reference);
        }
        (Cow::Owned(mapping(&node.location, [])), file)
    }

    fn circle(&mut self, reference: &Node) {
        let finding = Finding::new(&reference.location, "the $ref leads back to itself");
        self.findings.push(finding.help("break the circle: replace one of the references by its content"));
    }
}

/// Moves a node to a location, with everything in it, so that errors in it are reported there.
pub(super) fn relocate(node: &mut Node, location: &Location) {
    node.location = location.clone();
    match &mut node.value {
        Value::Seq(items) => items.iter_mut().for_each(|item| relocate(item, location)),
        Value::Map(map) => map.values_mut().for_each(|entry| {
            entry.key = location.clone();
            relocate(&mut entry.node, location);
        }),
        _ => {}
    }
}
