//! Edits that have to be refused: exit code 1, the file and the line, what is wrong and how to mend it, and the tree as it was.

mod document;
mod keys;
mod more;
mod operations;
mod schemas;

use crate::support::{Copy, stderr};

/// How conversations.list says that it comes in pages.
const PAGED: &str = "{ argument: cursor, next: response_metadata.next_cursor, items: channels }";

#[test]
fn a_bad_edit_is_refused_with_its_place_and_changes_nothing() {
    let copy = Copy::new();
    let original = copy.tree();
    let mut failures = Vec::new();
    let families = [document::EDITS, keys::EDITS, schemas::EDITS, operations::EDITS, more::EDITS];
    let edits: Vec<_> = families.into_iter().flatten().collect();
    for (n, (edit, expected)) in edits.iter().enumerate() {
        let file = edit.apply(&copy);
        let before = copy.tree();
        // Neither java nor python is on the way: the input has to be refused before a tool is looked for.
        let output = copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
        let message = stderr(&output);
        let missing: Vec<&&str> = expected.iter().filter(|part| !message.contains(**part)).collect();
        let is_told = output.status.code() == Some(1) && message.contains(": error: ") && missing.is_empty();
        // Whatever is wrong, its message says what to do about it.
        let count = |part: &str| message.lines().filter(|line| line.contains(part)).count();
        let is_helpful = count(": error: ") == count("  help: ");
        if !is_told || !is_helpful || before != copy.tree() {
            failures.push(format!("edit {n}, of {file}: no {missing:?} in\n{message}"));
        }
        copy.restore(&original);
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), edits.len(), failures.join("\n"));
}
