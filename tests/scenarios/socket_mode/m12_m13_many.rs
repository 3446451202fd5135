//! Scenarios m12 and m13.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use slack_rtm::Item;
use slack_rtm::session::State;
use slack_rtm_e2e::Watch;

use super::client;
use crate::{ALICE, GENERAL, open};

const SECONDS: usize = 3;
const RATE: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m12_two_thousand_events_a_second_are_acknowledged_in_time() {
    let (slack, client) = client().await;
    let (_sender, events) = client.socket_mode().open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    let reader = tokio::spawn(async move {
        let (mut events, mut ids) = (events, HashSet::new());
        while ids.len() < SECONDS * RATE {
            match events.next().await {
                Some(Item::Event(event)) => {
                    let id = event.envelope().unwrap().event_id().unwrap().to_owned();
                    assert!(ids.insert(id), "handed out twice");
                }
                Some(Item::Connected(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        ids
    });
    let mut sent = HashSet::new();
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..SECONDS * 100 {
        tick.tick().await;
        for _ in 0..RATE / 100 {
            sent.insert(slack.event(json!({ "type": "reaction_added", "reaction": "eyes" })).await);
        }
    }
    let handed_out = reader.await.unwrap();
    assert_eq!(handed_out, sent);
    slack.wait_for_acks(sent.len()).await.unwrap();
    let deliveries = slack.deliveries();
    assert_eq!(deliveries.len(), sent.len(), "something was delivered again");
    let late = deliveries
        .iter()
        .filter(|delivered| delivered.acked.unwrap() - delivered.at > Duration::from_millis(2_500));
    assert_eq!(late.count(), 0);
}

#[tokio::test]
async fn m13_connections_of_somebody_else_are_told_of() {
    let (slack, client) = client().await;
    slack.set_other_connections(2);
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    let others = watch
        .until(|item| match item {
            Item::OtherConnections(others) => Some(*others),
            _ => None,
        })
        .await;
    assert_eq!((others.total, others.ours), (3, 1));
}

#[tokio::test]
async fn m13_several_connections_are_one_session() {
    let (slack, client) = client().await;
    let (sender, events) = client.socket_mode().connections(3).open().await.unwrap().split();
    slack.wait_for_connections(3).await.unwrap();
    let mut watch = Watch::new(events);
    let mut said = Vec::new();
    for n in 0..30 {
        said.push(slack.user(ALICE).says(GENERAL, &format!("message {n}")).await);
    }
    while watch.messages().len() < said.len() {
        watch.next().await.unwrap();
    }
    let mut heard = watch.messages();
    heard.sort();
    assert_eq!(heard, said);
    // Each connection has acknowledged what it brought.
    let acks = slack.wait_for_acks(said.len()).await.unwrap();
    let connections: HashSet<_> = acks.iter().map(|ack| ack.connection).collect();
    assert_eq!(connections.len(), 3);
    assert!(slack.deliveries().iter().all(|delivered| delivered.acked.is_some()));
    assert_eq!(watch.count(|item| matches!(item, Item::OtherConnections(_))), 0);
    assert_eq!(sender.health().state, State::Connected);
    // It ends once, with all of them.
    sender.close().await;
    while !matches!(watch.next().await.unwrap(), Item::Closed(error) if error.is_closed()) {}
    assert!(watch.next().await.is_none());
    assert_eq!(watch.count(|item| matches!(item, Item::Closed(_))), 1);
    slack.wait_for_connections(0).await.unwrap();
}
