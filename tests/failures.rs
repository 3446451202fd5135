//! A session that does not come about says why: each kind of failure by a name of its own, and with its causes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::net::TcpListener;
use std::time::Duration;

use slack_rtm::apis::{error_chain, reqwest};
use slack_rtm::session::Error;
use slack_rtm::{Client, Item};
use slack_rtm_e2e::{TOKEN, Watch, builder, causes, trusting};
use slack_rtm_test::{Answer, FakeSlack, Script};

/// The error of a session's first attempt, or the one that ends it.
async fn failure(client: Client) -> Error {
    let (_sender, events) = client.session().start().split();
    Watch::new(events)
        .until(|item| match item {
            Item::Retry(retry) => Some(retry.error.clone()),
            Item::Closed(error) => Some(error.clone()),
            _ => None,
        })
        .await
}

/// Asserts what an error is called and says, and that it says nothing secret, nor anything twice.
fn assert_says(error: &Error, name: &str, words: &[&str]) {
    assert_eq!(error.as_str(), name, "{error}");
    let (said, debug) = (error.to_string(), format!("{error:?}"));
    assert!(words.iter().all(|word| said.contains(word)), "not all of {words:?} in {said}");
    // `Debug` has the causes too.
    assert!(words.last().is_some_and(|word| debug.contains(word)), "not the last of {words:?} in {debug}");
    assert!(error.source().is_none() && error_chain(error) == error.to_string());
    let parts: Vec<_> = said.split(": ").collect();
    assert!((1..parts.len()).all(|end| !parts[..end].contains(&parts[end])), "{error}");
    let mut all = causes(error);
    if let Some(cause) = error.cause() {
        all.push_str(&causes(cause));
    }
    for secret in ["SECRET", "TICKET", "PASSWORD"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

/// A port at which nobody listens.
fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn client(base_url: &str) -> Client {
    Client::builder().token(TOKEN).base_url(base_url).build().unwrap()
}

#[tokio::test]
async fn a_host_that_dns_does_not_know() {
    let direct = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured((*trusting(&[])).clone())
        .build()
        .unwrap();
    let builder = Client::builder().token(TOKEN).base_url("http://slack.invalid/SECRET");
    let client = builder.danger_allow_plain_http(true).http_client(direct).build().unwrap();
    assert_says(&failure(client).await, "call_dns", &["rtm.connect failed: ", "failed to resolve"]);
    let proxied = Client::builder().token(TOKEN).proxy("http://user:PASSWORD@proxy.invalid:3128").build();
    assert_says(&failure(proxied.unwrap()).await, "call_dns", &["failed to resolve"]);
}

#[tokio::test]
async fn a_port_at_which_nobody_listens() {
    for scheme in ["http", "https"] {
        let error = failure(client(&format!("{scheme}://127.0.0.1:{}/SECRET", dead_port()))).await;
        assert_says(&error, "call_connect", &["failed to connect to the API", "refused"]);
    }
}

#[tokio::test]
async fn tls_that_cannot_be_trusted_or_is_not_spoken() {
    let (trusted, plain) = (FakeSlack::start_tls().await.unwrap(), FakeSlack::start().await.unwrap());
    let error = failure(builder(&trusted).build().unwrap()).await;
    assert_says(&error, "call_tls", &["the TLS handshake failed", "certificate"]);
    let error = failure(client(&format!("https://localhost:{}/api", plain.address().port()))).await;
    assert_says(&error, "call_tls", &["the TLS handshake failed"]);
}

#[tokio::test]
async fn what_the_api_may_answer() {
    let ours = r#"{"ok":true,"url":7,"self":{"id":"U1","name":"SECRET"},"team":{"id":"T1","name":"n","domain":"d"}}"#;
    for (answer, name, words) in [
        (Answer::html(404, "<h1>SECRET</h1>"), "call_status", ["404", "text/html"]),
        (Answer::html(502, "SECRET"), "call_status", ["502", "text/html"]),
        (Answer::html(200, "<h1>SECRET</h1>"), "call_decode", ["200", "failed to decode"]),
        (Answer::json("SECRET"), "call_decode", ["200", "failed to decode"]),
        (Answer::json(ours), "call_decode", ["failed to decode", "url"]),
        (Answer::json(vec![b'S'; 9 << 20]), "call_decode", ["200", "exceeds"]),
        (Answer::refusal("migration_in_progress"), "call_refused", ["refused", "migration_in_progress"]),
        (Answer::refusal("invalid_auth"), "call_refused", ["refused", "invalid_auth"]),
        (Answer::refusal(TOKEN), "call_refused", ["rtm.connect failed", "invalid error code"]),
        (Answer::rate_limited("3"), "call_rate_limited", ["was refused: ratelimited; wait 3 s", "3 s"]),
    ] {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_always(answer);
        assert_says(&failure(builder(&slack).build().unwrap()).await, name, &words);
    }
}

#[tokio::test]
async fn an_api_that_does_not_answer() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::success().with_delay(Duration::from_secs(60)));
    let client = builder(&slack).timeout(Duration::from_millis(100)).build().unwrap();
    assert_says(&failure(client).await, "call_timeout", &["the call timed out"]);
}

#[tokio::test]
async fn message_servers_that_cannot_be_reached() {
    let (slack, other) = (FakeSlack::start().await.unwrap(), FakeSlack::start_tls().await.unwrap());
    let (dead, tls) = (dead_port(), other.address().port());
    for (url, name, words) in [
        ("ws://wss.invalid/TICKET".to_owned(), "dial_dns", ["could not be reached: ", ""]),
        (format!("ws://127.0.0.1:{dead}/TICKET"), "dial_connect", ["could not be reached: ", "refused"]),
        (format!("wss://localhost:{tls}/TICKET"), "dial_tls", ["could not be reached: ", "certificate"]),
    ] {
        slack.answer_next(Answer::json(format!(
            r#"{{"ok":true,"url":"{url}","self":{{"id":"U1","name":"n"}},"team":{{"id":"T1","name":"n","domain":"d"}}}}"#
        )));
        assert_says(&failure(builder(&slack).build().unwrap()).await, name, &words);
    }
    slack.script_next(Script::answering_upgrade("SSH-2.0-SECRET\r\n\r\n"));
    let error = failure(builder(&slack).build().unwrap()).await;
    assert_says(&error, "dial_upgrade", &["could not be reached: ", "HTTP"]);
    slack.script_next(Script::refused(503));
    assert_says(&failure(builder(&slack).build().unwrap()).await, "upgrade_refused", &["503"]);
}

#[tokio::test]
async fn opening_ends_in_time_and_says_what_failed() {
    let session = client(&format!("http://127.0.0.1:{}/api", dead_port())).session();
    let error = session.open_timeout(Duration::from_secs(3)).open().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_fatal());
    assert_says(&error, "open_timeout", &["did not open in time", "failed to connect to the API", "refused"]);

    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::success().with_delay(Duration::from_secs(60)));
    let session = builder(&slack).build().unwrap().session();
    let error = session.open_timeout(Duration::from_millis(100)).open().await.unwrap_err();
    assert!(matches!(error, Error::OpenTimeout { last: None, .. }), "{error:?}");

    // In time is in time, and a refusal for good does not wait.
    let session = builder(&slack).build().unwrap().session();
    let session = session.open_timeout(Duration::MAX).open().await.unwrap();
    session.sender().close().await;
    slack.answer_next(Answer::refusal("token_revoked"));
    let session = builder(&slack).build().unwrap().session();
    let error = session.open_timeout(Duration::from_secs(600)).open().await.unwrap_err();
    assert_says(&error, "call_refused", &["token_revoked"]);
}
