//! Scenario m06.

use slack_rtm::DisconnectReason;
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::Script;

use super::client;
use crate::{ALICE, GENERAL, open};

#[tokio::test]
async fn m06_a_deaf_socket_is_replaced() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().deaf_after(seconds(20.0)));
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    assert_eq!(watch.until_lost().await, DisconnectReason::PongTimeout);
    watch.until_connected().await;
    let dials = slack.wait_for_dials(2).await.unwrap();
    let stood = dials[1].at - dials[0].greeted.unwrap();
    assert!(stood < seconds(31.0), "{stood:?}");
    slack.wait_for_connections(1).await.unwrap();
    let ts = slack.user(ALICE).says(GENERAL, "can you hear me").await;
    watch.until_message(&ts).await;
}

#[tokio::test]
async fn m06_so_is_one_on_which_the_server_pings_no_more() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().without_pings());
    let (_sender, mut watch) = open(&slack, client.socket_mode()).await;
    assert_eq!(watch.until_lost().await, DisconnectReason::PingTimeout);
    watch.until_connected().await;
    let dials = slack.wait_for_dials(2).await.unwrap();
    let stood = dials[1].at - dials[0].greeted.unwrap();
    assert!(stood > seconds(29.0) && stood < seconds(33.0), "{stood:?}");
}
