//! `slack-rtm send`.

use std::process::Output;

use slack_rtm_test::{Answer, FakeSlack, Script};

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
    assert!(err.contains("took too long") && err.contains("before it was acknowledged"), "{err}");
    slack.script_always(Script::without_hello());
    let (code, _, err) = send(&slack, &["C01GENERAL0", "hi", "--timeout", "1"]).await;
    assert!(code == Some(1) && err.contains("not sent"), "{err}");
}
