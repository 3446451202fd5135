//! Formats sources with rustfmt, on all cores.
//!
//! Given the root of a crate, rustfmt reads all its modules first, and where there are thousands, that takes far longer than formatting them. So a file that
//! declares modules goes through standard input, from which rustfmt does not follow them. Generated files go through standard input too, many of them joined to
//! one text, since thousands of files take long to write and to remove.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};

use super::install::{create_folder_of, remove};
use super::process::{self, Ended};
use super::{read, split};
use crate::workspace::Workspace;

/// How long one process of rustfmt may take. It usually takes a second.
const PATIENCE: Duration = Duration::from_secs(300);

/// The length from which on a joined text is not extended, in bytes.
const LONG_TEXT: usize = 500_000;

/// The length from which on a list of the names of files is not extended, in bytes. Windows allows 32,767 characters.
const LONG_LIST: usize = 24_000;

/// The contents of files, by their paths.
type Sources = BTreeMap<String, String>;

/// Formats the Rust sources among these files.
///
/// # Errors
/// Returns an error if rustfmt cannot be run or takes too long, or with its output if it refuses a file.
pub fn format<K: AsRef<Path> + Ord>(
    workspace: &Workspace,
    mut files: BTreeMap<K, String>,
) -> Result<BTreeMap<K, String>> {
    let name = |path: &K| path.as_ref().to_string_lossy().into_owned();
    let is_source = |path: &K| path.as_ref().extension().is_some_and(|it| it == "rs");
    let sources = files.iter_mut().filter(|(path, _)| is_source(path));
    let sources: Sources = sources.map(|(path, text)| (name(path), std::mem::take(text))).collect();
    let rustfmt = Rustfmt::new(workspace)?;
    let mut formatted = rustfmt.all(jobs(sources))?;
    remove(&rustfmt.scratch)?;
    for (path, text) in files.iter_mut().filter(|(path, _)| is_source(path)) {
        let path = name(path);
        *text = formatted.remove(&path).with_context(|| format!("rustfmt left {path} out"))?;
    }
    Ok(files)
}

/// The sources of one process.
#[derive(Debug, PartialEq, Eq)]
enum Job {
    /// A source that declares modules.
    Root(String, String),
    /// Sources that are joined to one text.
    Joined(Sources),
    /// Sources that are files, because they have attributes or comments that can only stand at the beginning.
    Files(Sources),
}

/// Distributes the sources. The small jobs come last, so that all cores end at about the same time.
fn jobs(sources: Sources) -> Vec<Job> {
    let (mut roots, mut joined, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let add = |to: &mut Vec<Sources>, name: String, text: String, is_full: fn(&Sources) -> bool| {
        if to.last().is_none_or(is_full) {
            to.push(Sources::new());
        }
        to.last_mut().map(|last| last.insert(name, text));
    };
    for (name, text) in sources {
        if text.lines().any(declares_module) {
            roots.push(Job::Root(name, text));
        } else if split::is_joinable(&text) {
            add(&mut joined, name, text, |it| it.values().map(String::len).sum::<usize>() > LONG_TEXT);
        } else {
            add(&mut files, name, text, |it| it.keys().map(|it| it.len() + 1).sum::<usize>() > LONG_LIST);
        }
    }
    joined.into_iter().map(Job::Joined).chain(files.into_iter().map(Job::Files)).chain(roots).collect()
}

/// Returns whether a line declares a module that has a file of its own.
fn declares_module(line: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("pub").map_or(line, |rest| match rest.split_once(") ") {
        Some((scope, rest)) if scope.starts_with('(') => rest,
        _ => rest.trim_start(),
    });
    line.starts_with("mod ") && line.ends_with(';')
}

struct Rustfmt<'a> {
    workspace: &'a Workspace,
    /// The folder for the inputs and outputs of the processes.
    scratch: PathBuf,
}

impl<'a> Rustfmt<'a> {
    fn new(workspace: &'a Workspace) -> Result<Self> {
        let scratch = process::fresh_folder(&workspace.scratch(), "rustfmt")?;
        Ok(Self { workspace, scratch })
    }

