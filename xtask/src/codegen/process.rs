//! Runs a program with a time limit.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How often to check whether the program has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// The exit status of a program, and its output.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard error, and with [`run`] also to standard output.
    pub log: String,
}

/// Runs a program without input, and writes its output to a file.
///
/// # Errors
/// Returns an error if it cannot be started, or if it has not ended after `patience` and was killed.
pub fn run(command: &mut Command, log: &Path, patience: Duration) -> Result<Ended> {
    let file = create(log)?;
    wait(command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file), log, patience)
}

/// Runs a program that reads one file and writes another one. Its log is what it writes to standard error.
///
/// # Errors
/// Returns an error in the same cases as [`run`], and if the input cannot be read.
pub fn convert(
    command: &mut Command,
    from: &Path,
    to: &Path,
    log: &Path,
    patience: Duration,
) -> Result<Ended> {
    let from = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    wait(command.stdin(from).stdout(create(to)?).stderr(create(log)?), log, patience)
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn wait(command: &mut Command, log: &Path, patience: Duration) -> Result<Ended> {
    let name = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot run {name}"))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() >= patience {
            let _ = child.kill();
            let _ = child.wait();
            bail!("{name} was still running after {} s and was ended", patience.as_secs());
        }
        std::thread::sleep(PAUSE);
    };
    let log = std::fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    Ok(Ended { status, log: String::from_utf8_lossy(&log).into_owned() })
}

/// Returns a new folder for this run. The programs of a killed run may live on for a while, and must not write into the folder of the next run.
pub(super) fn fresh_folder(scratch: &Path, name: &str) -> Result<PathBuf> {
    let prefix = format!("{name}-");
    for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let folder = scratch.join(format!("{prefix}{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Result<Ended> {
        let log = tempfile::NamedTempFile::new().unwrap();
        run(Command::new("sh").args(["-c", script]), log.path(), patience)
    }

    #[test]
    fn both_outputs_and_the_status_are_told() {
        let ended = shell("echo out; echo err >&2; exit 3", Duration::from_secs(60)).unwrap();
        assert_eq!((ended.status.code(), ended.log.as_str()), (Some(3), "out\nerr\n"));
    }

    #[test]
    fn it_does_not_run_for_ever() {
        let error = shell("sleep 600", Duration::ZERO).unwrap_err().to_string();
        assert_eq!(error, "sh was still running after 0 s and was ended");
    }
}
