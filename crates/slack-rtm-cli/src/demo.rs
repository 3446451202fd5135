//! A Slack to try things on: a fake one in this process, with a user who says something now and then.

use std::io;
use std::time::Duration;

use slack_rtm_test::FakeSlack;

const SAYINGS: [&str; 4] =
    ["Good morning!", "Has anybody seen the build?", "It is green again.", "Nice. Coffee, <@U01ROBOT000>?"];

/// Starts it. It runs until it is dropped.
pub(crate) async fn start() -> io::Result<FakeSlack> {
    FakeSlack::start().await
}

/// Lets Alice talk for ever.
pub(crate) async fn talk(slack: &FakeSlack) {
    for n in 0_u64.. {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let saying = SAYINGS[usize::try_from(n).unwrap_or(0) % SAYINGS.len()];
        slack.send(r#"{"type":"user_typing","channel":"C01GENERAL0","user":"U01ALICE000"}"#).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        slack.say("C01GENERAL0", "U01ALICE000", saying, &format!("{}.000100", 1_700_000_000 + n)).await;
    }
}
