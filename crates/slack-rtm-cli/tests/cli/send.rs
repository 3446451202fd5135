//! `slack-rtm send`.

use std::process::Output;

use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::io::AsyncWriteExt as _;

use crate::{TOKEN, command};

async fn send(slack: &FakeSlack, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(&[&["send"], arguments].concat());
    command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url());
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn one_message_and_its_timestamp() {
    let slack = FakeSlack::start().await.unwrap();
    let (code, out, err) = send(&slack, &["C01GENERAL0", "hi", "--thread", "1700000000.000100"]).await;
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "1700000000.000000\n", ""));
    assert!(slack.frames()[0].text.contains(r#""thread_ts":"1700000000.000100""#));
    let (code, out, err) = send(&slack, &["C01GENERAL0", ""]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(err, "error: refused with code 2: message text is missing\n");
}

#[tokio::test]
async fn a_refusal_names_its_code_on_both_outputs() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::refusal("not_allowed_token_type"));
    let (code, out, err) = send(&slack, &["C01GENERAL0", "hi"]).await;
    assert_eq!((code, out.as_str()), (Some(3), "not_allowed_token_type\n"));
    assert!(err.contains("not_allowed_token_type"), "{err}");
}

#[tokio::test]
async fn it_does_not_try_for_ever() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().without_acks());
    let (code, out, err) = send(&slack, &["C01GENERAL0", "hi", "--timeout", "1"]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("took too long") && err.contains("not acknowledged yet"), "{err}");
    slack.script_always(Script::without_hello());
    let (code, _, err) = send(&slack, &["C01GENERAL0", "hi", "--timeout", "1"]).await;
    assert!(code == Some(1) && err.contains("not sent"), "{err}");
}

