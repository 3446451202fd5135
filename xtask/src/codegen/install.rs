//! Installs the generated code in the workspace, all of it or nothing.
//!
//! A complete backup serves as the journal: while it exists, a run is incomplete, and the next run undoes it first. While files are exchanged, the module of
//! the first crate is a sentinel that does not compile. Its new `mod.rs` is written last, so that a build sees only old code, only new code, or the sentinel.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::fingerprint::Fingerprint;
use super::sentinel::{self, SENTINEL};
use super::{Generated, files_of};
use crate::workspace::Workspace;

fn backup(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("backup")
}

/// Replaces the generated folders and the fingerprint, and returns the number of files that have changed.
///
/// # Errors
/// Returns an error if a file cannot be written. The workspace is not changed then.
pub fn replace(workspace: &Workspace, crates: &[Generated], fingerprint: &Fingerprint) -> Result<usize> {
    let mut changed = Vec::new();
    let mut count = 0;
    for generated in crates {
        let files = differences(generated, &generated.target(workspace))?;
        count += files;
        if files > 0 {
            changed.push(generated);
        }
    }
    let path = Fingerprint::path(workspace);
    if count == 0 && std::fs::read_to_string(&path).ok() == Some(fingerprint.to_text()) {
        return Ok(0);
    }
    let outcome = swap(workspace, &changed, fingerprint, |_| Ok(()));
    if outcome.is_err() {
        undo(workspace)?;
    }
    outcome.map(|()| count)
}

/// Returns the number of files that differ from those in a folder.
fn differences(generated: &Generated, target: &Path) -> Result<usize> {
    let stale = files_of(target)?.into_iter().filter(|name| !generated.files.contains_key(name));
    let is_new = |(name, text): &(&String, &String)| {
        std::fs::read(target.join(name)).ok().as_deref() != Some(text.as_bytes())
    };
    Ok(stale.count() + generated.files.iter().filter(is_new).count())
}

/// A completed step. The process may be killed after any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    BackedUp,
    /// From here on, the next run undoes a killed run.
    Begun,
    /// From here on, a build fails.
    Guarded,
    /// A file was replaced, or a stale one removed.
    Moved,
    Recorded,
    /// From here on, a build uses the new code.
    Completed,
    /// From here on, the new code is kept.
    Ended,
}

/// The root module of the generated code.
const MODULE: &str = "mod.rs";

/// Backs up the old code, replaces it, and removes the backup. Calls `done` after each step, and stops if it fails.
fn swap(
    workspace: &Workspace,
    crates: &[&Generated],
    fingerprint: &Fingerprint,
    mut done: impl FnMut(Step) -> Result<()>,
) -> Result<()> {
    let backup = backup(workspace);
    let making = backup.with_extension("making");
    remove(&making)?;
    std::fs::create_dir_all(&making).with_context(|| format!("cannot create {}", making.display()))?;
    for generated in crates {
        copy_folder(&generated.target(workspace), &making.join(&generated.name))?;
    }
    let path = Fingerprint::path(workspace);
    if path.exists() {
        std::fs::copy(&path, making.join("fingerprint.txt"))
            .with_context(|| format!("cannot back up {}", path.display()))?;
    }
    done(Step::BackedUp)?;
    std::fs::rename(&making, &backup).with_context(|| format!("cannot create {}", backup.display()))?;
    done(Step::Begun)?;
    // The other crates use the first one, so that none of them compiles while it is a sentinel.
    let guarded = crates.first().map(|first| (first.files.get(MODULE), first.target(workspace).join(MODULE)));
    if let Some((_, module)) = &guarded {
        create_folder_of(module)?;
        sentinel::replace(module, SENTINEL.as_bytes())?;
        done(Step::Guarded)?;
    }
    for generated in crates {
        let target = generated.target(workspace);
        let is_guarded =
            |name: &str| guarded.as_ref().is_some_and(|(_, module)| *module == target.join(name));
        for stale in files_of(&target)?.iter().filter(|name| !generated.files.contains_key(*name)) {
            std::fs::remove_file(target.join(stale))
                .with_context(|| format!("cannot remove {}", target.join(stale).display()))?;
            done(Step::Moved)?;
        }
        for (name, text) in generated.files.iter().filter(|(name, _)| !is_guarded(name)) {
            if put(text.as_bytes(), &target.join(name))? {
                done(Step::Moved)?;
            }
        }
    }
    sentinel::replace(&path, fingerprint.to_text().as_bytes())?;
    done(Step::Recorded)?;
    if let Some((new, module)) = &guarded {
        let content = new.with_context(|| format!("there is no new {}", module.display()))?;
        sentinel::replace(module, content.as_bytes())?;
        done(Step::Completed)?;
    }
    // The rename completes the run: from here on, it is not undone.
    std::fs::rename(&backup, &making).with_context(|| format!("cannot end {}", backup.display()))?;
    done(Step::Ended)?;
    remove(&making)
}

