//! Scenarios 16 to 18: what a user learns after a loss, what the server learns, and what health says of it.

use slack_rtm::session::{ConnectedKind, DisconnectReason, State};
use slack_rtm::{Item, Outcome};
use slack_rtm_e2e::{Watch, fast_clock, seconds};
use slack_rtm_test::Script;

use crate::{ALICE, GENERAL, RANDOM, client, message, open};

#[tokio::test]
async fn s16_one_gap_with_the_last_ts_of_each_channel() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    for (channel, ts) in [(GENERAL, "1.0"), (RANDOM, "2.0"), (GENERAL, "3.0")] {
        slack.send(message(channel, ts)).await;
    }
    watch.until_message("3.0").await;
    // The loss is mended at the third attempt.
    slack.script_next(Script::refused(503));
    slack.script_next(Script::healthy().dying_after(seconds(0.0)));
    slack.drop_connections().await;
    watch.until_lost().await;
    let first = watch.until_gap().await;
    let seen: Vec<_> = first.channels.iter().map(|(channel, ts)| (channel.as_str(), ts.as_str())).collect();
    assert_eq!((seen, first.is_complete), (vec![(GENERAL, "3.0"), (RANDOM, "2.0")], true));
    assert!(matches!(first.reason, DisconnectReason::UnexpectedEof | DisconnectReason::Io(_)));
    // That one is lost as well: a gap of its own.
    watch.until_lost().await;
    watch.until_gap().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.send(message(GENERAL, "4.0")).await;
    watch.until_message("4.0").await;
    let count = |kind: fn(&Item) -> bool| watch.count(kind);
    assert_eq!(count(|item| matches!(item, Item::Disconnected(_))), 2);
    assert_eq!(count(|item| matches!(item, Item::Gap(_))), 2);
}

#[tokio::test]
async fn s17_a_presence_subscription_is_sent_again_before_events_come() {
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    alice.becomes("active").await;
    let (sender, mut watch) = open(&slack, client.session()).await;
    for users in [vec!["U02BOB00000"], vec![ALICE, "U02BOB00000"]] {
        assert_eq!(sender.presence_sub(users).await, Outcome::Sent);
    }
    let is_presence = |item: &Item| {
        matches!(item, Item::Event(event) if event.event_type() == Some("presence_change")).then_some(())
    };
    watch.until(is_presence).await;
    slack.script_next(Script::healthy().sending([message(GENERAL, "1.0")]));
    slack.drop_connections().await;
    watch.until_message("1.0").await;
    let came = watch.last_time();
    let subscriptions = slack.wait_for_frames("presence_sub", 3).await.unwrap();
    assert!(subscriptions[2].at <= came.into_std() + seconds(0.5));
    assert_eq!(
        (subscriptions[2].connection, &subscriptions[2].json()["ids"]),
        (1, &subscriptions[1].json()["ids"])
    );
    let on_the_new_one: Vec<_> = slack.frames().into_iter().filter(|frame| frame.connection == 1).collect();
    assert_eq!(on_the_new_one[0].kind(), "presence_sub");
    // The server tells of her again, since the subscription is new there.
    watch.until(is_presence).await;
    alice.becomes("away").await;
    watch.until(is_presence).await;
}

#[tokio::test]
async fn s18_ready_is_hello_and_a_recent_frame() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().hello_after(seconds(5.0)).half_open_after(4));
    slack.script_next(Script::refused(503));
    slack.script_next(Script::healthy().hello_after(seconds(5.0)));
    let (sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    slack.wait_for_dials(1).await.unwrap();
    tokio::time::sleep(seconds(2.0)).await;
    let health = sender.health();
    assert!(!health.is_ready() && health.state == State::Connecting, "{health:?}");
    assert!(health.since >= seconds(2.0) && health.last_frame.is_none() && health.round_trip.is_none());

    watch.until_connected().await;
    assert!(sender.health().is_ready());
    slack.wait_for_frames("ping", 2).await.unwrap();
    tokio::time::sleep(seconds(0.2)).await;
    let health = sender.health();
    assert!(health.is_ready() && health.state == State::Connected, "{health:?}");
    assert!(health.since >= seconds(5.0) && health.since <= seconds(11.0), "{health:?}");
    assert!(
        health.last_frame.unwrap() <= seconds(0.3) && health.round_trip.unwrap() <= seconds(0.2),
        "{health:?}"
    );
    assert_eq!((health.reconnects, health.failures.len(), health.dropped), (0, 0, 0));

    watch.until_lost().await;
    let health = sender.health();
    assert!(!health.is_ready() && health.state == State::Reconnecting, "{health:?}");
    assert_eq!(health.failures["pong_timeout"], 1);
    watch.until_retry().await;
    assert_eq!(sender.health().failures["upgrade_refused"], 1);
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::Reconnected);
    let health = sender.health();
    assert!(health.is_ready() && health.reconnects == 1, "{health:?}");

    slack.wait_for_connections(2).await.unwrap();
    slack.send(message(GENERAL, "1.0")).await;
    slack.wait_for_frames("ping", 8).await.unwrap();
    let health = sender.health();
    // The gap, and the message.
    assert!(health.queued >= 1 && health.queued_bytes > 0, "{health:?}");
    sender.close().await;
    let health = sender.health();
    assert!(!health.is_ready() && health.state == State::Closed, "{health:?}");
}
