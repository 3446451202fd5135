//! The examples that a document has of answers and refusals, read by the code that is generated from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::export::{cargo, exported_as};
use crate::support::{Project, root, skipped, stderr};

/// Where each operation's request is, by the operation's name.
fn requests(generated: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(generated).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("impl Operation for ").skip(1) {
            let name = part.split("const NAME: &'static str = \"").nth(1).unwrap();
            let request = format!("{module}::{}", part.split(' ').next().unwrap());
            out.insert(name.split('"').next().unwrap().to_owned(), request);
        }
    }
    out
}

/// The program that reads every example of the document.
fn program(document: &Value, generated: &Path, prefix: &str) -> (String, usize, usize) {
    let requests = requests(generated);
    let (mut answers, mut refusals) = ((String::new(), 0), (String::new(), 0));
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let name = path.trim_start_matches('/');
            let request = &requests[name];
            for (status, (out, count), read) in
                [("200", &mut answers, "answer"), ("default", &mut refusals, "refusal")]
            {
                let example = &operation["responses"][status]["examples"]["application/json"];
                if !example.is_null() {
                    let body = example.to_string();
                    let _ = write!(out, "({name:?}, {read}::<{prefix}_apis::{request}>, {body:?}),");
                    *count += 1;
                }
            }
        }
    }
    let text = std::fs::read_to_string(root().join("xtask/tests/documents/answers.rs")).unwrap();
    let text = text.replace("generated_", &format!("{prefix}_")).replace("/*ANSWERS*/", &answers.0);
    (text.replace("/*REFUSALS*/", &refusals.0), answers.1, refusals.1)
}

/// Asserts that all of it was read, and prints how much that is.
fn all_is_read(what: &str, printed: &str, answers: usize, refusals: usize) {
    eprintln!("{what}:\n{printed}");
    for (count, kind) in [(answers, "answers"), (refusals, "refusals")] {
        let wanted = format!("{count} of {count} {kind} decode, 0 with Unrecognized,");
        assert!(printed.lines().any(|line| line.starts_with(&wanted)), "{what}: {printed}");
    }
}

fn parsed(document: &Path) -> Value {
    let text = std::fs::read_to_string(document).unwrap();
    xtask::spec::yaml::parse("document", &text).unwrap().to_json()
}

/// Reads all examples by crates of the document's own.
fn read_by_export(document: &Path) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("web");
    exported_as(document, &out, Some("web"));
    let (text, answers, refusals) = program(&parsed(document), &out.join("web-apis/src/generated"), "web");
    let program = folder.path().join("program");
    std::fs::create_dir_all(program.join("src")).unwrap();
    std::fs::write(program.join("src/main.rs"), text).unwrap();
    std::fs::copy(root().join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    let manifest = "[package]\nname = \"answers\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nserde = \"1\"\nserde_json = \"1\"\nweb-apis = { path = \"../web/web-apis\" }\nweb-models = { path = \"../web/web-models\" }\n";
    std::fs::write(program.join("Cargo.toml"), manifest).unwrap();
    all_is_read("--spec --out", &cargo(&program, &["run", "--quiet"]), answers, refusals);
    (answers, refusals)
}

/// Reads all examples by our own crates, into which the document's operations were vendored.
fn read_by_vendored(document: &Path) -> (usize, usize) {
    let project = Project::new();
    let output = project.copy().xtask(&["vendor", "--all", "--from"]).arg(document).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    project.codegen();
    let generated = project.copy().path("crates/slack-rtm-apis/src/generated");
    let (text, answers, refusals) = program(&parsed(document), &generated, "slack_rtm");
    let printed = project.run_with(&["--features", "web"], &text);
    all_is_read("vendored", &printed, answers, refusals);
    (answers, refusals)
}

fn upstream() -> Option<PathBuf> {
    let document = std::env::var_os("SLACK_WEB_OPENAPI").map(PathBuf::from);
    if document.is_none() {
        eprintln!("skipped: SLACK_WEB_OPENAPI is not set");
    }
    document
}

#[test]
fn crates_of_a_document_read_its_examples() {
    if !skipped() {
        assert_eq!(read_by_export(&root().join("xtask/tests/documents/answers.yaml")), (7, 2));
    }
}

#[test]
fn vendored_operations_read_the_documents_examples() {
    if !skipped() {
        assert_eq!(read_by_vendored(&root().join("xtask/tests/documents/answers.yaml")), (7, 2));
    }
}

#[test]
fn crates_of_the_whole_web_api_read_its_examples() {
    if let Some(document) = upstream().filter(|_| !skipped()) {
        assert_eq!(read_by_export(&document), (174, 174));
    }
}

#[test]
fn the_whole_web_api_vendored_reads_its_examples() {
    if let Some(document) = upstream().filter(|_| !skipped()) {
        assert_eq!(read_by_vendored(&document), (174, 174));
    }
}
