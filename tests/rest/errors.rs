//! The errors of calls.

use std::time::Duration;

use slack_rtm::{Client, Error, ErrorCode};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::Answer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::slack;

async fn error_for(answer: Answer) -> Error {
    let (slack, client) = slack().await;
    slack.answer_always(answer);
    client.rtm_connect().send().await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_is_typed_whatever_the_status() {
    for status in [200, 401, 500] {
        let answer = Answer::json(
            r#"{"ok":false,"error":"missing_scope","needed":"rtm:stream","provided":"identify"}"#,
        )
        .with_status(status);
        let Error::Slack(refusal) = error_for(answer).await else { panic!("no refusal") };
        assert_eq!((refusal.status.as_u16(), refusal.code.as_str()), (status, "missing_scope"));
        assert_eq!(
            (&refusal.body.error, refusal.body.needed.as_deref()),
            (&ErrorCode::MissingScope, Some("rtm:stream"))
        );
    }
}

#[tokio::test]
async fn every_code_is_fatal_or_transient_and_an_unknown_one_is_neither() {
    // From this one on the document has codes that only some methods have, and of those some are neither.
    let some = ErrorCode::KNOWN.iter().position(|code| *code == "already_archived").unwrap();
    for (index, code) in ErrorCode::KNOWN.iter().enumerate().filter(|(_, code)| **code != "ratelimited") {
        let error = error_for(Answer::refusal(code)).await;
        assert_eq!(error.code(), Some(*code));
        assert!(!(error.is_fatal() && error.is_transient()), "{code}");
        assert!(index >= some || error.is_fatal() || error.is_transient(), "{code}");
    }
    let error = error_for(Answer::refusal("brand_new")).await;
    assert!(!error.is_fatal() && !error.is_transient());
    assert!(matches!(error, Error::Slack(refusal) if refusal.body.error == "brand_new"));
}

#[tokio::test]
async fn php_and_numbers_in_a_refusal() {
    let error =
        error_for(Answer::json(r#"{"ok":0,"error":"invalid_auth","response_metadata":[],"later":{"x":1}}"#))
            .await;
    assert_eq!(error.code(), Some("invalid_auth"));
    let error = error_for(Answer::json(r#"{"ok":"0","error":"invalid_auth"}"#)).await;
    assert!(error.is_fatal());
    // The reason names the field that is at fault.
    let error = error_for(Answer::json(r#"{"ok":false,"error":[7]}"#)).await;
    assert!(matches!(&error, Error::Decode { source, .. } if source.path() == "error"), "{error:?}");
}

#[tokio::test]
async fn a_rate_limit_tells_its_wait() {
    for (answer, seconds) in [
        (Answer::rate_limited("2"), 2),
        (Answer::rate_limited("soon"), 30),
        (Answer::html(429, "slow down"), 30),
        (Answer::refusal("ratelimited"), 30),
        (Answer::refusal("ratelimited").with_header("retry-after", "7"), 7),
    ] {
        let error = error_for(answer).await;
        assert!(error.is_rate_limited() && error.is_transient());
        assert_eq!(
            (error.retry_after(), error.code()),
            (Some(Duration::from_secs(seconds)), Some("ratelimited"))
        );
    }
}

#[tokio::test]
async fn bad_bodies_are_typed_errors() {
    let page = "<html>".repeat(10_000);
    for (body, is_json) in [
        (page.as_str(), false),
        ("", false),
        (r#"{"ok":true,"url":"wss://SECRET"#, false),
        ("null", true),
        ("[]", true),
        (r#"{"ok":true}"#, true),
        (r#"{"ok":false}"#, true),
        (
            r#"{"ok":true,"url":"SECRET","self":{"id":"U1","name":"n"},"team":{"id":"T1","name":"n","domain":"d"}}"#,
            true,
        ),
        (&format!(r#"{{"ok":true,"x":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000)), true),
        ("\u{feff}{}", false),
    ] {
        let error = error_for(Answer::json(body.to_owned())).await;
        let Error::Decode { source, body: excerpt, .. } = &error else { panic!("{body:.60}: {error}") };
        assert_eq!(source.is_json(), is_json, "{body:.60}: {source}");
        assert_eq!(excerpt.as_bytes(), &body.as_bytes()[..body.len().min(4096)]);
        assert_eq!(excerpt.body_len(), body.len());
        assert!(!error.is_fatal() && !error.is_transient());
        assert!(!format!("{error} {error:?} {source}").contains("SECRET"), "{error:?}");
    }
}

#[tokio::test]
async fn the_messages_of_errors() {
    let mut shown = String::new();
    for answer in [
        Answer::refusal("invalid_auth"),
        Answer::rate_limited("2"),
        Answer::html(502, "<h1>Bad gateway</h1>"),
        Answer::json(r#"{"ok":true,"url":"x","self":{"id":"U1","name":7}}"#),
        Answer::html(200, "<h1>Log in</h1>"),
        Answer::redirect("https://elsewhere.example.com/"),
    ] {
        let error = error_for(answer).await;
        shown.push_str(&format!("{error}"));
        if let Some(source) = std::error::Error::source(&error) {
            shown.push_str(&format!(" <- {source}"));
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_body_of_10_mb_is_not_kept() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::json(vec![b' '; 10 << 20]));
    assert!(
        matches!(client.rtm_connect().send().await, Err(Error::BodyTooLarge { limit, .. }) if limit == 8 << 20)
    );
    let small = builder(&slack).max_body(100).build().unwrap();
    assert!(matches!(small.rtm_connect().send_raw().await, Err(Error::BodyTooLarge { limit: 100, .. })));
}

/// A server that answers each connection with the same bytes.
async fn canned(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_body_without_a_stated_length_is_bounded_too() {
    // Chunks without end: the limit has to end it.
    let url = canned(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n     \r\n5\r\n     \r\n5\r\n     \r\n",
    )
    .await;
    let client = Client::builder().token(TOKEN).base_url(url).max_body(12).build().unwrap();
    assert!(matches!(client.rtm_connect().send().await, Err(Error::BodyTooLarge { limit: 12, .. })));
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_transport_error() {
    for answer in
        [&b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":"[..], b"", b"no http at all\r\n\r\n"]
    {
        let client = Client::builder().token(TOKEN).base_url(canned(answer).await).build().unwrap();
        let error = client.rtm_connect().send().await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)) && error.is_transient(), "{error:?}");
    }
}

#[tokio::test]
async fn no_connection_and_no_tls_are_told_apart() {
    let closed = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let error = Client::builder()
        .token(TOKEN)
        .base_url(format!("http://{closed}"))
        .build()
        .unwrap()
        .rtm_connect()
        .send()
        .await
        .unwrap_err();
    assert!(error.is_connect() && error.is_transient() && !error.is_timeout());
    let plain = canned(b"no tls here").await.replace("http:", "https:");
    let error = Client::builder()
        .token(TOKEN)
        .base_url(plain)
        .build()
        .unwrap()
        .rtm_connect()
        .send()
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.is_tls()), "{error:?}");
    assert!(error.is_connect() && !error.is_transient());
}
