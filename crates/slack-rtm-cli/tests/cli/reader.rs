//! `slack-rtm listen` with a reader that is slow, stalls or leaves, and with signals.

use std::time::Duration;

use serde_json::Value;
use slack_rtm_test::{Answer, FakeSlack};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::listener::Listener;
use crate::{TOKEN, command};

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
        "{\"kind\":\"state\",\"state\":\"connecting\",\"code\":null,\"reason\":null,\"attempt\":1}\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// Each frame on a line of its own, with everything that is in it.
#[tokio::test]
async fn a_stalled_reader_blocks_neither_commands_nor_signals() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    listener.next("event").await;
    let frame = format!(r#"{{"type":"message","channel":"C1","text":"{}"}}"#, "x".repeat(500_000));
    for _ in 0..40 {
        assert_eq!(slack.send(frame.as_str()).await, 1);
    }
    listener.write(r#"{"send":{"ref":1,"channel":"C1","text":"through"}}"#).await;
    while !slack.frames().iter().any(|frame| frame.text.contains("through")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut seen = 0;
    while seen < 40 {
        let line: Value = serde_json::from_str(&listener.line().await.unwrap()).unwrap();
        seen += match line["kind"].as_str() {
            Some("event") => 1,
            Some("lagged") => line["dropped"].as_u64().unwrap(),
            _ => 0,
        };
    }
    assert_eq!(seen, 40);
    for _ in 0..40 {
        slack.send(frame.as_str()).await;
    }
    listener.signal("-TERM").await;
    // It takes its time to be read, and then ends all the same.
    assert_eq!(listener.code().await, Some(0));
    assert_eq!(slack.dials().len(), 1);
}

#[tokio::test]
async fn a_signal_ends_it_from_the_first_line_on() {
    for signal in ["-INT", "-TERM"] {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_always(Answer::json("").with_delay(Duration::from_secs(60)));
        let mut listener = Listener::start(&slack, &[]);
        listener.line().await.unwrap();
        listener.signal(signal).await;
        let closed = r#"{"kind":"state","state":"closed","code":"closed","reason":"the session was closed","attempt":null}"#;
        assert_eq!(listener.rest().await, [closed]);
        assert_eq!(listener.code().await, Some(0));
    }
}

#[tokio::test]
async fn an_output_that_cannot_be_written_is_a_failure() {
    let slack = FakeSlack::start().await.unwrap();
    for arguments in
        [vec!["listen"], vec!["send", "C01GENERAL0", "hi"], vec!["doctor"], vec!["doctor", "--json"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = command(&arguments);
        command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url()).stdout(full);
        let output = command.spawn().unwrap().wait_with_output().await.unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.starts_with("error: standard output cannot be written"), "{message}");
        // What has been sent is not lost.
        assert_eq!(
            message.contains("its timestamp is 1700000000.000000"),
            arguments[0] == "send",
            "{message}"
        );
    }
}

#[tokio::test]
async fn it_ends_when_the_reader_leaves_even_if_nothing_happens() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    listener.next("event").await;
    let Listener { mut child, lines, input } = listener;
    drop(lines);
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap().unwrap();
    drop(input);
    assert_eq!(status.code(), Some(0));
    let mut complaints = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaints).await.unwrap();
    assert_eq!(complaints, "");
}
