//! Scenarios m01 to m03.

use std::collections::HashSet;
use std::time::Duration;

use slack_rtm::session::ConnectedKind;
use slack_rtm::{DisconnectReason, Item};
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::Script;

use super::{client, is_break};
use crate::{ALICE, GENERAL, open};

#[tokio::test]
async fn m01_a_refresh_with_events_flowing_loses_nothing_and_doubles_nothing() {
    for reasons in [&["warning", "refresh_requested"][..], &["refresh_requested"]] {
        let (slack, client) = client().await;
        let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
        let alice = slack.user(ALICE);
        let talk = alice.talks(&[GENERAL], 300, Duration::from_millis(5));
        let refresh = async {
            for reason in reasons {
                tokio::time::sleep(Duration::from_millis(300)).await;
                slack.disconnect(reason).await;
            }
        };
        let read = async {
            while watch.messages().len() < 300 {
                watch.next().await.unwrap();
            }
        };
        let (said, (), ()) = tokio::join!(talk, refresh, read);
        let said: Vec<_> = said.into_iter().map(|(_, ts)| ts).collect();
        let mut heard = watch.messages();
        heard.sort();
        assert_eq!(heard, said);
        assert_eq!(watch.count(is_break), 0, "{:?}", watch.seen);
        let handovers = watch.count(
            |item| matches!(item, Item::Connected(connected) if connected.kind == ConnectedKind::HandedOver),
        );
        assert!((1..=reasons.len()).contains(&handovers), "{handovers}");
        // There was a new connection before the old one was closed.
        let dials = slack.dials();
        assert!(dials[1].greeted.unwrap() < dials[0].ended.unwrap());
        // Nothing was acknowledged twice, or on another connection than the one that brought it.
        let acks = slack.wait_for_acks(290).await.unwrap();
        let envelopes: HashSet<_> = acks.iter().map(|ack| &ack.envelope_id).collect();
        assert_eq!(envelopes.len(), acks.len());
        for ack in &acks {
            let delivered =
                slack.deliveries().into_iter().find(|delivered| delivered.envelope_id == ack.envelope_id);
            assert_eq!(delivered.unwrap().connection, Some(ack.connection));
        }
    }
}

#[tokio::test]
async fn m02_without_a_warning_what_was_not_acknowledged_comes_again_once() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    let before = slack.user(ALICE).says(GENERAL, "before").await;
    watch.until_message(&before).await;
    slack.drop_connections().await;
    // Nobody hears it now.
    let during = slack.user(ALICE).says(GENERAL, "while nobody is there").await;
    assert!(matches!(watch.until_lost().await, DisconnectReason::UnexpectedEof | DisconnectReason::Io(_)));
    watch.until_message(&during).await;
    assert_eq!(watch.count(|item| matches!(item, Item::Gap(_))), 1);
    tokio::time::sleep(seconds(120.0)).await;
    let after = slack.user(ALICE).says(GENERAL, "after").await;
    watch.until_message(&after).await;
    assert_eq!(watch.messages(), [before, during, after]);
}

#[tokio::test]
async fn m03_a_connection_is_replaced_shortly_before_its_time() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().lasting(seconds(360.0)));
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    tokio::time::sleep(seconds(350.0)).await;
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::HandedOver);
    let dials = slack.wait_for_dials(2).await.unwrap();
    let stood = dials[1].at - dials[0].greeted.unwrap();
    assert!(stood > seconds(290.0) && stood < seconds(345.0), "{stood:?}");
    assert_eq!(watch.count(is_break), 0);
    // The server does not end TCP; the client drops it.
    slack.wait_for_connections(1).await.unwrap();
}
