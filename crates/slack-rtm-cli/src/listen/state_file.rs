//! The file of `listen --state`, with the position of the session.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use slack_rtm::session::Checkpoint;

/// A state file, locked by this process.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Held until the process ends.
    _lock: File,
}

/// What the file contains.
#[derive(Debug)]
pub(super) enum Found {
    /// The file does not exist.
    Nothing,
    Checkpoint(Checkpoint),
    /// It is not readable, and was renamed to this.
    Unreadable(String, PathBuf),
}

/// Why the file cannot be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another process has locked it.
    Locked,
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl StateFile {
    /// Locks the file and reads it. A file that is not readable is renamed.
    pub(super) fn open(path: &Path) -> Result<(Self, Found), OpenError> {
        let path = &Self::regular(path)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(with_suffix(path, "lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::Locked,
            TryLockError::Error(error) => OpenError::Io(error),
        })?;
        let found = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
            Err(error) => return Err(error.into()),
            Ok(json) if version(&json).is_some_and(|version| version > 1) => {
                let message = "it was written by a later release";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message).into());
            }
            Ok(json) => match serde_json::from_slice(&json) {
                Ok(checkpoint) => Found::Checkpoint(checkpoint),
                Err(error) => {
                    let aside = with_suffix(path, "unreadable");
                    std::fs::rename(path, &aside)?;
                    Found::Unreadable(error.to_string(), aside)
                }
            },
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, found))
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Follows links to the file itself, which is replaced on each write. Refuses anything but a regular file.
    fn regular(path: &Path) -> io::Result<PathBuf> {
        if std::fs::symlink_metadata(path).is_err() {
            return Ok(path.to_owned());
        }
        let path = std::fs::canonicalize(path)?;
        if std::fs::metadata(&path)?.is_file() {
            return Ok(path);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }

    /// Writes a new file, syncs it, and renames it over the old one, so that there is a complete file at any time.
    pub(super) fn save(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let json = serde_json::to_vec(checkpoint).map_err(io::Error::other)?;
        let aside = with_suffix(&self.path, "new");
        let mut file = File::create(&aside)?;
        file.write_all(&json)?;
        file.sync_all()?;
        std::fs::rename(&aside, &self.path)?;
        // Without this, the rename may be lost after a power failure. Not every file system supports it.
        if let Some(folder) = self.path.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

/// Returns the version in the file.
fn version(json: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(json).ok()?.get("version")?.as_u64()
}

/// Appends a suffix to a path.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(ts: &str) -> Checkpoint {
        serde_json::from_str(&format!(r#"{{"version":1,"channels":{{"C01GENERAL0":"{ts}"}}}}"#)).unwrap()
    }

    #[test]
    fn only_one_process_writes_and_the_next_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (file, found) = StateFile::open(&path).unwrap();
        assert!(matches!(found, Found::Nothing));
        assert!(matches!(StateFile::open(&path), Err(OpenError::Locked)));
        file.save(&checkpoint("1700000000.000100")).unwrap();
        file.save(&checkpoint("1700000000.000200")).unwrap();
        drop(file);
        let (_file, found) = StateFile::open(&path).unwrap();
        let Found::Checkpoint(found) = found else { panic!("{found:?}") };
        assert_eq!(found, checkpoint("1700000000.000200"));
        let mut names: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["state.json", "state.json.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_only_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::fs::write(&target, r#"{"version":1}"#).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let (file, _) = StateFile::open(&link).unwrap();
        file.save(&checkpoint("1700000000.000100")).unwrap();
        assert!(link.is_symlink() && std::fs::read_to_string(&target).unwrap().contains("C01GENERAL0"));
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink(folder.path().join("nothing"), &dangling).unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [folder.path(), &dangling, &socket] {
            assert!(matches!(StateFile::open(path), Err(OpenError::Io(_))), "{path:?}");
        }
        assert!(dangling.is_symlink() && socket.exists());
        std::fs::write(&target, r#"{"version":2}"#).unwrap();
        drop(file);
        assert!(matches!(StateFile::open(&target), Err(OpenError::Io(_))));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), r#"{"version":2}"#);
    }

    #[test]
    fn unreadable_files_are_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        std::fs::write(&path, r#"{"version":1,"channels":{"C01GEN"#).unwrap();
        let (_file, found) = StateFile::open(&path).unwrap();
        let Found::Unreadable(_, aside) = found else { panic!("{found:?}") };
        assert!(aside.exists() && !path.exists());
    }
}
