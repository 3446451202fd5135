//! The public API of the hand-written crates as text, so that a change of it shows in a review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use public_api::Builder;
use regex_lite::Regex;
use serde_json::Value as Json;
use similar::TextDiff;

use crate::workspace::Workspace;

/// The crates with a recorded API, each with the other crates whose types may appear in it. slack-rtm-models is left out: its API is that of the spec.
const CRATES: [(&str, &[&str]); 5] = [
    ("slack-rtm", &["slack_rtm_apis", "slack_rtm_models", "slack_rtm_session"]),
    (
        "slack-rtm-apis",
        &[
            "bytes",
            "futures_core",
            "http",
            "native_tls",
            "reqwest",
            "rustls",
            "serde_core",
            "slack_rtm_models",
            "tokio",
            "url",
        ],
    ),
    (
        "slack-rtm-relay",
        &[
            "async_nats",
            "bytes",
            "futures_core",
            "serde_core",
            "slack_rtm",
            "slack_rtm_apis",
            "slack_rtm_models",
            "slack_rtm_session",
        ],
    ),
    (
        "slack-rtm-session",
        &["bytes", "futures_core", "serde_core", "slack_rtm_apis", "slack_rtm_models", "tokio", "url"],
    ),
    ("slack-rtm-test", &["bytes", "http", "serde_core", "serde_json", "slack_rtm_models"]),
];

const STANDARD: [&str; 3] = ["alloc", "core", "std"];

/// The options of `cargo xtask public-api`.
#[derive(Debug, Args)]
pub struct Options {
    /// Change nothing; print a diff and fail if the API is not the recorded one
    #[arg(long)]
    check: bool,
}

/// Records the public API of each crate in `tests/public-api/`, or compares it with what is recorded there.
///
/// # Errors
/// Returns an error if rustdoc fails, if an API shows types of a crate that is not allowed there, or, with `--check`, if an API differs.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        let json = rustdoc_json(workspace, name)?;
        let api = Api::read(&json)?;
        let foreign = api.foreign_crates(&name.replace('-', "_"), allowed)?;
        if !foreign.is_empty() {
            wrong.push(format!("{name} shows types of {}", foreign.join(", ")));
        }
        let file = workspace.root().join("tests/public-api").join(format!("{name}.txt"));
        if !options.check {
            fs::write(&file, api.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
            continue;
        }
        let recorded =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        match api.compare(&recorded) {
            Comparison::Same => {}
            Comparison::OtherFormat => {
                println!("skipped: {name}'s API is recorded from another release of rustdoc");
            }
            Comparison::Different(diff) => {
                print!("{diff}");
                wrong.push(format!("the API of {name} is not the recorded one"));
            }
        }
    }
    if !wrong.is_empty() {
        bail!(
            "{}\nrun `cargo xtask public-api` and commit what it writes, if the change is wanted",
            wrong.join("\n")
        );
    }
    Ok(())
}

/// Runs rustdoc with its JSON output, which a stable release gives if it is asked as nightly is.
fn rustdoc_json(workspace: &Workspace, package: &str) -> Result<PathBuf> {
    // A folder of its own: build scripts look at RUSTC_BOOTSTRAP, so in the usual one all that depends on them would be built again, now and afterwards.
    let target = workspace.root().join("target/public-api");
    let status = Command::new("cargo")
        .args([
            "rustdoc",
            "--quiet",
            "--locked",
            "--lib",
            "--all-features",
            "--package",
            package,
            "--target-dir",
        ])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(workspace.root())
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "rustdoc fails for {package}");
    Ok(target.join("doc").join(format!("{}.json", package.replace('-', "_"))))
}

/// Returns true for what is in a module of one family of methods, whose API is that of the spec.
fn is_generated(item: &str) -> bool {
    item.contains("_api::")
}

struct Api {
    format: u64,
    items: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Comparison {
    Same,
    OtherFormat,
    Different(String),
}

impl Api {
    fn read(json: &Path) -> Result<Self> {
        let text = fs::read_to_string(json).with_context(|| format!("cannot read {}", json.display()))?;
        let format = serde_json::from_str::<Json>(&text)?["format_version"]
            .as_u64()
            .context("rustdoc names no format")?;
        let items = Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build()
            .with_context(|| format!("cannot read format {format} of rustdoc"))?
            .items()
            .map(ToString::to_string)
            .filter(|item| !is_generated(item))
            .collect();
        Ok(Self { format, items })
    }

    /// Compares with a recorded API. What two releases of rustdoc write is not compared.
    fn compare(&self, recorded: &str) -> Comparison {
        let current = self.to_string();
        if recorded == current {
            return Comparison::Same;
        }
        if recorded.lines().next() != current.lines().next() {
            return Comparison::OtherFormat;
        }
        Comparison::Different(
            TextDiff::from_lines(recorded, &current).unified_diff().context_radius(0).to_string(),
        )
    }

    /// Returns the crates other than the standard library, `own` and `allowed` whose paths stand in the API.
    fn foreign_crates(&self, own: &str, allowed: &[&str]) -> Result<Vec<String>> {
        let first_segment = Regex::new(r"(?:^|[^:\w])([a-z]\w*)::")?;
        Ok(self
            .items
            .iter()
            .flat_map(|item| first_segment.captures_iter(item))
            .filter_map(|found| found.get(1))
            .map(|found| found.as_str())
            .filter(|name| *name != own && !STANDARD.contains(name) && !allowed.contains(name))
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect())
    }
}

impl std::fmt::Display for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "# `cargo xtask public-api`, format {} of rustdoc", self.format)?;
        self.items.iter().try_for_each(|item| writeln!(f, "{item}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(items: &[&str]) -> Api {
        Api { format: 57, items: items.iter().map(|&item| item.to_owned()).collect() }
    }

    #[test]
    fn a_type_of_another_crate_is_found() {
        let api = api(&[
            "pub fn ours::Client::get(&self) -> core::result::Result<reqwest::Response, ours::Error>",
            "pub fn ours::f(&hyper::body::Body)",
        ]);
        assert_eq!(api.foreign_crates("ours", &["reqwest"]).unwrap(), ["hyper"]);
    }

    #[test]
    fn a_change_is_a_difference() {
        let recorded = api(&["pub fn ours::f()"]).to_string();
        assert_eq!(api(&["pub fn ours::f()"]).compare(&recorded), Comparison::Same);
        let Comparison::Different(diff) = api(&["pub fn ours::g()"]).compare(&recorded) else {
            panic!("no difference");
        };
        assert!(diff.contains("-pub fn ours::f()\n+pub fn ours::g()"), "{diff}");
    }

    #[test]
    fn another_format_is_not_compared() {
        let recorded = api(&["pub fn ours::f()"]).to_string().replace("57", "56");
        assert_eq!(api(&["pub fn ours::g()"]).compare(&recorded), Comparison::OtherFormat);
    }
}
