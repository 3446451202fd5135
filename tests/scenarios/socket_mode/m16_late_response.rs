//! Scenario m16.

use serde_json::json;
use slack_rtm::{AckPolicy, Item, RespondError, SlashCommand};
use slack_rtm_e2e::{Watch, fast_clock, seconds};

use super::client;
use crate::open;

async fn command(watch: &mut Watch) -> SlashCommand {
    watch
        .until(|item| match item {
            Item::SlashCommand(command) => Some(command.clone()),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn m16_a_command_without_a_response_is_acknowledged_in_time() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    slack.slash_command(json!({ "command": "/deploy" })).await;
    let command = command(&mut watch).await;
    let acks = slack.wait_for_acks(1).await.unwrap();
    assert!(acks[0].payload.is_null());
    let after = acks[0].at - slack.deliveries()[0].at;
    assert!(after > seconds(2.4) && after < seconds(3.0), "{after:?}");
    // It is too late for a response, which is an error.
    assert!(command.is_answered());
    assert_eq!(command.respond(&json!({ "text": "Done." })), Err(RespondError::AlreadyAnswered));
    assert_eq!(slack.acks().len(), 1);
}

#[tokio::test]
async fn m16_a_dropped_command_is_acknowledged_at_once() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, events) = client.socket_mode().open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    let mut events = events;
    slack.slash_command(json!({ "command": "/deploy" })).await;
    while !matches!(events.next().await.unwrap(), Item::SlashCommand(_)) {}
    let acks = slack.wait_for_acks(1).await.unwrap();
    assert!(acks[0].at - slack.deliveries()[0].at < seconds(1.0));
}

#[tokio::test]
async fn m16_with_manual_acknowledgements_nobody_acknowledges_for_the_user() {
    fast_clock();
    let (slack, client) = client().await;
    let session = client.socket_mode().ack_policy(AckPolicy::Manual);
    let (_sender, mut watch) = open(&slack, session).await;
    slack.slash_command(json!({ "command": "/deploy" })).await;
    let command = command(&mut watch).await;
    tokio::time::sleep(seconds(10.0)).await;
    assert!(slack.acks().is_empty() && !command.is_answered());
    command.respond(&json!({ "text": "Done." })).unwrap();
    assert_eq!(slack.wait_for_acks(1).await.unwrap()[0].payload["text"], "Done.");
}
