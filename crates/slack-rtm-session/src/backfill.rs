//! Filling gaps: what a lost connection, a restart or a crash missed is read from history, in order, once.
//!
//! RTM replays nothing. With [`SessionBuilder::backfill`](crate::SessionBuilder::backfill), a session reads what was posted while there was no connection with
//! conversations.history and conversations.replies, and delivers it before the new connection's events:
//!
//! 1. [`Item::Gap`](crate::Item::Gap), as without it;
//! 2. an [`Item::Missed`](crate::Item::Missed) for each message, in the order of each channel;
//! 3. one [`Item::Backfilled`](crate::Item::Backfilled), which says what could not be read;
//! 4. the live events that waited meanwhile, without those that history gave already.
//!
//! # What is read
//!
//! All conversations that the token's user is in, by users.conversations, and all in which a message was seen; from the last message that was taken out of the
//! stream in each, or the last one in any, by the server's time. Archived conversations are read if a message was seen in them, or if Slack says that they changed
//! since. A plan that hides old messages is told by [`ShortfallReason::Hidden`].
//!
//! In each channel also the replies to threads that the session saw, and to those whose last reply came during the gap. For the latter, the messages before the gap
//! are looked at too: at least half a page of them ([`Backfill::page_size`]), and no more than a page and a half. A reply to a message that is older, in a thread that
//! the session never saw, is not found. The same messages are looked at for edits, which come as `message_changed` events; edits of older messages, and of replies
//! that were there before the gap, are not found.
//!
//! Messages come as they are now. What history does not have is lost: deletions, reactions, earlier versions of an edited text, ephemeral messages, typing,
//! presence, and all events other than messages ([`Incomplete::UNRECOVERABLE`]).
//!
//! # Order
//!
//! By timestamp in each channel, history before live. Replies that are posted after the connection stands, and before their channel has been read, are an exception:
//! where history gives them, they come before live events of the channel that may be older; where it does not, since their thread is not found, they come live, and
//! after newer messages that history gave. Nothing of it is lost or comes twice.
//!
//! A message whose timestamp is ahead of the server's time is delivered as any other, and says nothing of what was posted before it: it is the server's `Date` of
//! rtm.connect and the messages that follow which show it, never the local clock.
//!
//! History has the session's own messages too. Slack sends no event for those that were posted over RTM, so the ones that stand after the last event of their
//! channel come as missed; their `user` is the session's own.
//!
//! # Scopes
//!
//! users.conversations needs `channels:read`, `groups:read`, `im:read` and `mpim:read`; the other two need `channels:history` and its kin. What is refused is told
//! once for each reason in [`BackfillReport::incomplete`], and the rest goes on.
//!
//! # Rates
//!
//! Calls begin with a burst of 50 and go on at 50 a minute for each method, Slack's tier 3. `Retry-After` is obeyed, and an app that Slack grants less learns so
//! from the refusals. Calls are made one at a time, the channel that is furthest behind first.

mod checkpoint;
mod coordinator;
mod fill;
mod history_message;
mod pacing;
mod position;
mod reader;
mod report;
mod request;
mod shortfalls;
mod stream;
#[cfg(test)]
mod tests;
mod threads;
mod timestamp;
mod watermarks;
mod window;

use std::time::Duration;

pub use self::checkpoint::Checkpoint;
pub use self::report::{BackfillReport, Incomplete, MissedMessage, Shortfall, ShortfallReason};
pub(crate) use self::stream::BackfillStream;

/// How a session fills its gaps. The defaults suit most bots.
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
/// use slack_rtm_session::{Backfill, Item, SessionBuilder};
///
/// let mut session = SessionBuilder::new(client).backfill(Backfill::default()).open().await?;
/// while let Some(item) = session.next().await {
///     match item {
///         Item::Event(event) => println!("live: {:?}", event.decode_event()),
///         Item::Missed(missed) => println!("missed: {:?}", missed.event.decode_event()),
///         Item::Backfilled(filled) if !filled.incomplete.is_empty() => println!("still missing: {}", filled.incomplete),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Backfill {
    hold_live: Duration,
    max_calls: u32,
    max_duration: Duration,
    calls_per_minute: Option<u32>,
    page_size: u32,
    buffer_bytes: usize,
    fill_lags: bool,
}

impl Default for Backfill {
    fn default() -> Self {
        Self {
            hold_live: Duration::from_secs(60),
            max_calls: 2_000,
            max_duration: Duration::from_secs(30 * 60),
            calls_per_minute: Some(50),
            page_size: 200,
            buffer_bytes: 4 << 20,
            fill_lags: true,
        }
    }
}

impl Backfill {
    /// Creates the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets for how long live events wait until what was missed has been delivered; the default is 60 seconds. After that they overtake:
    /// [`MissedMessage::is_late`] and [`BackfillReport::is_overtaken`] tell so. While they wait they take up the session's queue, and its overflow policy applies.
    pub fn hold_live(mut self, limit: Duration) -> Self {
        self.hold_live = limit;
        self
    }

    /// Sets how many calls one gap may take; the default is 2,000. What is missing then is told by [`ShortfallReason::TooManyCalls`].
    pub fn max_calls(mut self, calls: u32) -> Self {
        self.max_calls = calls;
        self
    }

    /// Sets how long the filling of one gap may take; the default is 30 minutes. What is missing then is told by [`ShortfallReason::TooLong`].
    pub fn max_duration(mut self, limit: Duration) -> Self {
        self.max_duration = limit;
        self
    }

    /// Sets how many calls of each method are made in a minute, after a burst of 50; the default is 50. `None` leaves it to the server to refuse.
    pub fn calls_per_minute(mut self, calls: Option<u32>) -> Self {
        self.calls_per_minute = calls;
        self
    }

    /// Sets how many messages are asked for at once, from 1 to 999; the default is 200.
    pub fn page_size(mut self, messages: u32) -> Self {
        self.page_size = messages.clamp(1, 999);
        self
    }

    /// Sets how many bytes of missed messages are held to put them in order; the default is 4 MiB. One page is held in any case.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.buffer_bytes = bytes;
        self
    }

    /// Sets whether events that were dropped because the queue was full are read from history too; the default is yes.
    pub fn fill_lags(mut self, fill: bool) -> Self {
        self.fill_lags = fill;
        self
    }
}
