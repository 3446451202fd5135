//! Hashes every input and every output of the generation for `codegen/fingerprint.txt`, so that outdated code is noticed without running Java.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Generated, file_list, files_of, read};
use crate::workspace::Workspace;

/// The hash of each file, by its path in the workspace.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<String, String>);

impl Fingerprint {
    /// Computes the fingerprint of the inputs in the workspace and of the new outputs.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read.
    pub fn of(workspace: &Workspace, crates: &[Generated]) -> Result<Self> {
        let mut hashes = inputs(workspace)?;
        for generated in crates {
            for (file, text) in &generated.files {
                hashes.insert(workspace.display(&generated.target(workspace).join(file)), hash(text));
            }
        }
        Ok(Self(hashes))
    }

    /// Computes the fingerprint of the inputs and the outputs in the workspace.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read.
    pub fn of_tree(workspace: &Workspace, crates: &[&str]) -> Result<Self> {
        let mut hashes = inputs(workspace)?;
        for name in crates {
            let folder = workspace.root().join("crates").join(name).join("src/generated");
            for file in files_of(&folder)? {
                let path = folder.join(file);
                hashes.insert(workspace.display(&path), hash_of(&path)?);
            }
        }
        Ok(Self(hashes))
    }

    /// Reads the committed fingerprint.
    ///
    /// # Errors
    /// Returns an error if it cannot be read.
    pub fn committed(workspace: &Workspace) -> Result<Self> {
        let path = Self::path(workspace);
        let text = read(&path)?;
        Ok(Self(
            text.lines()
                .filter_map(|line| line.split_once("  "))
                .map(|(hash, path)| (path.to_owned(), hash.to_owned()))
                .collect(),
        ))
    }

    /// Returns the path of the committed fingerprint.
    #[must_use]
    pub fn path(workspace: &Workspace) -> PathBuf {
        workspace.codegen().join("fingerprint.txt")
    }

    /// Returns the files whose hashes differ, or that only one of the two fingerprints has.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names.filter(|name| self.0.get(*name) != other.0.get(*name)).cloned().collect()
    }

    /// Formats the fingerprint like the output of `sha256sum`.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (path, hash)| {
            let _ = writeln!(text, "{hash}  {path}");
            text
        })
    }
}

/// Returns the hashes of the spec, the configuration, the templates and the settings of rustfmt.
fn inputs(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    let mut queue = vec![workspace.root().join("openapi"), workspace.codegen().join("templates")];
    let mut files = vec![workspace.codegen().join("config.yaml"), workspace.root().join("rustfmt.toml")];
    while let Some(folder) = queue.pop() {
        for name in files_of(&folder)? {
            let path = folder.join(name);
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => queue.push(path),
                Some("yaml" | "mustache") => files.push(path),
                _ => {}
            }
        }
    }
    for path in files {
        hashes.insert(workspace.display(&path).replace('\\', "/"), hash_of(&path)?);
    }
    Ok(hashes)
}

fn hash_of(path: &Path) -> Result<String> {
    Ok(hash(&read(path)?))
}

/// Returns the hash of a text. `\r\n` counts as `\n`, since git may convert line endings.
fn hash(text: &str) -> String {
    file_list::hash(text.replace("\r\n", "\n").as_bytes())
}
