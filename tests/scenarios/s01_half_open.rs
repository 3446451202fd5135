//! Scenario 1.

use slack_rtm::session::DisconnectReason;
use slack_rtm_e2e::{fast_clock, seconds};
use slack_rtm_test::Script;

use crate::{ALICE, GENERAL, client, open};

#[tokio::test]
async fn s01_a_half_open_connection_is_found_out_and_replaced() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().half_open_after(3));
    let (_sender, mut watch) = open(&slack, client.session()).await;
    assert_eq!(watch.until_lost().await, DisconnectReason::PongTimeout);
    let lost = watch.last_time().into_std();
    // The first ping that nobody answers is the last frame that is still read there.
    let last_read = slack.frames().last().unwrap().at;
    assert!(lost - last_read <= seconds(10.0), "{:?}", lost - last_read);
    watch.until_gap().await;
    let recovered = watch.last_time().into_std();
    assert!(recovered - last_read <= seconds(12.0), "{:?}", recovered - last_read);
    assert_eq!(slack.requests().len(), 2);

    slack.wait_for_connections(2).await.unwrap();
    let ts = slack.user(ALICE).says(GENERAL, "still there?").await;
    watch.until_message(&ts).await;
    tokio::time::sleep(seconds(30.0)).await;
    assert_eq!((slack.requests().len(), slack.dials().len()), (2, 2));
}
