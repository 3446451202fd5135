//! Several files into one document: every `$ref` to another file becomes one into the document itself.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use indexmap::IndexMap;

use super::swagger;
use super::yaml::{self, Entry, Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::workspace::Workspace;

/// The sections of `components` whose entries may be referred to.
const SECTIONS: [&str; 5] = ["schemas", "parameters", "responses", "requestBodies", "headers"];

/// The whole spec as one document.
#[derive(Debug)]
pub struct Document {
    /// The root document, its references all local, with the components of every file that it reaches.
    pub root: Node,
    /// The files that it was read from, the root first.
    pub files: Vec<PathBuf>,
}

impl Document {
    /// A component by section and name.
    #[must_use]
    pub fn component(&self, section: &str, name: &str) -> Option<&Entry> {
        self.root.at(&["components", section])?.map().get(name)
    }

    /// The component that a local reference names.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<&Node> {
        let (section, name) = split_pointer(reference.strip_prefix('#')?)?;
        self.component(section, name).map(|entry| &entry.node)
    }
}

/// `/components/schemas/Name` as `("schemas", "Name")`.
fn split_pointer(pointer: &str) -> Option<(&str, &str)> {
    let (section, name) = pointer.strip_prefix("/components/")?.split_once('/')?;
    (SECTIONS.contains(&section) && !name.is_empty() && !name.contains('/')).then_some((section, name))
}

/// Reads the root document and every file that it reaches.
///
/// # Errors
/// Files that cannot be read or parsed, references that are malformed or lead nowhere, names that stand twice.
pub fn load(workspace: &Workspace, root: &Path) -> Result<Document, Findings> {
    let mut loader = Loader { workspace, files: Vec::new(), findings: Findings::default() };
    let mut documents = Vec::new();
    let mut queue = vec![(normalize_path(root), None)];
    let mut seen = BTreeSet::new();
    while let Some((path, from)) = queue.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Some(mut node) = loader.read(&path, from.as_ref()) else { continue };
        loader.localize(&mut node, &path, &mut queue);
        loader.files.push(path);
        documents.push(node);
    }
    let Loader { files, mut findings, .. } = loader;
    let mut documents = documents.into_iter();
    let Some(mut root) = documents.next() else {
        return Err(findings);
    };
    for other in documents {
        merge(&mut root, other, &mut findings);
    }
    drop_aliases(&mut root);
    let document = Document { root, files };
    check_references(&document, &document.root, &mut findings);
    findings.into_result()?;
    Ok(document)
}

struct Loader<'a> {
    workspace: &'a Workspace,
    files: Vec<PathBuf>,
    findings: Findings,
}

