//! Manual changes to a vendored file: an [OpenAPI Overlay](https://spec.openapis.org/overlay/v1.0.0.html) beside it, which is applied whenever the document is
//! vendored.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value as Json};
use serde_json_path::{JsonPath, NormalizedPath};

use super::file::Vendored;
use crate::finding::{Finding, Findings};
use crate::spec::json_pointer;
use crate::spec::yaml::{self, Node};
use crate::workspace::Workspace;

/// The end of an overlay's name.
pub(crate) const SUFFIX: &str = ".overlay.yaml";

/// The keys of an overlay, and of each of its actions.
const KEYS: [&str; 4] = ["overlay", "info", "extends", "actions"];
const ACTION_KEYS: [&str; 4] = ["target", "description", "update", "remove"];

/// An overlay, read and checked.
pub(super) struct Overlay {
    name: String,
    text: String,
    actions: Vec<Action>,
}

struct Action {
    target: String,
    path: JsonPath,
    update: Option<Json>,
    removes: bool,
}

impl Overlay {
    /// The one beside a vendored file; `None` if there is none.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn beside(workspace: &Workspace, vendored: &Vendored) -> Result<Option<Self>> {
        let name = vendored.name().trim_end_matches(".yaml").to_owned() + SUFFIX;
        let path = workspace.root().join(&name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::parse(&name, text.replace("\r\n", "\n"))?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn parse(name: &str, text: String) -> Result<Self, Findings> {
        let root = yaml::parse(name, &text)?;
        let mut findings = Findings::default();
        keys(&root, &KEYS, "an overlay", &mut findings);
        let version = root.get("overlay");
        if !version.and_then(Node::str).is_some_and(|version| version.starts_with("1.")) {
            let location = version.map_or(&root.location, |version| &version.location);
            findings.push(
                Finding::new(location, "this is no overlay of version 1")
                    .help("begin it with `overlay: 1.0.0`"),
            );
        }
        let actions = root.get("actions").map_or(&[][..], Node::seq);
        if actions.is_empty() {
            findings.push(
                Finding::new(&root.location, "the overlay has no actions")
                    .help("write `actions: [{ target: \"$.paths...\", update: { ... } }]`"),
            );
        }
        let actions: Vec<Action> = actions.iter().filter_map(|node| action(node, &mut findings)).collect();
        findings.into_result()?;
        Ok(Self { name: name.to_owned(), text, actions })
    }

    /// Its path in the workspace.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Changes the document. Gives what to tell of it: an action that finds nothing is none, as the standard has it, but seldom meant.
    pub(super) fn apply(&self, document: &mut Json) -> Vec<String> {
        let mut notes = Vec::new();
        for action in &self.actions {
            let found = action.path.query_located(document);
            let mut pointers: Vec<String> = found.locations().map(NormalizedPath::to_json_pointer).collect();
            if pointers.is_empty() {
                notes.push(format!(
                    "warning: {}: `{}` is nowhere in what is vendored",
                    self.name, action.target
                ));
            }
            // From the end, so that the places of what is still to be removed stay.
            pointers.reverse();
            for pointer in &pointers {
                if action.removes {
                    remove(document, pointer);
                } else if let (Some(update), Some(target)) = (&action.update, document.pointer_mut(pointer)) {
                    merge(target, update);
                }
            }
        }
        prune(document);
        notes
    }
}

fn action(node: &Node, findings: &mut Findings) -> Option<Action> {
    keys(node, &ACTION_KEYS, "an action", findings);
    let Some(target) = node.get("target").and_then(|target| Some((target.str()?, &target.location))) else {
        findings.push(
            Finding::new(&node.location, "the action has no target")
                .help("a target is a JSONPath: `$.components.schemas.Desk`"),
        );
        return None;
    };
    let update = node.get("update").map(Node::to_json);
    let removes = node.get("remove").map(Node::to_json) == Some(Json::Bool(true));
    if update.is_none() && !removes {
        findings.push(
            Finding::new(&node.location, "the action does nothing")
                .help("give it an `update`, or `remove: true`"),
        );
    }
    match JsonPath::parse(target.0) {
        Ok(path) => Some(Action { target: target.0.to_owned(), path, update, removes }),
        Err(error) => {
            findings.push(
                Finding::new(target.1, format!("`{}` is no JSONPath: {error}", target.0))
                    .help("as in RFC 9535: `$.paths['/desks.list'].get.parameters[?@.name == 'limit']`"),
            );
            None
        }
    }
}

fn keys(node: &Node, known: &[&str], what: &str, findings: &mut Findings) {
    for (key, entry) in node.map() {
        if !known.contains(&key.as_str()) && !key.starts_with("x-") {
            findings.push(Finding::new(&entry.key, format!("{what} has no key `{key}`")).did_you_mean(
                crate::spec::naming::nearest(key, known.iter().copied()),
                format!("the keys are {}", known.join(", ")),
            ));
        }
    }
}

/// As the standard merges: objects by their keys, lists by appending, all else by taking its place.
fn merge(target: &mut Json, update: &Json) {
    match (target, update) {
        (Json::Object(target), Json::Object(update)) => {
            for (key, value) in update {
                match target.get_mut(key) {
                    Some(known) => merge_member(known, value),
                    None => drop(target.insert(key.clone(), value.clone())),
                }
            }
        }
        (Json::Array(target), update) => target.push(update.clone()),
        (target, update) => *target = update.clone(),
    }
}

fn merge_member(target: &mut Json, update: &Json) {
    match (&mut *target, update) {
        (Json::Array(target), Json::Array(update)) => target.extend(update.iter().cloned()),
        (Json::Object(_), Json::Object(_)) => merge(target, update),
        _ => *target = update.clone(),
    }
}

fn remove(document: &mut Json, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Json::Object(map)) => drop(map.shift_remove(&json_pointer::unescape(key))),
        Some(Json::Array(items)) => {
            if let Some(at) = key.parse().ok().filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}

/// Takes away the components that nothing leads to any more.
fn prune(document: &mut Json) {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut queue: Vec<&Json> = document.get("paths").into_iter().collect();
    while let Some(json) = queue.pop() {
        if let Some(pointer) =
            json.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix('#'))
            && reached.insert(pointer.to_owned())
        {
            queue.extend(document.pointer(pointer));
        }
        match json {
            Json::Array(items) => queue.extend(items),
            Json::Object(map) => queue.extend(map.values()),
            _ => {}
        }
    }
    let Some(sections) = document.get_mut("components").and_then(Json::as_object_mut) else { return };
    for (section, components) in sections.iter_mut() {
        if let Some(components) = components.as_object_mut() {
            components.retain(|name, _| reached.contains(&format!("/components/{section}/{name}")));
        }
    }
    sections
        .retain(|_, components| components.as_object().is_none_or(|map: &Map<String, Json>| !map.is_empty()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlaid(actions: &str) -> (Json, Vec<String>) {
        let mut document = json!({
            "paths": { "/a.b": { "get": { "description": "old", "tags": ["a"], "parameters": [{ "name": "x" }, { "name": "y" }, { "name": "z" }],
                "responses": { "200": { "$ref": "#/components/schemas/A" } } } } },
            "components": { "schemas": { "A": { "type": "object", "x": { "$ref": "#/components/schemas/B" } }, "B": { "type": "string" } } },
        });
        let overlay =
            Overlay::parse("x.overlay.yaml", format!("overlay: 1.0.0\nactions:\n{actions}")).unwrap();
        let notes = overlay.apply(&mut document);
        (document, notes)
    }

    #[test]
    fn updates_merge_and_removals_remove() {
        let (document, notes) = overlaid(
            "  - { target: \"$.paths['/a.b'].get\", update: { description: new, tags: [b], deprecated: true } }\n  - { target: \"$.paths['/a.b'].get.parameters[?@.name != 'y']\", remove: true }\n  - { target: \"$.paths['/a.b'].get.parameters\", update: { name: w } }\n",
        );
        let operation = &document["paths"]["/a.b"]["get"];
        assert_eq!(operation["description"], "new");
        assert_eq!(operation["tags"], json!(["a", "b"]));
        assert_eq!(operation["deprecated"], true);
        assert_eq!(operation["parameters"], json!([{ "name": "y" }, { "name": "w" }]));
        assert_eq!((notes.len(), document["components"]["schemas"].as_object().unwrap().len()), (0, 2));
    }

    #[test]
    fn what_nothing_leads_to_goes() {
        let (document, _) = overlaid("  - { target: $.components.schemas.A.x, remove: true }\n");
        assert_eq!(document["components"], json!({ "schemas": { "A": { "type": "object" } } }));
    }

    #[test]
    fn a_target_that_is_nowhere_is_told() {
        let (_, notes) = overlaid("  - { target: $.components.schemas.C, remove: true }\n");
        assert_eq!(
            notes,
            ["warning: x.overlay.yaml: `$.components.schemas.C` is nowhere in what is vendored"]
        );
    }

    #[test]
    fn what_is_wrong_is_told_all_at_once() {
        for (text, messages) in [
            ("overlay: 2.0.0\nactions: [{ target: $, update: {} }]\n", &["no overlay of version 1"][..]),
            ("overlay: 1.0.0\n", &["has no actions"]),
            (
                "overlay: 1.0.0\nactoins: []\nactions: [{ target: 'paths[', update: {} }, { target: $ }, { update: {} }, { target: $, delete: true }]\n",
                &["no key `actoins`", "is no JSONPath", "does nothing", "has no target", "no key `delete`"],
            ),
        ] {
            let told = Overlay::parse("x.overlay.yaml", text.to_owned()).err().unwrap().to_string();
            for message in messages {
                assert!(told.contains(message), "no {message:?} in\n{told}");
            }
        }
    }
}
