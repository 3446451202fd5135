//! Scenario 10.

use slack_rtm::Item;
use slack_rtm::session::ConnectedKind;
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::Script;

use crate::{ALICE, GENERAL, RANDOM, client, message, open};

fn is_break(item: &Item) -> bool {
    matches!(item, Item::Gap(_) | Item::Disconnected(_) | Item::Lagged(_))
}

#[tokio::test]
async fn s10_nothing_is_lost_nothing_comes_twice_and_order_is_kept() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    slack.send(message(GENERAL, "1.0")).await;
    watch.until_message("1.0").await;
    // The new connection takes its time, and then begins with what came over the old one meanwhile.
    let between: Vec<_> =
        ["2.0", "3.0"].iter().flat_map(|ts| [GENERAL, RANDOM].map(|channel| message(channel, ts))).collect();
    slack.script_next(Script::healthy().hello_after(seconds(0.3)).sending(between.clone()));
    slack.goodbye().await;
    slack.wait_for_dials(2).await.unwrap();
    for frame in between {
        slack.send(frame).await;
    }
    // Both connections stand for a moment, and carry the same.
    slack.wait_for_connections(2).await.unwrap();
    slack.send(message(GENERAL, "4.0")).await;
    slack.send(message(GENERAL, "5.0")).await;
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::HandedOver);
    slack.wait_for_connections(1).await.unwrap();
    slack.send(message(GENERAL, "6.0")).await;
    watch.until_message("6.0").await;

    assert_eq!(watch.count(is_break), 0, "{:?}", watch.seen);
    let in_channel = |channel: &str| -> Vec<String> {
        let events = watch.seen.iter().filter_map(|(_, item)| match item {
            Item::Event(event) => serde_json::from_str::<serde_json::Value>(&event.as_str()).ok(),
            _ => None,
        });
        let there = events.filter(|event| event["channel"] == channel);
        there.map(|event| event["ts"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(in_channel(GENERAL), ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"]);
    assert_eq!(in_channel(RANDOM), ["2.0", "3.0"]);
    let dials = slack.dials();
    assert!(dials[1].greeted.unwrap() < dials[0].ended.unwrap(), "the old one was closed too soon");
    assert_eq!(slack.requests().len(), 2);
}

#[tokio::test]
async fn s10_if_the_new_dial_fails_the_old_connection_stays() {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, mut watch) = open(&slack, client.session()).await;
    slack.script_next(Script::refused(503));
    slack.script_next(Script::without_hello());
    slack.goodbye().await;
    for failed in ["upgrade_refused", "hello_timeout"] {
        assert_eq!(watch.until_retry().await.error.as_str(), failed);
        let ts = slack.user(ALICE).says(GENERAL, "still here").await;
        watch.until_message(&ts).await;
        assert!(sender.send_message(GENERAL, "so am I").await.is_acked());
    }
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::HandedOver);
    assert_eq!(watch.count(is_break), 0, "{:?}", watch.seen);
    slack.wait_for_connections(1).await.unwrap();
    assert!(slack.dials()[3].ended.is_none());
}

#[tokio::test]
async fn s10_if_the_old_connection_ends_too_soon_a_gap_is_told() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    slack.goodbye().await;
    slack.drop_connections().await;
    watch.until_gap().await;
    assert_eq!(watch.count(|item| matches!(item, Item::Gap(_))), 1);
}

#[tokio::test]
async fn s10_goodbyes_one_after_the_other_keep_within_the_budget() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().goodbye_after(seconds(0.5)));
    let (_sender, watch) = open(&slack, client.session()).await;
    tokio::time::sleep(seconds(90.0)).await;
    let calls = slack.requests();
    assert!(calls.len() > 6);
    assert!(calls.windows(7).all(|seven| seven[6].at - seven[0].at > seconds(60.0)));
    drop(watch);
}
