//! The system's TLS library in place of rustls: `cargo test -p slack-rtm-session --no-default-features --features native-tls --test native_tls`.

#![cfg(all(feature = "native-tls", not(feature = "rustls")))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::time::Duration;

use slack_rtm_apis::native_tls::{Certificate, TlsConnector};
use slack_rtm_apis::{Client, ClientBuilder};
use slack_rtm_session::{Item, Session};
use slack_rtm_test::FakeSlack;

fn builder(slack: &FakeSlack) -> ClientBuilder {
    Client::builder().token("xoxb-1").base_url(slack.base_url())
}

#[tokio::test]
async fn one_connector_serves_http_and_the_socket() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let certificate = Certificate::from_der(slack.certificate().unwrap()).unwrap();
    let connector = TlsConnector::builder().add_root_certificate(certificate).build().unwrap();
    let client = builder(&slack).native_tls_connector(connector).build().unwrap();
    let opening = tokio::time::timeout(Duration::from_secs(5), Session::builder(client).open());
    let session = opening.await.unwrap().unwrap();
    assert!(session.sender().send_message("C01GENERAL0", "x").await.is_acked());
}

#[tokio::test]
async fn an_untrusted_certificate_is_reported() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let mut session = Session::builder(builder(&slack).build().unwrap()).start();
    let Some(Item::Retry(retry)) = session.next().await else { panic!() };
    let mut causes = vec![retry.error.to_string()];
    let mut next = retry.error.cause();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    assert!(causes.iter().any(|cause| cause.contains("TLS")), "{causes:?}");
    assert!(slack.requests().is_empty() && !retry.error.is_fatal());
}
