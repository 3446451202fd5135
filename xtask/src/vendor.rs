//! `cargo xtask vendor`: copies operations from another document into `openapi/`.
//!
//! The operations go into a file of their own, `openapi/vendor/<name>.yaml`, which records its source and is never edited by hand; the root document gets a line
//! for each path. Definitions that our own spec has already are kept, and referred to.

mod adapt;
mod answers;
mod arguments;
mod example_properties;
mod file;
mod links;
pub(crate) mod overlay;
mod own_schemas;
mod parts;
mod pick;
mod prepare;
mod root;
mod samples;
mod validation;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use similar::TextDiff;

use crate::codegen::lock;
use crate::spec::yaml::Node;
use crate::spec::{bundle, foreign, lint};
use crate::workspace::Workspace;
use file::Vendored;
use overlay::Overlay;
use pick::Picked;

/// The options of `cargo xtask vendor`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The document to copy from: Swagger 2.0, OpenAPI 3.0 or 3.1, as JSON or YAML
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// An operation to copy, by the name of its method (team.info), its path (/team.info) or its operationId (`team_info`), or all with a prefix (admin.users.*);
    /// can be repeated. Operations that were copied before are copied again
    #[arg(long = "operation", value_name = "NAME")]
    operations: Vec<String>,
    /// Copy every operation that our own spec does not have
    #[arg(long, conflicts_with = "operations")]
    all: bool,
    /// The source of the document, for the record [default: the file's name]
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Change nothing; print the changes as a diff
    #[arg(long)]
    dry_run: bool,
    /// Overwrite the vendored file even if it was edited by hand
    #[arg(long)]
    force: bool,
}

/// Copies the operations, with all definitions that they reach.
///
/// # Errors
/// Returns an error if the document does not have an operation, if the vendored file was edited by hand, or if the linter refuses the result. Nothing has changed
/// then.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let lock = lock::acquire(workspace, lock::PATIENCE)?;
    let bytes =
        std::fs::read(&options.from).with_context(|| format!("cannot read {}", options.from.display()))?;
    let upstream = foreign::load(workspace, &options.from)?;
    let ours = bundle::load(workspace, &workspace.spec())?;
    let vendored = Vendored::for_document(workspace, &options.from)?;
    let root = root::Root::read(workspace)?;
    if vendored.is_edited_by_hand() && !options.force {
        bail!(
            "{} was edited by hand since it was vendored, and would be overwritten; move the edit to where it belongs, look at the change with --dry-run --force, or overwrite it with --force",
            vendored.name()
        );
    }

    let wanted = if options.all {
        upstream.root.get("paths").map(Node::map).into_iter().flat_map(IndexMap::keys).cloned().collect()
    } else {
        pick::resolve(&upstream, &options.operations)?
    };
    let mut taken: Vec<String> = Vec::new();
    let mut kept = BTreeSet::new();
    let (listed, dropped): (Vec<String>, Vec<String>) =
        vendored.operations().into_iter().partition(|path| root.refers_to(path, vendored.reference()));
    for path in dropped.iter().filter(|path| !wanted.contains(path)) {
        eprintln!("dropped: {path}, which {} no longer refers to", root.name());
    }
    for path in listed.into_iter().chain(wanted) {
        if root.stands_for_itself(&path, vendored.reference()) {
            kept.insert(format!("kept: {path} is already in {}", root.name()));
        } else if !taken.contains(&path) {
            taken.push(path);
        }
    }
    if taken.is_empty() && vendored.operations().is_empty() {
        if kept.is_empty() {
            bail!("no operation is selected; name operations with --operation, or use --all");
        }
        kept.iter().for_each(|note| eprintln!("{note}"));
        eprintln!("nothing has changed");
        return Ok(());
    }
    let picked = Picked::pick(&upstream, &ours, &taken, &vendored)?;
    let overlay = Overlay::beside(workspace, &vendored)?;
    let source = options.source.as_deref();
    let (text, notes) = vendored.text(&picked, &options.from, &upstream, &bytes, source, overlay.as_ref());
    let new_root = root.with_paths(&taken, vendored.reference())?;
    try_out(workspace, &[(vendored.name(), &text), (root.name(), &new_root)])?;

    for note in kept.iter().chain(&picked.notes).chain(&notes) {
        eprintln!("{note}");
    }
    if let Some(overlay) = &overlay {
        eprintln!("applied: {}", overlay.name());
    }
    let mut changed = 0;
    for (name, old, new) in [(vendored.name(), vendored.old(), &text), (root.name(), root.text(), &new_root)]
    {
        if old == new {
            continue;
        }
        changed += 1;
        if options.dry_run {
            print_out(
                &TextDiff::from_lines(old, new)
                    .unified_diff()
                    .header(&format!("a/{name}"), &format!("b/{name}"))
                    .to_string(),
            );
        } else {
            replace(workspace, name, new)?;
        }
    }
    drop(lock);
    eprintln!(
        "{}",
        match (changed, options.dry_run) {
            (0, _) => "nothing has changed".to_owned(),
            (_, true) => "nothing was written".to_owned(),
            (_, false) => format!("written: {}; `cargo xtask codegen` generates from it", vendored.name()),
        }
    );
    Ok(())
}

/// Lints a copy of the spec with the changes.
fn try_out(workspace: &Workspace, files: &[(&str, &String)]) -> Result<()> {
    let folder = workspace.scratch().join("vendor");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    copy(&workspace.root().join("openapi"), &folder.join("openapi"))?;
    let copy = Workspace::at(folder);
    for (name, text) in files {
        let path = copy.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(copy.root()))?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let document = bundle::load(&copy, &copy.spec())?;
    lint::check(&document, lint::Rules::Own)?;
    Ok(())
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

/// Writes a file as a whole or not at all.
fn replace(workspace: &Workspace, name: &str, text: &str) -> Result<()> {
    let path = workspace.root().join(name);
    std::fs::create_dir_all(path.parent().unwrap_or(workspace.root()))?;
    let new = path.with_extension("yaml.new");
    std::fs::write(&new, text).with_context(|| format!("cannot write {}", new.display()))?;
    std::fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))
}

fn print_out(text: &str) {
    print!("{text}");
}
