//! The items of a backfill: missed messages, and the report at the end.

use std::fmt;

use slack_rtm_models::{ChannelId, ErrorCode, RawEvent, Ts};

/// A message that was posted or edited while there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedMessage {
    /// The channel of the message.
    pub channel: ChannelId,
    /// The message as an event, with its current text. An edit of a message from before the gap is a `message_changed` event.
    pub event: RawEvent,
    /// Whether the message was edited after it was posted, so that its first text is unknown.
    pub is_edited: bool,
    /// Whether newer messages of the channel were delivered before it, because reading took longer than [`Backfill::hold_live`](super::Backfill::hold_live).
    pub is_late: bool,
}

/// The report of a gap that was filled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackfillReport {
    /// The oldest timestamp after which messages were read, or `None` if nothing was read.
    pub from: Option<Ts>,
    /// The timestamp of the newest message that was delivered, or `None` if there was none.
    pub to: Option<Ts>,
    /// The number of channels that were read completely.
    pub channels: usize,
    /// The number of messages that were delivered.
    pub messages: u64,
    /// Whether live events were delivered before the gap was filled.
    pub is_overtaken: bool,
    /// What could not be read.
    pub incomplete: Incomplete,
}

impl BackfillReport {
    /// Creates the report of a gap of which nothing was read.
    pub(super) fn nothing(reason: ShortfallReason) -> Self {
        let shortfall = Shortfall { reason, channels: 0, example: None, after: None };
        Self {
            from: None,
            to: None,
            channels: 0,
            messages: 0,
            is_overtaken: false,
            incomplete: Incomplete { shortfalls: vec![shortfall] },
        }
    }
}

/// The parts of a gap that could not be filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incomplete {
    /// The parts that could not be read, one for each reason.
    pub shortfalls: Vec<Shortfall>,
}

impl Incomplete {
    /// What history does not contain, so that it is missing from every gap.
    pub const UNRECOVERABLE: &'static [&'static str] = &[
        "deletions",
        "reactions that were added or removed",
        "earlier versions of an edited message",
        "replies to messages that are older than the last ones before the gap, unless the session saw the thread",
        "edits of messages that are older than the last ones before the gap, and of replies that are older than the gap",
        "ephemeral messages",
        "typing and presence",
        "events other than messages",
    ];

    /// Returns whether everything in history was delivered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shortfalls.is_empty()
    }
}

/// Prints the reasons, separated by commas.
impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, shortfall) in self.shortfalls.iter().enumerate() {
            write!(f, "{}{shortfall}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Messages that could not be read, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortfall {
    /// The reason.
    pub reason: ShortfallReason,
    /// The number of affected channels; zero if it is unknown.
    pub channels: usize,
    /// One of the affected channels.
    pub example: Option<ChannelId>,
    /// The oldest timestamp after which messages of these channels may be missing.
    pub after: Option<Ts>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        match (self.channels, &self.example) {
            (0, _) | (_, None) => Ok(()),
            (1, Some(channel)) => write!(f, " in {channel}"),
            (channels, Some(channel)) => write!(f, " in {channel} and {} more channels", channels - 1),
        }
    }
}

/// The reason for which messages could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShortfallReason {
    /// Slack refused the call, for instance because a scope is missing.
    Refused {
        /// The method that was called.
        method: &'static str,
        /// Slack's error code.
        code: ErrorCode,
    },
    /// The call failed, or its response could not be read.
    Failed {
        /// The method that was called.
        method: &'static str,
        /// The text of the error.
        message: Box<str>,
    },
    /// [`Backfill::max_calls`](super::Backfill::max_calls) was reached.
    TooManyCalls,
    /// [`Backfill::max_duration`](super::Backfill::max_duration) was reached.
    TimedOut,
    /// The workspace's plan hides old messages.
    Hidden,
    /// The checkpoint is of another workspace, or of another user.
    OtherIdentity,
    /// There was no point to resume from: no message had been seen, and the server's time was unknown.
    NoStart,
    /// The session was closed before the gap was filled.
    Closed,
}

impl ShortfallReason {
    /// Returns a short, stable name, such as `refused`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::TooManyCalls => "too_many_calls",
            Self::TimedOut => "timed_out",
            Self::Hidden => "hidden",
            Self::OtherIdentity => "other_identity",
            Self::NoStart => "no_start",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ShortfallReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { method, code } => write!(f, "{method} was refused: {code}"),
            Self::Failed { method, message } => write!(f, "{method} failed: {message}"),
            Self::TooManyCalls => f.write_str("the maximum number of calls was reached"),
            Self::TimedOut => f.write_str("the maximum time was reached"),
            Self::Hidden => f.write_str("the workspace's plan hides old messages"),
            Self::OtherIdentity => f.write_str("the checkpoint belongs to another workspace or user"),
            Self::NoStart => f.write_str("there was no message to resume from"),
            Self::Closed => f.write_str("the session was closed"),
        }
    }
}
