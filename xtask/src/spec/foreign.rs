//! Converts a foreign document of any number of files into one OpenAPI 3.0 document, in which all references lead to its own components.
//!
//! The conversion follows the grammar, so it knows at every place what is a reference and what is data. The target of a reference, wherever it is, becomes a
//! component that is named after it. Files outside of the folder of the document are not read.

mod addresses;
mod circles;
mod files;
mod names;
mod nulls;
pub(super) mod pointer;
mod references;
mod swagger_files;
mod version;

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use indexmap::IndexMap;

use super::build::{mapping, string};
use super::bundle::Document;
use super::lint::{Kind, Shape};
use super::yaml::{Entry, Node, Value};
use super::{json_pointer, lower};
use crate::finding::{Finding, Findings, Location};
use crate::workspace::Workspace;
use files::{Files, Target};

/// Keeps the location of a reference that cannot be resolved.
pub(super) const UNRESOLVED: &str = "x-unresolved";

/// The maximum length of a chain of references that are replaced by their targets.
pub(super) const MAX_STEPS: usize = 32;

/// Additions to our grammar, which our own spec does not need.
const MORE: [(Kind, &str, Shape); 4] = [
    (Kind::PathItem, "head", Shape::One(Kind::Operation)),
    (Kind::PathItem, "options", Shape::One(Kind::Operation)),
    (Kind::PathItem, "servers", Shape::Many(Kind::Server)),
    (Kind::Operation, "servers", Shape::Many(Kind::Server)),
];

/// Keys that are ignored, because nothing is generated from them.
const DROPPED: [(Kind, &str); 12] = [
    (Kind::Document, "jsonSchemaDialect"),
    (Kind::Document, "webhooks"),
    (Kind::Document, "$self"),
    (Kind::Components, "callbacks"),
    (Kind::Components, "examples"),
    (Kind::Components, "links"),
    (Kind::Components, "mediaTypes"),
    (Kind::Components, "pathItems"),
    (Kind::Operation, "callbacks"),
    (Kind::Response, "links"),
    (Kind::Parameter, "examples"),
    (Kind::Header, "examples"),
];

/// The keys for operations with HTTP methods that calls do not support; all but `trace` are of OpenAPI 3.2.
const UNCALLED: [(Kind, &str); 3] =
    [(Kind::PathItem, "query"), (Kind::PathItem, "trace"), (Kind::PathItem, "additionalOperations")];

/// Reads a document of OpenAPI 3.0, 3.1 or 3.2, or of Swagger 2.0, with every file that it reaches.
///
/// # Errors
/// Returns the errors in the file itself if it cannot be read or parsed. The linter reports all other errors, such as references that lead nowhere and parts
/// without a counterpart in 3.0.
pub fn load(workspace: &Workspace, root: &Path) -> Result<Document, Findings> {
    let mut files = Files::open(workspace, root)?;
    let mut assembly = Assembly {
        named: HashMap::new(),
        taken: HashMap::new(),
        queue: VecDeque::new(),
        findings: Findings::default(),
        files: &mut files,
    };
    let mut root = assembly.document();
    let mut findings = std::mem::take(&mut assembly.findings);
    circles::open(&mut root, &mut findings);
    findings.extend(std::mem::take(&mut files.findings));
    findings.extend(std::mem::take(&mut files.unconverted));
    Ok(Document {
        root,
        others: Vec::new(),
        listed: std::collections::BTreeSet::new(),
        files: files.paths(),
        unread: Vec::new(),
        findings,
    })
}

/// A place in one of the files.
type Key = (usize, String);

struct Assembly<'a> {
    files: &'a mut Files,
    /// What the components are called that references lead to.
    named: HashMap<(Key, &'static str), String>,
    /// The names of each section, in lower case.
    taken: HashMap<&'static str, HashMap<String, usize>>,
    /// What has a name and is still to be gone through.
    queue: VecDeque<Pending>,
    findings: Findings,
}

struct Pending {
    kind: Kind,
    section: &'static str,
    name: String,
    target: Target,
    /// The reference that leads to it, if the target is a component of another kind. The reference is the error then, not the target.
    misplaced: Option<Location>,
}

/// The kinds that have a section among the components.
const SECTIONS: [Kind; 6] =
    [Kind::Schema, Kind::Parameter, Kind::Response, Kind::RequestBody, Kind::Header, Kind::SecurityScheme];

fn section(kind: Kind) -> Option<&'static str> {
    if kind == Kind::SecurityScheme { Some("securitySchemes") } else { kind.section() }
}

