//! The command as a shell runs it, against the fake Slack.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const TOKEN: &str = "xoxb-SECRET";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slack-rtm"));
    command.args(arguments).env_remove("SLACK_TOKEN").env_remove("SLACK_API_URL").env_remove("RUST_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

struct Listener {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Listener {
    fn start(slack: &FakeSlack, arguments: &[&str]) -> Self {
        let mut all = vec!["listen"];
        all.extend(arguments);
        let mut child =
            command(&all).env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, lines }
    }

    async fn write(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line of a kind; those before it are passed over.
    async fn next(&mut self, kind: &str) -> Value {
        let search = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the output has ended");
                let value: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
                if value["kind"] == kind {
                    return value;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), search).await.unwrap_or_else(|_| panic!("no {kind}"))
    }

    async fn connected(&mut self) {
        while self.next("state").await["state"] != "connected" {}
    }

    async fn code(mut self) -> Option<i32> {
        let status = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.unwrap();
        status.unwrap().code()
    }
}

#[tokio::test]
async fn events_out_and_commands_in() {
    let slack = FakeSlack::start().await.unwrap();
    slack
        .script_next(Script::healthy().sending(["{\"type\":\"brand_new\",\n \"x\": \"a\\nb\"}", "nonsense"]));
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    assert_eq!(listener.next("event").await["event"], json!({ "type": "brand_new", "x": "a\nb" }));
    assert_eq!(listener.next("odd").await["raw"], "nonsense");
    listener.write(r#"{"send":{"ref":{"n":1},"channel":"C01GENERAL0","text":"hi"}}"#).await;
    let reply = listener.next("reply").await;
    assert_eq!((&reply["ref"]["n"], &reply["outcome"]), (&json!(1), &json!("acked")));
    assert_eq!(reply["ts"], "1700000000.000000");
    listener.write("").await;
    listener.write("{").await;
    let error = listener.next("error").await;
    assert_eq!((&error["line"], &error["fatal"]), (&json!(3), &json!(false)));
    listener.write(r#"{"send":{"ref":2,"channel":"C01GENERAL0","text":""}}"#).await;
    let reply = listener.next("reply").await;
    assert_eq!((&reply["outcome"], &reply["code"]), (&json!("rejected"), &json!(2)));
    let long = "x".repeat(4001);
    listener.write(&format!(r#"{{"send":{{"ref":3,"channel":"C01GENERAL0","text":"{long}"}}}}"#)).await;
    assert_eq!(listener.next("reply").await["outcome"], "not_sent");
    listener.write(r#"{"close":{}}"#).await;
    assert_eq!(listener.next("state").await["state"], "closed");
    assert_eq!(listener.code().await, Some(0));
}

#[tokio::test]
async fn only_the_wanted_types() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_next(
        Script::healthy().sending([r#"{"type":"user_typing"}"#, r#"{"type":"message","text":"x"}"#]),
    );
    let mut listener = Listener::start(&slack, &["--type", "message,reaction_added"]);
    assert_eq!(listener.next("event").await["event"]["type"], "message");
}

#[tokio::test]
async fn the_end_of_the_input_does_not_end_it_but_a_signal_does() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    listener.input.shutdown().await.unwrap();
    let (child, lines) = (listener.child, &mut listener.lines);
    // The pipe is closed only once its handle is gone.
    drop(listener.input);
    tokio::time::sleep(Duration::from_millis(100)).await;
    slack.say("C01GENERAL0", "U01ALICE000", "still here", "1700000001.000100").await;
    loop {
        let line = lines.next_line().await.unwrap().expect("it has ended");
        if line.contains("still here") {
            break;
        }
    }
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let output =
        tokio::time::timeout(Duration::from_secs(20), child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test]
async fn a_gap_has_the_last_timestamps() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    while slack.say("C01GENERAL0", "U01ALICE000", "one", "1700000001.000100").await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while listener.next("event").await["event"]["type"] != "message" {}
    slack.drop_connections().await;
    assert_eq!(listener.next("state").await["state"], "reconnecting");
    assert_eq!(listener.next("gap").await["channels"]["C01GENERAL0"], "1700000001.000100");
}

#[tokio::test]
async fn a_refusal_for_good_names_its_code_on_both_outputs() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::refusal("invalid_auth"));
    let mut command = command(&["listen"]);
    let output = command
        .env("SLACK_TOKEN", TOKEN)
        .env("SLACK_API_URL", slack.base_url())
        .env("RUST_LOG", "trace")
        .output()
        .await
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(3));
    assert!(out.contains(r#""code":"invalid_auth""#) && out.contains(r#""fatal":true"#), "{out}");
    assert!(err.contains("invalid_auth"), "{err}");
    assert!(!out.contains("SECRET") && !err.contains("SECRET"));
    assert_eq!(slack.requests().len(), 1);
}

#[tokio::test]
async fn wrong_usage_is_told_apart() {
    for (arguments, token, url) in [
        (vec!["listen"], None, None),
        (vec!["listen"], Some("xoxb SECRET"), None),
        (vec!["listen"], Some("xoxb-SECRET\n"), None),
        (vec!["listen", "--nope"], Some(TOKEN), None),
        (vec!["send", "C01GENERAL0"], Some(TOKEN), None),
        (vec!["listen"], Some(TOKEN), Some("https://")),
        (vec!["send", "C01GENERAL0", "hi"], Some(TOKEN), Some("http://slack.example.com/api")),
        (vec![], None, None),
    ] {
        let mut command = command(&arguments);
        if let Some(token) = token {
            command.env("SLACK_TOKEN", token);
        }
        if let Some(url) = url {
            command.env("SLACK_API_URL", url);
        }
        let output = command.output().await.unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(!message.is_empty() && !message.contains("SECRET"), "{message}");
    }
}

#[tokio::test]
async fn a_closed_output_ends_it_quietly() {
    let output = tokio::time::timeout(
        Duration::from_secs(30),
        Command::new("sh")
            .args([
                "-c",
                &format!("{} listen --demo </dev/null | head -n 1", env!("CARGO_BIN_EXE_slack-rtm")),
            ])
            .output(),
    );
    let output = output.await.unwrap().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "{\"kind\":\"state\",\"state\":\"connecting\",\"reason\":null,\"attempt\":1}\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[tokio::test]
async fn one_message_and_its_timestamp() {
    let slack = FakeSlack::start().await.unwrap();
    let send = |text: &'static str| {
        let mut command = command(&["send", "C01GENERAL0", text]);
        command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url());
        async move { command.output().await.unwrap() }
    };
    let output = send("hi").await;
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stdout).unwrap().as_str()),
        (Some(0), "1700000000.000000\n")
    );
    let output = send("").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("refused with code 2"));
}
