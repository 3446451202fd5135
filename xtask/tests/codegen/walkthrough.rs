//! The edits that CONTRIBUTING.md walks through: each diff of the spec applies and passes the linter, and gives the diff of the code that stands below it.

use std::path::Path;

use similar::TextDiff;

use crate::support::{Copy, root, skipped, stderr};

/// What the document calls what it leaves out of a diff.
const ELISION: &str = "...";

/// How many lines of context the document's diffs have.
const CONTEXT: usize = 1;

/// One of the document's edits.
struct Step {
    title: String,
    /// What is changed in the spec.
    edit: String,
    /// What changes in the generated code.
    outcome: String,
}

/// The headings below "Editing the spec" that have two diffs.
fn steps() -> Vec<Step> {
    let text = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let mut steps = Vec::new();
    for section in text.split("\n### ").skip(1) {
        let diffs: Vec<&str> =
            section.split("\n```diff\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
        if let [edit, outcome] = diffs.as_slice() {
            let title = section.lines().next().unwrap().to_owned();
            steps.push(Step { title, edit: format!("{edit}\n"), outcome: format!("{outcome}\n") });
        }
    }
    steps
}

/// Applies a unified diff. Where a hunk belongs is told by its lines alone, so line numbers may be left out.
fn apply(copy: &Copy, diff: &str) {
    for part in diff.split("--- a/").skip(1) {
        let (names, hunks) = part.split_once("\n@@").unwrap();
        let file = names.lines().next().unwrap();
        assert_eq!(names.lines().nth(1), Some(format!("+++ b/{file}").as_str()));
        let mut text = std::fs::read_to_string(copy.path(file)).unwrap();
        for hunk in hunks.split("\n@@") {
            let lines = hunk.split_once('\n').unwrap().1.lines();
            let side = |mark: char| {
                let of_side = lines.clone().filter(|line| line.starts_with([' ', mark]));
                of_side.map(|line| format!("{}\n", &line[1..])).collect::<String>()
            };
            let (old, new) = (side('-'), side('+'));
            assert_eq!(text.matches(&old).count(), 1, "{file}: this does not stand there once:\n{old}");
            text = text.replacen(&old, &new, 1);
        }
        std::fs::write(copy.path(file), text).unwrap();
    }
}

/// What has changed in the generated code, without line numbers.
fn changes(copy: &Copy) -> String {
    let mut out = String::new();
    for name in ["slack-rtm-models", "slack-rtm-apis"] {
        let folder = format!("crates/{name}/src/generated");
        let mut files = files_of(&root().join(&folder));
        files.extend(files_of(&copy.path(&folder)));
        files.sort();
        files.dedup();
        for file in files {
            let path = format!("{folder}/{file}");
            let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
            let (old, new) = (read(&root().join(&path)), read(&copy.path(&path)));
            let diff = TextDiff::from_lines(&old, &new);
            let diff = diff
                .unified_diff()
                .context_radius(CONTEXT)
                .header(&format!("a/{path}"), &format!("b/{path}"))
                .to_string();
            out.push_str(&diff);
        }
    }
    without_numbers(&out)
}

fn files_of(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn without_numbers(diff: &str) -> String {
    diff.lines()
        .map(|line| if line.starts_with("@@") { "@@\n".to_owned() } else { format!("{}\n", line.trim_end()) })
        .collect()
}

/// Whether a text is another one in which parts may have been left out.
fn is_excerpt(excerpt: &str, whole: &str) -> bool {
    let elision = format!("{ELISION}\n");
    let mut rest = whole;
    for (n, part) in excerpt.split(&elision).enumerate() {
        match rest.find(part) {
            Some(at) if n > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || excerpt.ends_with(&elision)
}

#[test]
fn the_five_edits_apply_and_pass_the_linter() {
    let steps = steps();
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(titles, ["An error code", "A field", "An event", "An operation", "Another Rust name"]);
    for step in steps {
        let copy = Copy::new();
        apply(&copy, &step.edit);
        let output = copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
        assert!(stderr(&output).contains("files bundled, checked"), "{}:\n{}", step.title, stderr(&output));
    }
}

#[test]
fn the_five_edits_give_the_code_that_the_document_says() {
    if skipped() {
        return;
    }
    let mut failures = Vec::new();
    for step in steps() {
        let copy = Copy::new();
        apply(&copy, &step.edit);
        let output = copy.xtask(&["codegen"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}:\n{}", step.title, stderr(&output));
        let changes = changes(&copy);
        let mut files = changes.lines().filter(|line| line.starts_with("+++ b/"));
        if !is_excerpt(&without_numbers(&step.outcome), &changes)
            || !files.all(|file| step.outcome.contains(file))
        {
            failures.push(format!("### {}\n\n{changes}", step.title));
        }
    }
    assert!(
        failures.is_empty(),
        "CONTRIBUTING.md does not say what these edits give:\n{}",
        failures.join("\n")
    );
}

#[test]
fn an_excerpt_leaves_out_only_what_it_says() {
    assert!(is_excerpt("a\nb\n", "a\nb\n"));
    assert!(is_excerpt("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(is_excerpt("a\n...\n", "a\nb\n"));
    for (excerpt, whole) in
        [("a\n", "a\nb\n"), ("b\n", "a\nb\n"), ("a\n...\nb\n", "a\nb\nc\n"), ("a\nc\n", "a\nb\nc\n")]
    {
        assert!(!is_excerpt(excerpt, whole), "{excerpt:?}");
    }
}
