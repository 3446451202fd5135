//! `.ci/report-upstream`, which turns a report of `cargo xtask watch-upstream` into an issue, with a `gh` that keeps its issues in files.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{root, stderr};

/// Keeps one issue: `state` and `body` are files in its folder, and `created` counts.
const GH: &str = r#"#!/bin/sh
cd "$ISSUES"
case "$1 $2" in
  "issue list") while [ "$1" != --state ]; do shift; done; [ "$(cat state 2>/dev/null)" = "$2" ] && echo 7 || true ;;
  "issue view") cat body ;;
  "issue edit"|"issue create")
    verb="$2"
    while [ "$1" != --body-file ]; do shift; done
    cp "$2" body
    echo open >state
    echo "$verb" >>log ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
"#;

struct Issues(tempfile::TempDir);

impl Issues {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gh = folder.path().join("gh");
        std::fs::write(&gh, GH).unwrap();
        std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    /// Reports, and returns what happened to issues so far.
    fn report(&self, text: &str) -> String {
        let file = self.0.path().join("report.md");
        std::fs::write(&file, text).unwrap();
        let path = format!("{}:{}", self.0.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.arg(root().join(".ci/report-upstream")).arg("A title").arg(&file);
        let output = command.env("PATH", path).env("ISSUES", self.0.path()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let log = std::fs::read_to_string(self.0.path().join("log")).unwrap_or_default();
        log.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn close(&self) {
        std::fs::write(self.0.path().join("state"), "closed\n").unwrap();
    }

    fn body(&self) -> String {
        std::fs::read_to_string(self.0.path().join("body")).unwrap()
    }
}

#[test]
fn a_report_opens_one_issue_until_it_changes() {
    let issues = Issues::new();
    assert_eq!(issues.report(""), "");
    assert_eq!(issues.report("- `a.b`\n"), "create");
    assert_eq!(issues.report("- `a.b`\n"), "create");
    assert_eq!(issues.report("- `a.b`\n- `c.d`\n"), "create edit");
    assert_eq!(issues.body(), "- `a.b`\n- `c.d`\n");
    issues.close();
    assert_eq!(issues.report("- `a.b`\n- `c.d`\n"), "create edit");
    assert_eq!(issues.report("- `e.f`\n"), "create edit create");
    // GitHub takes no more than 65,536 characters.
    assert_eq!(issues.report(&"x".repeat(70_000)), "create edit create edit");
    assert!(issues.body().len() < 65_536 && issues.body().contains("cut off"), "{}", issues.body().len());
}
