//! What is different on a terminal. `script` of util-linux makes one.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::time::Duration;

use slack_rtm_test::{Answer, FakeSlack};

use crate::TOKEN;

/// What a shell command writes to the terminal that it is run on; `None` where there is no `script`.
async fn on_a_terminal(shell: &str, environment: &[(&str, &str)]) -> Option<String> {
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no `script` here");
        return None;
    }
    let mut command = tokio::process::Command::new("script");
    command
        .args(["-qec", shell, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .env("NO_COLOR", "1")
        .kill_on_drop(true);
    command.envs(environment.iter().copied()).env_remove("RUST_LOG").stdin(Stdio::null());
    let output = tokio::time::timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The system stops a job in the background that reads from its terminal.
#[tokio::test]
async fn a_job_in_the_background_goes_on() {
    let file = std::env::temp_dir().join(format!("slack-rtm-cli-background-{}", std::process::id()));
    let shell = format!(
        "set -m; {} listen --demo > {file} & pid=$!; \
         for n in $(seq 200); do grep -q Coffee {file} 2>/dev/null && break; \
         case $(ps -o stat= -p $pid) in T*) echo STOPPED; break;; esac; sleep 0.1; done; \
         grep -q Coffee {file} && echo WENT ON; kill -KILL $pid",
        env!("CARGO_BIN_EXE_slack-rtm"),
        file = file.display(),
    );
    let said = on_a_terminal(&shell, &[]).await;
    let _ = std::fs::remove_file(&file);
    if let Some(said) = said {
        assert!(said.contains("WENT ON") && !said.contains("STOPPED"), "{said}");
    }
}

#[tokio::test]
async fn a_failure_stands_once() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::refusal("invalid_auth"));
    let url = slack.base_url();
    let environment = [("SLACK_TOKEN", TOKEN), ("SLACK_API_URL", url.as_str())];
    let binary = env!("CARGO_BIN_EXE_slack-rtm");
    let Some(said) = on_a_terminal(&format!("{binary} doctor"), &environment).await else { return };
    assert_eq!(said.matches("Slack does not accept the token").count(), 1, "{said}");
    assert!(!said.contains("error:"), "{said}");
    // What is written to a file is said on the terminal as well.
    let said = on_a_terminal(&format!("{binary} doctor >/dev/null"), &environment).await.unwrap();
    assert_eq!(said.matches("Slack does not accept the token").count(), 1, "{said}");
}

#[tokio::test]
async fn people_read_of_a_retry_once() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::html(503, "<html>"));
    slack.answer_always(Answer::refusal("invalid_auth"));
    let url = slack.base_url();
    let environment = [("SLACK_TOKEN", TOKEN), ("SLACK_API_URL", url.as_str())];
    let shell = format!("{} listen --pretty", env!("CARGO_BIN_EXE_slack-rtm"));
    let Some(said) = on_a_terminal(&shell, &environment).await else { return };
    assert_eq!(said.matches("503").count(), 1, "{said}");
    assert!(said.contains("hint: `slack-rtm doctor`"), "{said}");
}
