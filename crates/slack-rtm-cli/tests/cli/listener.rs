//! A running `slack-rtm listen` with its input and its output.

use std::time::Duration;

use serde_json::Value;
use slack_rtm_test::FakeSlack;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::{APP_TOKEN, TOKEN, command};

pub(crate) struct Listener {
    pub(crate) child: Child,
    pub(crate) input: ChildStdin,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl Listener {
    pub(crate) fn start(slack: &FakeSlack, arguments: &[&str]) -> Self {
        Self::start_with(slack, &[("SLACK_TOKEN", TOKEN)], arguments)
    }

    /// Starts it over Socket Mode.
    pub(crate) fn start_socket_mode(slack: &FakeSlack, arguments: &[&str]) -> Self {
        Self::start_with(slack, &[("SLACK_TOKEN", APP_TOKEN), ("SLACK_BOT_TOKEN", TOKEN)], arguments)
    }

    pub(crate) fn start_with(slack: &FakeSlack, tokens: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut all = vec!["listen"];
        all.extend(arguments);
        let mut command = command(&all);
        let mut child =
            command.envs(tokens.iter().copied()).env("SLACK_API_URL", slack.base_url()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, lines }
    }

    pub(crate) async fn write(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line as it is; `None` at the end.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.next_line());
        line.await.expect("no line").unwrap()
    }

    /// The next line of a kind; those before it are passed over.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        loop {
            let line = self.line().await.unwrap_or_else(|| panic!("no {kind}, and the output has ended"));
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            if value["kind"] == kind {
                return value;
            }
        }
    }

    /// All lines up to the end, without events.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Some(line) = self.line().await {
            if !line.starts_with(r#"{"kind":"event""#) {
                rest.push(line);
            }
        }
        rest
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().await.unwrap().success());
    }

    pub(crate) async fn connected(&mut self) {
        while self.next("state").await["state"] != "connected" {}
    }

    pub(crate) async fn code(mut self) -> Option<i32> {
        let status = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap();
        status.unwrap().code()
    }
}
