//! A fake Slack in this process, with a user who writes something from time to time.

use std::io;
use std::time::Duration;

use serde_json::json;
use slack_rtm::{Client, ConfigError};
use slack_rtm_test::FakeSlack;

use crate::setup;
use crate::tokens::Protocol;

const CHANNEL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";
const TEXTS: [&str; 4] =
    ["Good morning!", "Has anybody seen the build?", "It is green again.", "Nice. Coffee, <@U01ROBOT000>?"];

/// A fake Slack, which runs until it is dropped.
pub(super) struct Slack {
    fake: FakeSlack,
    protocol: Protocol,
}

impl Slack {
    pub(super) async fn start(protocol: Protocol) -> io::Result<Self> {
        Ok(Self { fake: FakeSlack::start().await?, protocol })
    }

    /// Returns a client of this Slack.
    pub(super) fn client(&self) -> Result<Client, ConfigError> {
        let builder = Client::builder().token("xoxb-demo").base_url(self.fake.base_url());
        let builder = builder.user_agent(setup::user_agent());
        match self.protocol {
            Protocol::Rtm => builder.build(),
            Protocol::SocketMode => builder.app_token("xapp-demo").build(),
        }
    }

    /// Lets Alice write messages forever, and use the app where there is Socket Mode.
    pub(super) async fn talk(&self) {
        match self.protocol {
            Protocol::Rtm => talk(&self.fake).await,
            Protocol::SocketMode => tokio::join!(talk(&self.fake), use_app(&self.fake)).0,
        }
    }
}

/// Lets Alice write messages in a fake Slack forever.
pub(crate) async fn talk(slack: &FakeSlack) {
    for text in TEXTS.iter().cycle() {
        tokio::time::sleep(Duration::from_millis(700)).await;
        slack.user(ALICE).types(CHANNEL).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        slack.user(ALICE).says(CHANNEL, text).await;
    }
}

/// Lets Alice type slash commands and press buttons in a fake Slack forever. Only connections of Socket Mode get them.
pub(crate) async fn use_app(slack: &FakeSlack) {
    loop {
        tokio::time::sleep(Duration::from_millis(1_900)).await;
        slack
            .slash_command(json!({
                "command": "/deploy",
                "text": "web",
                "user_id": ALICE,
                "channel_id": CHANNEL,
                "response_url": "https://hooks.slack.com/commands/demo",
            }))
            .await;
        tokio::time::sleep(Duration::from_millis(1_900)).await;
        slack
            .interaction(json!({
                "type": "block_actions",
                "user": { "id": ALICE },
                "channel": { "id": CHANNEL },
                "actions": [{ "type": "button", "action_id": "approve", "value": "42" }],
            }))
            .await;
    }
}
