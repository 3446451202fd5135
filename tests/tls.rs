//! TLS: one configuration applies to HTTP and WebSocket connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::session::{ConnectedKind, Error};
use slack_rtm::{Client, apis};
use slack_rtm_e2e::{TOKEN, Watch, builder, causes, trusting};
use slack_rtm_test::{Answer, FakeSlack};

async fn slack() -> FakeSlack {
    FakeSlack::start_tls().await.unwrap()
}

fn certificate(slack: &FakeSlack) -> &[u8] {
    slack.certificate().unwrap()
}

#[tokio::test]
async fn one_configuration_applies_to_http_and_the_socket() {
    let slack = slack().await;
    let client = builder(&slack).rustls_config(trusting(&[certificate(&slack)])).build().unwrap();
    let (sender, events) = client.session().open().await.unwrap().split();
    let mut watch = Watch::new(events);
    watch.until_connected().await;
    slack.wait_for_connections(1).await.unwrap();
    assert!(sender.send_message("C01GENERAL0", "hi").await.is_acked());
    let ts = slack.user("U01ALICE000").says("C01GENERAL0", &"x".repeat(100_000)).await;
    watch.until_message(&ts).await;
    slack.goodbye().await;
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::HandedOver);
    sender.close().await;
    slack.wait_for_connections(0).await.unwrap();
}

#[tokio::test]
async fn a_custom_http_client_has_its_own_tls_settings() {
    let slack = slack().await;
    let config = trusting(&[certificate(&slack)]);
    let http = apis::reqwest::Client::builder().tls_backend_preconfigured((*config).clone()).build().unwrap();
    let client = builder(&slack).http_client(http).rustls_config(config).build().unwrap();
    let (sender, _events) = client.session().open().await.unwrap().split();
    assert!(sender.send_message("C01GENERAL0", "hi").await.is_acked());
}

#[tokio::test]
async fn an_untrusted_api_is_an_error_and_gets_no_token() {
    let (slack, other) = (slack().await, slack().await);
    let client = builder(&slack).rustls_config(trusting(&[certificate(&other)])).build().unwrap();
    let (_sender, events) = client.session().start().split();
    let retry = Watch::new(events).until_retry().await;
    assert!(matches!(retry.error, Error::Call(_)) && !retry.error.is_fatal(), "{retry:?}");
    let causes = causes(&retry.error);
    assert!(causes.contains("the TLS handshake failed") && causes.contains("certificate"), "{causes}");
    assert!(slack.requests().is_empty());
}

#[tokio::test]
async fn an_untrusted_message_server_is_an_error() {
    let (slack, other) = (slack().await, slack().await);
    let client = builder(&slack).rustls_config(trusting(&[certificate(&slack)])).build().unwrap();
    let url = other.base_url().replace("https:", "wss:").replace("/api", "/websocket/TICKET");
    slack.answer_next(with_url(&url));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    let retry = watch.until_retry().await;
    assert!(matches!(retry.error, Error::Dial(_)) && !retry.error.is_fatal(), "{retry:?}");
    let causes = causes(&retry.error);
    assert!(causes.contains("certificate") && !causes.contains("TICKET"), "{causes}");
    assert!(other.dials().is_empty());
    watch.until_connected().await;
}

#[tokio::test]
async fn an_unencrypted_address_is_not_dialed() {
    let (slack, plain) = (slack().await, FakeSlack::start().await.unwrap());
    let client = builder(&slack).rustls_config(trusting(&[certificate(&slack)])).build().unwrap();
    for url in [
        plain.base_url().replace("http:", "ws:").replace("/api", "/websocket/TICKET"),
        plain.base_url(),
        "file:///etc/passwd".to_owned(),
    ] {
        slack.answer_next(with_url(&url));
        let (_sender, events) = client.session().start().split();
        let mut watch = Watch::new(events);
        let retry = watch.until_retry().await;
        assert!(matches!(retry.error, Error::InvalidAddress(_) | Error::Call(_)), "{url}: {retry:?}");
        assert!(!causes(&retry.error).contains("TICKET"));
    }
    assert!(plain.dials().is_empty() && plain.requests().is_empty());
}

#[tokio::test]
async fn a_server_without_tls_is_an_error() {
    let slack = FakeSlack::start().await.unwrap();
    let base_url = format!("https://localhost:{}/api", slack.address().port());
    let client = Client::builder().token(TOKEN).base_url(base_url).build().unwrap();
    let (_sender, events) = client.session().start().split();
    let retry = Watch::new(events).until_retry().await;
    assert!(causes(&retry.error).contains("TLS"), "{:?}", retry.error);
}

fn with_url(url: &str) -> Answer {
    Answer::json(format!(
        r#"{{"ok":true,"url":"{url}","self":{{"id":"U1","name":"n"}},"team":{{"id":"T1","name":"n","domain":"d"}}}}"#
    ))
}
