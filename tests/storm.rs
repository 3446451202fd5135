//! Thousands of sessions in one process, whose server drops them all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use slack_rtm::session::{Health, State};
use slack_rtm::{Client, Session, Token};
use slack_rtm_e2e::builder;
use slack_rtm_test::{FakeSlack, Script};

const SESSIONS: usize = 2_000;

/// The limit that all sessions of a process share by default.
const LIMIT: usize = 64;

/// How many stand on another server all the time.
const STEADY: usize = 50;

/// How long an upgrade takes: much longer than what comes before it.
const UPGRADE: Duration = Duration::from_millis(40);

/// How long all of them may take to come back.
const PATIENCE: Duration = Duration::from_secs(100);

/// Starts sessions of a workspace each, which ping often.
fn start(client: &Client, sessions: usize) -> Vec<Session> {
    let start = |number| {
        let token = Token::new(format!("xoxb-{number}")).unwrap();
        client.with_token(token).session().ping_interval(Duration::from_secs(1)).start()
    };
    (0..sessions).map(start).collect()
}

fn health(sessions: &[Session]) -> impl Iterator<Item = Health> {
    sessions.iter().map(|session| session.sender().health())
}

/// Waits until all are connected for this time.
async fn connected(sessions: &[Session], reconnects: u64) {
    let are_there =
        || health(sessions).all(|health| health.state == State::Connected && health.reconnects == reconnects);
    let began = Instant::now();
    while !are_there() {
        assert!(began.elapsed() < PATIENCE, "{:#?}", health(sessions).next());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many dials the server saw at the same time: from the request to the answer.
fn peak(slack: &FakeSlack) -> usize {
    let mut changes = Vec::new();
    for dial in slack.dials() {
        assert!(dial.valid, "{dial:?}");
        changes.extend([(dial.at, 1), (dial.answered.unwrap(), -1)]);
    }
    // What ends and what begins in the same moment do not overlap.
    changes.sort();
    let mut now = 0_isize;
    let levels = changes.into_iter().map(|(_, change)| {
        now += change;
        now
    });
    levels.max().unwrap().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_are_dropped_at_once_come_back_without_a_storm() {
    let calm = FakeSlack::start().await.unwrap();
    let steady = start(&builder(&calm).build().unwrap(), STEADY);
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().upgrade_after(UPGRADE));
    let sessions = start(&builder(&slack).build().unwrap(), SESSIONS);
    connected(&sessions, 0).await;
    connected(&steady, 0).await;

    slack.wait_for_connections(SESSIONS).await.unwrap();
    assert_eq!(slack.drop_connections().await, SESSIONS);
    connected(&sessions, 1).await;

    let peak = peak(&slack);
    assert!(peak <= LIMIT, "{peak} dials at the same time");
    assert!(peak > LIMIT / 2, "the limit is made use of: {peak}");
    assert_eq!((slack.requests().len(), slack.dials().len()), (2 * SESSIONS, 2 * SESSIONS));
    // Each was lost the once that the server dropped it, and no attempt failed.
    for health in health(&sessions) {
        let losses: u64 = health.failures.values().sum();
        assert_eq!((losses, health.failures.contains_key("pong_timeout")), (1, false), "{health:#?}");
    }
    // Whoever stood, stands; and has been heard all the time.
    for health in health(&steady) {
        assert!(health.is_ready() && health.reconnects == 0 && health.failures.is_empty(), "{health:#?}");
        assert!(health.round_trip.unwrap() < Duration::from_secs(4), "{health:#?}");
    }
    assert_eq!(calm.dials().len(), STEADY);
}
