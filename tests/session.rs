//! What a user can do with a session: its two ends, commands of every kind, and what may be dropped when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use slack_rtm::models::MessageCommand;
use slack_rtm::session::NotSent;
use slack_rtm::{Item, Outcome, Session};
use slack_rtm_e2e::{builder, message_ts};
use slack_rtm_test::{FakeSlack, Script};

const GENERAL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";

async fn open() -> (FakeSlack, Session) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    let session = client.session().presence_sub(true).batch_presence_aware(true).open().await.unwrap();
    slack.wait_for_connections(1).await.unwrap();
    (slack, session)
}

#[tokio::test]
async fn its_stream_ends_with_closed_and_its_sender_is_cloned() {
    let (slack, session) = open().await;
    let call = slack.requests().remove(0);
    assert_eq!(
        (call.argument("presence_sub").as_deref(), call.argument("batch_presence_aware").as_deref()),
        (Some("1"), Some("1"))
    );
    let (sender, events) = session.split();
    let other = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send_message(GENERAL, "from another task").await }
    });
    assert!(other.await.unwrap().is_acked());
    sender.close().await;
    let items: Vec<Item> = events.collect().await;
    assert!(
        matches!(&items[..], [Item::Connected(_), Item::Closed(error)] if error.is_closed()),
        "{items:?}"
    );
    // Closing what is closed is nothing.
    sender.close().await;
    assert_eq!(sender.send_message(GENERAL, "late").await, Outcome::NotSent(NotSent::Closed));
}

#[tokio::test]
async fn commands_of_every_kind_reach_the_server() {
    let (slack, session) = open().await;
    let sender = session.sender();
    assert!(sender.send_message(GENERAL, "one").await.is_acked());
    let reply = MessageCommand::new(77_u64, GENERAL, "two").set_thread_ts("1.0").set_reply_broadcast(true);
    assert!(sender.send(reply).await.is_acked());
    assert_eq!(sender.typing(GENERAL).await, Outcome::Sent);
    assert_eq!(sender.typing(GENERAL).await, Outcome::NotSent(NotSent::Throttled));
    assert_eq!(sender.presence_sub([ALICE, "U02BOB00000"]).await, Outcome::Sent);
    assert_eq!(sender.presence_query([ALICE]).await, Outcome::Sent);
    // What it has for a number is not kept.
    let raw = sender.send_raw(&json!({ "type": "tickle", "id": 5, "x": [1, "\"id\":0"] }));
    let frames = slack.wait_for_frames("tickle", 1).await.unwrap();
    let id = frames[0].json()["id"].as_u64().unwrap();
    slack.send(format!(r#"{{"ok":true,"reply_to":{id}}}"#)).await;
    assert!(raw.await.is_acked());
    for no_command in [json!({}), json!([]), json!("x"), json!({ "type": 7 })] {
        assert_eq!(sender.send_raw(&no_command).await, Outcome::NotSent(NotSent::InvalidCommand));
    }

    let mut seen: Vec<_> = slack.frames().iter().map(slack_rtm_test::Frame::json).collect();
    seen.retain(|frame| frame["type"] != "ping");
    let mut last = 0;
    for frame in &mut seen {
        let id = frame.as_object_mut().unwrap().remove("id").unwrap().as_u64().unwrap();
        assert!(id > last, "numbers grow");
        last = id;
    }
    assert_eq!(
        seen,
        [
            json!({ "type": "message", "channel": GENERAL, "text": "one" }),
            json!({ "type": "message", "channel": GENERAL, "text": "two", "thread_ts": "1.0", "reply_broadcast": true }),
            json!({ "type": "typing", "channel": GENERAL }),
            json!({ "type": "presence_sub", "ids": [ALICE, "U02BOB00000"] }),
            json!({ "type": "presence_query", "ids": [ALICE] }),
            json!({ "type": "tickle", "x": [1, "\"id\":0"] }),
        ]
    );
}

#[tokio::test]
async fn a_delivery_that_is_dropped_takes_nothing_back() {
    let (slack, session) = open().await;
    drop(session.sender().send_message(GENERAL, "never awaited"));
    let awaited = session.sender().send_message(GENERAL, "awaited for a moment");
    let _ = tokio::time::timeout(Duration::ZERO, awaited).await;
    assert!(session.sender().send_message(GENERAL, "last").await.is_acked());
    let texts: Vec<_> = slack
        .wait_for_frames("message", 3)
        .await
        .unwrap()
        .iter()
        .map(|frame| frame.decode::<MessageCommand>().unwrap().text)
        .collect();
    assert_eq!(texts, ["never awaited", "awaited for a moment", "last"]);
}

#[tokio::test]
async fn dropping_next_loses_no_item() {
    let (slack, mut session) = open().await;
    assert!(matches!(session.next().await, Some(Item::Connected(_))));
    let sending = tokio::spawn(async move {
        for n in 0..2_000 {
            slack.say(GENERAL, ALICE, "x", &format!("{n:05}.0")).await;
            if n % 10 == 0 {
                tokio::task::yield_now().await;
            }
        }
        slack
    });
    let mut seen = Vec::new();
    let mut dropped = 0;
    while seen.len() < 2_000 {
        // Polled once, and dropped unless something is there.
        let next = session.next();
        tokio::select! {
            biased;
            item = next => seen.push(message_ts(&item.unwrap()).unwrap()),
            () = tokio::task::yield_now() => dropped += 1,
        }
    }
    assert!(dropped > 0);
    assert!(seen.iter().enumerate().all(|(n, ts)| *ts == format!("{n:05}.0")));
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn dropping_open_or_close_ends_the_session_all_the_same() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    slack.script_next(Script::without_hello());
    let opening = client.session().open();
    let _ = tokio::time::timeout(Duration::from_millis(100), opening).await;
    let dials = slack.wait_for_dials(1).await.unwrap();
    assert!(!dials.is_empty());

    let session = client.session().open().await.unwrap();
    let (sender, mut events) = session.split();
    // It is polled once: that is when the session learns of it.
    let _ = tokio::time::timeout(Duration::ZERO, sender.close()).await;
    while let Some(item) = events.next().await {
        assert!(matches!(item, Item::Connected(_) | Item::Closed(_)), "{item:?}");
    }
    slack.wait_for_connections(0).await.unwrap();
    while slack.dials().iter().any(|dial| dial.ended.is_none()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(slack.requests().len(), 2);
}
