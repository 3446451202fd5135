//! `Client::upload_file` over HTTP on the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use slack_rtm::apis::{FileContent, RetryPolicy};
use slack_rtm::models::{Block, ErrorResponse};
use slack_rtm::{Client, Error};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::{Answer, FakeSlack};

/// Starts a fake Slack that accepts uploads at its own URL.
async fn slack() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let ticket = format!("{}/upload/TICKET-0001?a=b%2Fc", slack.base_url());
    slack.answer_to("files.getUploadURLExternal", ticket_of(&ticket));
    slack.answer_to("TICKET-0001", Answer::html(200, "OK - 12"));
    slack.answer_to(
        "files.completeUploadExternal",
        Answer::json(r#"{"ok":true,"files":[{"id":"F01REPORT00","title":"Report"}]}"#),
    );
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

fn ticket_of(url: &str) -> Answer {
    Answer::json(format!(r#"{{"ok":true,"upload_url":"{url}","file_id":"F01REPORT00"}}"#))
}

fn methods(slack: &FakeSlack) -> Vec<String> {
    slack.requests().iter().map(|request| request.api_method().to_owned()).collect()
}

#[tokio::test]
async fn an_upload_is_three_requests() {
    let (slack, client) = slack().await;
    let file = client
        .upload_file("größe.csv", "name,state\n")
        .title("Report")
        .channel("C01GENERAL0")
        .thread_ts("1700000000.000100")
        .blocks([Block::section("*Today's* report")])
        .alt_text("A table")
        .send()
        .await
        .unwrap();
    assert_eq!((file.id.unwrap().as_str(), file.title.as_deref()), ("F01REPORT00", Some("Report")));

    let requests = slack.requests();
    let [begin, content, end] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(begin.argument("filename").as_deref(), Some("größe.csv"));
    assert_eq!(begin.argument("length").as_deref(), Some("11"));
    assert_eq!(begin.argument("alt_txt").as_deref(), Some("A table"));
    assert_eq!((begin.token(), end.token()), (Some(TOKEN), Some(TOKEN)));
    // The URL is used unchanged, and without the token.
    assert_eq!((content.method.as_str(), content.query.as_str()), ("POST", "a=b%2Fc"));
    assert!(!content.headers.contains_key("authorization"));
    assert_eq!(
        (&content.body[..], content.headers["content-length"].to_str().unwrap()),
        (&b"name,state\n"[..], "11")
    );
    assert_eq!(end.argument("files").as_deref(), Some(r#"[{"id":"F01REPORT00","title":"Report"}]"#));
    assert_eq!(end.argument("channel_id").as_deref(), Some("C01GENERAL0"));
    assert_eq!(end.argument("thread_ts").as_deref(), Some("1700000000.000100"));
    assert_eq!(
        end.argument("blocks").as_deref(),
        Some(r#"[{"type":"section","text":{"type":"mrkdwn","text":"*Today's* report"}}]"#)
    );
}

#[tokio::test]
async fn a_stream_needs_a_correct_length() {
    let (slack, client) = slack().await;
    let error = client.upload_file("a.txt", FileContent::from_reader(&b"abc"[..])).send().await.unwrap_err();
    assert!(matches!(&error, Error::Config(error) if error.to_string().contains("with_length")), "{error:?}");
    assert!(slack.requests().is_empty());

    let content = FileContent::from_reader(&b"abc"[..]).with_length(3);
    client.upload_file("a.txt", content).send().await.unwrap();
    assert_eq!(&slack.requests()[1].body[..], b"abc");

    // The file shrank while it was read.
    let content = FileContent::from_reader(&b"abc"[..]).with_length(1000);
    let error =
        client.upload_file("a.txt", content).with_timeout(Duration::from_secs(5)).send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert!(error.to_string().contains("the content ended 997 bytes before its declared length"), "{error}");
    assert!(!methods(&slack)[3..].contains(&"files.completeUploadExternal".to_owned()));
}

#[tokio::test]
async fn a_growing_file_is_sent_up_to_its_declared_length() {
    let (slack, client) = slack().await;
    let growing = FileContent::from_reader(&b"abcdefgh"[..]).with_length(3);
    client.upload_file("a.log", growing).send().await.unwrap();
    assert_eq!((&slack.requests()[1].body[..], methods(&slack).len()), (&b"abc"[..], 3));
}

/// Both the upload URL and a redirect of it can be on another host.
#[tokio::test]
async fn the_token_is_not_sent_to_another_host() {
    let elsewhere = FakeSlack::start().await.unwrap();
    elsewhere.answer_always(Answer::html(200, "OK - 3"));
    let (slack, client) = slack().await;
    slack
        .answer_next_to("files.getUploadURLExternal", ticket_of(&format!("{}/upload", elsewhere.base_url())));
    client.upload_file("a.txt", "abc").send().await.unwrap();
    let content = &elsewhere.requests()[0];
    assert_eq!(&content.body[..], b"abc");
    let told = format!("{:?} {}", content.headers, content.query);
    assert!(content.token().is_none() && !told.contains(TOKEN), "{told}");

    slack.answer_next_to("TICKET-0001", Answer::redirect(&elsewhere.base_url()).with_status(307));
    let error = client.upload_file("a.txt", "abc").send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(307));
    assert_eq!(elsewhere.requests().len(), 1);
}

#[tokio::test]
async fn the_first_failed_request_ends_the_upload() {
    for (method, answer, code) in [
        (
            "files.getUploadURLExternal",
            Answer::refusal("file_uploads_disabled"),
            Some("file_uploads_disabled"),
        ),
        ("TICKET-0001", Answer::html(413, "<html>too large</html>"), None),
        ("TICKET-0001", Answer::html(414, "<html>too long</html>"), None),
        ("TICKET-0001", Answer::rate_limited("7"), Some("ratelimited")),
        (
            "files.completeUploadExternal",
            Answer::refusal("posting_to_channel_denied"),
            Some("posting_to_channel_denied"),
        ),
    ] {
        let (slack, client) = slack().await;
        slack.answer_to(method, answer);
        let error = client.upload_file("a.txt", "abc").send().await.unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        assert_eq!(methods(&slack).last().unwrap(), method);
        assert!(!format!("{error:?} {error}").contains("TICKET"), "{error:?}");
    }
}

#[tokio::test]
async fn the_calls_are_repeated_but_not_the_content() {
    let (slack, client) = slack().await;
    slack.answer_next_to("files.getUploadURLExternal", Answer::refusal("service_unavailable"));
    slack.answer_next_to("files.completeUploadExternal", Answer::refusal("service_unavailable"));
    let policy = RetryPolicy::default();
    client.upload_file("a.txt", "abc").with_retry(policy).send().await.unwrap();
    let content = methods(&slack).iter().filter(|method| *method == "TICKET-0001").count();
    assert_eq!((methods(&slack).len(), content), (5, 1));
}

#[tokio::test]
async fn content_is_sent_only_to_a_valid_url() {
    for url in ["ws://127.0.0.1/x", "file:///etc/passwd", "not a url", ""] {
        let (slack, client) = slack().await;
        slack.answer_to("files.getUploadURLExternal", ticket_of(url));
        let error = client.upload_file("a.txt", "abc").send().await.unwrap_err();
        assert!(matches!(&error, Error::Config(_)), "{error:?}");
        assert_eq!(slack.requests().len(), 1);
    }
    // An HTML page, and an incomplete response.
    for answer in [Answer::html(200, "<html>"), Answer::json(r#"{"ok":true}"#)] {
        let (slack, client) = slack().await;
        slack.answer_to("files.getUploadURLExternal", answer);
        let error: Error = client.upload_file("a.txt", "abc").send().await.unwrap_err();
        assert!(matches!(&error, slack_rtm::apis::Error::<ErrorResponse>::Decode { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_that_slack_does_not_describe_has_its_id() {
    let (slack, client) = slack().await;
    slack.answer_to("files.completeUploadExternal", Answer::json(r#"{"ok":true,"files":[]}"#));
    let file = client.upload_file("a.txt", "abc").send().await.unwrap();
    assert_eq!(file.id.unwrap(), "F01REPORT00");
}

#[tokio::test]
async fn an_upload_prints_neither_content_nor_arguments() {
    let (_slack, client) = slack().await;
    let upload = client.upload_file("SECRET.txt", "SECRET").initial_comment("SECRET");
    assert_eq!(format!("{upload:?}"), "Upload { content: FileContent(6 bytes), .. }");
}
