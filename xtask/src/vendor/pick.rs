//! What is taken out of a document: operations, and every component that they reach.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Result, bail};
use serde_json::{Map, Value as Json, json};

use super::clean::Cleaner;
use super::file::Vendored;
use crate::spec::bundle::Document;
use crate::spec::naming;
use crate::spec::yaml::Node;

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
    notes: Vec<String>,
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
        let document = upstream.root.to_json();
        let mut picker = Picker {
            document: &document,
            ours,
            vendored,
            names: BTreeMap::new(),
            queue: VecDeque::new(),
            kept: BTreeSet::new(),
        };
        let mut cleaner = Cleaner::default();
        let mut paths = Map::new();
        for path in taken {
            let Some(item) = document["paths"].get(path) else {
                bail!(
                    "the document has no path {path} any more; remove its line from openapi/slack-rtm.yaml"
                );
            };
            let mut item = item.clone();
            cleaner.path(path, &mut item, &document, &|section, name| {
                ours.component(section, name)
                    .map(|entry| vendored.reference_to(&entry.key.file, section, name))
            });
            picker.references(&mut item, false);
            paths.insert(path.clone(), item);
        }
        let mut components = Map::new();
        let mut done = BTreeSet::new();
        while let Some((section, name, new_name)) = picker.queue.pop_front() {
            if !done.insert((section.clone(), name.clone())) {
                continue;
            }
            let Some(mut component) = document["components"][&section].get(&name).cloned() else {
                bail!("the document refers to `{name}` in its {section}, and has none");
            };
            cleaner.component(&section, &new_name, &mut component, &document);
            picker.references(&mut component, false);
            components
                .entry(section)
                .or_insert_with(|| json!({}))
                .as_object_mut()
                .map(|map| map.insert(new_name, component));
        }
        let mut notes: Vec<String> = picker.kept.into_iter().collect();
        notes.extend(taken.iter().map(|path| format!("taken: {path}")));
        notes.extend(components.iter().flat_map(|(section, map)| {
            map.as_object()
                .into_iter()
                .flat_map(Map::keys)
                .map(move |name| format!("taken: {name} ({section})"))
        }));
        notes.extend(cleaner.notes());
        Ok(Self { paths, components, notes })
    }

    /// What there is to say of it.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }
}

struct Picker<'a> {
    document: &'a Json,
    ours: &'a Document,
    vendored: &'a Vendored,
    /// Where the references to a component go.
    names: BTreeMap<(String, String), String>,
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
                            if let Some((section, name)) =
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

    fn target(&mut self, section: &str, name: &str) -> String {
        let key = (section.to_owned(), name.to_owned());
        if let Some(target) = self.names.get(&key) {
            return target.clone();
        }
        // What is only another name for something is that.
        let alias = self.document["components"][section][name].get("$ref").and_then(Json::as_str);
        let target = match alias.and_then(|text| text.strip_prefix("#/components/")?.split_once('/')) {
            Some((section, other)) if other != name => self.target(section, other),
            _ => {
                let new_name = naming::pascal(&naming::ascii(name));
                match self.ours.component(section, &new_name) {
                    Some(entry) if *entry.key.file != *self.vendored.name() => {
                        self.kept.insert(format!("kept: {new_name} stands in {} already", entry.key.file));
                        self.vendored.reference_to(&entry.key.file, section, &new_name)
                    }
                    _ => {
                        self.queue.push_back((section.to_owned(), name.to_owned(), new_name.clone()));
                        format!("#/components/{section}/{new_name}")
                    }
                }
            }
        };
        self.names.insert(key, target.clone());
        target
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
