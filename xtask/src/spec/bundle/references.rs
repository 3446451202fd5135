//! References: which keys are references at all, and whether they lead anywhere.

use std::collections::BTreeMap;

use super::{Document, SECTIONS, split_pointer};
use crate::finding::{Finding, Findings, Location};
use crate::spec::naming;
use crate::spec::yaml::Node;

/// What the keys of a mapping are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// The words of OpenAPI.
    Words,
    /// Names that the document gives.
    Names,
}

impl Keys {
    /// What stands in the value of a word.
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

/// Whether a word's value is data: a `$ref` in it would be just a key.
pub(in crate::spec) fn is_data(word: &str) -> bool {
    ["example", "examples", "default", "enum"].contains(&word)
}

/// Reports the references that are malformed, or lead nowhere.
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
    // Something that is gone may be missed in a hundred places: one of them is enough.
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

/// The component of the same section whose name is most like the missing one.
fn nearest(document: &Document, reference: &str) -> Option<String> {
    let (section, missing) = split_pointer(&reference[1..])?;
    let names = document.root.at(&["components", section])?.map().keys();
    naming::nearest(missing, names.map(String::as_str)).map(str::to_owned)
}
