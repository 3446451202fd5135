//! Creates nodes at the locations of those that they replace.

use indexmap::IndexMap;

use crate::finding::Location;
use crate::spec::yaml::{Entry, Node, Value};

pub(in crate::spec) fn string(location: &Location, text: &str) -> Node {
    Node { value: Value::String(text.to_owned()), location: location.clone() }
}

pub(in crate::spec) fn boolean(location: &Location, value: bool) -> Node {
    Node { value: Value::Bool(value), location: location.clone() }
}

pub(in crate::spec) fn list(location: &Location, items: impl IntoIterator<Item = Node>) -> Node {
    Node { value: Value::Seq(items.into_iter().collect()), location: location.clone() }
}

pub(in crate::spec) fn entry(location: &Location, key: &str, node: Node) -> (String, Entry) {
    (key.to_owned(), Entry { key: location.clone(), node })
}

pub(in crate::spec) fn mapping(
    location: &Location,
    pairs: impl IntoIterator<Item = (String, Entry)>,
) -> Node {
    Node { value: Value::Map(pairs.into_iter().collect()), location: location.clone() }
}

/// A mapping under construction.
pub(in crate::spec) struct Pairs {
    location: Location,
    map: IndexMap<String, Entry>,
}

impl Pairs {
    pub(in crate::spec) fn of(location: &Location) -> Self {
        Self { location: location.clone(), map: IndexMap::new() }
    }

    /// Adds a pair whose key gets the location of its value.
    pub(in crate::spec) fn push(&mut self, key: &str, node: Node) {
        let entry = Entry { key: node.location.clone(), node };
        self.map.insert(key.to_owned(), entry);
    }

    pub(in crate::spec) fn insert(&mut self, key: &str, entry: Entry) {
        self.map.insert(key.to_owned(), entry);
    }

    /// Copies the pairs with these keys from a mapping.
    pub(in crate::spec) fn keep(&mut self, old: &Node, keys: &[&str]) {
        for key in keys {
            if let Some(entry) = old.map().get(*key) {
                self.insert(key, entry.clone());
            }
        }
    }

    pub(in crate::spec) fn keep_extensions(&mut self, old: &Node) {
        for (key, entry) in old.map().iter().filter(|(key, _)| key.starts_with("x-")) {
            self.insert(key, entry.clone());
        }
    }

    pub(in crate::spec) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(in crate::spec) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(in crate::spec) fn into_node(self) -> Node {
        Node { value: Value::Map(self.map), location: self.location }
    }
}
