//! The addresses of documents (`$self`) and of schemas (`$id`), by which references can name them, wherever their files are.

use url::Url;

use super::files::Files;
use super::pointer;
use crate::finding::Location;
use crate::spec::json_pointer::escape;
use crate::spec::yaml::Node;

impl Files {
    /// Returns the file and the JSON pointer of a reference's path that names no file: the file of the reference if the path is empty, or the document or schema with
    /// that address.
    pub(super) fn called(&self, path: &str, from: usize) -> Option<(usize, String)> {
        if path.is_empty() {
            return Some((from, String::new()));
        }
        let nowhere = Url::parse("file:///").ok()?;
        let address = |file: usize| {
            let mut address = nowhere.join(self.tree(file).get("$self")?.str()?).ok()?;
            address.set_fragment(None);
            Some(address)
        };
        let base = address(from);
        let wanted = base.as_ref().unwrap_or(&nowhere).join(path).ok()?;
        if let Some(file) = (0..self.len()).find(|file| address(*file).as_ref() == Some(&wanted)) {
            return Some((file, String::new()));
        }
        let ids = (0..self.len()).flat_map(|file| self.ids(file).iter().map(move |id| (file, id)));
        let mut ids = ids.filter(|(_, id)| id.address == path);
        ids.next().map(|(file, id)| (file, id.pointer.clone()))
    }

    /// Returns the path, from the folder of the document, of a file that an address on the server of the document's own address names.
    pub(super) fn beside_document(&self, address: &str) -> Option<String> {
        let document = Url::parse(self.tree(0).get("$self")?.str()?).ok()?;
        document.make_relative(&Url::parse(address).ok()?)
    }

    /// Returns the JSON pointer that a fragment means inside the schema with an `$id` around the reference, which is the last one that begins before it.
    pub(super) fn within(&self, file: usize, fragment: &str, reference: &Location) -> Option<String> {
        let place = |location: &Location| (location.line, location.column);
        let before = self.ids(file).iter().filter(|id| place(&id.location) <= place(reference));
        let id = before.max_by_key(|id| place(&id.location))?;
        let tree = self.tree(file);
        let node = pointer::find(&tree, &id.pointer)?;
        let found = pointer::readings(fragment).find(|it| pointer::find(node, it).is_some())?;
        Some(format!("{}{found}", id.pointer))
    }
}

/// A schema with an address.
pub(super) struct Id {
    address: String,
    pointer: String,
    location: Location,
}

/// Returns the schemas of a file that have an `$id`.
pub(super) fn ids(root: &Node) -> Vec<Id> {
    let (mut found, mut queue) = (Vec::new(), vec![(String::new(), root)]);
    while let Some((pointer, node)) = queue.pop() {
        queue.extend(node.seq().iter().enumerate().map(|(n, item)| (format!("{pointer}/{n}"), item)));
        let below = node.map().iter().map(|(key, entry)| (format!("{pointer}/{}", escape(key)), &entry.node));
        queue.extend(below);
        if let Some(address) = node.get("$id").and_then(Node::str) {
            let address = address.trim_end_matches('#').to_owned();
            found.push(Id { address, pointer, location: node.location.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{of, schemas};

    #[test]
    fn an_address_of_a_document_leads_to_it() {
        let out = schemas(&[
            (
                "api.yaml",
                "{openapi: 3.2.0, $self: 'https://example.com/specs/main.yaml', components: {schemas: {A: {}, All: {properties: {
                    a: {$ref: 'https://example.com/specs/main.yaml#/components/schemas/A'}, b: {$ref: 'main.yaml#/components/schemas/A'}, c: {$ref: 'more.yaml#/B'},
                    d: {$ref: 'https://example.com/specs/more.yaml#/B'}}}}}}",
            ),
            ("more.yaml", "{B: {properties: {a: {$ref: 'https://example.com/specs/main.yaml#/components/schemas/A'}}}}"),
        ]);
        let properties = json!({ "a": of("A"), "b": of("A"), "c": of("B"), "d": of("B") });
        assert_eq!((&out["All"]["properties"], &out["B"]["properties"]["a"]), (&properties, &of("A")));
    }

    #[test]
    fn an_address_of_a_schema_leads_to_it() {
        let out = schemas(&[(
            "api.yaml",
            "{openapi: 3.1.0, components: {schemas: {
                A: {$id: 'https://example.com/a', $defs: {B: {type: string}}, properties: {b: {$ref: '#/$defs/B'}, a: {$ref: 'https://example.com/a'}}},
                All: {properties: {a: {$ref: 'https://example.com/a'}, b: {$ref: 'https://example.com/a#/$defs/B'}}}}}}",
        )]);
        let properties = json!({ "a": of("A"), "b": of("B") });
        assert_eq!((&out["All"]["properties"], &out["A"]["properties"]), (&properties, &properties));
        assert_eq!(out["B"], json!({ "type": "string" }));
    }
}
