//! The addresses of documents (`$self`) and of schemas (`$id`), by which references can name them, wherever their files are.

use std::path::Path;

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
        let nowhere = Url::parse(NOWHERE).ok()?;
        let address = |file: usize| address(&self.tree(file));
        let wanted = address(from).unwrap_or(nowhere).join(path).ok()?;
        if let Some(file) = (0..self.len()).find(|file| address(*file).as_ref() == Some(&wanted)) {
            return Some((file, String::new()));
        }
        // A relative path may name a file, which comes first.
        let absolute = Url::parse(path).ok()?;
        self.identified(|id| id.address == absolute)
    }

    /// Returns the file and the JSON pointer of the schema that a relative path means by its `$id`. The path is relative to the address around the reference, to that of
    /// the document, to the file, or else to that of any schema, because many documents have an address for their schemas and none for themselves.
    pub(super) fn called_relatively(
        &self,
        path: &str,
        from: usize,
        reference: &Location,
    ) -> Option<(usize, String)> {
        let around = self.around(from, reference).map(|id| id.address.clone());
        let bases = [around, address(&self.tree(from)), Url::from_file_path(self.path(from)?).ok()];
        let mut wanted = bases.into_iter().flatten().filter_map(|base| base.join(path).ok());
        wanted
            .find_map(|wanted| self.identified(|id| id.address == wanted))
            .or_else(|| self.identified(|id| id.address.join(path).as_ref() == Ok(&id.address)))
    }

    fn identified(&self, is_meant: impl Fn(&Id) -> bool) -> Option<(usize, String)> {
        let mut ids = (0..self.len()).flat_map(|file| self.ids(file).iter().map(move |id| (file, id)));
        ids.find(|(_, id)| is_meant(id)).map(|(file, id)| (file, id.pointer.clone()))
    }

    /// Returns the schema with an `$id` around a reference, which is the last one that begins before it.
    fn around(&self, file: usize, reference: &Location) -> Option<&Id> {
        let place = |location: &Location| (location.line, location.column);
        let before = self.ids(file).iter().filter(|id| place(&id.location) <= place(reference));
        before.max_by_key(|id| place(&id.location))
    }

    /// Returns the path, from the folder of the document, of a file that an address on the server of the document's own address names.
    pub(super) fn beside_document(&self, address: &str) -> Option<String> {
        let document = Url::parse(self.tree(0).get("$self")?.str()?).ok()?;
        document.make_relative(&Url::parse(address).ok()?)
    }

    /// Returns the JSON pointer that a fragment means inside the schema with an `$id` around the reference.
    pub(super) fn within(&self, file: usize, fragment: &str, reference: &Location) -> Option<String> {
        let id = self.around(file, reference)?;
        let tree = self.tree(file);
        let node = pointer::find(&tree, &id.pointer)?;
        let found = pointer::readings(fragment).find(|it| pointer::find(node, it).is_some())?;
        Some(format!("{}{found}", id.pointer))
    }
}

/// A schema with an address.
pub(super) struct Id {
    /// Its `$id`, as an absolute URL without a fragment.
    address: Url,
    pointer: String,
    location: Location,
}

/// The base of an address that has no other.
const NOWHERE: &str = "file:///";

/// Returns the address of a document.
fn address(root: &Node) -> Option<Url> {
    let mut address = Url::parse(NOWHERE).ok()?.join(root.get("$self")?.str()?).ok()?;
    address.set_fragment(None);
    Some(address)
}

/// Returns the schemas of a file that have an `$id`. An address is relative to the one around it, to that of the document, or to the file.
pub(super) fn ids(root: &Node, path: &Path) -> Vec<Id> {
    let base = address(root).or_else(|| Url::from_file_path(path).ok());
    let (mut found, mut queue) = (Vec::new(), vec![(String::new(), root, base)]);
    while let Some((pointer, node, base)) = queue.pop() {
        let own = node.get("$id").and_then(Node::str).and_then(|id| base.as_ref()?.join(id).ok());
        if let Some(mut address) = own.clone() {
            address.set_fragment(None);
            found.push(Id { address, pointer: pointer.clone(), location: node.location.clone() });
        }
        let base = own.or(base);
        let items = node.seq().iter().enumerate().map(|(n, item)| (n.to_string(), item));
        let below = node.map().iter().map(|(key, entry)| (escape(key), &entry.node));
        queue
            .extend(items.chain(below).map(|(step, node)| (format!("{pointer}/{step}"), node, base.clone())));
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

    #[test]
    fn a_relative_address_leads_to_a_schema_if_there_is_no_such_file() {
        let properties = "a: {$ref: other.json}, b: {$ref: ./other.json}, c: {$ref: 'other.json#/$defs/D'}";
        for (own, id) in [
            ("", "other.json"),
            ("", "https://example.com/schemas/other.json"),
            ("$self: 'https://example.com/schemas/api.json', ", "https://example.com/schemas/other.json"),
            ("$self: 'https://example.com/schemas/api.json', ", "other.json"),
            ("$self: 'https://example.com/schemas/api.json', ", "/schemas/other.json"),
        ] {
            let document = format!(
                "{{openapi: 3.1.0, {own}components: {{schemas: {{B: {{$id: '{id}', $defs: {{D: {{type: string}}}}}}, All: {{properties: {{{properties}}}}}}}}}}}"
            );
            let out = schemas(&[("api.yaml", &document)]);
            let expected = json!({ "a": of("B"), "b": of("B"), "c": of("D") });
            assert_eq!(out["All"]["properties"], expected, "{own}{id}");
        }
        let out = schemas(&[
            (
                "api.yaml",
                "{openapi: 3.1.0, components: {schemas: {B: {$id: other.json}, All: {properties: {a: {$ref: other.json}}}}}}",
            ),
            ("other.json", "{type: integer}"),
        ]);
        assert_eq!(out["All"]["properties"]["a"], of("other"));
    }

    #[test]
    fn an_address_is_relative_to_the_one_around_it() {
        let out = schemas(&[(
            "api.yaml",
            "{openapi: 3.1.0, components: {schemas: {
                A: {$id: 'https://example.com/a/main.json', $defs: {X: {$id: part.json, type: string}}, properties: {x: {$ref: part.json}}},
                B: {$id: 'https://example.com/b/main.json', $defs: {Y: {$id: part.json, type: integer}}, properties: {x: {$ref: part.json}}},
                All: {properties: {x: {$ref: 'https://example.com/a/part.json'}, y: {$ref: 'https://example.com/b/part.json'}}}}}}",
        )]);
        assert_eq!(out["All"]["properties"], json!({ "x": of("X"), "y": of("Y") }));
        assert_eq!((&out["A"]["properties"]["x"], &out["B"]["properties"]["x"]), (&of("X"), &of("Y")));
    }
}
