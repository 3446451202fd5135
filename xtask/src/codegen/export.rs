//! Writes files into a user's folder, all of them or none, and never over files of the user.
//!
//! A list in the folder has the hashes of the files that were written. Files that are not in the list are kept. Listed files that were edited are kept too, and
//! reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::file_list::{hash, list_of, parse};
use super::install::{create_folder_of, remove};
use super::sentinel::{self, SENTINEL};
use super::skeleton::Files;

/// The list of the files that were written.
const LIST: &str = ".slack-rtm-codegen";

/// The folder where an exchange keeps the old files. While it contains `backup`, the exchange is incomplete.
const JOURNAL: &str = ".slack-rtm-codegen.journal";

/// Writes the files into the folder, and returns the number of files that have changed.
///
/// # Errors
/// Returns an error if this command did not create the folder's content, if an edited file would be overwritten or removed, or if a file cannot be written.
/// The folder is not changed then.
pub fn write(out: &Path, files: &Files) -> Result<usize> {
    write_until(out, files, |_| Ok(()))
}

/// A completed step. The process may be killed after any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Staged,
    BackedUp,
    /// From here on, the next run undoes a killed run.
    Begun,
    Replaced,
    Recorded,
    /// From here on, a build uses the new files.
    Completed,
    /// From here on, the new files are kept.
    Ended,
}

fn write_until(out: &Path, files: &Files, mut done: impl FnMut(Step) -> Result<()>) -> Result<usize> {
    let journal = out.join(JOURNAL);
    undo(out, &journal)?;
    let old = listed(out)?;
    refuse(out, &old, files)?;
    let is_new = |(path, text): &(&PathBuf, &String)| {
        std::fs::read(out.join(path)).ok().as_deref() != Some(text.as_bytes())
    };
    let changed =
        files.iter().filter(is_new).count() + old.keys().filter(|path| !files.contains_key(*path)).count();
    let list = list_of(files);
    if changed == 0 && std::fs::read_to_string(out.join(LIST)).ok().as_deref() == Some(list.as_str()) {
        return Ok(0);
    }
    let outcome = exchange(out, &journal, &old, files, &list, &mut done);
    if outcome.is_err() {
        undo(out, &journal)?;
        remove(&journal)?;
    }
    outcome.map(|()| changed)
}

