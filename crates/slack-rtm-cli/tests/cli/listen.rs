//! `slack-rtm listen`.

use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::io::AsyncWriteExt as _;

use crate::listener::Listener;
use crate::{TOKEN, command};

#[tokio::test]
async fn events_out_and_commands_in() {
    let slack = FakeSlack::start().await.unwrap();
    slack
        .script_next(Script::healthy().sending(["{\"type\":\"brand_new\",\n \"x\": \"a\\nb\"}", "nonsense"]));
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    assert_eq!(listener.next("event").await["event"], json!({ "type": "brand_new", "x": "a\nb" }));
    assert_eq!(listener.next("malformed").await["raw"], "nonsense");
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
    let mut listener = Listener::start(&slack, &["--type", "message, reaction_added"]);
    assert_eq!(listener.next("event").await["event"]["type"], "message");
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
async fn an_event_is_what_slack_sent() {
    let frames = [
        r#"{"type":"x","n":1.0e5,"n":-0.0,"big":123456789012345678901234567890,"s":"\u00e9\/\ud800"}"#,
        r#"{ "a" : [ ] }"#,
        "{}",
    ];
    let malformed = ["", "[1]", "{\"a\":", "{}\0", "{}{}"];
    let slack = FakeSlack::start().await.unwrap();
    slack.script_next(Script::healthy().sending(frames).sending(malformed));
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    assert_eq!(listener.line().await.unwrap(), r#"{"kind":"event","event":{"type":"hello"}}"#);
    for frame in frames {
        assert_eq!(listener.line().await.unwrap(), format!(r#"{{"kind":"event","event":{frame}}}"#));
    }
    for frame in malformed {
        let line: Value = serde_json::from_str(&listener.line().await.unwrap()).unwrap();
        assert_eq!(line, json!({ "kind": "malformed", "raw": frame, "binary": false }));
    }
    slack.send_binary([0xff, b'x']).await;
    assert_eq!(
        listener.next("malformed").await,
        json!({ "kind": "malformed", "raw": "\u{fffd}x", "binary": true })
    );
}

#[tokio::test]
async fn every_state_of_the_connection_is_printed() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.answer_next(Answer::refusal("token_revoked"));
    slack.drop_connections().await;
    listener.write(r#"{"send":{"ref":null,"channel":"C01GENERAL0","text":"too late"}}"#).await;
    let lines = listener.rest().await;
    assert_eq!(listener.code().await, Some(3));
    // How the end of a connection shows depends on what was on its way.
    let lost: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&lost["state"], &lost["attempt"]), (&json!("reconnecting"), &json!(1)), "{lost}");
    assert!(lost["reason"].as_str().unwrap().starts_with("the connection "), "{lost}");
    assert!(
        lines.iter().any(|line| line.starts_with(r#"{"kind":"reply","ref":null,"outcome":"#)),
        "{lines:?}"
    );
    let refused = r#"{"kind":"error","code":"token_revoked","message":"rtm.connect was refused: token_revoked","fatal":true}"#;
    let closed = r#"{"kind":"state","state":"closed","code":"token_revoked","reason":"rtm.connect was refused: token_revoked","attempt":null}"#;
    assert_eq!(lines[lines.len() - 2..], [refused, closed]);
}

#[tokio::test]
async fn failed_attempts_are_errors_that_are_not_fatal() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::refusal("migration_in_progress"));
    slack.script_next(Script::refused(503));
    let mut listener = Listener::start(&slack, &[]);
    let connecting = r#"{"kind":"state","state":"connecting","code":null,"reason":null,"attempt":1}"#;
    assert_eq!(listener.line().await.unwrap(), connecting);
    for (attempt, code) in [(2, "migration_in_progress"), (3, "upgrade_refused")] {
        let error: Value = serde_json::from_str(&listener.line().await.unwrap()).unwrap();
        assert_eq!((&error["code"], &error["fatal"]), (&json!(code), &json!(false)));
        let state: Value = serde_json::from_str(&listener.line().await.unwrap()).unwrap();
        assert_eq!((&state["state"], &state["attempt"]), (&json!("connecting"), &json!(attempt)));
        assert!(state["reason"].is_string() && state["delay"].is_number(), "{state}");
    }
    assert_eq!(listener.next("state").await["state"], "connected");
}

#[tokio::test]
async fn every_message_has_one_reply_under_its_reference() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().losing_acks(1));
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    let references = [r#"{"big":12345678901234567890123.50}"#, "\"b\"", "[1.0e5,true]", "null"];
    for (reference, text) in references.iter().zip(["lost", "fine", "", "fine"]) {
        let command = format!(r#"{{"send":{{"ref":{reference},"channel":"C01GENERAL0","text":"{text}"}}}}"#);
        listener.write(&command).await;
    }
    let mut replies = Vec::new();
    for outcome in ["acked", "rejected", "acked"] {
        assert_eq!(listener.next("reply").await["outcome"], outcome);
    }
    while slack.drop_connections().await == 0 {}
    listener.write(r#"{"close":{}}"#).await;
    replies.extend(listener.rest().await);
    let unknown = format!(r#"{{"kind":"reply","ref":{},"outcome":"unknown","ts":null,"#, references[0]);
    assert!(replies.iter().any(|line| line.starts_with(&unknown)), "{replies:?}");
    assert!(replies.last().unwrap().contains("closed"), "{replies:?}");
    // Nobody knows whether the lost one has arrived.
    assert_eq!(listener.code().await, Some(1));
}

#[tokio::test]
async fn a_malformed_command_is_reported_with_its_line_and_changes_nothing() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    let mut input = b"\xef\xbb\xbf{\"presence_query\":[\"U1\"]}\r\n\n{broken\n\xff\n[]\n\0\n".to_vec();
    input.extend_from_slice(
        b"{\"close\":{},\"typing\":{\"channel\":\"C1\"}}\n{\"fly\":{}}\n{\"send\":{\"channel\":1}}\n",
    );
    input.extend(vec![b'x'; 3 << 20]);
    // The last line has no end.
    input.extend_from_slice(b"\n{\"send\":{\"ref\":1,\"channel\":\"C1\",\"text\":\"still here\"}}");
    listener.input.write_all(&input).await.unwrap();
    listener.input.shutdown().await.unwrap();
    drop(listener.input);
    let mut listener = Listener { input: command(&["listen"]).spawn().unwrap().stdin.unwrap(), ..listener };
    for line in 3..=10 {
        let error = listener.next("error").await;
        assert_eq!((&error["line"], &error["fatal"]), (&json!(line), &json!(false)), "{error}");
        assert_eq!(error["code"], "bad_command");
        assert!(error["message"].as_str().unwrap().len() < 300, "{error}");
    }
    assert_eq!(listener.next("reply").await["outcome"], "acked");
}

/// A reader who stands still costs events, which is said, and nothing else.
#[tokio::test]
async fn no_output_has_the_token_or_the_ticket() {
    let slack = FakeSlack::start().await.unwrap();
    let mut child = command(&["listen"]);
    child.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url()).env("RUST_LOG", "trace");
    let mut child = child.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    while slack.drop_connections().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while slack.dials().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    input.write_all(b"{\"close\":{}}\n").await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(err.contains("disconnected"), "{err}");
    for secret in ["SECRET", "ticket-"] {
        assert!(!out.contains(secret) && !err.contains(secret), "{secret}: {out}{err}");
    }
    // A file that is no terminal gets no colours.
    assert!(!err.contains('\u{1b}'), "{err}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn people_get_short_lines() {
    let slack = FakeSlack::start().await.unwrap();
    let message = r#"{"type":"message","channel":"C01GENERAL0","user":"U01ALICE000","text":"a\nb\u001b[2J","ts":"1.2"}"#;
    slack.script_next(Script::healthy().sending([message, "nonsense"]));
    let mut listener = Listener::start(&slack, &["--pretty"]);
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(listener.line().await.unwrap());
    }
    listener.write("{").await;
    lines.push(listener.line().await.unwrap());
    assert_eq!(
        lines,
        [
            "connecting",
            "connected              as helpful-robot in Acme",
            "hello",
            "message                C01GENERAL0  U01ALICE000  1.2  a b [2J",
            "malformed              nonsense",
            "error                  line 1 of the input: not a command: EOF while parsing an object at column 1",
        ]
    );
}

/// As `| head -n 1` does: nothing is written any more, so that only the pipe itself can tell.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_handover_that_fails_is_not_a_disconnect() {
    let slack = FakeSlack::start().await.unwrap();
    let mut listener = Listener::start(&slack, &[]);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.answer_next(Answer::refusal("service_unavailable"));
    slack.goodbye().await;
    let mut lines = Vec::new();
    while lines.len() < 2 {
        let line: Value = serde_json::from_str(&listener.line().await.unwrap()).unwrap();
        if line["kind"] != "event" {
            lines.push(line);
        }
    }
    assert_eq!((&lines[0]["kind"], &lines[0]["code"]), (&json!("error"), &json!("service_unavailable")));
    assert_eq!(
        (&lines[1]["state"], &lines[1]["reason"]),
        (&json!("connected"), &json!("replaced a connection that was about to end"))
    );
}

/// A proxy may well answer with what it was sent.
#[tokio::test]
async fn a_malformed_code_is_not_printed() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::refusal(&format!("the token {TOKEN}\u{1b}[2J is bad")));
    let mut child = command(&["listen"]);
    child.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url()).env("RUST_LOG", "trace");
    let mut child = child.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    while slack.requests().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    input.write_all(b"{\"close\":{}}\n").await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!out.contains("SECRET") && !err.contains("SECRET"), "{out}{err}");
    assert!(out.contains("an invalid error code"), "{out}");
}
