//! The behavior of servers from the TCP connection to hello, byte by byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod fake;

use std::time::Duration;

use fake::{Fake, good, message, next, quick, soon, ts};
use slack_rtm_session::{DisconnectReason, Error, Item, Outcome, Retry};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::ServerBuilder;

/// Returns the right `Sec-WebSocket-Accept` for a request, computed by a real server.
async fn accept(head: &str) -> String {
    let (server, mut client) = tokio::io::duplex(4096);
    client.write_all(head.as_bytes()).await.unwrap();
    let (_, _socket) = ServerBuilder::new().accept(server).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = client.read(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer[..length].to_vec()).unwrap();
    let mut headers = answer.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-accept")).unwrap().1.to_owned()
}

/// Encodes a text frame of a server.
fn frame(text: &str) -> Vec<u8> {
    let mut wire = vec![0x81, u8::try_from(text.len()).unwrap()];
    wire.extend_from_slice(text.as_bytes());
    wire
}

const HELLO: &str = r#"{"type":"hello"}"#;

/// Returns the error of an attempt whose upgrade is answered with these bytes.
async fn attempt(answer: &str) -> Retry {
    let mut fake = Fake::start(good).await;
    let mut config = quick();
    config.max_retry_after = Duration::from_millis(100);
    let mut session = fake.builder().config(config).start();
    let mut stream = fake.tcp().await;
    let head = fake::head(&mut stream).await;
    // The client may close the connection early.
    let _ = stream.write_all(answer.replace("{accept}", &accept(&head).await).as_bytes()).await;
    let _ = stream.shutdown().await;
    let Item::Retry(retry) = next(&mut session).await else { panic!("{answer}") };
    assert!(!retry.error.is_fatal());
    // The next attempt succeeds.
    let _peer = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    *retry
}

#[tokio::test]
async fn refusals_have_their_status_and_redirects_are_not_followed() {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = trap.local_addr().unwrap();
    for status in [200, 301, 302, 307, 401, 403, 404, 429, 500, 503] {
        let retry = attempt(&format!(
            "HTTP/1.1 {status} x\r\nlocation: ws://{there}/\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n"
        ))
        .await;
        let asked = Some(Duration::from_secs(600));
        assert!(
            matches!(retry.error, Error::UpgradeRefused { status: found, retry_after, .. } if found == status && retry_after == asked),
            "{retry:?}"
        );
        assert!(
            retry.delay >= Duration::from_millis(100) && retry.delay <= Duration::from_millis(600),
            "{retry:?}"
        );
    }
    assert!(tokio::time::timeout(Duration::from_millis(50), trap.accept()).await.is_err());
}

#[tokio::test]
async fn a_refused_upgrade_may_have_many_headers_and_a_date() {
    for lines in [26, 100, 400] {
        let more = "x-hop: 1\r\n".repeat(lines);
        let retry = attempt(&format!(
            "HTTP/1.1 503 x\r\n{more}date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:39 GMT\r\n\r\n"
        ))
        .await;
        let asked = Some(Duration::from_secs(2));
        assert!(
            matches!(retry.error, Error::UpgradeRefused { status: 503, retry_after, .. } if retry_after == asked),
            "{retry:?}"
        );
    }
}

#[tokio::test]
async fn an_upgrade_may_have_many_headers_and_any_order_of_tokens() {
    for (before, connection) in [
        ("x-hop: 1\r\n".repeat(26), "Connection: keep-alive, Upgrade\r\n"),
        ("x-hop: 1\r\n".repeat(100), "CONNECTION: keep-alive\r\nConnection: UPGRADE\r\n"),
        ("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".to_owned(), "connection:upgrade,keep-alive\r\n"),
    ] {
        let mut fake = Fake::start(good).await;
        let mut session = fake.builder().start();
        let mut stream = fake.tcp().await;
        let head = fake::head(&mut stream).await;
        let (first, headers) = if before.starts_with("HTTP") { (&*before, "") } else { ("", &*before) };
        let mut wire = format!(
            "{first}HTTP/1.1 101 x\r\n{headers}Upgrade: WebSocket\r\n{connection}Sec-WebSocket-Accept: {}\r\n\r\n",
            accept(&head).await
        )
        .into_bytes();
        // Hello arrives together with the response.
        wire.extend(frame(HELLO));
        stream.write_all(&wire).await.unwrap();
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        assert_eq!(fake.calls(), 1);
    }
}

