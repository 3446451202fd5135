//! Setup and inspection of the workspace by a test.

use std::time::Duration;

use serde_json::Value;

use crate::FakeSlack;
use crate::world::{Conversation, Kind, ROBOT};

/// A channel for [`FakeSlack::add_channel`]. By default it is public, and the clients' user is a member.
#[derive(Clone, Debug)]
#[must_use]
pub struct Channel {
    conversation: Conversation,
}

impl Channel {
    /// Creates a channel. The id is one such as `C02RANDOM00`, and the name has no `#`.
    pub fn new(id: &str, name: &str) -> Self {
        let mut conversation = Conversation::new(id, name, Kind::Public, ROBOT);
        conversation.join(ROBOT);
        Self { conversation }
    }

    /// Makes the channel private.
    pub fn private(mut self) -> Self {
        self.conversation.kind = Kind::Private;
        self
    }

    /// Removes the clients' user from the members.
    pub fn without_robot(mut self) -> Self {
        self.conversation.leave(ROBOT);
        self
    }

    /// Adds members by their ids.
    pub fn with_members<T: AsRef<str>>(mut self, users: impl IntoIterator<Item = T>) -> Self {
        users.into_iter().for_each(|user| self.conversation.join(user.as_ref()));
        self
    }
}

/// The workspace behind the Web API.
///
/// It starts with the bot user that clients are connected as ([`User::ROBOT`](crate::User::ROBOT)), Alice (`U01ALICE000`), Bob (`U02BOB00000`), and the channel
/// `C01GENERAL0`, of which everyone is a member. Unknown users and channels of messages are added. All messages are kept, even if no client is connected.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_test::{Channel, FakeSlack};
///
/// let slack = FakeSlack::start().await?;
/// slack.add_user("U03CAROL000", "carol");
/// slack.add_channel(Channel::new("C02BUILDS00", "builds").with_members(["U03CAROL000"]));
/// let ts = slack.user("U03CAROL000").says("C02BUILDS00", "it is green").await;
/// slack.user("U01ALICE000").replies("C02BUILDS00", &ts, "at last").await;
///
/// let messages = slack.messages("C02BUILDS00");
/// assert_eq!((messages.len(), &messages[0]["reply_count"]), (2, &1.into()));
/// # Ok(())
/// # }
/// ```
impl FakeSlack {
    /// Adds a user, who is a member of the general channel. A user with the same id is replaced.
    pub fn add_user(&self, id: &str, name: &str) {
        self.shared().lock().world.add_person(id, name);
    }

    /// Adds a channel. A channel with the same id is replaced, with its history.
    pub fn add_channel(&self, channel: Channel) {
        let conversation = channel.conversation;
        self.shared().lock().world.conversations.insert(conversation.id.clone(), conversation);
    }

    /// Returns every message of a conversation as the Web API returns it, oldest first and including the replies in threads.
    #[must_use]
    pub fn messages(&self, channel: &str) -> Vec<Value> {
        let state = self.shared().lock();
        let Some(conversation) = state.world.conversations.get(channel) else { return Vec::new() };
        conversation.messages.keys().filter_map(|ts| conversation.shown(*ts)).collect()
    }

    /// Sets the scopes of all tokens; by default they have every scope. Calls that need another scope are refused with `missing_scope`, unless the test has set their
    /// answer.
    pub fn set_scopes<T: Into<String>>(&self, scopes: impl IntoIterator<Item = T>) {
        self.shared().lock().scopes = Some(scopes.into_iter().map(Into::into).collect());
    }

    /// Limits a method to a number of calls in any period of this length. Further calls are refused with HTTP 429 and a `Retry-After`; calls for which the test has
    /// set an answer do not count. By default there are no limits.
    pub fn limit_rate(&self, method: &str, calls: usize, per: Duration) {
        self.shared().lock().limits.set_rate(method, calls, per);
    }

    /// Limits the page size of a method, whatever size is requested.
    pub fn limit_page(&self, method: &str, items: usize) {
        self.shared().lock().limits.set_page(method, items);
    }
}