/// Restores the backup, if there is a complete one.
pub(super) fn undo(workspace: &Workspace) -> Result<()> {
    let backup = backup(workspace);
    if !backup.exists() {
        return Ok(());
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(&backup)? {
        let entry = entry?;
        if entry.path().is_dir() {
            let target = workspace.root().join("crates").join(entry.file_name()).join("src/generated");
            folders.push((entry.path(), target));
        }
    }
    // Builds fail until everything is restored.
    for (_, target) in &folders {
        create_folder_of(&target.join(MODULE))?;
        sentinel::replace(&target.join(MODULE), SENTINEL.as_bytes())?;
    }
    for (saved, target) in &folders {
        copy_files(saved, target, |name| name != MODULE)?;
    }
    for (saved, target) in &folders {
        match std::fs::read(saved.join(MODULE)) {
            Ok(content) => sentinel::replace(&target.join(MODULE), &content)?,
            Err(_) => remove(target)?,
        }
    }
    let (saved, path) = (backup.join("fingerprint.txt"), Fingerprint::path(workspace));
    sentinel::tidy(&path);
    if saved.exists() {
        std::fs::copy(&saved, &path).with_context(|| format!("cannot restore {}", path.display()))?;
    } else if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    eprintln!("undid a run that had been interrupted");
    remove(&backup)
}

/// Makes the files of a folder equal to those of another one, which counts as empty if it is absent.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    copy_files(from, to, |_| true)
}

/// Makes the files of a folder whose names pass equal to those of another one, and removes those that the other one lacks.
fn copy_files(from: &Path, to: &Path, passes: impl Fn(&str) -> bool) -> Result<()> {
    let names = files_of(from)?;
    for stale in files_of(to)?.iter().filter(|name| passes(name) && !names.contains(name)) {
        std::fs::remove_file(to.join(stale))?;
    }
    for name in names.iter().filter(|name| passes(name)) {
        let source = from.join(name);
        let content = std::fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        put(&content, &to.join(name))?;
    }
    Ok(())
}

/// Writes a file, and returns whether it changed. An unchanged file keeps its modification time, so that cargo does not compile it again.
fn put(content: &[u8], target: &Path) -> Result<bool> {
    if std::fs::read(target).ok().as_deref() == Some(content) {
        return Ok(false);
    }
    create_folder_of(target)?;
    std::fs::write(target, content).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(true)
}