#[tokio::test]
async fn the_request_target_is_sent_as_it_was_written() {
    const TARGET: &str = "/websocket/a:b==/%2F/../x?t='%7e'&q=|^";
    fn answer(number: usize) -> (u16, &'static str, String) {
        let (status, headers, body) = good(number);
        (status, headers, body.replace("{url}", &format!("ws://127.0.0.1:{{port}}{TARGET}")))
    }
    let mut fake = Fake::start(answer).await;
    let _session = fake.builder().start();
    let mut stream = fake.tcp().await;
    let head = fake::head(&mut stream).await;
    assert!(head.starts_with(&format!("GET {TARGET} HTTP/1.1\r\nHost: 127.0.0.1:")), "{head}");
}

#[tokio::test]
async fn an_invalid_upgrade_is_reported() {
    for answer in [
        "",
        "HTTP/1.1 101",
        "HTTP/1.1 101 x\r\n\r\n",
        "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
        "HTTP/1.1 101 x\r\nupgrade: h2c\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n",
        "\0\0\0\0\0\0\r\n\r\n",
        "<html>\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
    ] {
        let retry = attempt(answer).await;
        assert!(
            matches!(retry.error, Error::Dial(_) | Error::Disconnected(_) | Error::DialTimeout),
            "{answer:?}: {retry:?}"
        );
    }
}

#[tokio::test]
async fn an_endless_response_is_cut_off() {
    let mut fake = Fake::start(good).await;
    let mut session = fake.builder().start();
    let mut stream = fake.tcp().await;
    fake::head(&mut stream).await;
    let mut written = 0;
    stream.write_all(b"HTTP/1.1 101 x\r\nx: ").await.unwrap();
    let more = [b'x'; 1_000];
    while stream.write_all(&more).await.is_ok() {
        written += more.len();
        assert!(written < 64 << 20, "it reads on and on");
    }
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(matches!(retry.error, Error::Dial(_)), "{retry:?}");
}

