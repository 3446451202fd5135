//! Scenario 13.

use slack_rtm::Item;
use slack_rtm::session::{Error, OverflowPolicy};
use slack_rtm_e2e::{fast_clock, message_ts, seconds};

use crate::{GENERAL, client, message, open};

const SENT: usize = 10_000;
const LIMIT: usize = 1 << 20;

#[tokio::test]
async fn s13_a_user_who_takes_nothing_for_a_minute_stops_nothing() {
    blocked(OverflowPolicy::DropOldest).await;
}

#[tokio::test]
async fn s13_the_same_if_the_newest_are_dropped() {
    blocked(OverflowPolicy::DropNewest).await;
}

async fn blocked(overflow: OverflowPolicy) {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, mut watch) = open(&slack, client.session().queue_bytes(LIMIT).overflow(overflow)).await;
    for n in 0..SENT {
        slack.send(message(GENERAL, &format!("{n:05}.0"))).await;
    }
    tokio::time::sleep(seconds(60.0)).await;
    let pings = slack.wait_for_frames("ping", 11).await.unwrap();
    assert!(pings.windows(2).all(|pair| pair[1].at - pair[0].at <= seconds(5.2)), "{pings:?}");
    assert_eq!(slack.requests().len(), 1);
    let health = sender.health();
    // What says how much was dropped has to fit in as well.
    assert!(health.is_ready() && health.queued_bytes <= LIMIT + 1_024 && health.dropped > 0, "{health:?}");

    let (mut delivered, mut dropped) = (0, 0);
    let mut last = String::new();
    while delivered + dropped < SENT {
        match watch.next().await.unwrap() {
            Item::Lagged(n) => dropped += usize::try_from(n).unwrap(),
            item => {
                let ts = message_ts(&item).unwrap();
                assert!(ts > last, "{ts} after {last}");
                last = ts;
                delivered += 1;
            }
        }
    }
    assert_eq!((delivered + dropped, dropped as u64), (SENT, sender.health().dropped));
    assert_eq!(sender.health().queued, 0);
    // Then it goes on as if nothing had been.
    slack.send(message(GENERAL, "99999.0")).await;
    watch.until_message("99999.0").await;
}

#[tokio::test]
async fn s13_a_session_can_be_told_to_end_instead() {
    let (slack, client) = client().await;
    let (_sender, mut watch) =
        open(&slack, client.session().queue_bytes(10_000).overflow(OverflowPolicy::Close)).await;
    for n in 0..1_000 {
        slack.send(message(GENERAL, &format!("{n:05}.0"))).await;
    }
    slack.wait_for_connections(0).await.unwrap();
    loop {
        match watch.next().await.unwrap() {
            Item::Closed(error) => {
                assert!(matches!(error, Error::Overflow), "{error:?}");
                break;
            }
            Item::Event(_) | Item::Lagged(_) => {}
            item => panic!("{item:?}"),
        }
    }
    assert!(watch.next().await.is_none());
}
