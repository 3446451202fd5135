//! What became of a command.

use std::fmt;

use slack_rtm_models::{Ack, AckError, Ts};

/// What became of a command. A command is sent once at most, whatever happens.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a command may have been refused or lost: look at its outcome, or turn it into a `Result` with `into_result`"]
#[non_exhaustive]
pub enum Outcome {
    /// Slack acknowledged it.
    Acked(Box<Ack>),
    /// It was handed to the connection. Commands of this kind have no reply.
    Sent,
    /// Slack refused it.
    Rejected(Box<AckError>),
    /// It was sent, and the connection still stands, but no reply came in time. Slack may have accepted it.
    TimedOut,
    /// It was sent, and the connection ended before a reply came. Slack may have accepted it.
    Unknown,
    /// It was not sent.
    NotSent(NotSent),
}

/// Why a command was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSent {
    /// The text has too many characters, as it is sent: an escaped `&` counts as the five of `&amp;`.
    TextTooLong {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        max: usize,
    },
    /// A presence query or subscription names too many users: more than Slack allows, or than go into a frame.
    TooManyUsers {
        /// How many different ones it names.
        users: usize,
        /// How many it may name.
        max: usize,
    },
    /// The channel is not an id. Names such as `#general` are for people: take the id from an event, or from the channel's details in Slack.
    InvalidChannelId,
    /// The channel is the id of a user. A direct message needs the id of its conversation, which conversations.open returns.
    ChannelIsUser,
    /// The thread is not the timestamp of a message, such as `1700000000.000100`.
    InvalidThreadTs,
    /// `reply_broadcast` is set, and there is no thread.
    BroadcastOutsideThread,
    /// The message to reply to has no channel or no timestamp, as ephemeral ones may have none.
    NotRepliable,
    /// The frame has too many bytes.
    FrameTooLong {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// Too many commands wait already.
    QueueFull,
    /// Somebody was said to be typing in the channel a moment ago.
    Throttled,
    /// There is no connection, and the command would be of no use later.
    NotConnected,
    /// A raw command that is no JSON object with a `type`.
    InvalidCommand,
    /// The session has ended, or ended before it could be sent.
    Closed,
    /// Socket Mode has no such command: messages are all that it can post.
    Unsupported,
    /// The client has an app-level token alone, and a message needs a bot's.
    MissingBotToken,
}

impl Outcome {
    /// Whether Slack acknowledged the command.
    #[must_use]
    pub fn is_acked(&self) -> bool {
        matches!(self, Self::Acked(_))
    }

    /// Whether the command cannot have had an effect: Slack refused it, or it was not sent.
    #[must_use]
    pub fn had_no_effect(&self) -> bool {
        matches!(self, Self::Rejected(_) | Self::NotSent(_))
    }

    /// The timestamp of the message that was posted, if Slack acknowledged it with one.
    #[must_use]
    pub fn ts(&self) -> Option<&Ts> {
        match self {
            Self::Acked(ack) => ack.ts.as_ref(),
            _ => None,
        }
    }

    /// A short name: `acked`, `sent`, `rejected`, `timeout`, `unknown` or `not_sent`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acked(_) => "acked",
            Self::Sent => "sent",
            Self::Rejected(_) => "rejected",
            Self::TimedOut => "timeout",
            Self::Unknown => "unknown",
            Self::NotSent(_) => "not_sent",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acked(_) => f.write_str("acknowledged"),
            Self::Sent => f.write_str("sent"),
            Self::Rejected(error) => match error.code() {
                Some(code) => write!(f, "refused with code {code}: {}", error.message()),
                None => write!(f, "refused: {}", error.message()),
            },
            Self::TimedOut => f.write_str("sent, but not acknowledged in time"),
            Self::Unknown => f.write_str("sent, but the connection ended before it was acknowledged"),
            Self::NotSent(reason) => write!(f, "not sent: {reason}"),
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextTooLong { characters, max } => {
                write!(f, "the text has {characters} characters, and {max} are allowed")
            }
            Self::TooManyUsers { users, max } => {
                write!(f, "it names {users} users, and one command can name {max}: ask about the others with presence_query, in parts")
            }
            Self::FrameTooLong { bytes, max } => {
                write!(f, "the frame has {bytes} bytes, and {max} are allowed")
            }
            Self::InvalidChannelId => f.write_str(
                "the channel is not an id such as C01GENERAL0: a name will not do, take the id from an event or from the channel's details in Slack",
            ),
            Self::ChannelIsUser => f.write_str(
                "the channel is the id of a user: a direct message needs the id of its conversation, such as D01ALICE000, which conversations.open returns",
            ),
            Self::InvalidThreadTs => f.write_str(
                "the thread is not a timestamp such as 1700000000.000100: take the thread_ts or ts of a message in it",
            ),
            Self::BroadcastOutsideThread => {
                f.write_str("reply_broadcast is for replies in a thread: set thread_ts, or leave it out")
            }
            Self::NotRepliable => f.write_str("the message to reply to has no channel or no timestamp"),
            Self::QueueFull => f.write_str("too many commands are waiting"),
            Self::Throttled => f.write_str("the last typing indicator is too recent"),
            Self::NotConnected => f.write_str("there is no connection"),
            Self::InvalidCommand => f.write_str("it is no JSON object with a type"),
            Self::Closed => f.write_str("the session has ended"),
            Self::Unsupported => f.write_str("Socket Mode has no such command"),
            Self::MissingBotToken => f.write_str("the client has an app-level token alone, and a message needs a bot's"),
        }
    }
}

impl std::error::Error for NotSent {}
