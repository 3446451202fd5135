//! Filling gaps over real sockets: what happens in a workspace while nobody listens, and what Slack says to who asks for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::models::{Event, RawEvent};
use slack_rtm::session::{Backfill, BackfillReport, Checkpoint, ShortfallReason};
use slack_rtm::{Client, Item, Sender, SessionBuilder};
use slack_rtm_e2e::{Watch, builder, fast_clock, seconds};
use slack_rtm_test::{Answer, FakeSlack, User};

const GENERAL: &str = "C01GENERAL0";
const RANDOM: &str = "C02RANDOM00";
const ALICE: &str = "U01ALICE000";

async fn client() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

fn filling(client: &Client) -> SessionBuilder {
    client.session().backfill(Backfill::default().calls_per_minute(None))
}

/// Opens a session, and waits until the server is ready to send events over it.
async fn open(slack: &FakeSlack, session: SessionBuilder) -> (Sender, Watch) {
    let (sender, events) = session.open().await.unwrap().split();
    let mut watch = Watch::new(events);
    watch.until_connected().await;
    slack.wait_for_connections(1).await.unwrap();
    (sender, watch)
}

/// Loses the connection; what is said until the session has another one is missed.
async fn lose(slack: &FakeSlack, watch: &mut Watch) {
    slack.drop_connections().await;
    slack.wait_for_connections(0).await.unwrap();
    watch.until_lost().await;
}

async fn until_filled(watch: &mut Watch) -> BackfillReport {
    watch
        .until(|item| if let Item::Backfilled(filled) = item { Some((**filled).clone()) } else { None })
        .await
}

fn place(event: &RawEvent) -> Option<(String, String)> {
    let Ok(Event::Message(message)) = event.decode_event() else { return None };
    Some((message.channel?.to_string(), message.ts?.to_string()))
}

/// The channels and timestamps of what was missed so far.
fn missed(watch: &Watch) -> Vec<(String, String)> {
    let missed = watch.seen.iter().filter_map(|(_, item)| match item {
        Item::Missed(missed) => place(&missed.event),
        _ => None,
    });
    missed.collect()
}

/// Whether this is all that was missed, in each channel in this order.
fn assert_missed(watch: &Watch, expected: &[(&str, &String)]) {
    let mut came = missed(watch);
    came.sort();
    let mut expected: Vec<_> =
        expected.iter().map(|(channel, ts)| ((*channel).to_owned(), (*ts).clone())).collect();
    expected.sort();
    assert_eq!(came, expected);
}

#[tokio::test]
async fn a_gap_before_anything_was_seen_is_filled() {
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    lose(&slack, &mut watch).await;
    let said = slack.user(ALICE).says(GENERAL, "first of all").await;
    let filled = until_filled(&mut watch).await;
    assert_missed(&watch, &[(GENERAL, &said)]);
    assert!(filled.incomplete.is_empty(), "{}", filled.incomplete);
}

#[tokio::test]
async fn direct_messages_groups_and_channels_that_are_new_are_read() {
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    let seen = alice.says(GENERAL, "seen").await;
    watch.until_message(&seen).await;
    lose(&slack, &mut watch).await;
    let mut expected = Vec::new();
    for channel in ["D01ALICE000", "G01PRIVATE0", RANDOM, GENERAL] {
        expected.push((channel, alice.says(channel, "missed").await));
    }
    until_filled(&mut watch).await;
    let expected: Vec<_> = expected.iter().map(|(channel, ts)| (*channel, ts)).collect();
    assert_missed(&watch, &expected);
}

#[tokio::test]
async fn what_was_deleted_is_gone_and_what_was_said_in_its_thread_is_not() {
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    let parent = alice.says(GENERAL, "parent").await;
    let reply = alice.replies(GENERAL, &parent, "seen").await;
    watch.until_message(&reply).await;
    lose(&slack, &mut watch).await;
    let gone = alice.says(GENERAL, "gone").await;
    let kept = alice.says(GENERAL, "kept").await;
    let missed_reply = alice.replies(GENERAL, &parent, "missed").await;
    alice.edits(GENERAL, &missed_reply, "edited").await;
    alice.deletes(GENERAL, &gone).await;
    let filled = until_filled(&mut watch).await;
    assert_missed(&watch, &[(GENERAL, &kept), (GENERAL, &missed_reply)]);
    assert!(filled.incomplete.is_empty());
    let edited = watch.seen.iter().filter_map(|(_, item)| match item {
        Item::Missed(missed) if missed.is_edited => place(&missed.event),
        _ => None,
    });
    assert_eq!(edited.map(|(_, ts)| ts).collect::<Vec<_>>(), [missed_reply]);
    // The parent goes too: its thread cannot be asked for any more, which is nobody's fault.
    lose(&slack, &mut watch).await;
    alice.deletes(GENERAL, &parent).await;
    let last = alice.says(GENERAL, "last").await;
    let filled = until_filled(&mut watch).await;
    assert!(filled.incomplete.is_empty(), "{}", filled.incomplete);
    assert_eq!(missed(&watch).last().unwrap().1, last);
}

