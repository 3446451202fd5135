//! Renames the crates of another document, so that one lock file can contain both them and our crates.

use super::skeleton::Files;

/// The prefix of the names of our own crates.
const OURS: &str = "slack-rtm";

/// A prefix of the crates' names: `web` results in `web-models` and `web-apis`.
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
    /// Replaces the names of our crates in a text.
    #[must_use]
    pub fn rename(&self, text: &str, crates: &[&str]) -> String {
        crates.iter().fold(text.to_owned(), |text, name| {
            let new = self.name(name);
            text.replace(name, &new).replace(&name.replace('-', "_"), &new.replace('-', "_"))
        })
    }

    /// Returns the new name of one of our crates.
    #[must_use]
    pub fn name(&self, ours: &str) -> String {
        ours.strip_prefix(OURS)
            .map_or_else(|| format!("{}-{ours}", self.0), |rest| format!("{}{rest}", self.0))
    }

    /// Renames the crates in the files. This changes the order of imports, so the sources must be formatted again.
    #[must_use]
    pub fn apply(&self, files: &Files, crates: &[&str]) -> Files {
        let renamed = files.iter().map(|(path, text)| {
            let path = self.rename(&path.to_string_lossy(), crates);
            (path.into(), self.rename(text, crates))
        });
        renamed.collect()
    }
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