#[tokio::test]
async fn a_response_may_arrive_byte_by_byte() {
    let mut fake = Fake::start(good).await;
    let mut session = fake.builder().start();
    let mut stream = fake.tcp().await;
    stream.set_nodelay(true).unwrap();
    let head = fake::head(&mut stream).await;
    let mut wire = format!(
        "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {}\r\n\r\n",
        accept(&head).await
    )
    .into_bytes();
    wire.extend(frame(HELLO));
    wire.extend(frame(&message("C1", "1.0")));
    for byte in wire {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    assert_eq!(ts(&next(&mut session).await), "1.0");
}

/// A session whose server accepts an extension that it did not offer.
#[tokio::test]
async fn an_extension_that_was_not_offered_is_refused() {
    let mut fake = Fake::start(good).await;
    let mut session = fake.builder().config(quick()).start();
    let mut stream = fake.tcp().await;
    let head = fake::head(&mut stream).await;
    assert!(!head.to_lowercase().contains("sec-websocket-extensions"));
    let answer = format!(
        "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {}\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n",
        accept(&head).await
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let _ = stream.write_all(&frame(HELLO)).await;
    // A compressed frame.
    let _ = stream.write_all(b"\xc1\x07\xaa\x56\x4a\x05\x00\x00\x00").await;
    loop {
        match next(&mut session).await {
            Item::Connected(_) => {}
            Item::Disconnected(reason) => {
                assert_eq!(reason, DisconnectReason::Protocol);
                break;
            }
            Item::Retry(retry) => {
                assert!(!retry.error.is_fatal());
                break;
            }
            item => panic!("{item:?}"),
        }
    }
}

#[tokio::test]
async fn anything_but_hello_leads_to_a_new_address() {
    for (first, expected) in [
        (r#"{"type":"error","error":{"code":3,"msg":"x"}}"#, "server"),
        (r#"{"type":"error"}"#, "server"),
        (r#"{"type":"goodbye"}"#, "goodbye"),
        (r#"{"type":"team_migration_started"}"#, "migration"),
        (r#"{"ok":true,"reply_to":1}"#, "hello_timeout"),
        (r#"{"type":"pong","reply_to":1}"#, "hello_timeout"),
        (r#"{"type":"message","channel":"C1","ts":"1.0"}"#, "hello_timeout"),
    ] {
        let mut fake = Fake::start(good).await;
        let mut session = fake.builder().config(quick()).start();
        let mut peer = fake.upgraded().await;
        peer.send(first).await;
        let Item::Retry(retry) = next(&mut session).await else { panic!("{first}") };
        assert_eq!(retry.error.as_str(), expected, "{first}");
        let _peer = fake.greeted().await;
        assert!(matches!(next(&mut session).await, Item::Connected(_)), "{first}");
        assert_eq!(fake.calls(), 2);
    }
}

#[tokio::test]
async fn a_second_hello_is_an_event() {
    let mut fake = Fake::start(good).await;
    let (mut session, mut peer) = fake.open(fake.builder()).await;
    peer.send(HELLO).await;
    assert!(matches!(next(&mut session).await, Item::Event(event) if event.event_type() == Some("hello")));
    peer.send(&message("C1", "1.0")).await;
    assert_eq!(ts(&next(&mut session).await), "1.0");
}

/// Reads one frame of a client: its first byte, and its payload, unmasked.
async fn read_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let first = stream.read_u8().await.unwrap();
    let length = stream.read_u8().await.unwrap();
    assert!(length & 0x80 != 0, "clients have to mask");
    let length = match length & 0x7f {
        126 => usize::from(stream.read_u16().await.unwrap()),
        127 => usize::try_from(stream.read_u64().await.unwrap()).unwrap(),
        length => length.into(),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await.unwrap();
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    (first, payload)
}

#[tokio::test]
async fn a_large_command_is_one_frame() {
    let mut fake = Fake::start(good).await;
    let (session, mut peer) = fake.open(fake.builder()).await;
    let text = "\u{10ffff}".repeat(3_995);
    let delivery = session.sender().send_message("C1", &*text);
    let stream = peer.socket.get_mut();
    let sent = loop {
        let (first, payload) = soon(read_frame(stream)).await;
        assert_eq!(first, 0x81, "a whole text, and nothing else");
        let json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        if json["type"] == "message" {
            assert!((16_000..=16_384).contains(&payload.len()), "{}", payload.len());
            break json;
        }
    };
    assert_eq!(sent["text"], text);
    peer.ack(&sent, "1.0").await;
    assert!(soon(delivery).await.is_acked());
}

#[tokio::test]
async fn a_flood_of_pings_without_reading_ends_the_connection() {
    let mut fake = Fake::start(good).await;
    let mut config = quick();
    config.pong_timeout = Duration::from_secs(60);
    config.ack_timeout = Duration::from_secs(60);
    let builder = fake.builder().config(config);
    let (mut session, mut peer) = fake.open(builder).await;
    let pending = session.sender().send_message("C1", "x");
    // With the longest possible payload of a ping.
    let mut ping = vec![0x89, 125];
    ping.extend([b'x'; 125]);
    let flood = ping.repeat(100);
    let stream = peer.socket.get_mut();
    let mut floods = 0;
    while stream.write_all(&flood).await.is_ok() {
        floods += 1;
        assert!(floods < 20_000, "it answers on and on");
    }
    assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::WriteTimeout)));
    let _peer = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    assert_eq!(soon(pending).await, Outcome::Unknown);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_connection_in_fragments_too() {
    let mut fake = Fake::start(good).await;
    let builder = fake.builder().config(quick()).max_message_size(10_000);
    let (mut session, mut peer) = fake.open(builder).await;
    let stream = peer.socket.get_mut();
    let mut wire = vec![0x01, 126, 0x10, 0x00];
    wire.extend([b'x'; 0x1000]);
    for _ in 0..3 {
        let _ = stream.write_all(&wire).await;
        wire[0] = 0;
    }
    assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::FrameTooLarge)));
    let _peer = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
}
