//! The vendored file: its path, the record of its source, and whether it was edited.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::overlay::Overlay;
use super::pick::{Picked, relative};
use super::write;
use crate::finding::Findings;
use crate::spec::bundle::Document;
use crate::spec::yaml::{self, Node};
use crate::workspace::Workspace;

/// The folder of vendored files.
const FOLDER: &str = "openapi/vendor";
/// The line that has the hash of all the others.
const CONTENT: &str = "    content: ";

/// The file that a document's operations go into.
pub(super) struct Vendored {
    name: String,
    reference: String,
    old: String,
    node: Option<Node>,
}

impl Vendored {
    /// The one that is called after the document.
    ///
    /// # Errors
    /// Returns an error if the document's name is none for a file, or the vendored file cannot be read.
    pub(super) fn for_document(workspace: &Workspace, document: &Path) -> Result<Self> {
        let stem = document.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if stem.is_empty() || !stem.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            bail!("`{stem}` is no plain name for a file; rename the document");
        }
        let name = format!("{FOLDER}/{stem}.yaml");
        let path = workspace.root().join(&name);
        let old = match std::fs::read_to_string(&path) {
            Ok(text) => text.replace("\r\n", "\n"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let node = match old.as_str() {
            "" => None,
            text => Some(yaml::parse(&name, text).map_err(Findings::from)?),
        };
        Ok(Self { name, reference: format!("vendor/{stem}.yaml"), old, node })
    }

    /// Its path in the workspace.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its path from the root document.
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    /// Its text so far; empty where there is none.
    pub(super) fn old(&self) -> &str {
        &self.old
    }

    /// The paths that it has so far.
    pub(super) fn operations(&self) -> Vec<String> {
        let paths = self.node.as_ref().and_then(|node| node.get("paths"));
        paths.map(Node::map).into_iter().flat_map(|map| map.keys().cloned()).collect()
    }

    /// Whether it is other than it was written.
    pub(super) fn is_edited_by_hand(&self) -> bool {
        if self.old.is_empty() {
            return false;
        }
        let recorded = self.old.lines().find_map(|line| line.strip_prefix(CONTENT)).unwrap_or_default();
        hash(self.old.replacen(&format!("{CONTENT}{recorded}"), CONTENT, 1).as_bytes()) != recorded
    }

    /// A reference from it to a component of another file of the spec.
    pub(super) fn reference_to(&self, file: &str, section: &str, name: &str) -> String {
        format!("{}#/components/{section}/{name}", relative(FOLDER, file))
    }

    /// What it shall be, and what there is to say of it.
    pub(super) fn text(
        &self,
        picked: &Picked,
        document: &Path,
        upstream: &Document,
        bytes: &[u8],
        source: Option<&str>,
        overlay: Option<&Overlay>,
    ) -> (String, Vec<String>) {
        let info = |key: &str| upstream.root.at(&["info", key]).map(Node::to_json).unwrap_or_default();
        let of_file = document.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let before = self.node.as_ref().and_then(|node| node.at(&["info", "x-provenance", "source"])?.str());
        let mut tree = json!({
            "openapi": "3.0.3",
            "info": {
                "title": info("title"),
                "version": info("version"),
                "x-provenance": {
                    "source": source.or(before).unwrap_or(&of_file),
                    "version": info("version"),
                    "sha256": hash(bytes),
                    "overlay": overlay.map(|overlay| hash(overlay.text().as_bytes())),
                    "licence": upstream.root.at(&["info", "license", "name"]).map(Node::to_json),
                    "content": "CONTENT",
                },
            },
            "tags": picked.tags,
            "paths": picked.paths,
            "components": picked.components,
        });
        if let Some(provenance) = tree["info"]["x-provenance"].as_object_mut() {
            provenance.retain(|_, value| !value.is_null());
        }
        let notes = overlay.map(|overlay| overlay.apply(&mut tree)).unwrap_or_default();
        if let Some(map) = tree.as_object_mut() {
            map.retain(|key, value| match key.as_str() {
                "components" => value.as_object().is_some_and(|map| !map.is_empty()),
                "tags" => value.as_array().is_some_and(|tags| !tags.is_empty()),
                _ => true,
            });
        }
        let stem = self.name.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
        let text = format!(
            "# Written by `cargo xtask vendor`; not to be edited by hand. What shall be otherwise belongs into {stem}{}.\n{}",
            super::overlay::SUFFIX,
            write::document(&tree)
        );
        let blank = text.replacen(&format!("{CONTENT}CONTENT"), CONTENT, 1);
        let hash = hash(blank.as_bytes());
        (blank.replacen(CONTENT, &format!("{CONTENT}{hash}"), 1), notes)
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