fn exchange(
    out: &Path,
    journal: &Path,
    old: &BTreeMap<PathBuf, String>,
    files: &Files,
    list: &str,
    done: &mut impl FnMut(Step) -> Result<()>,
) -> Result<()> {
    remove(journal)?;
    let (new, making, backup) = (journal.join("new"), journal.join("making"), journal.join("backup"));
    for (path, text) in files {
        put(&new.join(path), text.as_bytes())?;
    }
    done(Step::Staged)?;
    for path in old.keys().filter(|path| out.join(path).exists()) {
        put(&making.join("files").join(path), &std::fs::read(out.join(path))?)?;
    }
    if let Ok(list) = std::fs::read(out.join(LIST)) {
        put(&making.join("list"), &list)?;
    }
    put(&making.join("new"), list.as_bytes())?;
    done(Step::BackedUp)?;
    std::fs::rename(&making, &backup).with_context(|| format!("cannot create {}", backup.display()))?;
    done(Step::Begun)?;
    let guarded = guarded(files);
    if let Some((path, _)) = guarded {
        create_folder_of(&out.join(path))?;
        sentinel::replace(&out.join(path), SENTINEL.as_bytes())?;
    }
    for path in old.keys().filter(|path| !files.contains_key(*path)) {
        take_away(out, path)?;
    }
    for (path, text) in files.iter().filter(|(path, _)| guarded.is_none_or(|(guarded, _)| guarded != *path)) {
        let target = out.join(path);
        // An unchanged file keeps its modification time, so that cargo does not compile it again.
        if std::fs::read(&target).ok().as_deref() != Some(text.as_bytes()) {
            create_folder_of(&target)?;
            std::fs::rename(new.join(path), &target)
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    done(Step::Replaced)?;
    put(&out.join(LIST), list.as_bytes())?;
    done(Step::Recorded)?;
    if let Some((path, text)) = guarded {
        sentinel::replace(&out.join(path), text.as_bytes())?;
    }
    done(Step::Completed)?;
    std::fs::rename(&backup, &making).with_context(|| format!("cannot end {}", backup.display()))?;
    done(Step::Ended)?;
    remove(journal)
}

/// Returns the root of the crate that the other one uses. While it is a sentinel, neither compiles.
fn guarded(files: &Files) -> Option<(&PathBuf, &String)> {
    files.iter().rfind(|(path, _)| path.ends_with("src/lib.rs"))
}

/// Restores the backup of a killed run.
fn undo(out: &Path, journal: &Path) -> Result<()> {
    let backup = journal.join("backup");
    if !backup.exists() {
        return Ok(());
    }
    let saved = |path: &Path| std::fs::read(backup.join("files").join(path)).ok();
    for path in parse(&std::fs::read_to_string(backup.join("new"))?).keys() {
        if saved(path).is_none() {
            take_away(out, path)?;
        }
    }
    match std::fs::read_to_string(backup.join("list")) {
        Ok(list) => {
            // Builds fail until everything is restored.
            let known = parse(&list);
            let (roots, others): (Vec<&PathBuf>, Vec<&PathBuf>) =
                known.keys().partition(|path| path.ends_with("src/lib.rs"));
            for root in roots.iter().filter(|root| out.join(root).exists()) {
                sentinel::replace(&out.join(root), SENTINEL.as_bytes())?;
            }
            for path in others.into_iter().chain(roots) {
                sentinel::tidy(&out.join(path));
                if let Some(content) = saved(path) {
                    put(&out.join(path), &content)?;
                }
            }
            put(&out.join(LIST), list.as_bytes())?;
        }
        Err(_) => take_away(out, Path::new(LIST))?,
    }
    eprintln!("undid a run that had been interrupted");
    remove(journal)
}

/// Returns the files in the list, with their hashes; none if the folder is absent or empty.
fn listed(out: &Path) -> Result<BTreeMap<PathBuf, String>> {
    match std::fs::read_to_string(out.join(LIST)) {
        Ok(list) => Ok(parse(&list)),
        Err(_) => {
            let entries = match std::fs::read_dir(out) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", out.display())),
            };
            // A run that was killed early may have left its journal.
            let is_other = |entry: std::io::Result<std::fs::DirEntry>| {
                entry.is_ok_and(|entry| entry.file_name() != JOURNAL)
            };
            if entries.into_iter().any(is_other) {
                bail!(
                    "{} is not empty, and nothing in it says that this command made it; name an empty folder, or one that is not there yet",
                    out.display()
                );
            }
            Ok(BTreeMap::new())
        }
    }
}

/// Fails if files would be overwritten or removed that were edited or that this command did not write.
fn refuse(out: &Path, old: &BTreeMap<PathBuf, String>, files: &Files) -> Result<()> {
    let mut edited = Vec::new();
    for path in old.keys().chain(files.keys().filter(|path| !old.contains_key(*path))) {
        let target = out.join(path);
        let content = match std::fs::read(&target) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", target.display())),
        };
        let is_ours = old.get(path).is_some_and(|known| *known == hash(&content));
        let is_wanted = files.get(path).is_some_and(|text| text.as_bytes() == content);
        if !is_ours && !is_wanted {
            edited.push(target.display().to_string());
        }
    }
    if !edited.is_empty() {
        bail!(
            "these files are not as this command left them, and would be lost:\n{}\nmove them away, or name another folder",
            edited.join("\n")
        );
    }
    Ok(())
}

