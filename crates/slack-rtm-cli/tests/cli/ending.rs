//! How `slack-rtm listen` ends when it is told to: with what it was told to send.

use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::io::AsyncWriteExt as _;

use crate::listener::Listener;
use crate::{TOKEN, command};

/// Everything on standard output of a listener that is given this input, and how it ends.
async fn run(slack: &FakeSlack, arguments: &[&str], input: &str) -> (Vec<Value>, String, Option<i32>) {
    let mut command = command(&[&["listen"], arguments].concat());
    let mut child = command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output());
    let output = output.await.expect("it does not end").unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, String::from_utf8(output.stderr).unwrap(), output.status.code())
}

fn outcomes(lines: &[Value]) -> Vec<(Value, Value)> {
    let replies = lines.iter().filter(|line| line["kind"] == "reply");
    replies.map(|line| (line["ref"].clone(), line["outcome"].clone())).collect()
}

fn message(reference: u32) -> String {
    format!("{{\"send\":{{\"ref\":{reference},\"channel\":\"C01GENERAL0\",\"text\":\"hello\"}}}}\n")
}

#[tokio::test]
async fn the_end_of_the_input_waits_for_the_outcomes() {
    let slack = FakeSlack::start().await.unwrap();
    // More than may be sent at once.
    let input: String = (1..=7).map(message).collect();
    let (lines, _, code) = run(&slack, &["--exit-on-eof"], &input).await;
    assert_eq!(outcomes(&lines), (1..=7).map(|n| (json!(n), json!("acked"))).collect::<Vec<_>>());
    assert_eq!(code, Some(0));
    assert_eq!(lines.last().unwrap()["state"], "closed");
    let (lines, _, code) = run(&slack, &["--exit-on-eof"], "").await;
    assert_eq!((outcomes(&lines).len(), code), (0, Some(0)));
}

#[tokio::test]
async fn close_waits_for_the_outcomes_too() {
    let slack = FakeSlack::start().await.unwrap();
    let input = message(1) + &message(2) + "{\"close\":{}}\n" + &message(3);
    let (lines, _, code) = run(&slack, &[], &input).await;
    assert_eq!(outcomes(&lines), [(json!(1), json!("acked")), (json!(2), json!("acked"))]);
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn what_was_not_sent_is_in_the_exit_code() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::without_hello());
    for (arguments, input) in [
        (vec!["--exit-on-eof", "--drain", "1"], message(1)),
        (vec!["--drain", "1"], message(1) + "{\"close\":{}}\n"),
    ] {
        let (lines, _, code) = run(&slack, &arguments, &input).await;
        assert_eq!(outcomes(&lines), [(json!(1), json!("not_sent"))]);
        assert_eq!(code, Some(1), "{arguments:?}");
    }
}

#[tokio::test]
async fn what_nobody_acknowledged_is_in_the_exit_code() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().without_acks());
    let (lines, _, code) = run(&slack, &["--exit-on-eof", "--drain", "1"], &message(1)).await;
    assert_eq!(outcomes(&lines), [(json!(1), json!("unknown"))]);
    assert_eq!(code, Some(1));
}

/// The end of a long input is behind what cannot be sent.
#[tokio::test]
async fn an_input_that_cannot_be_read_on_is_given_up() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::without_hello());
    let input: String = (1..=400).map(message).collect();
    let (lines, err, code) = run(&slack, &["--exit-on-eof", "--drain", "1"], &input).await;
    let outcomes = outcomes(&lines);
    assert!(
        !outcomes.is_empty() && outcomes.iter().all(|(_, outcome)| outcome == "not_sent"),
        "{outcomes:?}"
    );
    assert!(lines.iter().all(|line| line["message"] != "too many commands are waiting"), "{lines:?}");
    assert!(err.contains("the input was not read to its end"), "{err}");
    assert_eq!(code, Some(1));
}

#[tokio::test]
async fn with_the_end_of_the_input_every_line_counts() {
    let slack = FakeSlack::start().await.unwrap();
    let empty = r#"{"send":{"ref":1,"channel":"C01GENERAL0","text":""}}"#;
    for input in [format!("{empty}\n"), "{\"fly\":{}}\n".to_owned() + &message(2)] {
        let (_, _, code) = run(&slack, &["--exit-on-eof"], &input).await;
        assert_eq!(code, Some(1), "{input}");
    }
}

