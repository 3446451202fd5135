//! The sentinel, which replaces a crate's module while the crate's files are exchanged, so that a build in the meantime fails and shows the reason.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A module that does not compile.
pub(super) const SENTINEL: &str = "compile_error!(\"an interrupted run of `cargo xtask codegen` has left this code half written; run the command again, which restores it\");\n";

/// Replaces a file atomically: a reader sees either the old content or all of the new one.
///
/// # Errors
/// Returns an error if it cannot be written.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let new = beside(path);
    std::fs::write(&new, content).with_context(|| format!("cannot write {}", new.display()))?;
    std::fs::rename(&new, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Returns the path of the temporary file that replaces a file.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Removes the temporary file that a killed [`replace`] left behind.
pub(super) fn tidy(path: &Path) {
    let _ = std::fs::remove_file(beside(path));
}
