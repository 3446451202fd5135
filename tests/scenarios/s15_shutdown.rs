//! Scenario 15. Proxies and what must not be printed are in `proxies.rs` and `secrets.rs`.

use slack_rtm::session::NotSent;
use slack_rtm::{Item, Outcome};
use slack_rtm_e2e::{Watch, fast_clock, seconds};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::time::Instant;

use crate::{GENERAL, client, open};

/// Every connection to the message server is over.
async fn assert_nothing_left(slack: &FakeSlack) {
    let began = Instant::now();
    while slack.dials().iter().any(|dial| dial.ended.is_none()) {
        assert!(began.elapsed() < seconds(2.0), "a socket is left: {:?}", slack.dials());
        tokio::time::sleep(seconds(0.05)).await;
    }
}

#[tokio::test]
async fn s15_closing_is_quick_whatever_is_under_way() {
    let during_mint = |slack: &FakeSlack| slack.answer_always(Answer::success().with_delay(seconds(60.0)));
    let during_dial = |slack: &FakeSlack| slack.script_always(Script::never_upgraded());
    let during_hello = |slack: &FakeSlack| slack.script_always(Script::without_hello());
    let during_backoff = |slack: &FakeSlack| slack.answer_always(Answer::rate_limited("600"));
    let setups: [&dyn Fn(&FakeSlack); 4] = [&during_mint, &during_dial, &during_hello, &during_backoff];
    fast_clock();
    for set_up in setups {
        let (slack, client) = client().await;
        set_up(&slack);
        let (sender, events) = client.session().start().split();
        let mut watch = Watch::new(events);
        let queued = sender.send_message(GENERAL, "x");
        tokio::time::sleep(seconds(2.0)).await;
        assert_eq!(slack.requests().len(), 1);
        let began = Instant::now();
        sender.close().await;
        assert!(began.elapsed() < seconds(0.5), "{:?}", began.elapsed());
        assert_eq!(queued.await, Outcome::NotSent(NotSent::Closed));
        watch.until(|item| matches!(item, Item::Closed(error) if error.is_closed()).then_some(())).await;
        assert!(watch.next().await.is_none());
        assert_nothing_left(&slack).await;
        tokio::time::sleep(seconds(60.0)).await;
        assert_eq!(slack.requests().len(), 1, "it goes on after its end");
    }
}

#[tokio::test]
async fn s15_a_server_that_ignores_the_close_does_not_hold_it_up() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().ignoring_close().without_acks());
    let (sender, mut watch) = open(&slack, client.session()).await;
    let sent: Vec<_> = (0..5).map(|n| sender.send_message(GENERAL, n.to_string())).collect();
    let queued = sender.send_message(GENERAL, "later");
    slack.wait_for_frames("message", 5).await.unwrap();
    let began = Instant::now();
    sender.close().await;
    assert!(began.elapsed() < seconds(5.0), "{:?}", began.elapsed());
    for delivery in sent {
        assert_eq!(delivery.await, Outcome::Unknown);
    }
    assert_eq!(queued.await, Outcome::NotSent(NotSent::Closed));
    watch.until(|item| matches!(item, Item::Closed(error) if error.is_closed()).then_some(())).await;
    assert_nothing_left(&slack).await;
}

#[tokio::test]
async fn s15_closing_ends_both_connections_of_a_handover() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().ignoring_close());
    let (sender, mut watch) = open(&slack, client.session()).await;
    slack.goodbye().await;
    watch.until_connected().await;
    sender.close().await;
    assert_eq!(slack.dials().len(), 2);
    assert_nothing_left(&slack).await;
}

#[tokio::test]
async fn s15_dropping_both_ends_closes_it() {
    let (slack, client) = client().await;
    let (sender, watch) = open(&slack, client.session()).await;
    drop(watch);
    let clone = sender.clone();
    drop(sender);
    assert!(clone.send_message(GENERAL, "still there").await.is_acked());
    drop(clone);
    slack.wait_for_connections(0).await.unwrap();
    assert_nothing_left(&slack).await;

    let opening = tokio::spawn(client.session().open());
    slack.wait_for_dials(2).await.unwrap();
    opening.abort();
    assert_nothing_left(&slack).await;
}

#[tokio::test]
async fn s15_no_task_is_left() {
    let (slack, client) = client().await;
    // What the HTTP client keeps for its connection is there from the first call on.
    client.rtm_connect().send().await.unwrap();
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    let (sender, _watch) = open(&slack, client.session()).await;
    assert!(metrics.num_alive_tasks() > before);
    sender.close().await;
    assert_nothing_left(&slack).await;
    let began = Instant::now();
    while metrics.num_alive_tasks() > before {
        assert!(began.elapsed() < seconds(2.0), "{} tasks, {before} before", metrics.num_alive_tasks());
        tokio::time::sleep(seconds(0.01)).await;
    }
}
