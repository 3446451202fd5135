//! Swagger 2.0 in several files: replaces references to paths, parameters and responses in other files by their targets.
//!
//! The conversion to OpenAPI 3 has to see whole operations, since parameters make a body there. References to schemas stay references.

use indexmap::IndexMap;

use super::files::Files;
use super::pointer;
use crate::spec::build::string;
use crate::spec::bundle::is_data;
use crate::spec::swagger::METHODS;
use crate::spec::yaml::{Entry, Node, Value};

/// How many references may lead to one another.
const MAX_STEPS: usize = 32;

/// The keys whose values map names, which are no keywords.
const NAMES: [&str; 3] = ["properties", "patternProperties", "definitions"];

/// Returns the document with the parts of other files in their places.
pub(super) fn assemble(files: &mut Files, root: &Node) -> Node {
    let mut out = root.clone();
    let Value::Map(sections) = &mut out.value else { return out };
    for (name, section) in sections {
        if !["paths", "parameters", "responses", "definitions"].contains(&name.as_str()) {
            continue;
        }
        inline(files, &mut section.node);
        let Value::Map(entries) = &mut section.node.value else { continue };
        for entry in entries.values_mut() {
            match name.as_str() {
                "definitions" => {}
                "paths" => path_item(files, &mut entry.node),
                _ => inline(files, &mut entry.node),
            }
        }
    }
    out
}

/// Puts the operations, parameters and responses of a path in their places.
fn path_item(files: &mut Files, node: &mut Node) {
    inline(files, node);
    let Value::Map(item) = &mut node.value else { return };
    for (key, entry) in item {
        match key.as_str() {
            "parameters" => parameters(files, &mut entry.node),
            key if METHODS.contains(&key) => operation(files, &mut entry.node),
            _ => {}
        }
    }
}

fn operation(files: &mut Files, node: &mut Node) {
    inline(files, node);
    let Value::Map(operation) = &mut node.value else { return };
    for (key, entry) in operation {
        match (key.as_str(), &mut entry.node.value) {
            ("parameters", _) => parameters(files, &mut entry.node),
            ("responses", Value::Map(responses)) => {
                responses.values_mut().for_each(|response| inline(files, &mut response.node));
            }
            _ => {}
        }
    }
}

fn parameters(files: &mut Files, node: &mut Node) {
    inline(files, node);
    if let Value::Seq(parameters) = &mut node.value {
        parameters.iter_mut().for_each(|parameter| inline(files, parameter));
    }
}

/// Replaces a reference into another file by what it leads to, whose own references are then relative to the folder of the root. A reference within the root
/// stays: it leads to a section that is converted.
fn inline(files: &mut Files, node: &mut Node) {
    for _ in 0..MAX_STEPS {
        let Some(written) = node.get("$ref") else { return };
        let Some(reference) = written.str() else { return };
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if path.is_empty() || is_remote(reference) {
            return;
        }
        // What cannot be resolved is reported with all the other references.
        let Some(found) = files.raw(path, &pointer::decode(fragment), &written.location) else { return };
        *node = references(&found, &|reference| rebased_reference(reference, path));
    }
}

/// Returns a reference of a file in the form that it has in the root document.
fn rebased_reference(reference: &str, file: &str) -> String {
    if is_remote(reference) {
        return reference.to_owned();
    }
    if reference.starts_with('#') {
        return format!("{file}{reference}");
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (path, fragment) = reference.split_once('#').map_or((reference, None), |(path, it)| (path, Some(it)));
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            // A way out of the folder stays one, and is refused where it is followed.
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = if path.starts_with('/') { path.to_owned() } else { parts.join("/") };
    fragment.map_or(path.clone(), |fragment| format!("{path}#{fragment}"))
}

/// Returns whether a reference leads to another host.
pub(super) fn is_remote(reference: &str) -> bool {
    reference.contains("://") || reference.starts_with("//") || reference.starts_with("urn:")
}

/// Returns a copy of a node with each of its references changed.
fn references(node: &Node, change: &impl Fn(&str) -> String) -> Node {
    fn walk(node: &Node, are_names: bool, change: &impl Fn(&str) -> String) -> Node {
        let value = match &node.value {
            Value::Map(map) => {
                let map: IndexMap<String, Entry> = map
                    .iter()
                    .map(|(key, entry)| {
                        let node = match (key.as_str(), entry.node.str()) {
                            ("$ref", Some(text)) if !are_names => string(&entry.node.location, &change(text)),
                            (key, _) if !are_names && is_data(key) => entry.node.clone(),
                            (key, _) => walk(&entry.node, !are_names && NAMES.contains(&key), change),
                        };
                        (key.clone(), Entry { key: entry.key.clone(), node })
                    })
                    .collect();
                Value::Map(map)
            }
            Value::Seq(items) => Value::Seq(items.iter().map(|item| walk(item, false, change)).collect()),
            _ => return node.clone(),
        };
        Node { value, location: node.location.clone() }
    }
    walk(node, false, change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_follow_their_file() {
        for (reference, file, expected) in [
            ("#/x", "parts/a.yaml", "parts/a.yaml#/x"),
            ("b.yaml#/y", "parts/a.yaml", "parts/b.yaml#/y"),
            ("./b.yaml", "a.yaml", "b.yaml"),
            ("../b.yaml#", "parts/a.yaml", "b.yaml#"),
            ("../../b.yaml", "parts/a.yaml", "../b.yaml"),
            ("https://x.example/a", "parts/a.yaml", "https://x.example/a"),
        ] {
            assert_eq!(rebased_reference(reference, file), expected, "{reference} of {file}");
        }
    }

    #[test]
    fn data_is_left_alone() {
        let node = crate::spec::yaml::parse(
            "f.yaml",
            "{schema: {$ref: a}, example: {$ref: b}, properties: {example: {$ref: c}, $ref: {type: string}}}",
        )
        .unwrap();
        let changed = references(&node, &|reference| format!("x/{reference}")).to_json();
        assert_eq!(
            changed,
            serde_json::json!({ "schema": { "$ref": "x/a" }, "example": { "$ref": "b" }, "properties": { "example": { "$ref": "x/c" }, "$ref": { "type": "string" } } })
        );
    }
}
