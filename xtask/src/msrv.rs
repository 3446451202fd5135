//! Checks the workspace's `rust-version`: no dependency that users build may need a later one.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use crate::workspace::Workspace;

/// Compares it with that of every package in the lock file. (Clippy's `incompatible_msrv` does the same for the standard library.)
///
/// # Errors
/// Returns the packages that need a later release.
pub fn check(workspace: &Workspace) -> Result<()> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(workspace.root())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Json = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let ours = packages
        .iter()
        .find(|package| package["name"] == "xtask")
        .and_then(version)
        .context("xtask has no rust-version")?;
    let newer: Vec<String> = packages
        .iter()
        .filter(|package| version(package).is_some_and(|needed| needed > ours))
        .map(|package| {
            format!("{} {} needs {}", package["name"], package["version"], package["rust_version"])
        })
        .collect();
    if !newer.is_empty() {
        bail!("the workspace's rust-version is not true:\n{}", newer.join("\n"));
    }
    eprintln!("rust-version 1.{} holds for {} packages", ours.1, packages.len());
    Ok(())
}

fn version(package: &Json) -> Option<(u32, u32, u32)> {
    let mut parts = package["rust_version"].as_str()?.split('.').map(|part| part.parse().unwrap_or(0));
    Some((parts.next()?, parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
}
