//! Puts what was generated into the tree, all of it or nothing.
//!
//! Each crate's folder is exchanged as a whole. A complete backup is the journal: while it stands, a run is half done, and the next one undoes it before
//! anything else.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::fingerprint::Fingerprint;
use super::{Generated, files_of};
use crate::workspace::Workspace;

/// How long a run waits for another one. A run takes seconds; the first one may have to download a lot.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How often it looks whether the other one is done.
const PAUSE: Duration = Duration::from_millis(50);

/// Holds the lock of this checkout while it lives. The system releases it when the process ends, however that is.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

/// Waits until no other run works on this checkout, then undoes what a killed run left half done.
///
/// # Errors
/// If another run is not done after `patience`, if the lock file cannot be made, or if the tree cannot be restored.
pub fn lock(workspace: &Workspace, patience: Duration) -> Result<Lock> {
    let folder = workspace.scratch();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    let began = Instant::now();
    let mut has_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
            Err(TryLockError::WouldBlock) => {}
        }
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let _ = std::io::Seek::rewind(&mut file);
        let holder = holder.trim();
        if began.elapsed() >= patience {
            bail!(
                "another run ({holder}) has been working on this checkout for more than {} s; let it end, or end it, and try again",
                patience.as_secs()
            );
        }
        if !has_told {
            eprintln!(
                "another run ({holder}) works on this checkout; waiting for it, {} s at most",
                patience.as_secs()
            );
            has_told = true;
        }
        std::thread::sleep(PAUSE);
    }
    file.set_len(0)?;
    write!(file, "process {}", std::process::id())?;
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

/// How many files are other than those in a folder.
fn differences(generated: &Generated, target: &Path) -> Result<usize> {
    let (old, new) = (files_of(target)?, generated.files()?);
    let mut count = old.iter().filter(|name| !new.contains(name)).count();
    for name in &new {
        let content = std::fs::read(generated.stage.join(name))?;
        count += usize::from(std::fs::read(target.join(name)).ok() != Some(content));
    }
    Ok(count)
}

/// A step of the exchange that is done. A kill may come after any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    BackedUp,
    /// From here on a killed run is undone.
    Begun,
    Removed,
    Replaced,
    Recorded,
    /// From here on it stays.
    Ended,
}

/// Backs up what is there, exchanges it, and drops the backup. `done` hears of each step; where it fails, nothing more happens.
fn swap(
    workspace: &Workspace,
    crates: &[&Generated],
    fingerprint: &Fingerprint,
    mut done: impl FnMut(Step) -> Result<()>,
) -> Result<()> {
    let backup = backup(workspace);
    let (making, old) = (backup.with_extension("making"), backup.with_extension("old"));
    remove(&making)?;
    remove(&old)?;
    std::fs::create_dir_all(&making).with_context(|| format!("cannot create {}", making.display()))?;
    std::fs::create_dir_all(&old).with_context(|| format!("cannot create {}", old.display()))?;
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
    for generated in crates {
        let target = generated.target(workspace);
        if target.exists() {
            move_folder(&target, &old.join(&generated.name))?;
        }
        done(Step::Removed)?;
        move_folder(&generated.stage, &target)?;
        done(Step::Replaced)?;
    }
    let new = making.with_extension("fingerprint");
    std::fs::write(&new, fingerprint.to_text()).with_context(|| format!("cannot write {}", new.display()))?;
    if std::fs::rename(&new, &path).is_err() {
        std::fs::copy(&new, &path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    done(Step::Recorded)?;
    // The rename is the moment at which all of it counts.
    std::fs::rename(&backup, &making).with_context(|| format!("cannot end {}", backup.display()))?;
    done(Step::Ended)?;
    remove(&old)?;
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
        if entry.path().is_dir() {
            let target = workspace.root().join("crates").join(entry.file_name()).join("src/generated");
            copy_folder(&entry.path(), &target)?;
        }
    }
    let (saved, path) = (backup.join("fingerprint.txt"), Fingerprint::path(workspace));
    if saved.exists() {
        std::fs::copy(&saved, &path).with_context(|| format!("cannot restore {}", path.display()))?;
    } else if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    eprintln!("undid a run that had been interrupted");
    remove(&backup)
}

/// Moves a folder of files to where none is; between two disks by copying it.
fn move_folder(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    copy_folder(from, to)?;
    remove(from)
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

/// Removes a folder, if it is there.
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
    use super::*;

    const CRATES: [&str; 2] = ["slack-rtm-models", "slack-rtm-apis"];

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A workspace whose crates have other code than what is staged for them.
    fn workspace(folder: &Path) -> (Workspace, Vec<Generated>, Fingerprint) {
        let workspace = Workspace::at(folder.to_owned());
        write(&workspace.spec(), "spec");
        write(&workspace.codegen().join("config.yaml"), "config");
        write(&workspace.codegen().join("fingerprint.txt"), "old");
        write(&folder.join("rustfmt.toml"), "");
        let mut crates = Vec::new();
        for name in CRATES {
            let generated =
                Generated { name: name.to_owned(), stage: folder.join("target/stage").join(name) };
            for file in ["mod.rs", "gone.rs"] {
                write(&generated.target(&workspace).join(file), "old");
            }
            for file in ["mod.rs", "come.rs"] {
                write(&generated.stage.join(file), "new");
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
        let steps = 2 + 2 * CRATES.len() + 2;
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
            drop(lock(&workspace, Duration::ZERO).unwrap());
            let expected = if last == Some(Step::Ended) { &whole } else { &before };
            assert_eq!(contents(&workspace), *expected, "{last:?}");
        }
    }

    #[test]
    fn a_crate_that_stays_the_same_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, crates, fingerprint) = workspace(folder.path());
        copy_folder(&crates[0].stage, &crates[0].target(&workspace)).unwrap();
        let file = crates[0].target(&workspace).join("mod.rs");
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
        // The second crate's new code is gone when its turn comes.
        let broken = [Generated { name: crates[0].name.clone(), stage: crates[0].stage.clone() }];
        let missing = Generated { name: CRATES[1].to_owned(), stage: folder.path().join("nowhere") };
        let all: Vec<&Generated> = broken.iter().chain([&missing]).collect();
        let outcome = swap(&workspace, &all, &fingerprint, |step| match step {
            Step::Recorded => bail!("no space is left"),
            _ => Ok(()),
        });
        assert!(outcome.is_err());
        undo(&workspace).unwrap();
        assert_eq!(contents(&workspace), before);
    }

    #[test]
    fn a_run_does_not_wait_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        let first = lock(&workspace, Duration::ZERO).unwrap();
        let error = lock(&workspace, Duration::ZERO).unwrap_err().to_string();
        assert!(
            error.contains(&format!("another run (process {})", std::process::id()))
                && error.contains("let it end"),
            "{error}"
        );
        drop(first);
        lock(&workspace, Duration::ZERO).unwrap();
    }
}
