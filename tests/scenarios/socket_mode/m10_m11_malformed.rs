//! Scenarios m10 and m11.

use serde_json::{Value, json};
use slack_rtm::{AckPolicy, Item, RespondError};
use slack_rtm_e2e::{CREDENTIALS, Proxy, TOKEN, builder};
use slack_rtm_test::FakeSlack;

use super::{APP_TOKEN, client};
use crate::{ALICE, GENERAL, open};

/// A data frame as it was on the wire.
#[derive(Debug)]
struct WireFrame {
    is_final: bool,
    is_text: bool,
    payload: Vec<u8>,
}

/// Reads what a client has sent over a WebSocket, from the upgrade on. Returns the frames of messages, and not pings, pongs and close frames.
fn data_frames(sent: &[u8]) -> Vec<WireFrame> {
    let head = sent.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut rest = &sent[head + 4..];
    let mut take = move |count: usize| -> Option<Vec<u8>> {
        let (taken, left) = rest.split_at_checked(count)?;
        rest = left;
        Some(taken.to_vec())
    };
    let mut frames = Vec::new();
    while let Some(start) = take(2) {
        assert_eq!(start[1] & 0x80, 0x80, "clients mask their frames");
        let length = match start[1] & 0x7f {
            126 => u16::from_be_bytes(take(2).unwrap().try_into().unwrap()).into(),
            127 => usize::try_from(u64::from_be_bytes(take(8).unwrap().try_into().unwrap())).unwrap(),
            short => usize::from(short),
        };
        let mask = take(4).unwrap();
        let masked = take(length).unwrap();
        let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let opcode = start[0] & 0x0f;
        if opcode <= 2 {
            frames.push(WireFrame { is_final: start[0] & 0x80 != 0, is_text: opcode == 1, payload });
        }
    }
    frames
}

#[tokio::test]
async fn m10_a_long_response_goes_out_in_one_frame() {
    let slack = FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap();
    let proxy = Proxy::http().await;
    let (user, password) = CREDENTIALS;
    let url = format!("http://{user}:{password}@{}", proxy.address);
    let client = builder(&slack).app_token(APP_TOKEN).proxy(url).build().unwrap();
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    let envelope = slack.slash_command(json!({ "command": "/essay" })).await;
    let command = watch
        .until(|item| match item {
            Item::SlashCommand(command) => Some(command.clone()),
            _ => None,
        })
        .await;
    // As much as fits into 20,479 bytes.
    let frame = |text: &str| json!({ "envelope_id": envelope, "payload": { "text": text } }).to_string();
    let text = "x".repeat(20_479 - frame("").len());
    command.respond(&json!({ "text": text })).unwrap();
    slack.wait_for_acks(1).await.unwrap();
    let frames = data_frames(&proxy.tunneled());
    let [only] = &frames[..] else { panic!("{} frames", frames.len()) };
    assert!(only.is_final && only.is_text && only.payload.len() == 20_479, "{}", only.payload.len());
    let sent: Value = serde_json::from_slice(&only.payload).unwrap();
    assert_eq!(
        (sent["envelope_id"].as_str(), sent["payload"]["text"].as_str()),
        (Some(&*envelope), Some(&*text))
    );
}

#[tokio::test]
async fn m10_a_response_that_is_too_long_is_an_error_and_nothing_is_written() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode().ack_policy(AckPolicy::Manual)).await;
    let envelope = slack.slash_command(json!({ "command": "/essay" })).await;
    let command = watch
        .until(|item| match item {
            Item::SlashCommand(command) => Some(command.clone()),
            _ => None,
        })
        .await;
    let error = command.respond(&json!({ "text": "x".repeat(20_480) })).unwrap_err();
    assert!(matches!(error, RespondError::TooLarge { bytes, max: 20_479 } if bytes > 20_480), "{error:?}");
    assert!(slack.acks().is_empty());
    // The envelope is still there to be answered, with as much as fits.
    command.respond(&json!({ "text": "x".repeat(20_300) })).unwrap();
    let acks = slack.wait_for_acks(1).await.unwrap();
    assert_eq!((&acks[0].envelope_id, acks[0].payload["text"].as_str().unwrap().len()), (&envelope, 20_300));
}

#[tokio::test]
async fn m11_malformed_frames_are_delivered_and_end_nothing() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    let new = slack.envelope("brand_new", json!({ "x": 1 }), false).await;
    let array = slack.envelope("events_api", json!([1, 2]), false).await;
    let text = slack.envelope("interactive", json!("a text"), false).await;
    let limited = json!({ "type": "app_rate_limited", "team_id": "T01ACME0000", "minute_rate_limited": 1_700_000_000, "api_app_id": "A01ROBOT000" });
    let limited = slack.envelope("events_api", limited, false).await;
    for text in [r#"{"type":"events_api","envelope_id":"#, "no JSON", "[]", "{}", r#"{"type":"brand_new"}"#] {
        slack.send(text).await;
    }
    slack.send_binary(b"binary".to_vec()).await;
    let ts = slack.user(ALICE).says(GENERAL, "still here").await;
    watch.until_message(&ts).await;
    let kinds: Vec<_> = watch
        .seen
        .iter()
        .map(|(_, item)| match item {
            Item::Event(event) => event.event_type().unwrap_or("?").to_owned(),
            Item::Envelope(envelope) => format!("envelope {}", envelope.kind()),
            Item::Interaction(interaction) => format!("interaction {:?}", interaction.decode().is_ok()),
            Item::Malformed(_) => "malformed".to_owned(),
            Item::Connected(_) => "connected".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "connected",
            "envelope brand_new",
            "envelope events_api",
            "interaction true",
            "app_rate_limited",
            "malformed",
            "malformed",
            "malformed",
            "?",
            "brand_new",
            "message",
        ]
    );
    let acks = slack.wait_for_acks(5).await.unwrap();
    let acked: Vec<_> = acks.iter().map(|ack| &ack.envelope_id).take(4).collect();
    assert_eq!(acked, [&new, &array, &text, &limited]);
    assert_eq!(slack.dials().len(), 1);
}
