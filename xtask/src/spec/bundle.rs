//! Bundles several files into one document: every `$ref` to another file becomes a local reference.

mod references;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use indexmap::IndexMap;

use super::yaml::{self, Entry, Node, Value};
use super::{json_pointer, swagger};
use references::Keys;
pub(super) use references::is_data;

use crate::finding::{Finding, Findings, Location};
use crate::workspace::Workspace;

/// The sections of `components` whose entries can be the targets of references.
const SECTIONS: [&str; 5] = ["schemas", "parameters", "responses", "requestBodies", "headers"];

/// The whole spec in one document.
#[derive(Debug)]
pub struct Document {
    /// The root document, with only local references, and with the components of every file that it reaches.
    pub root: Node,
    /// The other files without their components.
    pub others: Vec<Node>,
    /// The components of other files that the root document lists by aliases, as the entry points for its readers, by section and name.
    pub listed: BTreeSet<(String, String)>,
    /// The files from which it was read, the root first.
    pub files: Vec<PathBuf>,
    /// The YAML files in the root's folder and below to which no reference leads.
    pub unread: Vec<String>,
    /// The errors of bundling: references that cannot be resolved, and duplicate names. The linter reports them with all others.
    pub findings: Findings,
}

impl Document {
    /// Returns a component by section and name.
    #[must_use]
    pub fn component(&self, section: &str, name: &str) -> Option<&Entry> {
        self.root.at(&["components", section])?.map().get(name)
    }

    /// Returns the component that a local reference names.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<&Node> {
        let (section, name) = split_pointer(reference.strip_prefix('#')?)?;
        self.component(section, name).map(|entry| &entry.node)
    }
}

/// Splits a JSON pointer such as `/components/schemas/Name` into the section and the name.
fn split_pointer(pointer: &str) -> Option<(&str, &str)> {
    let (section, name) = pointer.strip_prefix("/components/")?.split_once('/')?;
    (SECTIONS.contains(&section) && !name.is_empty() && !name.contains('/')).then_some((section, name))
}

/// Reads the root document and every file that it reaches.
///
/// # Errors
/// Returns the files that cannot be read or parsed. The linter reports all other errors.
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
        loader.localize(&mut node, Keys::Words, &path, &mut queue);
        loader.files.push(path);
        documents.push(node);
    }
    let Loader { files, findings, .. } = loader;
    // The components of an unreadable file would be reported as missing everywhere else.
    findings.into_result()?;
    let mut findings = Findings::default();
    let mut documents = documents.into_iter();
    let Some(mut root) = documents.next() else {
        return Err(Finding::new(&Location::whole(&workspace.display(root)), "there is no document").into());
    };
    let mut others: Vec<Node> = documents.collect();
    others.iter_mut().for_each(mark);
    take_paths(&mut root, &mut others, &mut findings);
    let listed = aliases(&root);
    for other in &mut others {
        merge(&mut root, other, &mut findings);
    }
    drop_aliases(&mut root);
    let unread = unread(workspace, &files);
    let mut document = Document { root, others, listed, files, unread, findings: Findings::default() };
    references::check(&document, &mut findings);
    document.findings = findings;
    Ok(document)
}

/// Moves paths of other files to the references to them in the root document.
fn take_paths(root: &mut Node, others: &mut [Node], findings: &mut Findings) {
    let Some(paths) = root.map_mut(&["paths"]) else { return };
    for entry in paths.values_mut() {
        let Some(target) = entry.node.get("$ref") else { continue };
        let (text, location) = (target.str().unwrap_or_default().to_owned(), target.location.clone());
        let name = text.strip_prefix("#/paths/").map(json_pointer::unescape);
        let found = name.and_then(|name| {
            others.iter_mut().find_map(|other| other.map_mut(&["paths"])?.shift_remove(&name))
        });
        match found {
            Some(found) => entry.node = found.node,
            None => {
                entry.node.value = Value::Map(IndexMap::new());
                findings.push(
                    Finding::new(
                        &location,
                        format!("the $ref of a path cannot be resolved: no other file has `{text}`"),
                    )
                    .help("write `<file>#/paths/~1<path>`"),
                );
            }
        }
    }
}

/// Copies the `x-feature` of a file, if it has one, to its schemas and operations.
fn mark(other: &mut Node) {
    let Some(feature) = other.get(FEATURE).cloned() else { return };
    let entry = || Entry { key: feature.location.clone(), node: feature.clone() };
    let schemas = other.map_mut(&["components", "schemas"]);
    for schema in schemas.into_iter().flat_map(IndexMap::values_mut) {
        if let Some(map) = schema.node.map_mut(&[]).filter(|map| !map.contains_key("$ref")) {
            map.entry(FEATURE.to_owned()).or_insert_with(entry);
        }
    }
    let paths = other.map_mut(&["paths"]);
    for path in paths.into_iter().flat_map(IndexMap::values_mut).filter_map(|path| path.node.map_mut(&[])) {
        for operation in path.values_mut().filter_map(|operation| operation.node.map_mut(&[])) {
            operation.entry(FEATURE.to_owned()).or_insert_with(entry);
        }
    }
}

/// The key of the cargo feature with which a file, a schema or an operation is compiled.
const FEATURE: &str = "x-feature";

