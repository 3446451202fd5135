//! `cargo xtask codegen`: from `openapi/` to both crates' `src/generated/`.
//!
//! Everything happens under `target/codegen/` first. The two folders are replaced only if the whole run has succeeded.

pub mod builder_methods;
pub mod config;
pub mod diff;
pub mod export;
mod file_list;
pub mod fingerprint;
pub mod format;
pub mod generator;
pub mod install;
pub mod lock;
pub mod manifest;
pub mod prefix;
pub mod process;
pub mod progress;
pub mod removed_types;
mod sentinel;
pub mod skeleton;
mod split;
pub mod toolchain;
pub mod writable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::spec::bundle::Document;
use crate::spec::examples::Examples;
use crate::spec::lint::{self, Rules};
use crate::spec::skip::Skipped;
use crate::spec::{bundle, foreign, normalize, skip};
use crate::workspace::Workspace;
use config::Config;
use manifest::Service;
use prefix::Prefix;
use progress::Progress;

/// What to do with the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Replace both crates' generated code.
    Write,
    /// Change nothing; fail with a diff if the generated code is not up to date with the spec.
    Check,
}

/// What to do with operations of another document that cannot be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Refuse the document.
    Refuse,
    /// Leave them out, and list them with the reasons.
    Skip,
}

/// Regenerates the code of both crates.
///
/// # Errors
/// Returns an error if an input is wrong, if a tool is missing or fails, or, with [`Mode::Check`], if the code is out of date. The tree is not changed then.
pub fn run(workspace: &Workspace, mode: Mode) -> Result<()> {
    let mut progress = Progress::start();
    let lock = lock::acquire(workspace, lock::PATIENCE)?;
    let config = Config::load(workspace)?;
    if mode == Mode::Write {
        for generated in config.crates() {
            writable::check(&workspace.root().join("crates").join(&generated.name).join("src/generated"))?;
        }
    }
    let crates = generate(workspace, &config, &mut progress)?;
    removed_types::check(workspace, &crates)?;

    let fingerprint = fingerprint::Fingerprint::of(workspace, &crates)?;
    match mode {
        Mode::Write => {
            let changed = install::replace(workspace, &crates, &fingerprint)?;
            progress.step(&match changed {
                0 => "written: nothing has changed".to_owned(),
                n => format!("written: {n} files have changed"),
            });
        }
        Mode::Check => {
            let drift = diff::against(workspace, &crates, &fingerprint)?;
            progress.step("compared");
            if !drift.is_empty() {
                print_out(&drift);
                bail!(
                    "the generated code is not up to date with openapi/ and codegen/; run `cargo xtask codegen` and commit the result"
                );
            }
        }
    }
    drop(lock);
    progress.done();
    Ok(())
}

/// Generates two whole crates from another document into a folder, which a later run replaces. They have the names of our crates, unless there is a prefix.
///
/// # Errors
/// Returns an error in the same cases as [`run`], and if the folder contains files that this command did not write. The folder is not changed then.
pub fn export(
    workspace: &Workspace,
    spec: &Path,
    out: &Path,
    unsupported: Unsupported,
    prefix: Option<&Prefix>,
) -> Result<()> {
    let mut progress = Progress::start();
    let lock = lock::acquire(workspace, lock::PATIENCE)?;
    writable::check(out)?;
    let config = Config::load(workspace)?;
    let (document, examples) = foreign(workspace, spec, unsupported)?;
    let crates = generate_from(workspace, &config, &document, &examples, Rules::Foreign, &mut progress)?;
    let name = spec.file_name().unwrap_or_default().to_string_lossy();
    let mut files = skeleton::whole(workspace, &config, &crates, &name, &Service::of(&document.root))?;
    let ours = config.crates().map(|it| it.name.as_str());
    if let Some(prefix) = prefix {
        files = prefix.apply(&files, &ours);
    }
    progress.step("sources assembled");
    let files = format::format(workspace, files).context("rustfmt refused the crates")?;
    progress.step("rustfmt");
    let changed = export::write(out, &files)?;
    progress.step(&format!("written: {changed} of {} files have changed in {}", files.len(), out.display()));
    drop(lock);
    progress.done();
    Ok(())
}

/// Generates formatted code from our own spec.
fn generate(workspace: &Workspace, config: &Config, progress: &mut Progress) -> Result<Vec<Generated>> {
    let document = bundle::load(workspace, &workspace.spec())?;
    lint::check(&document, Rules::Own)?;
    builder_methods::check(workspace, &document)?;
    let mut crates = generate_from(workspace, config, &document, &Examples::default(), Rules::Own, progress)?;
    for generated in &mut crates {
        generated.files = format::format(workspace, std::mem::take(&mut generated.files))
            .with_context(|| format!("rustfmt refused the code generated for {}", generated.name))?;
    }
    progress.step("rustfmt");
    Ok(crates)
}

/// Reads and checks another document and its examples, and prints the warnings.
fn foreign(workspace: &Workspace, spec: &Path, unsupported: Unsupported) -> Result<(Document, Examples)> {
    let mut document = foreign::load(workspace, spec)?;
    let (mut warnings, skipped) = match unsupported {
        Unsupported::Refuse => (lint::check(&document, Rules::Foreign)?, Vec::new()),
        Unsupported::Skip => skip::unsupported(&mut document)?,
    };
    let examples = Examples::of(&document.root.to_json());
    warnings.extend(examples.warnings(&document));
    if !warnings.is_empty() {
        eprintln!("{}", warnings.sorted());
    }
    for Skipped { what, finding } in &skipped {
        eprintln!("{}: skipped {what}: {}", finding.location, finding.message);
    }
    Ok((document, examples))
}

/// From a document to code as the generator wrote it.
fn generate_from(
    workspace: &Workspace,
    config: &Config,
    document: &Document,
    examples: &Examples,
    rules: Rules,
    progress: &mut Progress,
) -> Result<Vec<Generated>> {
    let normalized = normalize::normalize(document, examples, rules);
    progress.step(&format!("spec: {} files bundled, checked", document.files.len()));

    let toolchain = toolchain::provide(config, progress)?;
    let stage = generator::run(workspace, config, &toolchain, &normalized)?;
    progress.step(&format!("openapi-generator {}", config.generator.version));

    generator::collect(config, &stage)
}

/// The generated code of one crate.
#[derive(Debug)]
pub struct Generated {
    /// The crate's name.
    pub name: String,
    /// The contents of its files, by their names.
    pub files: BTreeMap<String, String>,
}

impl Generated {
    /// The folder in the workspace that they are for.
    #[must_use]
    pub fn target(&self, workspace: &Workspace) -> PathBuf {
        workspace.root().join("crates").join(&self.name).join("src/generated")
    }
}

/// The names of the files in a folder, sorted; none where there is no such folder.
///
/// # Errors
/// Returns an error if the folder cannot be read.
pub fn files_of(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Reads a file as text.
fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn print_out(text: &str) {
    print!("{text}");
}
