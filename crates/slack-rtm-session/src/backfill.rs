//! Filling gaps from history: the messages that a lost connection, a restart or a crash missed are read in order and delivered once.
//!
//! RTM does not replay events. With [`SessionBuilder::backfill`](crate::SessionBuilder::backfill), a session reads the messages that were posted while there was no connection
//! with conversations.history and conversations.replies, and delivers them before the new connection's events:
//!
//! 1. [`Item::Gap`](crate::Item::Gap), as without backfill;
//! 2. an [`Item::Missed`](crate::Item::Missed) for each message, in the order of each channel;
//! 3. one [`Item::Backfilled`](crate::Item::Backfilled), which reports what could not be read;
//! 4. the live events that were held meanwhile, except those that were delivered from history.
//!
//! # What is read
//!
//! All conversations that the token's user is a member of (users.conversations), and all in which a message was seen. Each is read from the last message that was taken out of
//! the stream, or, if there is none, from the last message in any channel. Archived conversations are read if a message was seen in them, or if Slack says that they have
//! changed since. Messages that the workspace's plan hides are reported as [`ShortfallReason::Hidden`].
//!
//! In each channel the replies to threads that the session saw are read as well, and to those whose last reply was posted during the gap. To find the latter, the messages
//! before the gap are looked at, too: at least half a page of them ([`Backfill::page_size`]), and at most a page and a half. A reply to an older message, in a thread that the
//! session never saw, is not found. The same messages are checked for edits, which are delivered as `message_changed` events; edits of older messages, and of replies from
//! before the gap, are not found.
//!
//! Messages are delivered as they are now. What history does not contain is lost: deletions, reactions, earlier versions of an edited text, ephemeral messages, typing,
//! presence, and all events other than messages ([`Incomplete::UNRECOVERABLE`]).
//!
//! # Order
//!
//! By timestamp in each channel, history before live events. Replies that are posted after the session has reconnected and before their channel has been read are an exception:
//! if history contains them, they are delivered before live events of the channel that may be older; if not, because their thread is not found, they are delivered live, after
//! newer messages from history. None of them is lost or delivered twice.
//!
//! A message whose timestamp is ahead of the server's time is delivered like any other, but does not count as progress of its channel. The comparison uses the `Date` header of
//! rtm.connect and later messages, and never the local clock.
//!
//! History contains the session's own messages. Slack sends no event for those that were posted over RTM, so own messages after the last event of their channel are delivered
//! as missed; their `user` is the session's own.
//!
//! # Scopes
//!
//! users.conversations needs `channels:read`, `groups:read`, `im:read` and `mpim:read`; the other two methods need `channels:history`, `groups:history`, `im:history` and
//! `mpim:history`. Refused calls are reported once for each reason in [`BackfillReport::incomplete`], and the rest is read.
//!
//! # Rates
//!
//! Each method starts with a burst of 50 calls and continues at 50 a minute, which is Slack's tier 3. `Retry-After` is obeyed, so apps with a lower limit are slowed down by
//! Slack's refusals. Calls are made one at a time, for the channel that is furthest behind.

mod ahead;
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

/// The settings with which a session fills gaps from history; see [`SessionBuilder::backfill`](crate::SessionBuilder::backfill). The defaults suit most bots.
///
/// A gap yields [`Item::Gap`](crate::Item::Gap), then an [`Item::Missed`](crate::Item::Missed) for each message, then one [`Item::Backfilled`](crate::Item::Backfilled), and
/// then the live events that were held meanwhile, except those that were delivered from history. The session calls users.conversations, conversations.history and
/// conversations.replies, which need the scopes `channels:read` and `channels:history` and those of the other kinds of conversations. Deletions, reactions,
/// ephemeral messages and all events other than messages cannot be recovered; see [`Incomplete::UNRECOVERABLE`].
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
    /// Returns the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long live events are held while missed messages are read; the default is 60 seconds. After that they are delivered first, which
    /// [`MissedMessage::is_late`] and [`BackfillReport::is_overtaken`] report. Held events occupy the session's queue, and its overflow policy applies.
    pub fn hold_live(mut self, limit: Duration) -> Self {
        self.hold_live = limit;
        self
    }

    /// Sets the maximum number of calls for one gap; the default is 2,000. What is missing then is reported as [`ShortfallReason::TooManyCalls`].
    pub fn max_calls(mut self, calls: u32) -> Self {
        self.max_calls = calls;
        self
    }

    /// Sets the maximum time for filling one gap; the default is 30 minutes. What is missing then is reported as [`ShortfallReason::TimedOut`].
    pub fn max_duration(mut self, limit: Duration) -> Self {
        self.max_duration = limit;
        self
    }

    /// Sets the rate of calls of each method in calls per minute, after a burst of 50; the default is 50. With `None` only `Retry-After` limits the rate.
    pub fn calls_per_minute(mut self, calls: Option<u32>) -> Self {
        self.calls_per_minute = calls;
        self
    }

    /// Sets the number of messages per call, from 1 to 999; the default is 200.
    pub fn page_size(mut self, messages: u32) -> Self {
        self.page_size = messages.clamp(1, 999);
        self
    }

    /// Sets the size of the buffer in which missed messages are put in order, in bytes; the default is 4 MiB. It holds at least one page.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.buffer_bytes = bytes;
        self
    }

    /// Sets whether messages that were dropped because the queue was full ([`Item::Lagged`](crate::Item::Lagged)) are read from history, too; the default is `true`.
    pub fn fill_lags(mut self, fill: bool) -> Self {
        self.fill_lags = fill;
        self
    }
}