#[tokio::test]
async fn a_signal_does_not_wait() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().without_acks());
    let mut listener = Listener::start(&slack, &["--drain", "3600"]);
    listener.connected().await;
    listener.write(message(1).trim()).await;
    listener.write(r#"{"close":{}}"#).await;
    while slack.frames().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    listener.signal("-TERM").await;
    assert_eq!(listener.next("reply").await["outcome"], "unknown");
    assert_eq!(listener.code().await, Some(1));
}

#[tokio::test]
async fn raw_frames_and_broadcasts() {
    let slack = FakeSlack::start().await.unwrap();
    let input = concat!(
        r#"{"raw":{"ref":"r","type":"message","channel":"C01GENERAL0","text":"raw","n":1.50}}"#,
        "\n",
        r#"{"raw":{"ref":"no type"}}"#,
        "\n",
        r#"{"send":{"ref":"b","channel":"C01GENERAL0","text":"x","thread_ts":"1700000000.000100","reply_broadcast":true}}"#,
        "\n",
        r#"{"send":{"ref":"no thread","channel":"C01GENERAL0","text":"x","reply_broadcast":true}}"#,
        "\n",
        r#"{"typing":{"channel":"C01GENERAL0"}} {"close":{}}"#,
        "\n",
    );
    let (lines, _, code) = run(&slack, &["--exit-on-eof"], input).await;
    let outcomes = outcomes(&lines);
    for outcome in [("r", "acked"), ("no type", "not_sent"), ("b", "acked")] {
        assert!(outcomes.contains(&(json!(outcome.0), json!(outcome.1))), "{outcomes:?}");
    }
    let errors: Vec<_> = lines.iter().filter(|line| line["kind"] == "error").collect();
    assert!(
        errors[0]["line"] == 4 && errors[0]["message"].as_str().unwrap().contains("thread_ts"),
        "{errors:?}"
    );
    assert!(errors[1]["message"].as_str().unwrap().contains("two objects"), "{errors:?}");
    assert_eq!(code, Some(1));
    let frames = slack.frames();
    assert!(frames.iter().any(|frame| frame.text.contains(r#""text":"raw""#) && !frame.text.contains("ref")));
    assert!(frames.iter().any(|frame| frame.text.contains(r#""reply_broadcast":true"#)));
}

#[tokio::test]
async fn a_plain_text_has_no_markup() {
    let slack = FakeSlack::start().await.unwrap();
    let commands = [r#","plain":true"#, r#","plain":false"#, ""].map(|plain| {
        format!(r#"{{"send":{{"ref":1,"channel":"C01GENERAL0","text":"<!channel> a & b"{plain}}}}}"#)
    });
    let (_, _, code) = run(&slack, &["--exit-on-eof"], &commands.join("\n")).await;
    assert_eq!(code, Some(0));
    let texts = slack.frames().into_iter().filter_map(|frame| {
        let frame: Value = serde_json::from_str(&frame.text).unwrap();
        frame["text"].as_str().map(str::to_owned)
    });
    let expected = ["&lt;!channel&gt; a &amp; b", "<!channel> a & b", "<!channel> a & b"];
    assert_eq!(texts.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_retry_is_told_once_and_says_why() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::html(503, "<html>"));
    let (lines, err, code) = run(&slack, &["--exit-on-eof"], &message(1)).await;
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(err.matches("503").count(), 1, "{err}");
    assert!(err.contains("retrying in"), "{err}");
    assert_eq!(lines.iter().filter(|line| line["kind"] == "error").count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_closed_output_is_told() {
    let script = format!("{} listen --demo >&-", env!("CARGO_BIN_EXE_slack-rtm"));
    let output = tokio::process::Command::new("sh").args(["-c", &script]).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(30), output).await.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("error: standard output is closed"), "{message}");
    // To be written nowhere is another thing.
    let script =
        format!("{} listen --demo --exit-on-eof >/dev/null </dev/null", env!("CARGO_BIN_EXE_slack-rtm"));
    let output = tokio::process::Command::new("sh").args(["-c", &script]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
