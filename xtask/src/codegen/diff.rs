//! The diff that `--check` prints.

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
        let (old, new) = (files_of(&target)?, generated.files()?);
        let mut names: Vec<&String> = old.iter().chain(&new).collect();
        names.sort();
        names.dedup();
        for name in names {
            let read = |folder: &std::path::Path, present: bool| match present {
                true => std::fs::read_to_string(folder.join(name)),
                false => Ok(String::new()),
            };
            let (is, should) =
                (read(&target, old.contains(name))?, read(&generated.stage, new.contains(name))?);
            out.push_str(&unified(&workspace.display(&target.join(name)), &is, &should));
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
