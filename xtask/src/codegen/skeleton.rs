//! Builds two complete crates around generated code, from our hand-written sources and manifests without the parts that depend on our own spec.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::config::Config;
use super::manifest::{self, Service};
use super::{Generated, files_of, read};
use crate::workspace::Workspace;

/// The contents of files, by their paths in the folder to which they are written.
pub type Files = BTreeMap<PathBuf, String>;

/// The modules that depend on schemas of our own spec.
const OF_OUR_SPEC: [&str; 9] =
    ["blocks", "event", "markup", "message", "reply", "rich_text", "slack", "upload", "user"];

/// A generated file with tests of examples, which only our own spec has.
const OF_OUR_TESTS: &str = "examples.rs";

/// The attributes at the root of a crate.
const CRATE_ATTRIBUTES: &str = "#![allow(dead_code, unreachable_pub, unused_imports, unused_macros, reason = \"a document need not have every kind of schema\")]\n#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints, clippy::self_named_constructors, reason = \"a document has names of its own\")]\n";

/// Builds the files of the crates and of their workspace. `spec` is the name of the document in the generated code, and `service` what it says of itself.
///
/// # Errors
/// Returns an error if one of our files cannot be read.
pub fn whole(
    workspace: &Workspace,
    config: &Config,
    crates: &[Generated],
    spec: &str,
    service: &Service,
) -> Result<Files> {
    let mut out = Files::new();
    let names: Vec<&str> = config.crates().iter().map(|it| it.name.as_str()).collect();
    let ours = |name: &str| read(&workspace.root().join(name));
    out.insert("Cargo.toml".into(), manifest::of_workspace(&ours("Cargo.toml")?, &names));
    for name in ["clippy.toml", "rustfmt.toml"] {
        out.insert(name.into(), ours(name)?);
    }
    for generated in crates {
        let folder = workspace.root().join("crates").join(&generated.name);
        let target = PathBuf::from(&generated.name);
        let manifest = manifest::of_crate(&read(&folder.join("Cargo.toml"))?, &generated.name, service);
        out.insert(target.join("Cargo.toml"), manifest);
        for name in sources(&folder.join("src"))? {
            let module = name.split(['/', '.']).next().unwrap_or_default();
            if OF_OUR_SPEC.contains(&module) {
                continue;
            }
            let text = without_slack(&without_tests(&read(&folder.join("src").join(&name))?));
            let text = if module == "lib" { crate_root(&text, &generated.name, spec) } else { text };
            out.insert(target.join("src").join(&name), text);
        }
        for (name, text) in generated.files.iter().filter(|(name, _)| *name != OF_OUR_TESTS) {
            let text = text.replacen(" from openapi/", &format!(" from {spec}"), 1);
            out.insert(target.join("src/generated").join(name), text);
        }
    }
    Ok(out)
}

/// Returns the paths of a crate's hand-written sources, except for modules of tests.
fn sources(folder: &Path) -> Result<Vec<String>> {
    let (mut out, folders): (Vec<String>, Vec<String>) =
        files_of(folder)?.into_iter().partition(|name| name.ends_with(".rs"));
    for module in folders.iter().filter(|name| !["generated", "tests"].contains(&name.as_str())) {
        out.extend(files_of(&folder.join(module))?.iter().map(|name| format!("{module}/{name}")));
    }
    Ok(out)
}

/// Returns a source without its unit tests, which are at the end of the file and depend on our own spec.
fn without_tests(source: &str) -> String {
    let mut kept = source;
    for (at, _) in source.match_indices("\n#[cfg(test)]\n") {
        let mut below = source[at..].lines().skip(2).skip_while(|line| line.starts_with("#["));
        if below.next().is_some_and(|line| line == "mod tests {") {
            kept = &source[..at];
            break;
        }
    }
    format!("{}\n", kept.trim_end())
}

/// Returns a source that mentions a server instead of Slack.
fn without_slack(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.lines() {
        let line = line.replace("https://slack.com/api", "https://api.example.com");
        let mut rest =
            line.replace("Self::Slack(", "Self::Refused(").replace("Error::Slack(", "Error::Refused(");
        if let Some(tail) = rest.strip_prefix("    Slack(Box<Refusal") {
            rest = format!("    Refused(Box<Refusal{tail}");
        }
        let mut kept = rest.as_str();
        while let Some(at) = kept.find("Slack") {
            let (before, after) = (&kept[..at], &kept[at + "Slack".len()..]);
            let is_word = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            out.push_str(before);
            if is_word(before.chars().next_back()) && is_word(after.chars().next()) {
                let begins =
                    before.trim_end().ends_with(['.', '/', '!']) && !before.trim_end().ends_with("://");
                out.push_str(if begins { "The server" } else { "the server" });
            } else {
                out.push_str("Slack");
            }
            kept = after;
        }
        out.push_str(kept);
        out.push('\n');
    }
    out
}

/// Returns the root of a crate, without the modules that depend on our own spec, and with a description of the crate.
fn crate_root(ours: &str, name: &str, spec: &str) -> String {
    let about = match name.ends_with("apis") {
        true => "HTTP calls. [`Client`] has a method for each operation.",
        false => "Wire types.",
    };
    let mut out = format!(
        "//! {about} Generated from `{spec}` by `cargo xtask codegen` of slack-rtm.\n\n{CRATE_ATTRIBUTES}"
    );
    let is_gone = |line: &str| {
        OF_OUR_SPEC.iter().any(|module| {
            line == format!("mod {module};") || line.starts_with(&format!("pub use {module}::"))
        }) || line == "mod tests;"
            || line == "#[cfg(test)]"
            || line == "#[cfg(feature = \"web\")]"
    };
    let mut code = ours.lines().skip_while(|line| line.starts_with("//!") || line.is_empty()).peekable();
    // If the source begins with attributes too, they follow the others without a blank line.
    if !code.peek().is_some_and(|line| line.starts_with("#![")) {
        out.push('\n');
    }
    for line in code.filter(|line| !is_gone(line)) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_stay_behind() {
        let source = "mod a;\n#[cfg(test)]\nmod tests;\nfn f() {}\n\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    use super::*;\n}\n";
        assert_eq!(without_tests(source), "mod a;\n#[cfg(test)]\nmod tests;\nfn f() {}\n");
        assert_eq!(without_tests("fn f() {}\n"), "fn f() {}\n");
    }

    #[test]
    fn sources_speak_of_any_server() {
        let source = "    Slack(Box<Refusal<R>>),\n/// Slack's own. Slack is, and FakeSlack.\n// No Slack\nwrite!(f, \"Slack refused\") Self::Slack(x) slack_rtm\n";
        let expected = "    Refused(Box<Refusal<R>>),\n/// The server's own. The server is, and FakeSlack.\n// No the server\nwrite!(f, \"the server refused\") Self::Refused(x) slack_rtm\n";
        assert_eq!(without_slack(source), expected);
    }

    #[test]
    fn a_root_forgets_the_frames() {
        let ours = "//! Doc.\n//! More.\n\nmod decode;\nmod event;\n#[cfg(test)]\nmod tests;\n\npub use decode::x;\npub use event::{A, B};\n";
        let root = crate_root(ours, "slack-rtm-models", "x.json");
        assert!(root.starts_with("//! Wire types. Generated from `x.json`"));
        assert!(root.ends_with("\nmod decode;\n\npub use decode::x;\n"), "{root}");
    }
}
