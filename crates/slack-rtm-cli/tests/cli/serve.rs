//! `slack-rtm serve`: a fake Slack for programs in any language.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{TOKEN, command};

/// Starts it, and waits for the URL that it writes.
async fn serve(arguments: &[&str]) -> (Child, String) {
    let mut all = vec!["serve", "--port", "0"];
    all.extend(arguments);
    let mut child = command(&all).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap();
    let line: Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
    assert_eq!(line["kind"], "serving");
    (child, line["base_url"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn another_program_sends_a_message_to_it_and_it_ends_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, url) = serve(&["--token", TOKEN]).await;
        let send = |token| {
            let mut send = command(&["send", "C01GENERAL0", "hello"]);
            send.env("SLACK_TOKEN", token).env("SLACK_API_URL", &url);
            send
        };
        let sent = send(TOKEN).output().await.unwrap();
        assert!(sent.status.success(), "{sent:?}");
        let refused = send("xoxb-another").output().await.unwrap();
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");

        let pid = child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
        let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_user_talks_when_asked_to() {
    let (_child, url) = serve(&["--talk"]).await;
    let mut listen = command(&["listen", "--type", "message"])
        .env("SLACK_TOKEN", TOKEN)
        .env("SLACK_API_URL", url)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(listen.stdout.take().unwrap()).lines();
    let message = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["kind"] == "event" {
                return line["event"]["user"].clone();
            }
        }
        Value::Null
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(30), message).await.unwrap(), "U01ALICE000");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let (_child, url) = serve(&[]).await;
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
    let second = command(&["serve", "--port", port]).output().await.unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.contains(port) && said.contains("--port 0"), "{said}");
}
