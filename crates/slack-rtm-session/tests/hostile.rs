//! Hostile servers, and secrets that must not be logged.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod fake;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use fake::{Fake, TOKEN, good, message, next, quick, soon, ts};
use futures_util::SinkExt as _;
use slack_rtm_session::{DisconnectReason, Item};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::Message;

#[tokio::test]
async fn malformed_frames_are_delivered() {
    let mut fake = Fake::start(good).await;
    let (mut session, mut peer) = fake.open(fake.builder()).await;
    for json in [r#"{"type":"brand_new"}"#, r#"{"type":7}"#, "{}", r#"{"type":"message","ts":1.5}"#] {
        peer.send(json).await;
        assert!(
            matches!(next(&mut session).await, Item::Event(event) if event.as_bytes() == json.as_bytes())
        );
    }
    for text in ["", "nonsense", "[]", "{}\0", &"[".repeat(200_000)] {
        peer.send(text).await;
        assert!(
            matches!(next(&mut session).await, Item::Malformed(frame) if frame.bytes == text && frame.is_text)
        );
    }
    peer.socket.send(Message::binary(&b"\x01\x02"[..])).await.unwrap();
    assert!(matches!(next(&mut session).await, Item::Malformed(frame) if !frame.is_text));
    peer.socket.send(Message::ping("x")).await.unwrap();
    peer.send(r#"{"type":"reconnect_url","url":"ws://127.0.0.1:1/"}"#).await;
    peer.send(&message("C1", &"9".repeat(2 << 20))).await;
    next(&mut session).await;
    assert_eq!(ts(&next(&mut session).await).len(), 2 << 20);
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn a_protocol_violation_ends_only_the_connection() {
    let mut fake = Fake::start(good).await;
    let (mut session, peer) = fake.open(fake.builder()).await;
    let mut peer = peer;
    let invalid: &[&[u8]] = &[
        b"\x81\x02\xc3\x28", // no UTF-8
        b"\x88\x00",         // close without a code
        b"\xff\xff\xff",     // no frame at all
    ];
    let expected = [
        (DisconnectReason::InvalidUtf8, Some(1007)),
        (DisconnectReason::Closed { code: None, reason: "".into() }, None),
        (DisconnectReason::Protocol, Some(1002)),
    ];
    for (bytes, (reason, code)) in invalid.iter().zip(expected) {
        peer.socket.get_mut().write_all(bytes).await.unwrap();
        assert!(matches!(next(&mut session).await, Item::Disconnected(found) if found == reason));
        assert!(code.is_none() || peer.closed_with().await == code, "the server is not told: {reason:?}");
        // The second attempt may wait longer than the first.
        peer = tokio::time::timeout(std::time::Duration::from_secs(4), fake.greeted()).await.unwrap();
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        assert!(matches!(next(&mut session).await, Item::Gap(_)));
    }
}

#[tokio::test]
async fn an_end_within_a_frame_is_an_unexpected_eof() {
    let mut fake = Fake::start(good).await;
    let (mut session, mut peer) = fake.open(fake.builder()).await;
    peer.socket.get_mut().write_all(b"\x81\x10{\"ty").await.unwrap();
    peer.socket.get_mut().shutdown().await.unwrap();
    let item = next(&mut session).await;
    assert!(matches!(item, Item::Disconnected(DisconnectReason::UnexpectedEof)), "{item:?}");
}

#[tokio::test]
async fn a_refused_upgrade_is_reported() {
    let mut fake = Fake::start(good).await;
    let mut session = fake.builder().config(quick()).start();
    let mut stream = fake.tcp().await;
    fake::head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(
        matches!(retry.error, slack_rtm_session::Error::UpgradeRefused { status: 503, .. }),
        "{:?}",
        retry.error
    );
    // Then the server closes the connection.
    drop(fake.tcp().await);
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(!retry.error.is_fatal());
}

/// Everything that is logged, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field} = {value:?}").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// A proxy that opens tunnels and records their targets and credentials.
async fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let head = fake::head(&mut stream).await;
                log.lock().unwrap().push(head.clone());
                let target = head.split(' ').nth(1).unwrap();
                if head.starts_with("CONNECT ") {
                    let mut onward = TcpStream::connect(target).await.unwrap();
                    stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\n").await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
                } else {
                    // Plain HTTP is not tunnelled: it comes with the whole URL.
                    let url = url::Url::parse(target).unwrap();
                    let onward = format!("127.0.0.1:{}", url.port().unwrap());
                    let mut onward = TcpStream::connect(onward).await.unwrap();
                    let head = head.replacen(target, url.path(), 1);
                    onward.write_all(head.as_bytes()).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
                }
            });
        }
    });
    (port, asked)
}

#[tokio::test]
async fn a_proxy_serves_both_and_nothing_secret_is_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let (port, asked) = proxy().await;
    let mut fake = Fake::start(good).await;
    let client = slack_rtm_apis::Client::builder()
        .token(TOKEN)
        .base_url(format!("http://127.0.0.1:{}/api", fake.port))
        .proxy(format!("http://user:PROXYSECRET@127.0.0.1:{port}"))
        .build()
        .unwrap();
    let builder = slack_rtm_session::Session::builder(client).config(quick());
    let mut shown = format!("{builder:?}");
    let (mut session, mut peer) = fake.open(builder).await;
    {
        let asked = asked.lock().unwrap();
        assert!(asked.iter().any(|head| head.starts_with("GET http://")), "{asked:?}");
        let connect = asked.iter().find(|head| head.starts_with("CONNECT 127.0.0.1:")).unwrap();
        assert!(connect.contains("Proxy-Authorization: Basic "));
    }
    peer.send(&message("C1", "1.0")).await;
    write!(shown, "{session:?} {:?}", next(&mut session).await).unwrap();
    write!(shown, "{:?}", session.sender().health()).unwrap();
    drop(peer);
    // The next request is refused.
    write!(shown, "{:?}", next(&mut session).await).unwrap();
    let mut stream = fake.tcp().await;
    fake::head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 500 TICKETSECRET\r\n\r\n").await.unwrap();
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    write!(shown, "{retry:?} {}", retry.error).unwrap();
    soon(session.sender().close()).await;
    shown.push_str(&log.0.lock().unwrap());
    assert!(shown.contains("connected"), "{shown}");
    for secret in ["TOKENSECRET", "TICKETSECRET", "PROXYSECRET"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
