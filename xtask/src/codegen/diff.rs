//! The diff that `--check` prints.

use std::collections::BTreeSet;

use anyhow::Result;
use similar::TextDiff;

use super::fingerprint::Fingerprint;
use super::{Generated, files_of};
use crate::workspace::Workspace;

/// Returns a unified diff from the workspace to the generated code; empty if they are the same.
///
/// # Errors
/// Returns an error if a file cannot be read.
pub fn against(workspace: &Workspace, crates: &[Generated], fingerprint: &Fingerprint) -> Result<String> {
    let mut out = String::new();
    for generated in crates {
        let target = generated.target(workspace);
        let old = files_of(&target)?;
        let names: BTreeSet<&String> = old.iter().chain(generated.files.keys()).collect();
        for name in names {
            let path = target.join(name);
            let is = if old.contains(name) { std::fs::read_to_string(&path)? } else { String::new() };
            let should = generated.files.get(name).map_or("", String::as_str);
            out.push_str(&unified(&workspace.display(&path), &is, should));
        }
    }
    let path = Fingerprint::path(workspace);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    out.push_str(&unified(&workspace.display(&path), &committed, &fingerprint.to_text()));
    Ok(out)
}

fn unified(name: &str, is: &str, should: &str) -> String {
    if is == should {
        return String::new();
    }
    TextDiff::from_lines(is, should)
        .unified_diff()
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}
