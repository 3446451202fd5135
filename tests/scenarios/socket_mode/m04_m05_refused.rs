//! Scenarios m04 and m05.

use slack_rtm::session::ConnectedKind;
use slack_rtm::{DisconnectReason, Item};
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::Script;

use super::client;
use crate::{ALICE, GENERAL, open};

#[tokio::test]
async fn m04_too_many_connections_for_minutes_cost_few_calls() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    slack.script_always(Script::disconnect_first("too_many_websockets"));
    slack.disconnect("refresh_requested").await;
    let retry = watch.until_retry().await;
    assert_eq!(retry.error.as_str(), "too_many_connections");
    // The old one is given up, so that there is room.
    assert_eq!(watch.until_lost().await, DisconnectReason::TooManyConnections);
    let calls =
        || slack.requests().iter().filter(|request| request.api_method() == "apps.connections.open").count();
    let before = calls();
    tokio::time::sleep(seconds(300.0)).await;
    let made = calls() - before;
    assert!((2..=20).contains(&made), "{made} calls in five minutes");
    slack.script_always(Script::healthy());
    assert_eq!(watch.until_connected().await.kind, ConnectedKind::Reconnected);
    slack.wait_for_connections(1).await.unwrap();
    let ts = slack.user(ALICE).says(GENERAL, "there you are").await;
    watch.until_message(&ts).await;
}

#[tokio::test]
async fn m04_an_eleventh_connection_is_refused_and_comes_in_its_time() {
    fast_clock();
    let (slack, client) = client().await;
    slack.set_other_connections(10);
    let session = client.socket_mode().start();
    let (_sender, events) = session.split();
    let mut watch = slack_rtm_e2e::Watch::new(events);
    assert_eq!(watch.until_retry().await.error.as_str(), "too_many_connections");
    slack.set_other_connections(0);
    watch.until_connected().await;
    assert_eq!(watch.count(|item| matches!(item, Item::OtherConnections(_))), 0);
}

#[tokio::test]
async fn m05_socket_mode_that_is_switched_off_is_told_and_looked_at_now_and_then() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    slack.script_always(Script::disconnect_first("link_disabled"));
    slack.disconnect("link_disabled").await;
    assert_eq!(watch.until_lost().await, DisconnectReason::LinkDisabled);
    let before = slack.requests().len();
    tokio::time::sleep(seconds(1_800.0)).await;
    let made = slack.requests().len() - before;
    assert!((3..=7).contains(&made), "{made} calls in half an hour");
    slack.script_always(Script::healthy());
    tokio::time::sleep(seconds(420.0)).await;
    watch.until_connected().await;
}
