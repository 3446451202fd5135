//! Formats complete crates after they were renamed, which changes the line breaks and the order of imports.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::install::remove;
use super::process;
use super::skeleton::Files;
use crate::workspace::Workspace;

/// How long rustfmt may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Formats the sources of these crates.
///
/// # Errors
/// Returns an error if they cannot be staged, or rustfmt fails.
pub fn format(workspace: &Workspace, files: &Files, crates: &[String]) -> Result<Files> {
    let stage = workspace.scratch().join("whole");
    remove(&stage)?;
    for (path, text) in files {
        let target = stage.join(path);
        std::fs::create_dir_all(target.parent().unwrap_or(&stage))?;
        std::fs::write(&target, text).with_context(|| format!("cannot write {}", target.display()))?;
    }
    let mut command = Command::new("rustfmt");
    command.arg("--config-path").arg(workspace.root().join("rustfmt.toml")).args(["--edition", "2024"]);
    command.args(crates.iter().map(|name| stage.join(name).join("src/lib.rs")));
    let ended = process::run(&mut command, &workspace.scratch().join("rustfmt.txt"), PATIENCE)
        .context("rustfmt failed; `rustup component add rustfmt` installs it where it is missing")?;
    if !ended.status.success() {
        bail!("rustfmt refused the crates:\n{}", ended.log.trim());
    }
    let read = |path: &Path| {
        std::fs::read_to_string(stage.join(path)).with_context(|| format!("cannot read {}", path.display()))
    };
    let formatted = files.keys().map(|path| Ok((path.clone(), read(path)?))).collect();
    remove(&stage)?;
    formatted
}
