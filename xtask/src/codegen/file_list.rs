//! The list of the files that an export wrote, with their hashes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::skeleton::Files;

/// Returns the list of files in the form of `sha256sum`.
pub(super) fn list_of(files: &Files) -> String {
    files.iter().fold(String::new(), |mut list, (path, text)| {
        let path = path.to_string_lossy().replace('\\', "/");
        let _ = writeln!(list, "{}  {path}", hash(text.as_bytes()));
        list
    })
}

/// Parses a list. Ignores paths that lead out of the folder.
pub(super) fn parse(list: &str) -> BTreeMap<PathBuf, String> {
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    // The list may have been edited, and files outside of the folder must not be touched.
    let is_inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    lines
        .map(|(hash, path)| (PathBuf::from(path), hash.to_owned()))
        .filter(|(path, _)| is_inside(path))
        .collect()
}

/// Returns the SHA-256 in hexadecimal.
pub(super) fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_nothing_outside() {
        assert!(parse("00  ../x\n00  /etc/passwd\n").is_empty());
    }
}
