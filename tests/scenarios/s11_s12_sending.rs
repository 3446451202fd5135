//! Scenarios 11 and 12: what becomes of messages, and how fast they go.

use std::time::Duration;

use slack_rtm::models::MessageCommand;
use slack_rtm::session::NotSent;
use slack_rtm::{Item, Outcome};
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::{FakeSlack, Script};
use tokio::time::Instant;

use crate::{GENERAL, client, open};

/// The numbers of the messages that were sent.
async fn ids(slack: &FakeSlack, n: usize) -> Vec<u64> {
    let frames = slack.wait_for_frames("message", n).await.unwrap();
    frames.iter().map(|frame| frame.decode::<MessageCommand>().unwrap().id).collect()
}

fn ack(id: u64, ts: &str) -> String {
    format!(r#"{{"ok":true,"reply_to":{id},"ts":"{ts}","text":"x"}}"#)
}

#[tokio::test]
async fn s11_a_lost_ack_times_out_and_holds_nobody_up() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().losing_acks(1));
    let (sender, _watch) = open(&slack, client.session()).await;
    let sent = Instant::now();
    let first = sender.send_message(GENERAL, "one");
    let second = sender.send_message(GENERAL, "two");
    assert!(second.await.is_acked());
    assert!(sent.elapsed() < seconds(1.0));
    assert_eq!(first.await, Outcome::TimedOut);
    assert!(sent.elapsed() <= seconds(10.0), "{:?}", sent.elapsed());
    assert_eq!(ids(&slack, 2).await.len(), 2, "something was sent again");
}

#[tokio::test]
async fn s11_an_ack_on_the_next_connection_counts_and_ids_go_on() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().without_acks());
    let (sender, mut watch) = open(&slack, client.session()).await;
    let first = sender.send_message(GENERAL, "one");
    let second = sender.send_message(GENERAL, "two");
    let before = ids(&slack, 2).await;
    slack.drop_connections().await;
    watch.until_gap().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.send(ack(before[0], "1.0")).await;
    assert_eq!(first.await.ts().unwrap(), "1.0");
    assert_eq!(second.await, Outcome::Unknown);
    let third = sender.send_message(GENERAL, "three");
    let after = ids(&slack, 3).await;
    assert_eq!(after.len(), 3, "something was sent again");
    assert!(after[2] > after[1]);
    slack.send(ack(after[2], "3.0")).await;
    assert_eq!(third.await.ts().unwrap(), "3.0");
}

#[tokio::test]
async fn s11_acks_may_come_in_any_order_and_more_than_once() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().without_acks());
    let (sender, mut watch) = open(&slack, client.session()).await;
    let deliveries: Vec<_> = (0..4).map(|n| sender.send_message(GENERAL, n.to_string())).collect();
    let ids = ids(&slack, 4).await;
    slack.send(ack(ids[3] + 1_000, "0.0")).await;
    for n in [2, 2, 0, 3] {
        slack.send(ack(ids[n], &format!("{n}.0"))).await;
    }
    slack.send(format!(r#"{{"ok":true,"reply_to":{}}}"#, ids[1])).await;
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        outcomes.push(delivery.await);
    }
    assert!(outcomes.iter().all(Outcome::is_acked), "{outcomes:?}");
    let ts: Vec<_> = outcomes.iter().map(|outcome| outcome.ts().map(ToString::to_string)).collect();
    assert_eq!(ts, [Some("0.0"), None, Some("2.0"), Some("3.0")].map(|ts| ts.map(str::to_owned)));
    // One that comes when nobody waits any longer.
    slack.send(ack(ids[2], "9.0")).await;
    slack.send(r#"{"type":"end"}"#).await;
    watch
        .until(|item| matches!(item, Item::Event(event) if event.event_type() == Some("end")).then_some(()))
        .await;
    assert_eq!(watch.count(|item| matches!(item, Item::Event(_) | Item::Malformed(_))), 1);
}

#[tokio::test]
async fn s11_an_echo_and_an_ack_resolve_once() {
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().echoing());
    let (sender, mut watch) = open(&slack, client.session()).await;
    let ts = sender.send_message(GENERAL, "x").await.ts().unwrap().to_string();
    // The echo is an event all the same.
    watch.until_message(&ts).await;
    assert!(sender.send_message(GENERAL, "y").await.is_acked());
}

#[tokio::test]
async fn s11_a_refusal_is_told() {
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().rejecting(-1, "slow down, too many messages"));
    let (sender, _watch) = open(&slack, client.session()).await;
    let outcome = sender.send_message(GENERAL, "x").await;
    assert!(matches!(&outcome, Outcome::Rejected(error) if error.code() == Some(-1)), "{outcome:?}");
}

/// What Slack repeats after hello: the last message of an earlier process, with the id that it had there.
fn replay(id: u64, channel: &str, text: &str) -> String {
    format!(
        r#"{{"type":"message","reply_to":{id},"channel":"{channel}","user":"U01ROBOT000","text":"{text}","ts":"1699990000.000100"}}"#
    )
}

