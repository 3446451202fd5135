//! Finds the references of a document, and checks that they can be resolved.

use std::collections::BTreeMap;

use super::{Document, SECTIONS, split_pointer};
use crate::finding::{Finding, Findings, Location};
use crate::spec::naming;
use crate::spec::yaml::Node;

/// The meaning of the keys of a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Keywords of OpenAPI.
    Words,
    /// Names that the document defines.
    Names,
}

impl Keys {
    /// Returns the meaning of the keys in a keyword's value.
    pub(super) fn below(word: &str) -> Self {
        let names = [
            "properties",
            "paths",
            "responses",
            "content",
            "headers",
            "schemas",
            "parameters",
            "requestBodies",
        ];
        if names.contains(&word) { Self::Names } else { Self::Words }
    }
}

/// Returns whether a keyword's value is data, in which a `$ref` is not a reference.
pub(in crate::spec) fn is_data(word: &str) -> bool {
    ["example", "examples", "default", "enum"].contains(&word)
}

/// Reports references that are malformed or cannot be resolved.
pub(super) fn check(document: &Document, findings: &mut Findings) {
    let mut references = Vec::new();
    collect(&document.root, Keys::Words, &mut references);
    let mut missing: BTreeMap<&str, (&Location, usize)> = BTreeMap::new();
    for target in references {
        let Some(text) = target.str() else {
            let message = format!("a $ref is {}, where a string was expected", target.kind());
            findings.push(Finding::new(&target.location, message).help(how_to_refer()));
            continue;
        };
        if text.strip_prefix('#').and_then(split_pointer).is_none() {
            let message = format!("`{text}` is not a reference that this tool follows");
            findings.push(Finding::new(&target.location, message).help(how_to_refer()));
        } else if document.resolve(text).is_none() {
            missing.entry(text).or_insert((&target.location, 0)).1 += 1;
        }
    }
    // A missing component may have a hundred references, of which reporting one is enough.
    for (reference, (location, count)) in missing {
        let name = &reference[2..];
        let message = match count {
            1 => format!("the $ref cannot be resolved: there is no `{name}`"),
            _ => format!(
                "the $ref cannot be resolved: there is no `{name}` (here and in {} other places)",
                count - 1
            ),
        };
        findings.push(Finding::new(location, message).help(match nearest(document, reference) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "describe it, or correct the reference".to_owned(),
        }));
    }
}

fn how_to_refer() -> String {
    format!(
        "write `#/components/<section>/<name>`, with a file's path before the `#` where it is in another file; the sections are {}",
        SECTIONS.join(", ")
    )
}

fn collect<'a>(node: &'a Node, keys: Keys, out: &mut Vec<&'a Node>) {
    for item in node.seq() {
        collect(item, Keys::Words, out);
    }
    for (key, entry) in node.map() {
        match key.as_str() {
            _ if keys == Keys::Names => collect(&entry.node, Keys::Words, out),
            "$ref" => out.push(&entry.node),
            word if is_data(word) => {}
            word => collect(&entry.node, Keys::below(word), out),
        }
    }
}

/// Returns the component of the same section with the most similar name.
fn nearest(document: &Document, reference: &str) -> Option<String> {
    let (section, missing) = split_pointer(&reference[1..])?;
    let names = document.root.at(&["components", section])?.map().keys();
    naming::nearest(missing, names.map(String::as_str)).map(str::to_owned)
}