impl Assembly<'_> {
    fn document(&mut self) -> Node {
        let source = self.files.tree(0);
        let mut sections: IndexMap<&'static str, (Location, IndexMap<String, Entry>)> = IndexMap::new();
        // They may stand in a file of their own, and so may each section.
        let components = source.map().get("components");
        let components =
            components.filter(|it| !self.is_absent(Shape::One(Kind::Components), "components", it));
        let components = components.map(|it| self.followed(&it.node, 0));
        for kind in SECTIONS {
            let Some(section) = section(kind) else { continue };
            let Some((components, file)) = &components else { continue };
            let Some(given) = components.map().get(section) else { continue };
            if self.is_absent(Shape::Named(kind), section, given) {
                continue;
            }
            let (node, file) = self.followed(&given.node, *file);
            let of = |name: &str| {
                ((file, format!("/components/{section}/{}", json_pointer::escape(name))), section)
            };
            for name in node.map().keys() {
                let free = self.free(section, name);
                self.named.insert(of(name), free);
            }
            for (name, value) in node.map() {
                let name = self.named[&of(name)].clone();
                self.alias(section, &name, &value.node, file);
            }
            let mut entries = IndexMap::with_capacity(node.map().len());
            for (name, value) in node.map() {
                let Some(node) = self.present(kind, name, value) else { continue };
                let node = self.component(kind, &node, file);
                entries.insert(self.named[&of(name)].clone(), Entry { key: value.key.clone(), node });
            }
            sections.insert(section, (given.key.clone(), entries));
        }
        let location = source.location.clone();
        let mut pairs = source.map().clone();
        pairs.shift_remove("components");
        if pairs.get("paths").is_some_and(|it| self.is_absent(Shape::Named(Kind::PathItem), "paths", it)) {
            pairs.shift_remove("paths");
        }
        if let Some(version) = pairs.get_mut("openapi") {
            version.node = string(&version.node.location, "3.0.3");
        }
        pairs
            .entry("paths".to_owned())
            .or_insert_with(|| Entry { key: location.clone(), node: mapping(&location, []) });
        let without = Node { value: Value::Map(pairs), location };
        let mut root = self.part(Kind::Document, &without, 0);
        while let Some(Pending { kind, section, name, target, misplaced }) = self.queue.pop_front() {
            let mut found = self.files.node(&target);
            if let Some(location) = misplaced {
                references::relocate(&mut found, &location);
            }
            let node = self.component(kind, &found, target.file);
            let location = found.location.clone();
            let (_, map) = sections.entry(section).or_insert_with(|| (location.clone(), IndexMap::new()));
            map.insert(name, Entry { key: location, node });
        }
        if let Value::Map(map) = &mut root.value {
            let location = root.location.clone();
            let sections = sections.into_iter().map(|(section, (key, entries))| {
                let node = Node { value: Value::Map(entries), location: key.clone() };
                (section.to_owned(), Entry { key, node })
            });
            map.insert(
                "components".to_owned(),
                Entry { key: location.clone(), node: mapping(&location, sections) },
            );
        }
        root
    }

    /// Converts a named component. An alias is replaced by its target, except for an alias of a schema, since both schemas are types.
    fn component(&mut self, kind: Kind, node: &Node, file: usize) -> Node {
        let Some(reference) = node.map().get("$ref") else { return self.part(kind, node, file) };
        if kind != Kind::Schema {
            return self.in_place(kind, node, reference, file, 0);
        }
        let is_alias =
            node.map().len() == 1 && reference.node.str().is_some_and(|text| !text.starts_with('#'));
        if is_alias && let Some(target) = self.files.resolve(&reference.node, file, &mut self.findings) {
            let found = self.files.node(&target);
            return self.part(kind, &found, target.file);
        }
        self.part(kind, node, file)
    }

    /// Converts the node at a location, so that every reference in it leads to a component.
    fn part(&mut self, kind: Kind, node: &Node, file: usize) -> Node {
        self.part_within(kind, node, file, 0)
    }

    fn part_within(&mut self, kind: Kind, node: &Node, file: usize, steps: usize) -> Node {
        let lowered;
        let node = if kind == Kind::Schema {
            lowered = lower::schema(node, self.files.merges(file));
            &lowered
        } else {
            node
        };
        let Value::Map(map) = &node.value else { return node.clone() };
        if let Some(reference) = map.get("$ref").filter(|_| kind != Kind::Discriminator) {
            return match section(kind) {
                Some(section) => self.reference(kind, section, node, reference, file),
                None => self.in_place(kind, node, reference, file, steps),
            };
        }
        let mut out = IndexMap::with_capacity(map.len());
        for (key, value) in map {
            if DROPPED.contains(&(kind, key.as_str())) {
                continue;
            }
            if UNCALLED.contains(&(kind, key.as_str())) {
                let finding = Finding::warning(&value.key, format!("`{key}` of a path is ignored"));
                self.findings.push(finding.help(
                    "calls are sent by GET, PUT, POST, DELETE, OPTIONS, HEAD and PATCH; nothing is generated for another method",
                ));
                continue;
            }
            let node = match shape(kind, key) {
                Some(shape) if self.is_absent(shape, key, value) => continue,
                Some(shape) => self.value(kind, key, shape, &value.node, file, steps),
                None => value.node.clone(),
            };
            out.insert(key.clone(), Entry { key: value.key.clone(), node });
        }
        Node { value: Value::Map(out), location: node.location.clone() }
    }

    fn value(&mut self, kind: Kind, key: &str, shape: Shape, node: &Node, file: usize, steps: usize) -> Node {
        match shape {
            Shape::One(inner) => self.part_within(inner, node, file, steps),
            Shape::SchemaOrFlag if matches!(node.value, Value::Map(_)) => {
                self.part_within(Kind::Schema, node, file, steps)
            }
            Shape::Many(inner) => {
                let (node, file) = self.followed(node, file);
                let Value::Seq(items) = &node.value else { return node.into_owned() };
                let items = items.iter().filter(|item| !matches!(item.value, Value::Null));
                let items = items.map(|item| self.part_within(inner, item, file, steps)).collect();
                Node { value: Value::Seq(items), location: node.location.clone() }
            }
            Shape::Named(Kind::Example) => self.examples(node, file),
            Shape::Named(inner) => {
                let (node, file) = self.followed(node, file);
                let Value::Map(map) = &node.value else { return node.into_owned() };
                let is_extension = |name: &str| kind == Kind::Document && name.starts_with("x-");
                // Extensions of responses would be taken for responses.
                let is_needless = |name: &str| kind == Kind::Operation && name.starts_with("x-");
                let map = map.iter().filter(|(name, _)| !is_needless(name)).filter_map(|(name, value)| {
                    let node = match is_extension(name) {
                        true => value.node.clone(),
                        false => {
                            let node = self.present(inner, name, value)?;
                            self.part_within(inner, &node, file, steps)
                        }
                    };
                    Some((name.clone(), Entry { key: value.key.clone(), node }))
                });
                let map: IndexMap<String, Entry> = map.collect();
                Node { value: Value::Map(map), location: node.location.clone() }
            }
            Shape::TextOf if kind == Kind::Discriminator && key == "mapping" => self.mapping(node, file),
            _ => node.clone(),
        }
    }

    /// Converts the examples that have a value. One that cannot be found is left out, since examples are no reason to refuse a document.
    fn examples(&mut self, node: &Node, file: usize) -> Node {
        let mut found = IndexMap::new();
        for (name, entry) in node.map() {
            let (mut example, mut file) = (entry.node.clone(), file);
            for _ in 0..MAX_STEPS {
                let target =
                    example.get("$ref").and_then(|reference| self.files.resolve_if_any(reference, file));
                let Some(target) = target else { break };
                (example, file) = (self.files.node(&target), target.file);
            }
            if let Some(value) = example.map().get("value") {
                let only = mapping(&example.location, [("value".to_owned(), value.clone())]);
                found.insert(name.clone(), Entry { key: entry.key.clone(), node: only });
            }
        }
        Node { value: Value::Map(found), location: node.location.clone() }
    }

    /// Converts the mapping of a discriminator, whose values are references or names of schemas.
    fn mapping(&mut self, node: &Node, file: usize) -> Node {
        let map = node.map().iter().filter_map(|(value, target)| {
            let text = target.node.str().unwrap_or_default();
            let is_reference = text.contains(['#', '/'])
                || text.ends_with(".yaml")
                || text.ends_with(".yml")
                || text.ends_with(".json");
            let reference = match is_reference {
                true => text.to_owned(),
                false => format!("#/components/schemas/{}", json_pointer::escape(text)),
            };
            let location = &target.node.location;
            let Some(found) = self.files.resolve_if_any(&string(location, &reference), file) else {
                let message = format!("the mapping of `{value}` leads nowhere: there is no `{text}`");
                self.findings.push(Finding::warning(location, message).help("it is ignored"));
                return None;
            };
            let name = self.name(Kind::Schema, "schemas", found, location);
            let node = string(location, &format!("#/components/schemas/{name}"));
            Some((value.clone(), Entry { key: target.key.clone(), node }))
        });
        let map: Vec<_> = map.collect();
        mapping(&node.location, map)
    }
}

/// Returns the shape that the grammar requires of a key's value.
fn shape(kind: Kind, key: &str) -> Option<Shape> {
    let known = kind.keys().iter().find(|(known, _)| *known == key).map(|(_, shape)| *shape);
    known
        .or_else(|| MORE.iter().find(|(of, more, _)| *of == kind && *more == key).map(|(_, _, shape)| *shape))
}

#[cfg(test)]
mod tests;
