//! What a filled gap tells of itself.

use std::fmt;

use slack_rtm_models::{ChannelId, ErrorCode, RawEvent, Ts};

/// A message that was posted, or edited, while there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedMessage {
    /// The channel that it is in.
    pub channel: ChannelId,
    /// The message in the shape of a frame, with its text as it is now. An edit of a message that came before the gap is a `message_changed` event.
    pub event: RawEvent,
    /// Whether it was edited after it was posted: the server would have sent the first text, and then the change.
    pub is_edited: bool,
    /// Whether newer messages of the channel were delivered before it, because reading took longer than [`Backfill::hold_live`](super::Backfill::hold_live) allows.
    pub is_late: bool,
}

/// A gap has been filled, as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackfillReport {
    /// From where on messages were read: the oldest of the channels' last timestamps. `None` where nothing was read.
    pub from: Option<Ts>,
    /// The newest message that was delivered. `None` if there was none.
    pub to: Option<Ts>,
    /// How many channels were read to their end.
    pub channels: usize,
    /// How many messages were delivered.
    pub messages: u64,
    /// Whether live events were delivered before it was complete.
    pub is_overtaken: bool,
    /// What is missing all the same.
    pub incomplete: Incomplete,
}

impl BackfillReport {
    /// Nothing was read, for this reason.
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

/// What a filled gap lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incomplete {
    /// What could not be read, each reason once.
    pub shortfalls: Vec<Shortfall>,
}

impl Incomplete {
    /// What no history has, and so no gap can be filled with.
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

    /// Tells whether everything that history has was delivered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shortfalls.is_empty()
    }
}

/// The names of the reasons, with commas between them; nothing where history was read whole.
impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, shortfall) in self.shortfalls.iter().enumerate() {
            write!(f, "{}{shortfall}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Why some messages could not be read, and of how many channels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortfall {
    /// The reason.
    pub reason: ShortfallReason,
    /// How many channels it concerns; zero where that is not known.
    pub channels: usize,
    /// The first of them.
    pub example: Option<ChannelId>,
    /// The timestamp after which messages of these channels may be missing: the oldest of them.
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

/// A reason for which messages could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShortfallReason {
    /// Slack refused the method, for instance for want of a scope.
    Refused {
        /// The method.
        method: &'static str,
        /// Slack's code.
        code: ErrorCode,
    },
    /// The method could not be called, or its answer could not be read.
    Failed {
        /// The method.
        method: &'static str,
        /// What happened.
        message: Box<str>,
    },
    /// [`Backfill::max_calls`](super::Backfill::max_calls) was reached.
    TooManyCalls,
    /// [`Backfill::max_duration`](super::Backfill::max_duration) was reached.
    TooLong,
    /// The workspace's plan hides messages of that age.
    Hidden,
    /// The checkpoint is of another workspace, or of another user.
    OtherIdentity,
    /// No message had been seen, and the server's time was not known either.
    NoStart,
    /// The session was closed meanwhile.
    Closed,
}

impl ShortfallReason {
    /// Returns a stable name, such as `refused`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::TooManyCalls => "too_many_calls",
            Self::TooLong => "too_long",
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
            Self::TooManyCalls => f.write_str("the limit of calls was reached"),
            Self::TooLong => f.write_str("the limit of time was reached"),
            Self::Hidden => f.write_str("the workspace's plan hides older messages"),
            Self::OtherIdentity => f.write_str("the checkpoint is of another workspace or user"),
            Self::NoStart => f.write_str("no message had been seen to go on from"),
            Self::Closed => f.write_str("the session was closed"),
        }
    }
}
