//! The manifests of exported crates: ours, with what the document says of itself in place of what ours say of Slack.

use crate::spec::yaml::Node;

/// The keys of our packages that do not hold for crates of another document.
const OF_OURS: [&str; 7] =
    ["authors", "categories", "documentation", "homepage", "keywords", "readme", "repository"];

/// The maximum length of a title in a description, in characters.
const MAX_TITLE: usize = 100;

/// What a document says of the service that it describes.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its title, and its version in parentheses if it has one.
    title: String,
}

impl Service {
    /// Reads the `info` of a document.
    #[must_use]
    pub fn of(root: &Node) -> Self {
        let text = |path: &[&str]| plain(root.at(path).and_then(Node::str).unwrap_or_default());
        let title = match (text(&["info", "title"]), text(&["info", "version"])) {
            (title, _) if title.is_empty() => "a service".to_owned(),
            (title, version) if version.is_empty() => title,
            (title, version) => format!("{title} ({version})"),
        };
        Self { title }
    }
}

/// Returns a text as one line without control characters that is not too long.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect()
}

/// Creates the manifest of an exported crate from that of ours. The licence stays, since most of the code is ours; a document's licence is that of its service.
pub(super) fn of_crate(ours: &str, name: &str, service: &Service) -> String {
    let about = if name.ends_with("apis") { "HTTP calls" } else { "Wire types" };
    let kept = sections(ours, |name| !["dev-dependencies", "bench"].contains(&name));
    let lines = kept.lines().filter_map(|line| match key(line) {
        "description" => {
            // A string of JSON is one of TOML.
            let text = serde_json::Value::String(format!("{about} of {}", service.title));
            Some(format!("description = {text}"))
        }
        key if OF_OURS.contains(&key) => None,
        _ => Some(line.to_owned()),
    });
    joined(lines)
}

/// Creates the manifest of a workspace with these members, in folders beside it, from our own manifest.
pub(super) fn of_workspace(ours: &str, members: &[&str]) -> String {
    let kept = sections(ours, |name| !name.starts_with("profile"));
    let lines = kept.lines().filter_map(|line| match key(line) {
        "members" => Some(format!("members = {members:?}")),
        "exclude" => None,
        key if OF_OURS.contains(&key) => None,
        key if line.contains("path = \"crates/") => {
            members.contains(&key).then(|| line.replace("path = \"crates/", "path = \""))
        }
        _ => Some(line.to_owned()),
    });
    let head = "# Made by `cargo xtask codegen --spec --out` of slack-rtm: the two crates as a workspace of their own.".to_owned();
    joined(std::iter::once(head).chain(lines))
}

/// Returns the key of a line, up to its first point.
fn key(line: &str) -> &str {
    line.split(['=', '.']).next().unwrap_or_default().trim()
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// Returns the sections of a manifest whose names pass.
fn sections(manifest: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    let mut kept = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            kept = keep(line.trim_matches(['[', ']']));
        }
        if kept {
            out.push_str(line);
            out.push('\n');
        }
    }
    format!("{}\n", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::yaml;

    fn service(info: &str) -> Service {
        Service::of(&yaml::parse("f.yaml", &format!("{{info: {{{info}}}}}")).unwrap())
    }

    const OURS: &str = "[package]\nname = \"slack-rtm-apis\"\ndescription = \"HTTP calls of Slack's\"\nversion.workspace = true\nlicense.workspace = true\nrepository.workspace = true\nkeywords = [\"slack\"]\ncategories = [\"api-bindings\"]\n\n[features]\nweb = []\n\n[dev-dependencies]\na = \"1\"\n\n[[bench]]\nname = \"call\"\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_crate_is_described_by_its_document() {
        let manifest = of_crate(
            OURS,
            "slack-rtm-apis",
            &service("title: \"The \\\"Pet\\\"\\n store\", version: '2.1', license: {name: MIT}"),
        );
        assert_eq!(
            manifest,
            "[package]\nname = \"slack-rtm-apis\"\ndescription = \"HTTP calls of The \\\"Pet\\\" store (2.1)\"\nversion.workspace = true\nlicense.workspace = true\n\n[features]\nweb = []\n\n[lints]\nworkspace = true\n"
        );
        let manifest = of_crate(OURS, "slack-rtm-models", &service("title: Pets, license: {name: Ours}"));
        assert!(
            manifest.contains(
                "description = \"Wire types of Pets\"\nversion.workspace = true\nlicense.workspace = true\n\n"
            ),
            "{manifest}"
        );
        assert!(
            of_crate(OURS, "slack-rtm-models", &service(""))
                .contains("description = \"Wire types of a service\"")
        );
    }

    #[test]
    fn a_workspace_of_two() {
        let ours = "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"fuzz\"]\n\n[workspace.package]\nversion = \"1\"\n# Lowest.\nrust-version = \"1.89\"\nlicense = \"MIT\"\nrepository = \"https://example.com\"\n\n[workspace.dependencies]\na = { path = \"crates/a\", version = \"1\" }\nb = { path = \"crates/b\" }\nc = \"1\"\n\n[profile.dev]\nx = 1\n";
        let manifest = of_workspace(ours, &["a"]);
        assert!(manifest.ends_with("[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"1\"\n# Lowest.\nrust-version = \"1.89\"\nlicense = \"MIT\"\n\n[workspace.dependencies]\na = { path = \"a\", version = \"1\" }\nc = \"1\"\n"), "{manifest}");
    }
}
