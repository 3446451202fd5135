//! Finds types that would be removed although hand-written code uses them and would no longer compile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Result;
use regex_lite::Regex;

use super::Generated;
use crate::finding::{Finding, Findings, Location};
use crate::workspace::Workspace;

/// The ways to name generated types: a path, or the braces of a `use`.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:crate|models|slack_rtm_models)::([A-Z][A-Za-z0-9]*)"));
static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"use (?:crate|models|slack_rtm_models|slack_rtm::models)::\{([^}]*)\}"));
static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"[A-Z][A-Za-z0-9]*"));
static EXPORT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)^pub use [a-z0-9_#]+::([A-Z][A-Za-z0-9]*);$"));

fn regex(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and every test runs them")]
    Regex::new(pattern).expect("a valid pattern")
}

/// Checks that the hand-written code of the generated crates uses no type that would be removed. Only warns about uses in other crates of the workspace.
///
/// # Errors
/// Returns the uses that would no longer compile.
pub fn check(workspace: &Workspace, crates: &[Generated]) -> Result<()> {
    let mut gone = BTreeSet::new();
    for generated in crates {
        let old = std::fs::read_to_string(generated.target(workspace).join("mod.rs")).unwrap_or_default();
        let new = generated.files.get("mod.rs").map_or("", String::as_str);
        gone.extend(types(&old).difference(&types(new)).cloned());
    }
    if gone.is_empty() {
        return Ok(());
    }
    let mut findings = Findings::default();
    for (name, folder) in packages(workspace) {
        let is_generated = crates.iter().any(|generated| generated.name == name);
        for path in sources(&folder) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (line, column, name) in uses(&text).into_iter().filter(|(_, _, name)| gone.contains(name)) {
                let location = Location { file: workspace.display(&path).into(), line, column };
                let message = format!("`{name}` is used here, and the generated code would have it no more");
                if is_generated {
                    findings.push(
                        Finding::new(&location, message)
                            .help("change this code with the spec, or keep the name"),
                    );
                } else {
                    eprintln!("{location}: warning: {message}");
                }
            }
        }
    }
    Ok(findings.into_result()?)
}

fn types(module: &str) -> BTreeSet<String> {
    EXPORT.captures_iter(module).map(|found| found[1].to_owned()).collect()
}

/// Returns the names of the workspace's packages and the folders of their sources.
fn packages(workspace: &Workspace) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(workspace.root().join("crates")).into_iter().flatten().flatten();
    let mut packages: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join("src")))
        .collect();
    packages.sort();
    packages
}

/// Returns the Rust files in a folder and below, except for generated ones and tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "generated" && name != "tests" {
            out.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// Returns the types that a file uses outside of comments and tests, with line and column.
fn uses(text: &str) -> Vec<(usize, usize, String)> {
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut add = |at: usize, name: &str| {
        let before = &code[..at];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        if !code[start..].trim_start().starts_with("//") {
            found.push((line, before[start..].chars().count() + 1, name.to_owned()));
        }
    };
    for capture in PATH.captures_iter(code) {
        if let Some(name) = capture.get(1) {
            add(name.start(), name.as_str());
        }
    }
    for capture in IMPORT.captures_iter(code) {
        if let Some(list) = capture.get(1) {
            for name in NAME.find_iter(list.as_str()) {
                add(list.start() + name.start(), name.as_str());
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are_used() {
        let text = "//! [`crate::Doc`]\nuse crate::{Event,\n    Ts, tag};\nfn f(x: models::UserId) -> slack_rtm_models::Ack {}\n    /// crate::Other\n#[cfg(test)]\nmod tests { use crate::Hidden; }\n";
        let found: Vec<(usize, usize, String)> = uses(text);
        let expected = [(2, 13, "Event"), (3, 5, "Ts"), (4, 17, "UserId"), (4, 46, "Ack")];
        assert_eq!(found, expected.map(|(line, column, name)| (line, column, name.to_owned())));
    }

    #[test]
    fn exports_are_read_from_the_module() {
        let module = "mod ack;\npub use ack::Ack;\npub use newtypes::Ts;\npub(crate) use x::Y;\n";
        assert_eq!(types(module).into_iter().collect::<Vec<_>>(), ["Ack", "Ts"]);
    }
}
