//! Puts what was generated into the tree, all of it or nothing.
//!
//! A journal names the step that was reached. A run that was killed in the middle is undone by the next one, before anything else.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::fingerprint::Fingerprint;
use super::{Generated, files_of};
use crate::workspace::Workspace;

/// Holds the lock of this checkout while it lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

/// Waits until no other run works on this checkout, then undoes what a killed run left half done.
///
/// # Errors
/// If the lock file cannot be made, or the tree cannot be restored.
pub fn lock(workspace: &Workspace) -> Result<Lock> {
    let folder = workspace.scratch();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("another run works on this checkout; waiting for it");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    undo(workspace)?;
    Ok(Lock(file))
}

fn backup(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("backup")
}

/// Replaces the generated folders and the fingerprint. Gives the number of files that are not as they were.
///
/// # Errors
/// If a file cannot be written; the tree is then as it was.
pub fn replace(workspace: &Workspace, crates: &[Generated], fingerprint: &Fingerprint) -> Result<usize> {
    let mut changed = 0;
    for generated in crates {
        let target = generated.target(workspace);
        let (old, new) = (files_of(&target)?, generated.files()?);
        changed += old.iter().filter(|name| !new.contains(name)).count();
        for name in &new {
            let same =
                std::fs::read(target.join(name)).ok() == Some(std::fs::read(generated.stage.join(name))?);
            changed += usize::from(!same);
        }
    }
    let path = Fingerprint::path(workspace);
    if changed == 0 && std::fs::read_to_string(&path).ok() == Some(fingerprint.to_text()) {
        return Ok(0);
    }
    let outcome = swap(workspace, crates, fingerprint);
    if outcome.is_err() {
        undo(workspace)?;
    }
    outcome.map(|()| changed)
}

/// Copies what is there into a backup, marks it complete, overwrites, and drops the backup.
fn swap(workspace: &Workspace, crates: &[Generated], fingerprint: &Fingerprint) -> Result<()> {
    let backup = backup(workspace);
    let making = backup.with_extension("making");
    remove(&making)?;
    for generated in crates {
        copy_folder(&generated.target(workspace), &making.join(&generated.name))?;
    }
    let path = Fingerprint::path(workspace);
    if path.exists() {
        std::fs::copy(&path, making.join("fingerprint.txt"))
            .with_context(|| format!("cannot back up {}", path.display()))?;
    }
    // From here on a killed run is undone.
    std::fs::rename(&making, &backup).with_context(|| format!("cannot create {}", backup.display()))?;
    for generated in crates {
        copy_folder(&generated.stage, &generated.target(workspace))?;
    }
    std::fs::write(&path, fingerprint.to_text())
        .with_context(|| format!("cannot write {}", path.display()))?;
    // From here on it stays: the rename is the moment at which all of it counts.
    std::fs::rename(&backup, &making)?;
    remove(&making)
}

/// Restores the backup, if there is a complete one.
fn undo(workspace: &Workspace) -> Result<()> {
    let backup = backup(workspace);
    if !backup.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(&backup)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &workspace.root().join("crates").join(name).join("src/generated"))?;
        } else {
            std::fs::copy(entry.path(), workspace.codegen().join(name))?;
        }
    }
    eprintln!("undid a run that had been interrupted");
    remove(&backup)
}

/// Makes one folder of files just like another, an absent one counting as empty.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let names = files_of(from)?;
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for stale in files_of(to)?.iter().filter(|name| !names.contains(name)) {
        std::fs::remove_file(to.join(stale))?;
    }
    for name in names {
        let (source, target) = (from.join(&name), to.join(&name));
        // A file that stays the same keeps its time, and cargo need not look at it again.
        let content = std::fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        if std::fs::read(&target).ok().as_ref() != Some(&content) {
            std::fs::write(&target, content).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