/// Sends with this on standard input.
async fn send_input(slack: &FakeSlack, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = command(&[&["send"], arguments].concat());
    command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may well end before it has read all.
    let _ = stdin.write_all(input).await;
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn any_text_can_be_sent() {
    let slack = FakeSlack::start().await.unwrap();
    for text in ["-1", "- item", "--verbose", "-x --thread", "--", "---\nx"] {
        let arguments =
            if text == "--" { vec!["C01GENERAL0", "--", text] } else { vec!["C01GENERAL0", text] };
        let (code, _, err) = send(&slack, &arguments).await;
        assert_eq!(code, Some(0), "{text}: {err}");
        let frame: serde_json::Value = serde_json::from_str(&slack.frames().last().unwrap().text).unwrap();
        assert_eq!(frame["text"], text);
    }
    let (code, _, _) = send(&slack, &["C01GENERAL0", "--timeout", "9", "--", "--help"]).await;
    assert_eq!(code, Some(0));
    let last = slack.frames().last().unwrap().text.clone();
    assert!(last.contains(r#""text":"--help""#), "{last}");
}

#[tokio::test]
async fn a_plain_text_has_no_markup() {
    let slack = FakeSlack::start().await.unwrap();
    assert_eq!(send(&slack, &["C01GENERAL0", "<!here> 1 < 2 & 3", "--plain"]).await.0, Some(0));
    assert_eq!(send_input(&slack, &["--plain", "C01GENERAL0", "-"], b"a<b\n").await.0, Some(0));
    let frames = slack.frames();
    assert!(frames[0].text.contains("&lt;!here&gt; 1 &lt; 2 &amp; 3"), "{}", frames[0].text);
    assert!(frames[1].text.contains(r#""text":"a&lt;b""#), "{}", frames[1].text);
}

#[tokio::test]
async fn a_text_comes_from_standard_input() {
    let slack = FakeSlack::start().await.unwrap();
    let (code, _, err) = send_input(&slack, &["C01GENERAL0", "-"], b"one\n  two\n\n- three\n").await;
    assert_eq!(code, Some(0), "{err}");
    let last = slack.frames().last().unwrap().text.clone();
    assert!(last.contains(r#""text":"one\n  two\n\n- three""#), "{last}");
    let before = slack.requests().len();
    for input in [&b""[..], b"\n", b" \r\n\n", b"\xff\xfe", &vec![b'x'; 2 << 20]] {
        let (code, _, err) = send_input(&slack, &["C01GENERAL0", "-"], input).await;
        assert_eq!(code, Some(2), "{err}");
        assert!(err.starts_with("error: ") && err.contains("standard input"), "{err}");
    }
    assert_eq!(slack.requests().len(), before);
}

#[tokio::test]
async fn shapes_are_checked_before_the_network() {
    let slack = FakeSlack::start().await.unwrap();
    for (arguments, expected) in [
        (vec!["#general", "hi"], "the name of a channel"),
        (vec!["@alice", "hi"], "conversations.open"),
        (vec!["U01ALICE000", "hi"], "conversations.open"),
        (vec!["general", "hi"], "such as C01GENERAL0"),
        (vec!["C01GENERAL0", "hi", "--thread", "1700000000"], "six digits"),
        (vec!["C01GENERAL0", "hi", "--broadcast"], "--thread"),
    ] {
        let (code, _, err) = send(&slack, &arguments).await;
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(expected), "{err}");
    }
    assert!(slack.requests().is_empty());
    let reply = ["C01GENERAL0", "hi", "--thread", "1700000000.000100", "--broadcast"];
    assert_eq!(send(&slack, &reply).await.0, Some(0));
    assert!(slack.frames()[0].text.contains(r#""reply_broadcast":true"#));
}

#[tokio::test]
async fn what_cannot_heal_ends_at_once() {
    for answer in [
        Answer::html(404, "<html>"),
        Answer::redirect("https://portal.example/"),
        Answer::html(200, "<html>Sign in</html>"),
        Answer::html(407, ""),
        Answer::json(r#"{"hello":"world"}"#),
    ] {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_always(answer);
        let (code, out, err) = send(&slack, &["C01GENERAL0", "hi"]).await;
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.starts_with("error: not sent: ") && err.contains("`slack-rtm doctor`"), "{err}");
        assert_eq!((slack.requests().len(), err.lines().count()), (1, 2), "{err}");
    }
    let slack = FakeSlack::start_tls().await.unwrap();
    let (code, _, err) = send(&slack, &["C01GENERAL0", "hi"]).await;
    assert!(code == Some(1) && err.contains("certificate") && err.contains("`slack-rtm doctor`"), "{err}");
}

#[tokio::test]
async fn a_longer_wait_than_there_is_time_is_told_at_once() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::rate_limited("90"));
    let (code, _, err) = send(&slack, &["C01GENERAL0", "hi"]).await;
    assert_eq!(code, Some(1), "{err}");
    // A little more than Slack asked for, rounded up.
    let is_told = err.contains("is in 90 s") || err.contains("is in 91 s") || err.contains("90 s");
    assert!(err.contains("not sent") && is_told && err.contains("--timeout 60"), "{err}");
    assert_eq!(slack.requests().len(), 1);
}

#[tokio::test]
async fn what_passes_is_told_once_and_waited_for() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::html(503, "<html>"));
    let (code, out, err) = send(&slack, &["C01GENERAL0", "hi"]).await;
    assert_eq!((code, out.as_str()), (Some(0), "1700000000.000000\n"), "{err}");
    assert!(err.lines().count() == 1 && err.contains("503") && err.contains("retrying in"), "{err}");
}

#[tokio::test]
async fn the_truth_about_the_end() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().without_acks());
    let (code, _, err) = send(&slack, &["C01GENERAL0", "hi", "--timeout", "1"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("sent, but") && err.contains("before you send it again"), "{err}");
    slack.script_always(Script::without_hello());
    let (_, _, err) = send(&slack, &["C01GENERAL0", "hi", "--timeout", "1"]).await;
    assert!(err.contains("not sent within 1 s: no connection was made"), "{err}");
}
