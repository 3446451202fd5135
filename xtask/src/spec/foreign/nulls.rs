//! Handles `null` where OpenAPI does not allow it: it counts as absent.

use std::borrow::Cow;

use super::Assembly;
use crate::finding::Finding;
use crate::spec::build::mapping;
use crate::spec::lint::{Kind, Shape};
use crate::spec::yaml::{Entry, Node, Value};

impl Assembly<'_> {
    /// Returns whether the value of a key is null, although it could not be by the grammar.
    pub(super) fn is_absent(&mut self, shape: Shape, key: &str, entry: &Entry) -> bool {
        let is_absent = matches!(entry.node.value, Value::Null) && shape != Shape::Anything;
        // A text that is null says nothing, as an empty one does.
        if is_absent && shape != Shape::Text {
            let finding = Finding::warning(&entry.node.location, format!("`{key}` is null"));
            self.findings.push(finding.help("it is ignored; remove the key, or give it a value"));
        }
        is_absent
    }

    /// Returns an entry of a mapping of names: for null an empty one, or nothing where an empty one would be invalid.
    pub(super) fn present<'n>(&mut self, kind: Kind, name: &str, entry: &'n Entry) -> Option<Cow<'n, Node>> {
        if !self.is_absent(Shape::One(kind), name, entry) {
            return Some(Cow::Borrowed(&entry.node));
        }
        let can_be_empty = kind.needs().is_empty() || matches!(kind, Kind::Media | Kind::Response);
        can_be_empty.then(|| Cow::Owned(mapping(&entry.node.location, [])))
    }
}
