//! Crates from small documents of many kinds: generated, checked by clippy and rustdoc together, and each operation called against a server that validates what
//! arrives by the document.

mod program;
mod sample;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use xtask::spec::examples::Examples;
use xtask::spec::lint::Rules;
use xtask::spec::{foreign, normalize, skip};
use xtask::workspace::Workspace;

use crate::support::{build_folder, root, skipped, stderr};

/// A document, and what is known of it.
pub(crate) struct Kind {
    /// Its name, which is that of its file or its folder.
    pub(crate) name: String,
    path: PathBuf,
    /// As one document of OpenAPI 3.0.
    pub(crate) document: Json,
    /// As it is written, where that is in one file.
    pub(crate) source: Option<Json>,
    /// What the templates get.
    pub(crate) normalized: Json,
    /// Rust that calls more than every operation once.
    pub(crate) more: Option<String>,
}

impl Kind {
    fn read(path: &Path) -> Self {
        let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = stem(path);
        let (path, source) = match path.is_dir() {
            true => (path.join("api.yaml"), None),
            false => {
                let text = std::fs::read_to_string(path).unwrap();
                (path.to_owned(), Some(xtask::spec::yaml::parse_foreign(&name, &text).unwrap().to_json()))
            }
        };
        let mut document = foreign::load(&Workspace::at(root()), &path).unwrap();
        skip::unsupported(&mut document).unwrap();
        let normalized =
            normalize::normalize(&document, &Examples::of(&document.root.to_json()), Rules::Foreign);
        let more = std::fs::read_to_string(path.with_extension("rs")).ok();
        Self { name, path, document: document.root.to_json(), source, normalized, more }
    }

    fn crate_name(&self, of: &str) -> String {
        format!("{}-{of}", self.name)
    }
}

fn kinds() -> Vec<Kind> {
    // To try others: `PROOF_FOLDER=path`.
    let folder = std::env::var_os("PROOF_FOLDER")
        .map_or_else(|| root().join("xtask/tests/documents/kinds"), PathBuf::from);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "rs"));
    paths.sort();
    // To look at some of them: `PROOF_KINDS=errors,keys`.
    if let Ok(wanted) = std::env::var("PROOF_KINDS") {
        paths.retain(|path| wanted.split(',').any(|name| path.file_stem().unwrap() == name));
    }
    paths.iter().map(|path| Kind::read(path)).collect()
}

/// Writes a file unless it is as it shall be, so that cargo need not look at it again.
fn write(path: &Path, text: &str) {
    if std::fs::read_to_string(path).ok().as_deref() != Some(text) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Generates a document's crates, and puts them under names of their own into the workspace.
fn generate(kind: &Kind, workspace: &Path) -> String {
    let exported = workspace.join("exported").join(&kind.name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["codegen", "--skip-unsupported", "--spec"]).arg(&kind.path).arg("--out").arg(&exported);
    let output = command.env("NO_COLOR", "1").env_remove("SLACK_RTM_WORKSPACE").output().unwrap();
    assert!(output.status.success(), "{}: {}", kind.name, stderr(&output));
    for of in ["models", "apis"] {
        let from = exported.join(format!("slack-rtm-{of}"));
        let to = workspace.join(kind.crate_name(of));
        let mut queue = vec![PathBuf::new()];
        while let Some(folder) = queue.pop() {
            for stale in std::fs::read_dir(to.join(&folder)).into_iter().flatten().flatten() {
                if !from.join(&folder).join(stale.file_name()).exists() {
                    let _ = std::fs::remove_file(stale.path());
                }
            }
            for entry in std::fs::read_dir(from.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let path = folder.join(entry.file_name());
                if entry.path().is_dir() {
                    queue.push(path);
                    continue;
                }
                let mut text = std::fs::read_to_string(entry.path()).unwrap();
                for of in ["models", "apis"] {
                    let name = kind.crate_name(of);
                    text = text.replace(&format!("slack-rtm-{of}"), &name);
                    text = text.replace(&format!("slack_rtm_{of}"), &name.replace('-', "_"));
                }
                write(&to.join(path), &text);
            }
        }
    }
    std::fs::read_to_string(exported.join("Cargo.toml")).unwrap()
}

fn cargo(workspace: &Path, arguments: &[&str]) -> String {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", build_folder())
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "cargo {arguments:?}:\n{stdout}{}", stderr(&output));
    stdout
}

#[test]
fn every_kind_of_document_compiles_and_its_calls_are_what_it_says() {
    if skipped() {
        return;
    }
    let workspace = root().join("target/codegen/proof");
    let kinds = kinds();
    let mut manifest = String::new();
    for kind in &kinds {
        manifest = generate(kind, &workspace);
    }
    // The workspace of the last one, with the crates of all.
    let lines = manifest.lines().filter(|line| !line.contains("path = \"slack-rtm-"));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    let mut members = vec!["calls".to_owned()];
    let mut paths = Vec::new();
    for kind in &kinds {
        for of in ["models", "apis"] {
            let name = kind.crate_name(of);
            let features = if of == "apis" { ", default-features = false" } else { "" };
            paths.push(format!("{name} = {{ path = \"{name}\"{features} }}"));
            members.push(name);
        }
    }
    for line in &mut lines {
        if line.starts_with("members = ") {
            *line = format!("members = {members:?}");
        }
        if line == "[workspace.dependencies]" {
            *line = format!("{line}\n{}", paths.join("\n"));
        }
    }
    write(&workspace.join("Cargo.toml"), &format!("{}\n", lines.join("\n")));
    write(&workspace.join("calls/Cargo.toml"), &program::manifest(&kinds));
    write(&workspace.join("calls/src/main.rs"), &program::source(&kinds));
    for file in ["Cargo.lock", "rustfmt.toml", "clippy.toml"] {
        if !workspace.join(file).exists() {
            std::fs::copy(root().join(file), workspace.join(file)).unwrap();
        }
    }
    let mut packages = Vec::new();
    for name in members.iter().filter(|name| *name != "calls") {
        packages.extend(["--package", name.as_str()]);
    }
    cargo(
        &workspace,
        &[&["clippy", "--quiet", "--keep-going"], &packages[..], &["--", "-D", "warnings"]].concat(),
    );
    cargo(&workspace, &[&["doc", "--quiet", "--no-deps"], &packages[..]].concat());

    let server = server::Server::start(kinds);
    let told = cargo(&workspace, &["run", "--quiet", "--package", "calls", "--", &server.url()]);
    let (called, violations) = server.end();
    let wrong = told.lines().filter(|line| !line.starts_with("called "));
    let wrong: Vec<&str> = wrong.chain(violations.iter().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told.lines().any(|line| line == format!("called {called}")), "{called}: {told}");
}
