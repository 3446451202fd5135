//! Names of their own for the crates of another document, so that they can stand beside ours in one lock file.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::install::remove;
use super::process;
use super::skeleton::Files;
use crate::workspace::Workspace;

/// What the names of our own crates begin with.
const OURS: &str = "slack-rtm";

/// How long rustfmt may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the names of the crates begin with: `web` gives `web-models` and `web-apis`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl std::str::FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !text.ends_with('-')
            && !text.contains("--");
        match is_name {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("a prefix has small letters, digits and hyphens, and begins with a letter: `web`"
                    .to_owned())
            }
        }
    }
}

impl Prefix {
    /// A text of ours with the names of these crates in place of ours.
    #[must_use]
    pub fn rename(&self, text: &str, crates: &[&str]) -> String {
        crates.iter().fold(text.to_owned(), |text, name| {
            let new = self.name(name);
            text.replace(name, &new).replace(&name.replace('-', "_"), &new.replace('-', "_"))
        })
    }

    fn name(&self, ours: &str) -> String {
        ours.strip_prefix(OURS)
            .map_or_else(|| format!("{}-{ours}", self.0), |rest| format!("{}{rest}", self.0))
    }

    /// The files under other names. Imports are in another order then, so the sources are formatted again.
    ///
    /// # Errors
    /// If they cannot be staged, or rustfmt fails.
    pub fn apply(&self, workspace: &Workspace, files: &Files, crates: &[&str]) -> Result<Files> {
        let stage = workspace.scratch().join("prefix");
        remove(&stage)?;
        let mut renamed = Files::new();
        for (path, text) in files {
            let path = self.rename(&path.to_string_lossy(), crates);
            let text = self.rename(text, crates);
            let target = stage.join(&path);
            std::fs::create_dir_all(target.parent().unwrap_or(&stage))?;
            std::fs::write(&target, &text).with_context(|| format!("cannot write {}", target.display()))?;
            renamed.insert(path.into(), text);
        }
        let mut command = Command::new("rustfmt");
        command.arg("--config-path").arg(workspace.root().join("rustfmt.toml")).args(["--edition", "2024"]);
        command.args(crates.iter().map(|name| stage.join(self.name(name)).join("src/lib.rs")));
        let ended = process::run(&mut command, &workspace.scratch().join("rustfmt.txt"), PATIENCE)
            .context("rustfmt failed; `rustup component add rustfmt` installs it where it is missing")?;
        if !ended.status.success() {
            bail!("rustfmt refused the renamed crates:\n{}", ended.log.trim());
        }
        for (path, text) in &mut renamed {
            *text = read(&stage.join(path))?;
        }
        remove(&stage)?;
        Ok(renamed)
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_get_names_of_their_own() {
        let prefix: Prefix = "web".parse().unwrap();
        let crates = ["slack-rtm-models", "slack-rtm-apis"];
        assert_eq!(
            prefix.rename("slack-rtm-models.workspace = true; use slack_rtm_models as models; slack-rtm-apis/src of slack-rtm", &crates),
            "web-models.workspace = true; use web_models as models; web-apis/src of slack-rtm"
        );
    }

    #[test]
    fn a_prefix_is_a_plain_name() {
        for text in ["web", "my-team2"] {
            assert!(text.parse::<Prefix>().is_ok(), "{text}");
        }
        for text in ["", "Web", "2web", "web-", "a--b", "a_b", "a/b", "..", "wéb"] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
    }
}
