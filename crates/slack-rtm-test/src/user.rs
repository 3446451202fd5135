//! Users of the fake workspace.

use serde::Serialize;
use slack_rtm_models::{MessageEvent, UserTypingEvent};

use crate::order::Order;
use crate::state::{ROBOT, Shared};

/// A user of the fake workspace: what they do, clients see.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use slack_rtm_test::FakeSlack;
/// # let slack = FakeSlack::start().await?;
/// # let client = slack_rtm::Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
/// # let mut session = client.session().open().await?;
/// # slack.wait_for_connections(1).await?;
/// # session.sender().presence_sub(["U01ALICE000"]).await;
/// # slack.wait_for_frames("presence_sub", 1).await?;
/// let alice = slack.user("U01ALICE000");
/// alice.types("C01GENERAL0").await;
/// let ts = alice.says("C01GENERAL0", "good morning").await;
/// // Those who subscribed to her presence are told.
/// alice.becomes("away").await;
/// # assert_eq!(ts, "1700000000.000000");
/// # let mut types = Vec::new();
/// # while types.len() < 3 {
/// #     if let Some(slack_rtm::Item::Event(event)) = session.next().await {
/// #         types.push(event.event_type().unwrap_or_default().to_owned());
/// #     }
/// # }
/// # assert_eq!(types, ["user_typing", "message", "presence_change"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct User<'a> {
    shared: &'a Shared,
    id: &'a str,
}

impl<'a> User<'a> {
    /// The user that clients are connected as.
    pub const ROBOT: &'static str = ROBOT;

    pub(crate) fn new(shared: &'a Shared, id: &'a str) -> Self {
        Self { shared, id }
    }

    /// Posts a message, and gives its timestamp. Timestamps grow with every message, those of the clients included.
    pub async fn says(self, channel: &str, text: &str) -> String {
        let ts = self.shared.lock().ts();
        self.says_at(channel, text, &ts).await;
        ts
    }

    pub(crate) async fn says_at(self, channel: &str, text: &str, ts: &str) -> usize {
        self.send(&MessageEvent::new().set_channel(channel).set_user(self.id).set_text(text).set_ts(ts)).await
    }

    /// Types in a conversation.
    pub async fn types(self, channel: &str) -> usize {
        self.send(&UserTypingEvent::new(channel, self.id)).await
    }

    /// Is `active` or `away` from now on. Connections that subscribed to this user's presence are told now, others when they subscribe or ask.
    pub async fn becomes(self, presence: &str) -> usize {
        let id = self.id.to_owned();
        self.shared.lock().presence.insert(id.clone(), presence.to_owned());
        self.shared.order(Order::Presence(id)).await
    }

    async fn send(self, event: &impl Serialize) -> usize {
        match serde_json::to_string(event) {
            Ok(frame) => self.shared.order(Order::Text(frame)).await,
            // An event of a few strings always serializes.
            Err(_) => 0,
        }
    }
}