    /// Runs the jobs, and returns all sources, or the error of the first job that failed.
    fn all(&self, jobs: Vec<Job>) -> Result<Sources> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
        let queue = Mutex::new(jobs.into_iter().enumerate());
        let next = || queue.lock().ok()?.next();
        let work = || {
            let mut out = Sources::new();
            while let Some((n, job)) = next() {
                out.append(&mut self.run(n, job).map_err(|error| (n, error))?);
            }
            Ok::<_, (usize, Error)>(out)
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut out = Sources::new();
        let mut first: Option<(usize, Error)> = None;
        for outcome in outcomes {
            match outcome.map_err(|_| anyhow!("a thread has panicked"))? {
                Ok(mut sources) => out.append(&mut sources),
                Err(error) if first.as_ref().is_none_or(|first| error.0 < first.0) => first = Some(error),
                Err(_) => {}
            }
        }
        first.map_or(Ok(out), |(_, error)| Err(error))
    }

    fn run(&self, n: usize, job: Job) -> Result<Sources> {
        match job {
            Job::Root(name, text) => match self.text(n, &text)? {
                Ok(text) => Ok([(name, text)].into()),
                Err(log) => bail!("{name}: {log}"),
            },
            Job::Joined(sources) => {
                let formatted = self.text(n, &split::join(&sources))?.unwrap_or_default();
                let formatted = split::files(&formatted).map(|(name, text)| (name.to_owned(), text));
                let formatted: Sources =
                    formatted.map(|(name, text)| (name, format!("{}\n", text.trim_end()))).collect();
                // If there is an error in a file, rustfmt names the file in the next attempt.
                if formatted.keys().eq(sources.keys()) { Ok(formatted) } else { self.files(n, sources) }
            }
            Job::Files(sources) => self.files(n, sources),
        }
    }

    /// Formats a text. Returns the log if rustfmt refuses it.
    fn text(&self, n: usize, text: &str) -> Result<Result<String, String>> {
        let path = |extension: &str| self.scratch.join(format!("{n}.{extension}"));
        let (from, to) = (path("in"), path("out"));
        std::fs::write(&from, text).with_context(|| format!("cannot write {}", from.display()))?;
        let ended = process::convert(&mut self.command(), &from, &to, &path("log"), PATIENCE);
        Ok(match refusal(ended)? {
            Some(log) => Err(log),
            None => Ok(read(&to)?),
        })
    }

    /// Formats files in a folder of their own.
    fn files(&self, n: usize, mut sources: Sources) -> Result<Sources> {
        let folder = self.scratch.join(n.to_string());
        for (name, text) in &sources {
            let path = folder.join(name);
            create_folder_of(&path)?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let mut command = self.command();
        command.current_dir(&folder).args(sources.keys());
        let log = self.scratch.join(format!("{n}.log"));
        if let Some(log) = refusal(process::run(&mut command, &log, PATIENCE))? {
            bail!("{log}");
        }
        for (name, text) in &mut sources {
            *text = read(&folder.join(name))?;
        }
        Ok(sources)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("rustfmt");
        command.args(["--edition", "2024", "--config-path"]).arg(self.workspace.root().join("rustfmt.toml"));
        command
    }
}

/// Returns the log of a process that refused its input.
fn refusal(ended: Result<Ended>) -> Result<Option<String>> {
    let ended =
        ended.context("rustfmt failed; `rustup component add rustfmt` installs it where it is missing")?;
    Ok((!ended.status.success()).then(|| ended.log.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_of_modules_are_recognized() {
        for line in ["mod a;", "    pub mod a;", "pub(crate) mod a;", "pub(in crate::b) mod a;"] {
            assert!(declares_module(line), "{line}");
        }
        for line in ["mod a {", "// mod a;", "pub use a::b;", "modify(a);", "pub fn f(mod_a: A);"] {
            assert!(!declares_module(line), "{line}");
        }
    }

    #[test]
    fn every_source_is_in_one_job_and_none_is_too_long() {
        let long = "x".repeat(LONG_TEXT / 3);
        let (model, inner) = (format!("// g\n\nconst X: &str = {long:?} {{}}\n"), "//! About.\n".to_owned());
        let models = (0..10).map(|n| (format!("m{n}.rs"), model.clone()));
        let written = (0..700).map(|n| (format!("w{n:0>50}.rs"), inner.clone()));
        let roots = [("a/mod.rs".to_owned(), "mod b;\n".to_owned())];
        let jobs = jobs(models.chain(written).chain(roots).collect());
        let shapes: Vec<(&str, usize)> = jobs
            .iter()
            .map(|job| match job {
                Job::Root(..) => ("root", 1),
                Job::Joined(sources) => ("joined", sources.len()),
                Job::Files(sources) => ("files", sources.len()),
            })
            .collect();
        let expected = [
            ("joined", 3),
            ("joined", 3),
            ("joined", 3),
            ("joined", 1),
            ("files", 437),
            ("files", 263),
            ("root", 1),
        ];
        assert_eq!(shapes, expected);
    }
}
