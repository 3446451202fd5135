//! A Slack to try things on: a fake one in this process, with a user who says something now and then.

use std::io;
use std::time::Duration;

use slack_rtm_test::FakeSlack;

const CHANNEL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";
const SAYINGS: [&str; 4] =
    ["Good morning!", "Has anybody seen the build?", "It is green again.", "Nice. Coffee, <@U01ROBOT000>?"];

/// It runs until it is dropped.
pub(super) struct Slack {
    fake: FakeSlack,
}

impl Slack {
    pub(super) async fn start() -> io::Result<Self> {
        Ok(Self { fake: FakeSlack::start().await? })
    }

    pub(super) fn base_url(&self) -> String {
        self.fake.base_url()
    }

    /// Lets Alice talk for ever.
    pub(super) async fn talk(&self) {
        talk(&self.fake).await;
    }
}

/// Lets Alice talk for ever in a fake Slack.
pub(crate) async fn talk(slack: &FakeSlack) {
    for saying in SAYINGS.iter().cycle() {
        tokio::time::sleep(Duration::from_millis(700)).await;
        slack.user(ALICE).types(CHANNEL).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        slack.user(ALICE).says(CHANNEL, saying).await;
    }
}