/// Returns the YAML files in the folder of the workspace's own spec that were not read, except for overlays, which vendoring reads. Returns nothing for any
/// other spec, whose folder may have unrelated files.
fn unread(workspace: &Workspace, files: &[PathBuf]) -> Vec<String> {
    let mut out = Vec::new();
    let folder = workspace.root().join("openapi");
    let mut queue: Vec<PathBuf> =
        files.first().filter(|root| root.starts_with(&folder)).map(|_| folder).into_iter().collect();
    while let Some(folder) = queue.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
                && !path.to_string_lossy().ends_with(crate::vendor::overlay::SUFFIX);
            if path.is_dir() {
                queue.push(path);
            } else if is_yaml && !files.contains(&normalize_path(&path)) {
                out.push(workspace.display(&path));
            }
        }
    }
    out
}

struct Loader<'a> {
    workspace: &'a Workspace,
    files: Vec<PathBuf>,
    findings: Findings,
}

impl Loader<'_> {
    fn read(&mut self, path: &Path, from: Option<&Location>) -> Option<Node> {
        let name = self.workspace.display(path);
        let text = match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                self.findings.push(no_utf8(&name, &error));
                return None;
            }
            Err(error) => {
                let finding = match from {
                    Some(location) => Finding::new(
                        location,
                        format!("the $ref names {name}, which cannot be read: {error}"),
                    )
                    .help("paths are relative to the file that the $ref stands in"),
                    None => Finding::new(&Location::whole(&name), format!("cannot be read: {error}"))
                        .help("it must exist and be a file"),
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

    /// Makes every reference in a tree local, and queues the files that the references named.
    fn localize(
        &mut self,
        node: &mut Node,
        keys: Keys,
        file: &Path,
        queue: &mut Vec<(PathBuf, Option<Location>)>,
    ) {
        match &mut node.value {
            Value::Seq(items) => {
                items.iter_mut().for_each(|item| self.localize(item, Keys::Words, file, queue));
            }
            Value::Map(map) => {
                for (key, entry) in map {
                    match &mut entry.node {
                        node if keys == Keys::Names => self.localize(node, Keys::Words, file, queue),
                        Node { value: Value::String(text), location } if key == "$ref" => {
                            if text.contains("://") {
                                self.findings.push(
                                    Finding::new(
                                        location,
                                        format!("`{text}`: remote references are not followed"),
                                    )
                                    .help("put what it names into a file of this folder, and refer to that"),
                                );
                            } else if let Some((other, pointer)) = text.split_once('#')
                                && !other.is_empty()
                            {
                                let folder = file.parent().unwrap_or(Path::new(""));
                                queue.push((normalize_path(&folder.join(other)), Some(location.clone())));
                                *text = format!("#{pointer}");
                            }
                        }
                        _ if is_data(key) => {}
                        other => self.localize(other, Keys::below(key), file, queue),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Creates the finding for a file that is not UTF-8, at its first invalid byte.
pub(super) fn no_utf8(name: &str, error: &std::string::FromUtf8Error) -> Finding {
    let at = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
    let last = before.rsplit('\n').next().unwrap_or_default();
    let location = Location {
        file: name.into(),
        line: before.matches('\n').count() + 1,
        column: last.chars().count() + 1,
    };
    Finding::new(&location, format!("cannot be read: byte {at} is not UTF-8")).help("save the file as UTF-8")
}

/// Resolves `.` and `..` lexically, so that every file has only one path.
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

/// Returns whether a component is only a reference to the component of the same name, by which a root document lists a component of another file.
fn is_alias(name: &str, section: &str, entry: &Entry) -> bool {
    entry.node.map().len() == 1
        && entry.node.get("$ref").and_then(Node::str) == Some(&format!("#/components/{section}/{name}"))
}

/// Returns the components of other files that a root document lists by aliases.
fn aliases(root: &Node) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    for (section, entries) in root.get("components").map(Node::map).into_iter().flatten() {
        for (name, entry) in entries.node.map() {
            if is_alias(name, section, entry) {
                out.insert((section.clone(), name.clone()));
            }
        }
    }
    out
}

/// Moves the components of another file into the root document. Everything else stays there, for the linter to check.
fn merge(root: &mut Node, other: &mut Node, findings: &mut Findings) {
    let components = other.map_mut(&["components"]);
    for (section, entry) in components.into_iter().flatten() {
        let Some(target) = section_mut(root, section, &entry.key) else { continue };
        let Some(entries) = entry.node.map_mut(&[]).map(std::mem::take) else { continue };
        for (name, entry) in entries {
            if is_alias(&name, section, &entry) {
                continue;
            }
            match target.get(&name) {
                Some(first) if !is_alias(&name, section, first) => {
                    findings.push(
                        Finding::new(&entry.key, format!("`{name}` occurs twice in the {section}"))
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

/// Returns a section of the root document's components, which is created at `location` if it is absent.
fn section_mut<'a>(
    root: &'a mut Node,
    section: &str,
    location: &Location,
) -> Option<&'a mut IndexMap<String, Entry>> {
    let mut node = root;
    for key in ["components", section] {
        let Value::Map(map) = &mut node.value else { return None };
        let empty = || Entry {
            key: location.clone(),
            node: Node { value: Value::Map(IndexMap::new()), location: location.clone() },
        };
        node = &mut map.entry(key.to_owned()).or_insert_with(empty).node;
    }
    match &mut node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// Removes the aliases that no component has replaced, so that references to them are reported as unresolved.
fn drop_aliases(root: &mut Node) {
    for section in SECTIONS {
        let location = root.location.clone();
        if root.at(&["components", section]).is_some()
            && let Some(map) = section_mut(root, section, &location)
        {
            map.retain(|name, entry| !is_alias(name, section, entry));
        }
    }
}
