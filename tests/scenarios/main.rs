//! What a session must do, whatever the server does: eighteen scenarios over real sockets against the fake Slack, with the defaults unless a test says otherwise.
//! Function names begin with the scenario's number. Those that are about time run on a clock that goes fast.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod refused_tokens;
mod s01_half_open;
mod s02_to_s04_dials;
mod s05_to_s09_calls;
mod s10_goodbye;
mod s11_s12_sending;
mod s13_blocked_consumer;
mod s14_hostile_input;
mod s15_shutdown;
mod s16_to_s18_after_a_loss;
mod slow_line;
mod socket_mode;

use slack_rtm::{Client, Sender, SessionBuilder};
use slack_rtm_e2e::{Watch, builder};
use slack_rtm_test::FakeSlack;

const GENERAL: &str = "C01GENERAL0";
const RANDOM: &str = "C02RANDOM00";
const ALICE: &str = "U01ALICE000";

async fn client() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

/// Opens a session, and waits until the server is ready to send events over it.
async fn open(slack: &FakeSlack, session: SessionBuilder) -> (Sender, Watch) {
    let (sender, events) = session.open().await.unwrap().split();
    let mut watch = Watch::new(events);
    watch.until_connected().await;
    slack.wait_for_connections(1).await.unwrap();
    (sender, watch)
}

fn message(channel: &str, ts: &str) -> String {
    format!(r#"{{"type":"message","channel":"{channel}","user":"{ALICE}","text":"x","ts":"{ts}"}}"#)
}
