//! The examples run, without a token, to their end. `cargo test` builds them before it runs this.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

/// Where cargo puts the examples: beside the folder that this test is in.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(std::path::Path::parent).unwrap();
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// What an example prints.
fn run(name: &str) -> Option<String> {
    let path = example(name);
    if !path.exists() {
        println!("skipped: the example {name} is not built; `cargo test --package slack-rtm` builds it");
        return None;
    }
    let mut command = Command::new(path);
    let output = command
        .env_remove("SLACK_TOKEN")
        .env_remove("SLACK_TOKENS")
        .env_remove("SLACK_APP_TOKEN")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{name}: {out}{err}");
    Some(out)
}

/// Compares the last lines of what an example prints.
fn prints(name: &str, expected: &[&str]) {
    if let Some(out) = run(name) {
        assert!(out.lines().collect::<Vec<_>>().ends_with(expected), "{name}: {out}");
    }
}

#[test]
fn quickstart() {
    prints("quickstart", &["messages would come from SocketUrl(ws://127.0.0.1/[redacted])"]);
}

#[test]
fn blocking() {
    prints("blocking", &["connected as helpful-robot"]);
}

#[test]
fn echo_bot() {
    prints("echo_bot", &["connected as helpful-robot", "answered", "answered"]);
}

#[test]
fn presence_watcher() {
    prints("presence_watcher", &["U01ALICE000 is away"]);
}

#[test]
fn backfill() {
    prints("backfill", &["missed while you were away"]);
}

#[test]
fn names_bot() {
    prints("names_bot", &["alice: good morning", "Alice the Great: call me by my new name"]);
}

#[test]
fn socket_mode_bot() {
    prints("socket_mode_bot", &["responded: You typed /deploy web"]);
}

#[test]
fn blocks_and_reactions() {
    prints("blocks_and_reactions", &[":rocket: by 2"]);
}

#[test]
fn edit_message() {
    prints(
        "edit_message",
        &[
            "Deploying: 0 of 3 -> Deploying: 1 of 3",
            "Deploying: 1 of 3 -> Deploying: 2 of 3",
            "Deploying: 2 of 3 -> Deploying: 3 of 3",
        ],
    );
}

#[test]
fn upload_file() {
    prints("upload_file", &["\"Report\" has 21 bytes"]);
}

#[test]
fn gateway() {
    prints("gateway", &["connected as helpful-robot"]);
}

/// Which of the workspaces comes first is left to chance.
#[test]
fn many_workspaces() {
    if let Some(out) = run("many_workspaces") {
        let count = |text| out.lines().filter(|line| line.contains(text)).count();
        assert_eq!((count("good morning, everybody"), count("token_revoked")), (2, 1), "{out}");
        assert_eq!(count("workspace 2 is left out: token: item 2 of the list"), 1, "{out}");
        assert!(!out.contains("xoxb"), "{out}");
    }
}
