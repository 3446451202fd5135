//! New nodes at the places of old ones.

use indexmap::IndexMap;

use crate::finding::Place;
use crate::spec::yaml::{Entry, Node, Value};

pub(super) fn string(place: &Place, text: &str) -> Node {
    Node { value: Value::String(text.to_owned()), place: place.clone() }
}

pub(super) fn boolean(place: &Place, value: bool) -> Node {
    Node { value: Value::Bool(value), place: place.clone() }
}

pub(super) fn list(place: &Place, items: impl IntoIterator<Item = Node>) -> Node {
    Node { value: Value::Seq(items.into_iter().collect()), place: place.clone() }
}

pub(super) fn entry(place: &Place, key: &str, node: Node) -> (String, Entry) {
    (key.to_owned(), Entry { key: place.clone(), node })
}

pub(super) fn mapping(place: &Place, pairs: impl IntoIterator<Item = (String, Entry)>) -> Node {
    Node { value: Value::Map(pairs.into_iter().collect()), place: place.clone() }
}

/// A mapping in the making.
pub(super) struct Pairs {
    place: Place,
    map: IndexMap<String, Entry>,
}

impl Pairs {
    pub(super) fn of(place: &Place) -> Self {
        Self { place: place.clone(), map: IndexMap::new() }
    }

    /// Adds a pair that stands, so to speak, where its value does.
    pub(super) fn push(&mut self, key: &str, node: Node) {
        let entry = Entry { key: node.place.clone(), node };
        self.map.insert(key.to_owned(), entry);
    }

    pub(super) fn insert(&mut self, key: &str, entry: Entry) {
        self.map.insert(key.to_owned(), entry);
    }

    /// Takes over those of these keys that a mapping has.
    pub(super) fn keep(&mut self, old: &Node, keys: &[&str]) {
        for key in keys {
            if let Some(entry) = old.map().get(*key) {
                self.insert(key, entry.clone());
            }
        }
    }

    pub(super) fn keep_extensions(&mut self, old: &Node) {
        for (key, entry) in old.map().iter().filter(|(key, _)| key.starts_with("x-")) {
            self.insert(key, entry.clone());
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(super) fn into_node(self) -> Node {
        Node { value: Value::Map(self.map), place: self.place }
    }
}
