//! Whole crates from other people's documents, compiled and run. It needs what `cargo xtask codegen` needs, and the crates that the workspace depends on.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{build_folder, root, stderr};

fn skipped() -> bool {
    let skipped = std::env::var_os("SLACK_RTM_CODEGEN_TESTS").is_none();
    if skipped {
        eprintln!("skipped: SLACK_RTM_CODEGEN_TESTS is not set");
    }
    skipped
}

/// `cargo xtask codegen --spec --out` in this checkout.
fn export(spec: &Path, out: &Path) -> std::process::Output {
    export_as(spec, out, None)
}

fn export_as(spec: &Path, out: &Path, prefix: Option<&str>) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["codegen", "--spec"]).arg(spec).arg("--out").arg(out).env("NO_COLOR", "1");
    command.args(prefix.map(|prefix| format!("--prefix={prefix}")));
    command.env_remove("SLACK_RTM_WORKSPACE").output().unwrap()
}

fn exported(spec: &Path, out: &Path) {
    exported_as(spec, out, None);
}

pub(crate) fn exported_as(spec: &Path, out: &Path, prefix: Option<&str>) {
    let output = export_as(spec, out, prefix);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // The versions of the workspace: they are here already.
    std::fs::copy(root().join("Cargo.lock"), out.join("Cargo.lock")).unwrap();
}

pub(crate) fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", build_folder())
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo {arguments:?}:\n{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn is_clean(out: &Path) {
    // Exported crates have a library each and no other target, and no code for tests.
    cargo(out, &["clippy", "--quiet", "--workspace", "--", "-D", "warnings"]);
    cargo(out, &["fmt", "--all", "--check"]);
    cargo(out, &["doc", "--quiet", "--workspace", "--no-deps"]);
}

/// The names of the methods that the generated code gives `Client`.
fn functions(out: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(out.join("slack-rtm-apis/src/generated")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in text.split("\nimpl Client {\n").skip(1) {
            let body = part.split("\n}\n").next().unwrap();
            let lines = body.lines().filter_map(|line| line.strip_prefix("    pub fn "));
            names.extend(lines.map(|line| line.split('(').next().unwrap().to_owned()));
        }
    }
    names
}

#[test]
fn everything_that_a_document_can_say_arrives_on_the_wire() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("crates");
    let documents = root().join("xtask/tests/documents");
    exported(&documents.join("wire.yaml"), &out);
    is_clean(&out);

    let program = folder.path().join("program");
    std::fs::create_dir_all(program.join("src")).unwrap();
    std::fs::copy(documents.join("wire/main.rs"), program.join("src/main.rs")).unwrap();
    std::fs::copy(root().join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    let manifest = r#"
[package]
name = "wire"
edition = "2024"

[workspace]

[dependencies]
serde_json = "1"
slack-rtm-apis = { path = "../crates/slack-rtm-apis" }
slack-rtm-models = { path = "../crates/slack-rtm-models" }
tokio = { version = "1", features = ["macros", "rt"] }
"#;
    std::fs::write(program.join("Cargo.toml"), manifest).unwrap();
    assert_eq!(cargo(&program, &["run", "--quiet"]), "everything arrived\n");
}

#[test]
fn crates_with_a_prefix_stand_beside_slack_rtm() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("web");
    exported_as(&root().join("xtask/tests/documents/answers.yaml"), &out, Some("web"));
    is_clean(&out);
    let program = folder.path().join("program");
    std::fs::create_dir_all(program.join("src")).unwrap();
    std::fs::copy(root().join("xtask/tests/documents/beside.rs"), program.join("src/main.rs")).unwrap();
    std::fs::copy(root().join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    let ours = root().join("crates/slack-rtm");
    let manifest = format!(
        "[package]\nname = \"beside\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nslack-rtm = {{ path = {ours:?} }}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\nweb-apis = {{ path = \"../web/web-apis\" }}\nweb-models = {{ path = \"../web/web-models\" }}\n"
    );
    std::fs::write(program.join("Cargo.toml"), manifest).unwrap();
    assert_eq!(cargo(&program, &["run", "--quiet"]), "both were called\n");
    let lock = std::fs::read_to_string(program.join("Cargo.lock")).unwrap();
    for name in ["slack-rtm-models", "slack-rtm-apis", "web-models", "web-apis"] {
        assert!(lock.contains(&format!("\nname = \"{name}\"\n")), "no {name} in the lock file");
    }
}

#[test]
fn a_prefix_that_is_no_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = export_as(&root().join("xtask/tests/documents/odd.yaml"), &out, Some("../x"));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a prefix has small letters"), "{}", stderr(&output));
    assert!(!out.exists());
}

#[test]
fn odd_names_and_shapes_compile() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    exported(&root().join("xtask/tests/documents/odd.yaml"), folder.path());
    let mut functions = functions(folder.path());
    functions.sort();
    let expected = [
        "call_2",
        "größe_setzen",
        "head_a_user_id_json",
        "n1put",
        "options_a_user_id_json",
        "repos_get_a",
        "rtm_connect",
    ];
    assert_eq!(functions, expected);
    is_clean(folder.path());
}

#[test]
fn the_whole_web_api_compiles() {
    let Some(document) = std::env::var_os("SLACK_WEB_OPENAPI") else {
        eprintln!("skipped: SLACK_WEB_OPENAPI is not set");
        return;
    };
    let document = PathBuf::from(document);
    let text = std::fs::read_to_string(&document).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let operations = json["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| item.as_object().unwrap().len())
        .sum::<usize>();
    assert_eq!(operations, 174);
    let folder = tempfile::tempdir().unwrap();
    exported(&document, folder.path());
    let mut functions = functions(folder.path());
    functions.sort();
    functions.dedup();
    assert_eq!(functions.len(), operations);
    is_clean(folder.path());
}

#[test]
fn another_folder_is_written_only_where_it_is_ours() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("small.yaml");
    let document = |name: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\npaths:\n  /{name}:\n    get: {{ responses: {{ '200': {{ description: d }} }} }}\n"
        )
    };
    std::fs::write(&spec, document("a.b")).unwrap();
    let out = folder.path().join("out");
    assert!(export(&spec, &out).status.success());
    assert_eq!(functions(&out), ["get_a_b"]);
    std::fs::write(&spec, document("c.d")).unwrap();
    assert!(export(&spec, &out).status.success());
    assert_eq!(functions(&out), ["get_c_d"]);

    std::fs::write(out.join("slack-rtm-apis/src/call.rs"), "edited").unwrap();
    let output = export(&spec, &out);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("call.rs"), "{}", stderr(&output));

    let theirs = folder.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("thesis.txt"), "").unwrap();
    let output = export(&spec, &theirs);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is not empty"), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 1);
}

#[test]
fn a_document_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("new.yaml");
    for (text, message) in [
        (
            "openapi: 4.0.0\ninfo: { title: t, version: '1' }\npaths: {}\n",
            "OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0 are read",
        ),
        ("swagger: '1.2'\ninfo: { title: t, version: '1' }\npaths: {}\n", "this is not Swagger 2.0"),
    ] {
        std::fs::write(&spec, text).unwrap();
        let output = export(&spec, &folder.path().join("out"));
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
        assert!(!folder.path().join("out").exists());
    }
}