#[tokio::test]
async fn a_channel_that_was_left_is_told_and_one_that_was_left_for_a_while_is_read() {
    let (slack, client) = client().await;
    let (alice, robot) = (slack.user(ALICE), slack.user(User::ROBOT));
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    for channel in [RANDOM, "C03OTHER000"] {
        let seen = alice.says(channel, "seen").await;
        watch.until_message(&seen).await;
    }
    lose(&slack, &mut watch).await;
    for channel in [RANDOM, "C03OTHER000"] {
        robot.leaves(channel).await;
    }
    let said = alice.says(RANDOM, "meanwhile").await;
    alice.says("C03OTHER000", "nobody's business").await;
    robot.joins(RANDOM).await;
    // Speaking brings the robot in, as a test may want; here it has left for good.
    robot.leaves("C03OTHER000").await;
    let filled = until_filled(&mut watch).await;
    let came: Vec<_> = missed(&watch).into_iter().filter(|(channel, _)| channel == RANDOM).collect();
    assert_eq!(came, [(RANDOM.to_owned(), said)]);
    let [shortfall] = &filled.incomplete.shortfalls[..] else { panic!("{filled:?}") };
    assert_eq!(shortfall.to_string(), "conversations.history was refused: not_in_channel in C03OTHER000");
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_in_whatever_form_it_comes() {
    fast_clock();
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    let seen = alice.says(GENERAL, "seen").await;
    watch.until_message(&seen).await;
    lose(&slack, &mut watch).await;
    let said = alice.says(GENERAL, "missed").await;
    // HTTP 429 that does not say for how long, and a refusal by the body alone.
    slack.answer_next_to("conversations.history", Answer::html(429, "slow down"));
    slack.answer_next_to("conversations.history", Answer::refusal("ratelimited"));
    slack.answer_next_to("conversations.history", Answer::rate_limited("3"));
    let filled = until_filled(&mut watch).await;
    assert_missed(&watch, &[(GENERAL, &said)]);
    assert!(filled.incomplete.is_empty(), "{}", filled.incomplete);
    let calls = slack.wait_for_requests_to("conversations.history", 4).await.unwrap();
    let waits: Vec<_> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    for (wait, asked) in waits.iter().zip([30.0, 30.0, 3.0]) {
        assert!(*wait >= seconds(asked), "{waits:?}");
    }
}

#[tokio::test]
async fn a_second_loss_while_the_first_gap_is_filled_loses_nothing() {
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    let seen = alice.says(GENERAL, "seen").await;
    watch.until_message(&seen).await;
    lose(&slack, &mut watch).await;
    let mut said = vec![alice.says(GENERAL, "one").await, alice.says(GENERAL, "two").await];
    slack.answer_next_to("conversations.history", Answer::refusal("internal_error").with_delay(seconds(0.3)));
    watch.until_gap().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.drop_connections().await;
    slack.wait_for_connections(0).await.unwrap();
    said.push(alice.says(GENERAL, "three").await);
    slack.wait_for_connections(1).await.unwrap();
    // The second loss is a gap of its own.
    until_filled(&mut watch).await;
    until_filled(&mut watch).await;
    let live = alice.says(GENERAL, "four").await;
    watch.until_message(&live).await;
    assert_missed(&watch, &said.iter().map(|ts| (GENERAL, ts)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_time_from_the_future_hides_nothing() {
    let (slack, client) = client().await;
    let alice = slack.user(ALICE);
    let (_sender, mut watch) = open(&slack, filling(&client)).await;
    let seen = alice.says(GENERAL, "seen").await;
    watch.until_message(&seen).await;
    // As bytes, which the fake Slack does not look into: it would go on from that time.
    let json =
        format!(r#"{{"type":"message","channel":"{RANDOM}","user":"{ALICE}","ts":"9999999999.000100"}}"#);
    let mut frame = vec![0x81, u8::try_from(json.len()).unwrap()];
    frame.extend_from_slice(json.as_bytes());
    slack.send_raw(frame).await;
    watch.until_message("9999999999.000100").await;
    lose(&slack, &mut watch).await;
    let said = [(RANDOM, alice.says(RANDOM, "missed").await), (GENERAL, alice.says(GENERAL, "missed").await)];
    until_filled(&mut watch).await;
    assert_missed(&watch, &said.iter().map(|(channel, ts)| (*channel, ts)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_checkpoint_of_another_team_is_told_and_not_gone_on_from() {
    let (slack, client) = client().await;
    slack.user(ALICE).says(GENERAL, "nobody's business").await;
    let checkpoint: Checkpoint = serde_json::from_str(
        r#"{"version":1,"team":"T0OTHER0000","newest":"1600000000.000100","channels":{"C01GENERAL0":"1600000000.000100"}}"#,
    )
    .unwrap();
    let (sender, mut watch) = open(&slack, filling(&client).resume(checkpoint)).await;
    let filled = until_filled(&mut watch).await;
    assert_eq!(filled.incomplete.shortfalls[0].reason, ShortfallReason::OtherIdentity);
    assert!(missed(&watch).is_empty());
    sender.close().await;
    // One that is older than everything is no trouble.
    let checkpoint: Checkpoint =
        serde_json::from_str(r#"{"version":1,"newest":"1.0","channels":{"C01GENERAL0":"1.0"}}"#).unwrap();
    let (_sender, mut watch) = open(&slack, filling(&client).resume(checkpoint)).await;
    let filled = until_filled(&mut watch).await;
    assert_eq!((filled.messages, filled.incomplete.is_empty()), (1, true));
}
