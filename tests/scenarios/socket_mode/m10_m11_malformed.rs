//! Scenarios m10 and m11.

use serde_json::json;
use slack_rtm::{AckPolicy, Item, RespondError};

use super::client;
use crate::{ALICE, GENERAL, open};

#[tokio::test]
async fn m10_a_response_that_is_too_long_is_an_error_and_nothing_is_written() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode().ack_policy(AckPolicy::Manual)).await;
    let envelope = slack.slash_command(json!({ "command": "/essay" })).await;
    let command = watch
        .until(|item| match item {
            Item::Command(command) => Some(command.clone()),
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
