//! Users of the fake workspace.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::order::Order;
use crate::state::{Shared, State};
use crate::world::{Moment, ROBOT, World};

/// A user of the fake workspace. Actions of the user are sent as events to the clients.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use slack_rtm_test::FakeSlack;
/// # let slack = FakeSlack::start().await?;
/// # let client = slack_rtm::Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
/// # let mut session = client.session().open().await?;
/// # slack.wait_for_connections(1).await?;
/// # drop(session.sender().presence_sub(["U01ALICE000"]).await);
/// # slack.wait_for_frames("presence_sub", 1).await?;
/// let alice = slack.user("U01ALICE000");
/// alice.types("C01GENERAL0").await;
/// let ts = alice.says("C01GENERAL0", "good morning").await;
/// // Connections that subscribed to her presence receive an event.
/// alice.becomes("away").await;
/// # assert_eq!(ts, "1700000000.000000");
/// # let mut types = Vec::new();
/// # while types.len() < 4 {
/// #     if let Some(slack_rtm::Item::Event(event)) = session.next().await {
/// #         types.push(event.event_type().unwrap_or_default().to_owned());
/// #     }
/// # }
/// # assert_eq!(types, ["presence_change", "user_typing", "message", "presence_change"]);
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
    /// The id of the user that clients are connected as.
    pub const ROBOT: &'static str = ROBOT;

    pub(crate) fn new(shared: &'a Shared, id: &'a str) -> Self {
        Self { shared, id }
    }

    /// Posts a message, and returns its timestamp. Timestamps increase with every message, including those of clients.
    pub async fn says(self, channel: &str, text: &str) -> String {
        self.posts(channel, text, Map::new()).await
    }

    /// Replies in the thread of a message, and returns the reply's timestamp.
    pub async fn replies(self, channel: &str, thread_ts: &str, text: &str) -> String {
        self.posts(channel, text, Map::from_iter([("thread_ts".to_owned(), thread_ts.into())])).await
    }

    async fn posts(self, channel: &str, text: &str, more: Map<String, Value>) -> String {
        let act = |state: &mut State| {
            let ts = state.world.ts();
            let event = state.world.say(channel, self.id, text, ts, more);
            (ts.to_string(), vec![event])
        };
        self.shared.act(act).await.0
    }

    /// Posts messages in these conversations in turn, one in each interval, and returns the channel and the timestamp of each. Connections
    /// may come and go meanwhile; all messages are in the history.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::Duration;
    /// # use slack_rtm_test::FakeSlack;
    /// # let slack = FakeSlack::start().await?;
    /// let alice = slack.user("U01ALICE000");
    /// let talk = alice.talks(&["C01GENERAL0", "C02RANDOM00"], 10, Duration::from_millis(5));
    /// let lose = async {
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    ///     slack.drop_connections().await;
    /// };
    /// let (said, ()) = tokio::join!(talk, lose);
    /// assert_eq!((said.len(), slack.messages("C02RANDOM00").len()), (10, 5));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn talks(self, channels: &[&str], messages: usize, every: Duration) -> Vec<(String, String)> {
        let began = Instant::now();
        let mut said = Vec::with_capacity(messages);
        for (number, channel) in (0..messages).zip(channels.iter().cycle()) {
            let elapsed = every.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
            tokio::time::sleep_until(began + elapsed).await;
            let ts = self.says(channel, &format!("message {number}")).await;
            said.push(((*channel).to_owned(), ts));
        }
        said
    }

    /// Edits the text of a message. Returns the number of connections that received the event, or 0 if there is no such message.
    pub async fn edits(self, channel: &str, ts: &str, text: &str) -> usize {
        let change = |body: &mut Map<String, Value>| {
            body.insert("text".to_owned(), text.into());
        };
        self.does(|world| world.edit(channel, Moment::parse(ts)?, self.id, change)).await
    }

    /// Deletes a message. Returns the number of connections that received the event, or 0 if there is no such message.
    pub async fn deletes(self, channel: &str, ts: &str) -> usize {
        self.does(|world| world.delete(channel, Moment::parse(ts)?)).await
    }

    /// Adds a reaction such as `thumbsup` to a message. Returns the number of connections that received the event, or 0 if nothing changed.
    pub async fn reacts(self, channel: &str, ts: &str, emoji: &str) -> usize {
        self.does(|world| world.react(channel, Moment::parse(ts)?, self.id, emoji, true).flatten()).await
    }

    /// Removes a reaction. Returns the number of connections that received the event, or 0 if nothing changed.
    pub async fn removes_reaction(self, channel: &str, ts: &str, emoji: &str) -> usize {
        self.does(|world| world.react(channel, Moment::parse(ts)?, self.id, emoji, false).flatten()).await
    }

    /// Joins a conversation. Returns the number of connections that received the event.
    pub async fn joins(self, channel: &str) -> usize {
        self.does(|world| Some(world.enter(channel, self.id, true))).await
    }

    /// Leaves a conversation. Returns the number of connections that received the event.
    pub async fn leaves(self, channel: &str) -> usize {
        self.does(|world| Some(world.enter(channel, self.id, false))).await
    }

    async fn does(self, act: impl FnOnce(&mut World) -> Option<Value>) -> usize {
        let act = |state: &mut State| {
            let event = act(&mut state.world);
            (event.is_some(), event.into_iter().collect())
        };
        let (is_done, connections) = self.shared.act(act).await;
        if is_done { connections } else { 0 }
    }

    /// Posts a message with this timestamp, which is sent unchanged.
    pub(crate) async fn says_at(self, channel: &str, text: &str, ts: &str) -> usize {
        let event = json!({ "type": "message", "channel": channel, "user": self.id, "text": text, "ts": ts });
        let act = |state: &mut State| {
            state.world.record_frame(&event.to_string());
            ((), vec![event])
        };
        self.shared.act(act).await.1
    }

    /// Sends a typing indicator in a conversation. Returns the number of connections that received it.
    pub async fn types(self, channel: &str) -> usize {
        let event = json!({ "type": "user_typing", "channel": channel, "user": self.id });
        self.does(|_| Some(event)).await
    }

    /// Sets the presence to `active` or `away`. Connections that are subscribed to it receive the event now, others when they subscribe or query.
    pub async fn becomes(self, presence: &str) -> usize {
        self.shared.lock().world.set_presence(self.id, presence);
        self.shared.order(Order::Presence(self.id.to_owned())).await
    }
}
