//! Copies operations from a document, with every component that they reach.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Result, bail};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::adapt::Adapter;
use super::file::Vendored;
use super::own_schemas::{self, OwnSchemas};
use super::prepare;
use crate::spec::bundle::Document;
use crate::spec::yaml::Node;
use crate::spec::{naming, reserved};

/// The paths that go by these names.
///
/// # Errors
/// Names that the document does not have.
pub(super) fn resolve(upstream: &Document, names: &[String]) -> Result<Vec<String>> {
    let paths = upstream.root.get("paths").map(Node::map);
    let mut known: BTreeMap<String, &String> = BTreeMap::new();
    for (path, item) in paths.into_iter().flatten() {
        known.insert(path.trim_start_matches('/').to_owned(), path);
        for operation in item.node.map().values() {
            if let Some(id) = operation.node.get("operationId").and_then(Node::str) {
                known.entry(id.to_owned()).or_insert(path);
            }
        }
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        let plain = name.trim_start_matches('/');
        if let Some(family) =
            plain.strip_suffix('*').filter(|family| known.keys().any(|name| name.starts_with(*family)))
        {
            let of_family = |path: &&String| path.trim_start_matches('/').starts_with(family);
            found.extend(paths.into_iter().flat_map(IndexMap::keys).filter(of_family).cloned());
            continue;
        }
        match known.get(plain) {
            Some(path) => found.push((*path).clone()),
            None => missing.push(match naming::nearest(plain, known.keys().map(String::as_str)) {
                Some(near) => format!("the document has no operation `{name}`; did you mean `{near}`?"),
                None => format!("the document has no operation `{name}`"),
            }),
        }
    }
    if !missing.is_empty() {
        bail!("{}", missing.join("\nerror: "));
    }
    Ok(found)
}

/// What was taken, in the form that our own spec has.
pub(super) struct Picked {
    pub(super) paths: Map<String, Json>,
    /// Components by section.
    pub(super) components: Map<String, Json>,
    /// The tags of the operations that our own spec does not declare.
    pub(super) tags: Vec<Json>,
    pub(super) notes: Vec<String>,
}

impl Picked {
    /// Takes whole paths.
    ///
    /// # Errors
    /// A path that the document no longer has.
    pub(super) fn pick(
        upstream: &Document,
        ours: &Document,
        taken: &[String],
        vendored: &Vendored,
    ) -> Result<Self> {
        let mut document = upstream.root.to_json();
        if let Some(path) = taken.iter().find(|path| document["paths"].get(path.as_str()).is_none()) {
            bail!("the document has no path {path} any more; remove its line from openapi/slack-rtm.yaml");
        }
        let declared = declared_tags(ours, vendored);
        let ours = OwnSchemas::new(ours, vendored);
        let mut notes = prepare::document(&mut document, taken, &ours);
        let document = document;
        let mut picker = Picker {
            document: &document,
            ours: &ours,
            names: BTreeMap::new(),
            given: BTreeSet::new(),
            queue: VecDeque::new(),
            kept: BTreeSet::new(),
        };
        let mut adapter = Adapter::default();
        let mut paths = Map::new();
        for path in taken {
            let mut item = document["paths"][path].clone();
            adapter.path(path, &mut item, &document, &ours);
            picker.references(&mut item, false);
            paths.insert(path.clone(), item);
        }
        let mut components = Map::new();
        while let Some((section, name, new_name)) = picker.queue.pop_front() {
            let Some(mut component) = document["components"][&section].get(&name).cloned() else {
                bail!("the document refers to `{name}` in its {section}, and has none");
            };
            adapter.component(&section, &new_name, &mut component, &document);
            picker.references(&mut component, false);
            components
                .entry(section)
                .or_insert_with(|| json!({}))
                .as_object_mut()
                .map(|map| map.insert(new_name, component));
        }
        let tags = new_tags(&paths, &declared, &document);
        notes.extend(picker.kept);
        notes.extend(taken.iter().map(|path| format!("taken: {path}")));
        notes.extend(components.iter().flat_map(|(section, map)| {
            map.as_object()
                .into_iter()
                .flat_map(Map::keys)
                .map(move |name| format!("taken: {name} ({section})"))
        }));
        notes.extend(adapter.notes());
        Ok(Self { paths, components, tags, notes })
    }
}

/// The tags that our own files declare.
fn declared_tags(ours: &Document, vendored: &Vendored) -> BTreeSet<String> {
    let files = std::iter::once(&ours.root).chain(&ours.others);
    let tags = files.flat_map(|file| file.get("tags").map_or(&[][..], Node::seq));
    let tags = tags.filter(|tag| *tag.location.file != *vendored.name());
    tags.filter_map(|tag| Some(tag.get("name")?.str()?.to_owned())).collect()
}

