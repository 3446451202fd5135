//! Scenario 14. What else a server can do to a session is in slack-rtm-session's tests.

use slack_rtm::Item;
use slack_rtm::session::DisconnectReason;
use slack_rtm_e2e::seconds;

use crate::{ALICE, GENERAL, client, open};

/// A text frame in pieces of so many bytes, as a server writes it.
fn in_fragments(text: &str, size: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    let last = text.len().div_ceil(size) - 1;
    for (n, piece) in text.as_bytes().chunks(size).enumerate() {
        wire.push(u8::from(n == last) << 7 | u8::from(n == 0));
        match u16::try_from(piece.len()) {
            Ok(length @ 0..126) => wire.push(length as u8),
            Ok(length) => {
                wire.push(126);
                wire.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                wire.push(127);
                wire.extend_from_slice(&(piece.len() as u64).to_be_bytes());
            }
        }
        wire.extend_from_slice(piece);
    }
    wire
}

#[tokio::test]
async fn s14_whatever_comes_as_a_frame_is_reported_and_the_session_goes_on() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    let deep = format!(r#"{{"type":"message","x":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let objects = [
        "{}",
        r#"{"type":7}"#,
        r#"{"type":null}"#,
        r#"{"type":"brand_new","x":{}}"#,
        r#"{"type":"message","ts":1.5,"channel":{}}"#,
        r#"{"ok":true}"#,
        r#"{"type":"pong"}"#,
        &deep,
    ];
    for json in objects {
        slack.send(json).await;
        let Some(Item::Event(event)) = watch.next().await else { panic!("{json}: {:?}", watch.seen) };
        assert_eq!(event.as_str(), json);
        // Nothing of it panics.
        let _ = (event.decode_event().is_ok(), event.reply_to(), event.kind());
    }
    // What has a type is not looked at any further before it is decoded.
    for text in ["{\"type\":\"message\"}\0", r#"{"type":"message","text":"#, r#"{"type":"hello"}}"#] {
        slack.send(text).await;
        let Some(Item::Event(event)) = watch.next().await else { panic!("{text}: {:?}", watch.seen) };
        assert!(event.as_str() == text && !event.decode_event().unwrap_err().is_json());
    }
    for text in ["", " ", "null", "[]", "7", "{", "{}\0", &"[".repeat(100_000)] {
        slack.send(text).await;
        let Some(Item::Malformed(frame)) = watch.next().await else { panic!("{text}: {:?}", watch.seen) };
        assert!(frame.is_text && frame.bytes == text);
    }
    slack.send_binary([0xff, 0]).await;
    assert!(
        matches!(watch.next().await, Some(Item::Malformed(frame)) if !frame.is_text && frame.bytes[..] == [0xff, 0])
    );
    slack.send_binary(r#"{"type":"goodbye"}"#).await;
    assert!(matches!(watch.next().await, Some(Item::Malformed(frame)) if !frame.is_text));
    assert_eq!((slack.dials().len(), slack.requests().len()), (1, 1));
}

#[tokio::test]
async fn s14_two_megabytes_in_fragments_are_one_event() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    for size in [125, 1_000, 65_536, 1 << 20] {
        let big = format!(r#"{{"type":"message","ts":"{size}.0","text":"{}"}}"#, "é".repeat(1 << 20));
        slack.send_raw(in_fragments(&big, size)).await;
        let Some(Item::Event(event)) = watch.next().await else { panic!("{size}") };
        assert!(event.as_str() == big);
    }
    assert_eq!(slack.dials().len(), 1);
}

#[tokio::test]
async fn s14_what_ends_a_connection_is_followed_by_another_within_a_second() {
    // The bytes that do it, and what they are taken for.
    let closed = |code, reason: &str| DisconnectReason::Closed { code, reason: reason.into() };
    let ends: [(&[u8], DisconnectReason); 8] = [
        (b"\x88\x00", closed(None, "")),
        (b"\x88\x02\x03\xe9", closed(Some(1001), "")),
        (b"\x88\x02\x0f\xa0", closed(Some(4000), "")),
        (b"\x88\x09\x0f\xa0go away", closed(Some(4000), "go away")),
        (b"\x88\x01\x03", DisconnectReason::Protocol), // half a code
        (b"\x81\x02\xc3\x28", DisconnectReason::InvalidUtf8), // no UTF-8
        (b"\x81\x82\x01\x02\x03\x04\x7a\x7f", DisconnectReason::Protocol), // masked, which servers must not do
        (b"\xff\xff\xff", DisconnectReason::Protocol),                     // no frame at all
    ];
    for (bytes, reason) in ends {
        let (slack, client) = client().await;
        let (_sender, mut watch) = open(&slack, client.session()).await;
        slack.send_raw(bytes).await;
        assert_eq!(watch.until_lost().await, reason, "{bytes:x?}");
        let lost = watch.last_time();
        watch.until_gap().await;
        assert!(watch.last_time() - lost < seconds(1.0));
        slack.wait_for_connections(1).await.unwrap();
        let ts = slack.user(ALICE).says(GENERAL, "go on").await;
        watch.until_message(&ts).await;
    }
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    slack.drop_connections().await;
    assert!(matches!(watch.until_lost().await, DisconnectReason::UnexpectedEof | DisconnectReason::Io(_)));
    let lost = watch.last_time();
    watch.until_connected().await;
    assert!(watch.last_time() - lost < seconds(1.0), "after FIN");
}

#[tokio::test]
async fn s14_nothing_in_a_frame_makes_it_contact_another_host() {
    let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = trap.local_addr().unwrap();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    for json in [
        format!(r#"{{"type":"reconnect_url","url":"ws://{there}/"}}"#),
        format!(r#"{{"type":"hello","url":"ws://{there}/","fast_reconnect":"ws://{there}/"}}"#),
        format!(
            r#"{{"type":"error","error":{{"code":3,"msg":"x","source":"{there}"}},"url":"ws://{there}/"}}"#
        ),
    ] {
        slack.send(json).await;
        watch.next().await;
    }
    slack
        .send(format!(r#"{{"type":"goodbye","url":"ws://{there}/","reconnect_url":"ws://{there}/"}}"#))
        .await;
    watch.until_connected().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.drop_connections().await;
    watch.until_connected().await;
    assert!(tokio::time::timeout(seconds(0.2), trap.accept()).await.is_err(), "it followed");
    assert_eq!(slack.dials().len(), 3);
}