#[tokio::test]
async fn s11_a_replayed_message_is_an_event_and_no_ack() {
    let (slack, client) = client().await;
    // Two processes one after the other, as far as Slack can see: the second one gets the message of the first.
    let first = {
        let (sender, _watch) = open(&slack, client.session().seed(1)).await;
        assert!(sender.send_message(GENERAL, "today").await.is_acked());
        ids(&slack, 1).await[0]
    };
    let replays = [replay(1, GENERAL, "today"), replay(first, GENERAL, "today")];
    slack.script_next(Script::healthy().sending(replays).rejecting(2, "no"));
    let (sender, mut watch) = open(&slack, client.session().seed(1)).await;
    let outcome = sender.send_message(GENERAL, "today").await;
    assert!(matches!(&outcome, Outcome::Rejected(error) if error.code() == Some(2)), "{outcome:?}");
    watch.until_message("1699990000.000100").await;
    let second = ids(&slack, 2).await[1];
    assert!(second.abs_diff(first) > 1_000_000, "{first} and {second}");
    assert!(first.max(second) < 1 << 53);
}

#[tokio::test]
async fn s11_a_replay_whose_id_is_ours_by_chance_needs_our_channel_and_text() {
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().without_acks());
    let (sender, _watch) = open(&slack, client.session()).await;
    let refused = sender.send_message(GENERAL, "today");
    let accepted = sender.send_message(GENERAL, "see example.com & more");
    let ids = ids(&slack, 2).await;
    slack.send(replay(ids[0], GENERAL, "yesterday")).await;
    slack.send(replay(ids[0], crate::RANDOM, "today")).await;
    slack.send(replay(ids[1], GENERAL, "see <http://example.com|example.com> &amp; more")).await;
    assert_eq!(accepted.await.ts().unwrap(), "1699990000.000100");
    slack.send(format!(r#"{{"ok":false,"reply_to":{},"error":{{"code":2,"msg":"no"}}}}"#, ids[0])).await;
    let outcome = refused.await;
    assert!(matches!(&outcome, Outcome::Rejected(_)), "{outcome:?}");
}

#[tokio::test]
async fn s12_a_drain_sends_what_waits_before_the_end() {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, _watch) = open(&slack, client.session()).await;
    let deliveries: Vec<_> = (0..8).map(|n| sender.send_message(GENERAL, n.to_string())).collect();
    assert_eq!(sender.health().pending, 8);
    let left = sender.drain(seconds(0.5)).await.unwrap_err();
    assert_eq!(left.unsent, 3, "{left}");
    sender.drain(seconds(20.0)).await.unwrap();
    sender.close().await;
    for delivery in deliveries {
        assert!(delivery.await.is_acked());
    }
}

#[tokio::test]
async fn s12_a_burst_of_five_then_one_a_second_in_order() {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, _watch) = open(&slack, client.session()).await;
    tokio::time::sleep(seconds(6.0)).await;
    let deliveries: Vec<_> = (0..12).map(|n| sender.send_message(GENERAL, n.to_string())).collect();
    for delivery in deliveries {
        assert!(delivery.await.is_acked());
    }
    let frames = slack.wait_for_frames("message", 12).await.unwrap();
    for (n, frame) in frames.iter().enumerate() {
        assert_eq!(frame.json()["text"], n.to_string());
    }
    assert!(frames[4].at - frames[0].at < seconds(0.5), "the burst");
    assert!(frames[5].at - frames[0].at >= seconds(0.9));
    for pair in frames[5..].windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= seconds(0.9) && gap <= seconds(1.2), "{gap:?}");
    }
    let pings = slack.wait_for_frames("ping", 2).await.unwrap();
    assert!(pings.windows(2).all(|pair| pair[1].at - pair[0].at <= seconds(5.2)), "{pings:?}");
}

#[tokio::test]
async fn s12_what_is_too_long_is_refused_and_nothing_is_written() {
    let (slack, client) = client().await;
    let (sender, _watch) = open(&slack, client.session()).await;
    assert_eq!(
        sender.send_message(GENERAL, "é".repeat(4_001)).await,
        Outcome::NotSent(NotSent::TextTooLong { characters: 4_001, max: 4_000 })
    );
    // Escaped, a control character has six bytes.
    let outcome = sender.send_message(GENERAL, "\u{1}".repeat(4_000)).await;
    assert!(matches!(outcome, Outcome::NotSent(NotSent::FrameTooLong { .. })), "{outcome:?}");
    let pad = "x".repeat(16_384);
    let outcome = sender.send_raw(&serde_json::json!({ "type": "message", "pad": pad })).await;
    assert!(matches!(outcome, Outcome::NotSent(NotSent::FrameTooLong { .. })), "{outcome:?}");
    assert!(sender.send_message(GENERAL, "\u{10ffff}".repeat(4_000)).await.is_acked());
    let frames = slack.wait_for_frames("message", 1).await.unwrap();
    assert_eq!(frames.len(), 1);
    assert!(frames[0].text.len() > 16_000 && frames[0].text.len() <= 16_384);
    assert!(slack.frames().iter().all(|frame| frame.text.len() <= 16_384));
}

#[tokio::test]
async fn s12_the_queue_is_bounded() {
    let (slack, client) = client().await;
    slack.script_next(Script::without_hello());
    let (sender, _events) = client.session().start().split();
    slack.wait_for_dials(1).await.unwrap();
    let deliveries: Vec<_> = (0..1_000).map(|n| sender.send_message(GENERAL, n.to_string())).collect();
    tokio::time::timeout(Duration::from_secs(5), sender.close()).await.unwrap();
    let mut full = 0;
    for delivery in deliveries {
        match delivery.await {
            Outcome::NotSent(NotSent::QueueFull) => full += 1,
            outcome => assert_eq!(outcome, Outcome::NotSent(NotSent::Closed)),
        }
    }
    assert!(full >= 1_000 - 2 * 256, "{full}");
}
