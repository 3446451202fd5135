//! Sessions over real sockets on loopback, against the fake Slack. The policy behind them is tested in slack-rtm-session under a clock of its own; here stands
//! what only real sockets show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use slack_rtm::{Client, Event, Events, Item, Outcome, Sender, Ts};
use slack_rtm_e2e::builder;
use slack_rtm_test::{Answer, FakeSlack, Script};

async fn client() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

async fn open(client: &Client) -> (Sender, Events) {
    client.session().open().await.unwrap().split()
}

/// The next item that is wanted, within 15 seconds; what comes before it is passed over.
async fn wait<T>(events: &mut Events, mut wanted: impl FnMut(Item) -> Option<T>) -> T {
    let search = async {
        loop {
            let item = events.next().await.expect("the session has ended");
            if let Some(found) = wanted(item) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), search).await.expect("it did not come")
}

fn message_ts(item: &Item) -> Option<String> {
    let Item::Event(event) = item else { return None };
    match event.decode_event().ok()? {
        Event::Message(message) => message.ts.map(|ts| ts.to_string()),
        _ => None,
    }
}

/// Once the server has so many open connections.
async fn connections(slack: &FakeSlack, n: usize) {
    let began = Instant::now();
    while slack.open_connections() != n {
        assert!(began.elapsed() < Duration::from_secs(10), "{} connections", slack.open_connections());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_message_there_and_back() {
    let (slack, client) = client().await;
    let (sender, mut events) = open(&client).await;
    connections(&slack, 1).await;
    slack.say("C01GENERAL0", "U01ALICE000", "hello", "1700000001.000100").await;
    let ts = wait(&mut events, |item| message_ts(&item)).await;
    assert_eq!(ts, "1700000001.000100");
    let outcome = sender.send_message("C01GENERAL0", "hi").await;
    assert!(
        matches!(&outcome, Outcome::Acked(ack) if ack.ts.as_ref().is_some_and(Ts::is_well_formed)),
        "{outcome:?}"
    );
    sender.close().await;
    connections(&slack, 0).await;
}

#[tokio::test]
async fn a_fatal_code_ends_it_at_once() {
    let (slack, client) = client().await;
    slack.answer_always(Answer::refusal("invalid_auth"));
    let error = client.session().open().await.unwrap_err();
    assert!(error.is_fatal());
    assert_eq!(slack.requests().len(), 1);
}

#[tokio::test]
async fn an_address_that_has_expired_is_replaced() {
    let (slack, client) = client().await;
    slack.script_next(Script::error_first(1, "Socket URL has expired"));
    let (_sender, mut events) = open(&client).await;
    wait(&mut events, |item| matches!(item, Item::Connected(_)).then_some(())).await;
    let dials = slack.dials();
    assert_eq!(dials.len(), 2);
    assert!(dials.iter().all(|dial| dial.valid) && dials[0].ticket != dials[1].ticket);
}

#[tokio::test]
async fn after_a_loss_there_is_one_gap_with_the_last_timestamps() {
    let (slack, client) = client().await;
    let (_sender, mut events) = open(&client).await;
    connections(&slack, 1).await;
    slack.say("C01GENERAL0", "U01ALICE000", "one", "1700000001.000100").await;
    slack.say("C02RANDOM00", "U01ALICE000", "two", "1700000002.000100").await;
    wait(&mut events, |item| message_ts(&item).filter(|ts| ts == "1700000002.000100")).await;
    slack.drop_connections().await;
    let gap = wait(&mut events, |item| if let Item::Gap(gap) = item { Some(gap) } else { None }).await;
    let seen: Vec<(&str, &str)> =
        gap.channels.iter().map(|(channel, ts)| (channel.as_str(), ts.as_str())).collect();
    assert_eq!(seen, [("C01GENERAL0", "1700000001.000100"), ("C02RANDOM00", "1700000002.000100")]);
    assert!(gap.is_complete);
}

#[tokio::test]
async fn a_goodbye_loses_nothing_and_repeats_nothing() {
    let (slack, client) = client().await;
    let (_sender, mut events) = open(&client).await;
    connections(&slack, 1).await;
    slack.say("C01GENERAL0", "U01ALICE000", "before", "1700000001.000100").await;
    slack.goodbye().await;
    // Both connections stand for a while and carry the same events.
    let mut n = 2;
    while slack.dials().len() < 2 {
        slack.say("C01GENERAL0", "U01ALICE000", "between", &format!("17000000{n:02}.000100")).await;
        n += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    wait(&mut events, |item| message_ts(&item).filter(|ts| *ts == "1700000001.000100")).await;
    let mut expected = 2;
    connections(&slack, 1).await;
    slack.say("C01GENERAL0", "U01ALICE000", "after", "1700000099.000100").await;
    wait(&mut events, |item| {
        assert!(!matches!(item, Item::Gap(_) | Item::Disconnected(_)), "{item:?}");
        let ts = message_ts(&item)?;
        if ts != "1700000099.000100" {
            assert_eq!(ts, format!("17000000{expected:02}.000100"));
            expected += 1;
            return None;
        }
        Some(())
    })
    .await;
    assert_eq!(expected, n);
}

#[tokio::test]
async fn a_lost_ack_times_out_and_does_not_hold_up_the_next() {
    let (slack, client) = client().await;
    slack.script_next(Script::healthy().losing_acks(1));
    let (sender, _events) =
        client.session().ack_timeout(Duration::from_millis(300)).open().await.unwrap().split();
    let first = sender.send_message("C01GENERAL0", "one");
    let second = sender.send_message("C01GENERAL0", "two");
    assert!(matches!(second.await, Outcome::Acked(_)));
    assert!(matches!(first.await, Outcome::TimedOut));
    let sent = slack.frames().iter().filter(|frame| frame.text.contains("\"message\"")).count();
    assert_eq!(sent, 2, "something was sent again");
}

#[tokio::test]
async fn hostile_frames_do_no_harm() {
    let (slack, client) = client().await;
    let (_sender, mut events) = open(&client).await;
    connections(&slack, 1).await;
    let deep = format!(r#"{{"type":"message","x":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000));
    let hostile = [
        "{}",
        "",
        "null",
        "[]",
        "{",
        r#"{"type":7}"#,
        r#"{"type":"brand_new"}"#,
        r#"{"type":"message","ts":1.5}"#,
        "{}\0",
        &deep,
    ];
    for frame in hostile {
        slack.send(frame).await;
    }
    slack.send_binary([0xff, 0]).await;
    let big = format!(r#"{{"type":"message","text":"{}"}}"#, "x".repeat(2 << 20));
    slack.send(big).await;
    slack.say("C01GENERAL0", "U01ALICE000", "still here", "1700000001.000100").await;
    wait(&mut events, |item| {
        assert!(!matches!(item, Item::Disconnected(_)), "{item:?}");
        message_ts(&item).filter(|ts| ts == "1700000001.000100")
    })
    .await;
    assert_eq!(slack.dials().len(), 1);
}

#[tokio::test]
async fn a_server_that_ignores_the_close_does_not_hold_it_up() {
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().ignoring_close());
    let (sender, _events) = open(&client).await;
    let began = Instant::now();
    sender.close().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_presence_subscription_is_sent_again() {
    let (slack, client) = client().await;
    let (sender, mut events) = open(&client).await;
    connections(&slack, 1).await;
    sender.presence_sub(["U01ALICE000"]).await;
    wait_for_frames(&slack, 1).await;
    slack.drop_connections().await;
    wait(&mut events, |item| matches!(item, Item::Gap(_)).then_some(())).await;
    wait_for_frames(&slack, 2).await;
}

async fn wait_for_frames(slack: &FakeSlack, n: usize) {
    let began = Instant::now();
    let subscriptions = || {
        slack
            .frames()
            .iter()
            .filter(|frame| frame.text.contains("presence_sub") && frame.text.contains("U01ALICE000"))
            .count()
    };
    while subscriptions() < n {
        assert!(began.elapsed() < Duration::from_secs(10), "{} subscriptions", subscriptions());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