/// The tags that only what is taken has, with what the document says of them.
fn new_tags(paths: &Map<String, Json>, declared: &BTreeSet<String>, document: &Json) -> Vec<Json> {
    let operations = paths.values().filter_map(Json::as_object).flat_map(Map::values);
    let used: BTreeSet<&str> = operations.filter_map(|operation| operation["tags"][0].as_str()).collect();
    let about = |name: &str| {
        let known = document.get("tags").and_then(Json::as_array).into_iter().flatten();
        let mut known = known
            .filter(|tag| tag["name"].as_str().is_some_and(|tag| naming::snake(&naming::ascii(tag)) == name));
        let about = known.find_map(|tag| tag.get("description")?.as_str().map(str::to_owned));
        about.unwrap_or_else(|| {
            format!("Operations of {}.", document["info"]["title"].as_str().unwrap_or("the document"))
        })
    };
    let new = used.into_iter().filter(|name| !declared.contains(*name));
    new.map(|name| json!({ "name": name, "description": about(name) })).collect()
}

struct Picker<'a> {
    document: &'a Json,
    ours: &'a OwnSchemas<'a>,
    /// Where the references to a component go.
    names: BTreeMap<(String, String), String>,
    /// The names that components were given.
    given: BTreeSet<(String, String)>,
    queue: VecDeque<(String, String, String)>,
    kept: BTreeSet<String>,
}

impl Picker<'_> {
    /// Makes every reference lead to what our spec has, or to what is taken with it.
    fn references(&mut self, json: &mut Json, keys_are_names: bool) {
        match json {
            Json::Array(items) => items.iter_mut().for_each(|item| self.references(item, false)),
            Json::Object(map) => {
                for (key, value) in map {
                    match value {
                        Json::String(text) if key == "$ref" && !keys_are_names => {
                            if let Some(name) = text.strip_prefix(own_schemas::PREFIX) {
                                *text = self.of_ours(name);
                            } else if let Some((section, name)) =
                                text.strip_prefix("#/components/").and_then(|path| path.split_once('/'))
                            {
                                *text = self.target(section, name);
                            }
                        }
                        value => self.references(value, key == "properties" && !keys_are_names),
                    }
                }
            }
            _ => {}
        }
    }

    fn of_ours(&mut self, name: &str) -> String {
        self.kept.insert(format!("kept: {name} is already in {}", self.ours.file_of(name)));
        self.ours.reference("schemas", name).unwrap_or_default()
    }

    fn target(&mut self, section: &str, name: &str) -> String {
        let key = (section.to_owned(), name.to_owned());
        if let Some(target) = self.names.get(&key) {
            return target.clone();
        }
        // What is only another name for something is that.
        let alias = self.document["components"][section][name].get("$ref").and_then(Json::as_str);
        let ours = alias.and_then(|text| text.strip_prefix(own_schemas::PREFIX));
        let other = alias.and_then(|text| text.strip_prefix("#/components/")?.split_once('/'));
        let target = match (ours, other) {
            (Some(ours), _) => self.of_ours(ours),
            (None, Some((section, other))) if other != name => self.target(section, other),
            _ => {
                let new_name = self.name(section, name);
                self.queue.push_back((section.to_owned(), name.to_owned(), new_name.clone()));
                format!("#/components/{section}/{new_name}")
            }
        };
        self.names.insert(key, target.clone());
        target
    }

    /// What a component of theirs is called: as plainly as it can be without having a name of ours.
    fn name(&mut self, section: &str, name: &str) -> String {
        let pascal = |name: &str| naming::pascal(&naming::ascii(name));
        let plain = own_schemas::plain(name);
        let numbered = (2..).map(|n| format!("{}{n}", pascal(name)));
        let mut names = [pascal(plain), pascal(name)].into_iter().chain(numbered);
        let is_free = |name: &String| {
            let is_rust = reserved::TYPES.contains(&name.as_str())
                || reserved::MODULES.contains(&name.as_str())
                || naming::is_keyword(&naming::snake(name).replace("r#", ""));
            !is_rust
                && !self.ours.is_taken(name)
                && !self.ours.has(section, name)
                && !self.given.contains(&(section.to_owned(), name.clone()))
        };
        let free = names.find(is_free).unwrap_or_else(|| pascal(name));
        self.given.insert((section.to_owned(), free.clone()));
        free
    }
}

/// A path from one folder of the workspace to a file of it.
pub(super) fn relative(from_folder: &str, file: &str) -> String {
    let from: Vec<_> = Path::new(from_folder).components().collect();
    let to: Vec<_> = Path::new(file).components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_between_files() {
        assert_eq!(relative("openapi/vendor", "openapi/slack-rtm.yaml"), "../slack-rtm.yaml");
        assert_eq!(relative("openapi/vendor", "openapi/events/people.yaml"), "../events/people.yaml");
        assert_eq!(relative("openapi", "openapi/vendor/x.yaml"), "vendor/x.yaml");
    }
}