fn put(path: &Path, content: &[u8]) -> Result<()> {
    create_folder_of(path)?;
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Removes a file, and the folders that it leaves empty.
fn take_away(out: &Path, path: &Path) -> Result<()> {
    match std::fs::remove_file(out.join(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", out.join(path).display()));
        }
        _ => {}
    }
    let mut folder = path.parent();
    while let Some(inner) = folder.filter(|inner| !inner.as_os_str().is_empty()) {
        if std::fs::remove_dir(out.join(inner)).is_err() {
            break;
        }
        folder = inner.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
    }

    fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
        let mut out = BTreeMap::new();
        let mut queue = vec![folder.to_owned()];
        while let Some(inner) = queue.pop() {
            for entry in std::fs::read_dir(inner).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    queue.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).unwrap();
                    out.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
                }
            }
        }
        out
    }

    #[test]
    fn what_is_ours_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new");
        assert_eq!(write(&out, &files(&[("a/x.rs", "1"), ("b.rs", "2")])).unwrap(), 2);
        std::fs::write(out.join("theirs.txt"), "kept").unwrap();
        assert_eq!(write(&out, &files(&[("b.rs", "3"), ("c.rs", "4")])).unwrap(), 3);
        assert_eq!(write(&out, &files(&[("b.rs", "3"), ("c.rs", "4")])).unwrap(), 0);
        assert!(!out.join("a").exists() && !out.join(JOURNAL).exists());
        assert_eq!(std::fs::read_to_string(out.join("theirs.txt")).unwrap(), "kept");
    }

    #[test]
    fn what_is_not_ours_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("theirs.txt"), "kept").unwrap();
        let before = tree(folder.path());
        let error = write(folder.path(), &files(&[("a.rs", "1")])).unwrap_err().to_string();
        assert!(error.contains("is not empty") && before == tree(folder.path()), "{error}");
    }

    #[test]
    fn an_edit_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        write(out, &files(&[("a.rs", "1"), ("gone.rs", "2")])).unwrap();
        for (file, new) in [
            ("a.rs", vec![("a.rs", "new")]),
            ("gone.rs", vec![("a.rs", "1")]),
            ("c.rs", vec![("a.rs", "1"), ("gone.rs", "2"), ("c.rs", "3")]),
        ] {
            let original = std::fs::read(out.join(file)).ok();
            std::fs::write(out.join(file), "edited").unwrap();
            let before = tree(out);
            let error = write(out, &files(&new)).unwrap_err().to_string();
            assert!(error.contains(file) && before == tree(out), "{error}");
            match original {
                Some(original) => std::fs::write(out.join(file), original).unwrap(),
                None => std::fs::remove_file(out.join(file)).unwrap(),
            }
        }
        // An edit that equals the new file does not count.
        std::fs::write(out.join("a.rs"), "new").unwrap();
        assert!(write(out, &files(&[("a.rs", "new"), ("gone.rs", "2")])).is_ok());
    }

    #[test]
    fn a_kill_after_any_step_leaves_all_that_was_or_all_that_is_new() {
        let steps = [
            Step::Staged,
            Step::BackedUp,
            Step::Begun,
            Step::Replaced,
            Step::Recorded,
            Step::Completed,
            Step::Ended,
        ];
        let lib = "m/src/lib.rs";
        let old = files(&[("a/x.rs", "1"), ("b.rs", "2"), (lib, "old")]);
        let new = files(&[("b.rs", "3"), ("c/y.rs", "4"), (lib, "new")]);
        for fresh in [true, false] {
            for killed_after in steps {
                let folder = tempfile::tempdir().unwrap();
                let out = folder.path().join("out");
                if !fresh {
                    write(&out, &old).unwrap();
                }
                let before = if fresh { BTreeMap::new() } else { tree(&out) };
                let listed = listed(&out).unwrap();
                let kill = |step| if step == killed_after { bail!("killed") } else { Ok(()) };
                // Unlike a failure, a kill undoes nothing.
                let journal = out.join(JOURNAL);
                assert!(exchange(&out, &journal, &listed, &new, &list_of(&new), &mut { kill }).is_err());
                // The state that a build sees before the next run.
                let seen = |path: &str| std::fs::read_to_string(out.join(path)).ok();
                match seen(lib).as_deref() {
                    Some("old") => assert_eq!(seen("a/x.rs").as_deref(), Some("1"), "{killed_after:?}"),
                    Some("new") => assert_eq!(seen("c/y.rs").as_deref(), Some("4"), "{killed_after:?}"),
                    Some(text) => assert_eq!(text, SENTINEL),
                    None => assert!(fresh),
                }
                undo(&out, &journal).unwrap();
                remove(&journal).unwrap();
                let is_new = killed_after == Step::Ended;
                let after = if out.exists() { tree(&out) } else { BTreeMap::new() };
                if is_new {
                    assert_eq!(after.get(Path::new("b.rs")).map(String::as_str), Some("3"));
                } else {
                    assert_eq!(after, before, "{killed_after:?}");
                }
                assert!(write(&out, &new).is_ok());
            }
        }
    }

    #[test]
    fn a_failure_on_the_way_is_undone() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (files(&[("a.rs", "1")]), files(&[("a.rs", "2")]));
        write(folder.path(), &old).unwrap();
        let before = tree(folder.path());
        let outcome =
            write_until(
                folder.path(),
                &new,
                |step| if step == Step::Replaced { bail!("full") } else { Ok(()) },
            );
        assert!(outcome.is_err());
        assert_eq!(tree(folder.path()), before);
    }
}