impl Loader<'_> {
    fn read(&mut self, path: &Path, from: Option<&Place>) -> Option<Node> {
        let name = self.workspace.display(path);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let finding = match from {
                    Some(place) => {
                        Finding::new(place, format!("the $ref names {name}, which cannot be read: {error}"))
                    }
                    None => Finding::new(&Place::whole(&name), format!("cannot be read: {error}")),
                };
                self.findings.push(finding);
                return None;
            }
        };
        let node = yaml::parse(&name, &text).map_err(|finding| self.findings.push(finding)).ok()?;
        if !swagger::is_swagger(&node) {
            return Some(node);
        }
        swagger::convert(&node).map_err(|findings| self.findings.extend(findings)).ok()
    }

    /// Makes every reference in a tree a local one, and queues the files that they named.
    fn localize(&mut self, node: &mut Node, file: &Path, queue: &mut Vec<(PathBuf, Option<Place>)>) {
        match &mut node.value {
            Value::Seq(items) => items.iter_mut().for_each(|item| self.localize(item, file, queue)),
            Value::Map(map) => {
                for (key, entry) in map {
                    match &mut entry.node {
                        Node { value: Value::String(text), place } if key == "$ref" => {
                            if let Some((other, pointer)) = text.split_once('#')
                                && !other.is_empty()
                            {
                                let folder = file.parent().unwrap_or(Path::new(""));
                                queue.push((normalize_path(&folder.join(other)), Some(place.clone())));
                                *text = format!("#{pointer}");
                            }
                        }
                        // An example is data: a `$ref` in it would be just a key.
                        _ if key == "example" => {}
                        other => self.localize(other, file, queue),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Resolves `.` and `..` by the names alone, so that a file has one path.
fn normalize_path(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// Whether a component is nothing but a reference to the component of the same name, as a root document lists what lies in other files.
fn is_alias(name: &str, section: &str, entry: &Entry) -> bool {
    entry.node.map().len() == 1
        && entry.node.get("$ref").and_then(Node::str) == Some(&format!("#/components/{section}/{name}"))
}

fn merge(root: &mut Node, other: Node, findings: &mut Findings) {
    let Value::Map(mut other) = other.value else { return };
    let Some(Entry { node: Node { value: Value::Map(components), .. }, .. }) =
        other.swap_remove("components")
    else {
        return;
    };
    for (section, entry) in components {
        let Some(target) = section_mut(root, &section) else { continue };
        let Value::Map(entries) = entry.node.value else { continue };
        for (name, entry) in entries {
            if is_alias(&name, &section, &entry) {
                continue;
            }
            match target.get(&name) {
                Some(first) if !is_alias(&name, &section, first) => {
                    findings.push(
                        Finding::new(&entry.key, format!("`{name}` stands twice in the {section}"))
                            .help(format!("the first is at {}; give one another name", first.key)),
                    );
                }
                _ => {
                    target.insert(name, entry);
                }
            }
        }
    }
}

fn section_mut<'a>(root: &'a mut Node, section: &str) -> Option<&'a mut IndexMap<String, Entry>> {
    let place = root.place.clone();
    let mut node = root;
    for key in ["components", section] {
        let Value::Map(map) = &mut node.value else { return None };
        let empty = || Entry {
            key: place.clone(),
            node: Node { value: Value::Map(IndexMap::new()), place: place.clone() },
        };
        node = &mut map.entry(key.to_owned()).or_insert_with(empty).node;
    }
    match &mut node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// Removes aliases whose target was merged in their place; what is left refers to itself and is reported as such.
fn drop_aliases(root: &mut Node) {
    for section in SECTIONS {
        if root.at(&["components", section]).is_some()
            && let Some(map) = section_mut(root, section)
        {
            map.retain(|name, entry| !is_alias(name, section, entry));
        }
    }
}

fn check_references(document: &Document, node: &Node, findings: &mut Findings) {
    for item in node.seq() {
        check_references(document, item, findings);
    }
    for (key, entry) in node.map() {
        if key == "example" {
            continue;
        }
        if key == "$ref" && entry.node.str().is_none() {
            findings.push(Finding::new(
                &entry.node.place,
                format!("a $ref is {}, where a string was expected", entry.node.kind()),
            ));
        }
        let Some(reference) = entry.node.str().filter(|_| key == "$ref") else {
            check_references(document, &entry.node, findings);
            continue;
        };
        let place = &entry.node.place;
        if reference.strip_prefix('#').and_then(split_pointer).is_none() {
            findings.push(
                Finding::new(place, format!("`{reference}` is no reference that this tool follows"))
                    .help(format!("write `#/components/<section>/<name>`, with a file's path before the `#` where it is in another file; the sections are {}", SECTIONS.join(", "))),
            );
        } else if document.resolve(reference).is_none() {
            let finding =
                Finding::new(place, format!("the $ref leads nowhere: there is no `{}`", &reference[2..]));
            findings.push(match nearest(document, reference) {
                Some(name) => finding.help(format!("did you mean `{name}`?")),
                None => finding,
            });
        }
    }
}

/// The component of the same section whose name is most like the missing one.
fn nearest(document: &Document, reference: &str) -> Option<String> {
    let (section, missing) = split_pointer(&reference[1..])?;
    let names = document.root.at(&["components", section])?.map().keys();
    super::naming::nearest(missing, names.map(String::as_str)).map(str::to_owned)
}
