//! The root document as text: its paths, and the lines to add.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::finding::Finding;
use crate::spec::json_pointer;
use crate::spec::yaml::{self, Node};
use crate::workspace::Workspace;

/// The root document.
pub(super) struct Root {
    name: String,
    text: String,
    node: Node,
}

impl Root {
    pub(super) fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.spec();
        let name = workspace.display(&path).replace('\\', "/");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let node = yaml::parse(&name, &text).map_err(crate::finding::Findings::from)?;
        Ok(Self { name, text, node })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it refers to a path of the vendored file.
    pub(super) fn refers_to(&self, path: &str, vendored: &str) -> bool {
        self.node.at(&["paths", path]).is_some() && !self.stands_for_itself(path, vendored)
    }

    /// Whether it has a path other than by referring to the vendored file.
    pub(super) fn stands_for_itself(&self, path: &str, vendored: &str) -> bool {
        let target = self.node.at(&["paths", path]);
        target.is_some_and(|item| {
            item.get("$ref").and_then(Node::str).is_none_or(|text| text != reference(vendored, path))
        })
    }

    /// Its text with a line for each path that it does not have yet.
    pub(super) fn with_paths(&self, paths: &[String], vendored: &str) -> Result<String> {
        let missing: Vec<&String> =
            paths.iter().filter(|path| self.node.at(&["paths", path]).is_none()).collect();
        if missing.is_empty() {
            return Ok(self.text.clone());
        }
        let entry = self.node.map().get("paths").map(|entry| &entry.node);
        let Some(block) = entry.filter(|node| !node.map().is_empty()) else {
            let location = entry.map_or(&self.node.location, |node| &node.location);
            return Err(crate::finding::Findings::from(
                Finding::new(location, "there are no paths to add to")
                    .help("write them as a block, one path a line"),
            )
            .into());
        };
        // They go below what the last path holds: before the next key of the root, or the comment above it.
        let next =
            self.node.map().values().map(|entry| entry.key.line).find(|line| *line > block.location.line);
        let mut lines: Vec<&str> = self.text.lines().collect();
        let mut at = next.map_or(lines.len(), |line| line - 1);
        while at > 0 && (lines[at - 1].trim().is_empty() || lines[at - 1].starts_with('#')) {
            at -= 1;
        }
        let indent = " ".repeat(block.location.column.saturating_sub(1));
        let added: Vec<String> = missing
            .iter()
            .map(|path| format!("{indent}{path}: {{ $ref: \"{}\" }}", reference(vendored, path)))
            .collect();
        lines.splice(at..at, added.iter().map(String::as_str));
        let mut out = String::new();
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        Ok(out)
    }
}

/// A reference from the root document to a path of another file.
fn reference(vendored: &str, path: &str) -> String {
    format!("{vendored}#/paths/{}", json_pointer::escape(path))
}
