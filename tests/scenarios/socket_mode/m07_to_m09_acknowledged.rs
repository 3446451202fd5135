//! Scenarios m07 to m09.

use std::collections::HashSet;

use slack_rtm::{AckPolicy, Item};
use slack_rtm_e2e::{Watch, fast_clock, message_ts, seconds};
use slack_rtm_test::Script;

use super::client;
use crate::{ALICE, GENERAL, open};

#[tokio::test]
async fn m07_what_a_slow_consumer_has_no_room_for_comes_again() {
    slow(AckPolicy::Auto).await;
}

#[tokio::test]
async fn m07_the_same_if_the_consumer_acknowledges_by_hand() {
    slow(AckPolicy::Manual).await;
}

async fn slow(policy: AckPolicy) {
    fast_clock();
    let (slack, client) = client().await;
    let session = client.socket_mode().ack_policy(policy).queue_bytes(30_000);
    let (sender, mut watch) = open(&slack, session).await;
    let mut said = Vec::new();
    for n in 0..100 {
        said.push(slack.user(ALICE).says(GENERAL, &format!("message {n}")).await);
    }
    // The user takes nothing yet.
    tokio::time::sleep(seconds(1.0)).await;
    let acked = slack.acks().len();
    assert!(acked < 60, "{acked} were acknowledged");
    assert_eq!(acked == 0, policy == AckPolicy::Manual);
    assert!(sender.health().dropped > 0);
    // Now they do, and whatever there was no room for comes again.
    let mut heard = HashSet::new();
    while heard.len() < said.len() {
        let item = watch.next().await.unwrap();
        let Item::Event(event) = &item else { continue };
        let ts = message_ts(&item).unwrap();
        assert!(heard.insert(ts.clone()), "{ts} was handed out twice");
        event.ack();
    }
    assert!(said.iter().all(|ts| heard.contains(ts)));
    slack.wait_for_acks(said.len()).await.unwrap();
}

#[tokio::test]
async fn m08_what_a_dead_process_has_not_acknowledged_the_next_one_gets() {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, mut watch) = open(&slack, client.socket_mode().ack_policy(AckPolicy::Manual)).await;
    let ts = slack.user(ALICE).says(GENERAL, "important").await;
    watch.until_message(&ts).await;
    // It dies: nothing of it is left to acknowledge anything.
    drop((sender, watch));
    slack.wait_for_connections(0).await.unwrap();
    assert!(slack.acks().is_empty());
    let (_sender, mut watch) = open(&slack, client.socket_mode().ack_policy(AckPolicy::Manual)).await;
    let event = watch
        .until(|item| match item {
            Item::Event(event) => Some(event.clone()),
            _ => None,
        })
        .await;
    let envelope = event.envelope().unwrap();
    assert!(envelope.retry_attempt() >= Some(1));
    assert_eq!(envelope.retry_reason(), Some("http_timeout"));
    assert_eq!(envelope.team_id(), Some("T01ACME0000"));
    event.ack();
    slack.wait_for_acks(1).await.unwrap();
}

#[tokio::test]
async fn m09_a_lost_acknowledgement_is_given_again_and_nothing_is_handed_out_twice() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().ignoring_acks());
    let (sender, mut watch) = open(&slack, client.socket_mode()).await;
    let first = slack.user(ALICE).says(GENERAL, "one").await;
    watch.until_message(&first).await;
    slack.wait_for_acks(2).await.unwrap();
    let second = slack.user(ALICE).says(GENERAL, "two").await;
    watch.until_message(&second).await;
    assert_eq!(watch.messages(), [first, second]);
    let deliveries = slack.deliveries();
    assert!(deliveries.iter().filter(|delivered| delivered.event_id == deliveries[0].event_id).count() >= 2);
    assert!(sender.health().duplicates >= 1);
    drop::<Watch>(watch);
}
