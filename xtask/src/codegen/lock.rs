//! The lock of a checkout, on which only one run works at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::install;
use crate::workspace::Workspace;

/// How long a run waits for another one. A run takes seconds, but the first one may have to download a lot.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The interval at which it checks whether the other run is done.
const PAUSE: Duration = Duration::from_millis(50);

/// Holds the lock of this checkout until it is dropped. The system also releases it when the process ends, even if it is killed.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

/// Waits until no other run works on this checkout, then undoes an incomplete run that was killed.
///
/// # Errors
/// Returns an error if another run is not done after `patience`, if the lock file cannot be created, or if the workspace cannot be restored.
pub fn acquire(workspace: &Workspace, patience: Duration) -> Result<Lock> {
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
    install::undo(workspace)?;
    Ok(Lock(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_does_not_wait_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        let first = acquire(&workspace, Duration::ZERO).unwrap();
        let error = acquire(&workspace, Duration::ZERO).unwrap_err().to_string();
        assert!(
            error.contains(&format!("another run (process {})", std::process::id()))
                && error.contains("let it end"),
            "{error}"
        );
        drop(first);
        acquire(&workspace, Duration::ZERO).unwrap();
    }
}
