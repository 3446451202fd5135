//! Custom connectors, and custom headers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod fake;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake::{Fake, TOKEN, good, next, quick, soon};
use slack_rtm_apis::Client;
use slack_rtm_models::{ConnectedTeam, ConnectedUser};
use slack_rtm_session::{CallError, ConnectFuture, Connector, Endpoint, Error, Identity, Item, Session};
use tokio::net::TcpListener;

fn identity() -> Identity {
    Identity::new(ConnectedUser::new("U0RECORDED", "recorded"), ConnectedTeam::new("T0RECORDED", "R", "r"))
}

/// A client of Slack itself, whose API is not called in these tests.
fn client() -> Client {
    Client::builder()
        .token(TOKEN)
        .upgrade_header("X-Gateway", "from the client")
        .upgrade_header("Cookie", "d=SECRET")
        .build()
        .unwrap()
}

/// Returns the address of a recording, with a plan for each attempt.
struct Recording {
    port: u16,
    attempts: AtomicUsize,
}

impl Connector for Recording {
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(async {
            match self.attempts.fetch_add(1, Ordering::SeqCst) {
                0 => Err(CallError::transient("the recorder is not ready").into()),
                1 => Ok(Endpoint::parse("ws://example.com/", identity())?),
                2 => Err(CallError::rate_limited(Some(Duration::from_millis(10)), "too fast").into()),
                3 => {
                    let url = format!("ws://127.0.0.1:{}/monday:1?speed=2", self.port);
                    Ok(Endpoint::parse(&url, identity())?.header("x-gateway", "from the connector")?)
                }
                _ => Err(CallError::fatal("the recording has ended").into()),
            }
        })
    }
}

#[tokio::test]
async fn a_connector_replays_a_recording() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let recording = Recording { port, attempts: AtomicUsize::new(0) };
    let mut session = Session::builder(client()).config(quick()).connector(recording).start();
    for expected in ["the recorder is not ready", "it is not encrypted", "too fast"] {
        let Item::Retry(retry) = next(&mut session).await else { panic!("{expected}") };
        let source = std::error::Error::source(&retry.error).map(ToString::to_string).unwrap_or_default();
        assert!(format!("{}: {source}", retry.error).contains(expected), "{retry:?}");
    }
    let (mut stream, _) = soon(server.accept()).await.unwrap();
    let head = fake::head(&mut stream).await;
    assert!(head.starts_with("GET /monday:1?speed=2 HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("X-Gateway: from the connector\r\n") && !head.contains("from the client"),
        "{head}"
    );
    assert!(head.contains("Cookie: d=SECRET\r\n") && head.contains("User-Agent: slack-rtm-apis/"), "{head}");
    assert!(!head.contains("TOKENSECRET"), "the token is for the API alone");
    drop(stream);
    loop {
        match next(&mut session).await {
            Item::Retry(_) => {}
            Item::Closed(error) => {
                assert!(error.is_fatal());
                assert!(error.to_string().contains("has ended"), "{error}");
                break;
            }
            item => panic!("{item:?}"),
        }
    }
}

#[tokio::test]
async fn a_closure_is_a_connector_with_an_identity() {
    let mut fake = Fake::start(good).await;
    let client = fake.client();
    let api = client.clone();
    let builder = Session::builder(client).connector(move || {
        let api = api.clone();
        async move {
            let mut endpoint = Endpoint::from(api.rtm_connect().send().await?);
            endpoint = endpoint.header("X-Gateway", "1")?;
            Ok(endpoint)
        }
    });
    let said = format!("{builder:?}");
    assert!(said.contains("Connector") && !said.contains("SECRET"), "{said}");
    let (_session, _peer) = fake.open(builder).await;
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn the_clients_headers_go_with_calls_and_their_values_are_not_shown() {
    let slack = slack_rtm_test::FakeSlack::start().await.unwrap();
    let client = Client::builder()
        .token(TOKEN)
        .base_url(slack.base_url())
        .header("x-gateway", "SECRET")
        .header("Cookie", "d=SECRET")
        .upgrade_header("Authorization", "Basic SECRET")
        .build()
        .unwrap();
    client.rtm_connect().send().await.unwrap();
    client.rtm_connect().with_header("X-Gateway", "other").send().await.unwrap();
    let requests = slack.requests();
    let header =
        |index: usize, name: &str| -> String { requests[index].headers[name].to_str().unwrap().to_owned() };
    assert_eq!((header(0, "x-gateway"), header(0, "cookie")), ("SECRET".to_owned(), "d=SECRET".to_owned()));
    assert_eq!((header(1, "x-gateway"), header(1, "cookie")), ("other".to_owned(), "d=SECRET".to_owned()));
    assert!(header(0, "authorization").starts_with("Bearer "));
    let said = format!("{client:?} {:?} {:?}", client.upgrade_headers(), Session::builder(client.clone()));
    assert!(!said.contains("SECRET"), "{said}");

    for builder in [
        Client::builder().token(TOKEN).header("Authorization", "SECRET"),
        Client::builder().token(TOKEN).upgrade_header("Sec-WebSocket-Key", "SECRET"),
        Client::builder().token(TOKEN).upgrade_header("x", "SECRET\r\n"),
    ] {
        assert!(!format!("{builder:?}").contains("SECRET"));
        let error: slack_rtm_apis::ConfigError = builder.build().unwrap_err();
        assert!(error.setting() == "header" && !format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
}

#[tokio::test]
async fn a_slow_connector_times_out() {
    let mut config = quick();
    config.call_timeout = Duration::from_millis(50);
    let mut session = Session::builder(client()).config(config).connector(std::future::pending).start();
    assert!(
        matches!(next(&mut session).await, Item::Retry(retry) if matches!(retry.error, Error::CallTimeout))
    );
}