pub(super) fn create_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// Removes a folder, if it exists.
pub(super) fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::bail;

    use super::*;
    use crate::codegen::lock;

    const CRATES: [&str; 2] = ["slack-rtm-models", "slack-rtm-apis"];

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Creates a workspace whose crates differ from the code that is generated for them.
    fn workspace(folder: &Path) -> (Workspace, Vec<Generated>, Fingerprint) {
        let workspace = Workspace::at(folder.to_owned());
        write(&workspace.spec(), "spec");
        write(&workspace.codegen().join("config.yaml"), "config");
        write(&workspace.codegen().join("fingerprint.txt"), "old");
        write(&folder.join("rustfmt.toml"), "");
        let mut crates = Vec::new();
        for name in CRATES {
            let files = ["mod.rs", "come.rs"].map(|file| (file.to_owned(), "new".to_owned()));
            let generated = Generated { name: name.to_owned(), files: files.into() };
            for file in ["mod.rs", "gone.rs"] {
                write(&generated.target(&workspace).join(file), "old");
            }
            crates.push(generated);
        }
        let fingerprint = Fingerprint::of(&workspace, &crates).unwrap();
        (workspace, crates, fingerprint)
    }

    fn contents(workspace: &Workspace) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for name in CRATES {
            let folder = workspace.root().join("crates").join(name).join("src/generated");
            for file in files_of(&folder).unwrap() {
                out.push((file.clone(), std::fs::read_to_string(folder.join(file)).unwrap()));
            }
        }
        out.push(("fingerprint".to_owned(), std::fs::read_to_string(Fingerprint::path(workspace)).unwrap()));
        out
    }

    #[test]
    fn a_kill_after_any_step_leaves_all_that_was_or_all_that_is_new() {
        let whole = {
            let folder = tempfile::tempdir().unwrap();
            let (workspace, crates, fingerprint) = workspace(folder.path());
            assert_eq!(replace(&workspace, &crates, &fingerprint).unwrap(), 6);
            contents(&workspace)
        };
        // In each crate, a file is added and one is removed, and the module of the second crate changes.
        let steps = 3 + 2 * CRATES.len() + 1 + 3;
        for killed_after in 1..=steps {
            let folder = tempfile::tempdir().unwrap();
            let (workspace, crates, fingerprint) = workspace(folder.path());
            let before = contents(&workspace);
            let mut last = None;
            let mut count = 0;
            let crates: Vec<&Generated> = crates.iter().collect();
            let outcome = swap(&workspace, &crates, &fingerprint, |step| {
                last = Some(step);
                count += 1;
                if count == killed_after { bail!("killed") } else { Ok(()) }
            });
            assert!(outcome.is_err(), "there are fewer steps than {steps}");
            // The state that a build sees before the next run.
            let is_refused = CRATES.iter().any(|name| {
                let folder = workspace.root().join("crates").join(name).join("src/generated");
                std::fs::read_to_string(folder.join(MODULE)).unwrap() == SENTINEL
            });
            let (seen, code) = (contents(&workspace), 2 * CRATES.len());
            assert!(
                is_refused || seen[..code] == before[..code] || seen[..code] == whole[..code],
                "{last:?}"
            );
            drop(lock::acquire(&workspace, Duration::ZERO).unwrap());
            let expected = if last == Some(Step::Ended) { &whole } else { &before };
            assert_eq!(contents(&workspace), *expected, "{last:?}");
        }
    }

    #[test]
    fn a_crate_that_stays_the_same_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, crates, fingerprint) = workspace(folder.path());
        let target = crates[0].target(&workspace);
        crates[0].files.iter().for_each(|(name, text)| write(&target.join(name), text));
        std::fs::remove_file(target.join("gone.rs")).unwrap();
        let file = target.join("mod.rs");
        let time = || std::fs::metadata(&file).unwrap().modified().unwrap();
        let before = time();
        assert_eq!(replace(&workspace, &crates, &fingerprint).unwrap(), 3);
        assert_eq!(time(), before);
    }

    #[test]
    fn what_fails_on_its_way_is_undone() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, crates, fingerprint) = workspace(folder.path());
        let before = contents(&workspace);
        let all: Vec<&Generated> = crates.iter().collect();
        let outcome = swap(&workspace, &all, &fingerprint, |step| match step {
            Step::Recorded => bail!("no space is left"),
            _ => Ok(()),
        });
        assert!(outcome.is_err());
        undo(&workspace).unwrap();
        assert_eq!(contents(&workspace), before);
    }
}
