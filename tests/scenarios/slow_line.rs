//! Answers that take seconds, and hellos that take longer than they should.

use std::collections::HashSet;

use slack_rtm::session::{DisconnectReason, Error};
use slack_rtm_e2e::{Watch, fast_clock, seconds};
use slack_rtm_test::Script;

use crate::{ALICE, GENERAL, client, open};

#[tokio::test]
async fn pongs_after_four_and_a_half_seconds_cost_no_connection() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().pong_after(seconds(4.5)));
    let (sender, mut watch) = open(&slack, client.session()).await;
    for n in 0..4 {
        tokio::time::sleep(seconds(45.0)).await;
        let ts = slack.user(ALICE).says(GENERAL, &format!("{n}")).await;
        watch.until_message(&ts).await;
        assert!(sender.health().is_ready(), "{:?}", sender.health());
    }
    assert!(sender.health().round_trip.unwrap() >= seconds(4.5));
    assert_eq!((slack.dials().len(), sender.health().reconnects), (1, 0));
}

#[tokio::test]
async fn pongs_after_ten_seconds_cost_a_few_and_then_none() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().pong_after(seconds(10.0)));
    let (sender, mut watch) = open(&slack, client.session()).await;
    for _ in 0..2 {
        assert_eq!(watch.until_lost().await, DisconnectReason::PongTimeout);
        watch.until_connected().await;
    }
    tokio::time::sleep(seconds(60.0)).await;
    let settled = slack.dials().len();
    assert!(settled <= 4, "{settled} dials");
    tokio::time::sleep(seconds(120.0)).await;
    assert_eq!(slack.dials().len(), settled);
    assert!(sender.health().is_ready(), "{:?}", sender.health());
}

#[tokio::test]
async fn hello_after_twelve_seconds_is_waited_for_in_the_end() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().hello_after(seconds(12.0)));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    for _ in 0..2 {
        assert!(matches!(watch.until_retry().await.error, Error::HelloTimeout));
    }
    watch.until_connected().await;
    let dials = slack.dials();
    let tickets: HashSet<_> = dials.iter().map(|dial| &dial.ticket).collect();
    assert_eq!((dials.len(), tickets.len()), (3, 3));
    assert!(dials.iter().all(|dial| dial.valid), "{dials:?}");
}

#[tokio::test]
async fn a_first_try_with_more_patience_is_a_setting() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(
        Script::healthy().upgrade_after(seconds(12.0)).hello_after(seconds(12.0)).pong_after(seconds(12.0)),
    );
    let long = (seconds(14.0), seconds(14.0));
    let session = client.session();
    let session = session.dial_timeout(long.0, long.1).hello_timeout(long.0, long.1);
    let (sender, _watch) = open(&slack, session.pong_timeout(long.0, long.1)).await;
    tokio::time::sleep(seconds(60.0)).await;
    assert!(sender.health().round_trip.unwrap() >= seconds(12.0));
    assert_eq!((slack.dials().len(), sender.health().failures.len()), (1, 0));
}
