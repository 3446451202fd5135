//! The sentinel: it stands in for a crate's module while the crate's files are exchanged, so that a build in the middle fails with the reason.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A module that does not compile.
pub(super) const SENTINEL: &str = "compile_error!(\"an interrupted run of `cargo xtask codegen` has left this code half written; run the command again, which restores it\");\n";

/// Replaces a file at once: a reader sees what was there or all of the content.
///
/// # Errors
/// Returns an error if it cannot be written.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let new = beside(path);
    std::fs::write(&new, content).with_context(|| format!("cannot write {}", new.display()))?;
    std::fs::rename(&new, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Where a file is written before it takes its place.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Removes what a killed [`replace`] left beside a file.
pub(super) fn tidy(path: &Path) {
    let _ = std::fs::remove_file(beside(path));
}
