//! The outcome of a command.

use std::fmt;

use slack_rtm_models::{Ack, AckError, Ts};

/// The outcome of a command. The session sends each command at most once.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a command may have been refused or lost: look at its outcome, or turn it into a `Result` with `into_result`"]
#[non_exhaustive]
pub enum Outcome {
    /// Slack acknowledged the command.
    Acked(Box<Ack>),
    /// The command was sent. Slack does not reply to commands of this kind, such as typing indicators.
    Sent,
    /// Slack refused the command.
    Rejected(Box<AckError>),
    /// The command was sent, and no reply arrived in time over a connection that is still open. Slack may have accepted it.
    TimedOut,
    /// The command was sent, and the connection ended before a reply arrived. Slack may have accepted it.
    Unknown,
    /// The command was not sent, for this reason.
    NotSent(NotSent),
}

/// Why a command was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSent {
    /// The text has too many characters. It is counted as it is sent: an escaped `&` is the five characters `&amp;`.
    TextTooLong {
        /// The number of characters.
        characters: usize,
        /// The highest number allowed.
        max: usize,
    },
    /// A presence query or subscription names too many users: more than Slack allows, or than fit into a frame.
    TooManyUsers {
        /// The number of different users.
        users: usize,
        /// The highest number allowed.
        max: usize,
    },
    /// The channel is not an id. A name such as `#general` is not accepted: take the id from an event, or from the channel's details in Slack.
    InvalidChannelId,
    /// The channel is the id of a user. For a direct message, use the id of the conversation, which conversations.open returns.
    ChannelIsUser,
    /// The thread is not a message's timestamp, such as `1700000000.000100`.
    InvalidThreadTs,
    /// `reply_broadcast` is set on a message that is not in a thread.
    BroadcastOutsideThread,
    /// The message to reply to has no channel or no timestamp, as may be the case for an ephemeral message.
    NotRepliable,
    /// The frame has too many bytes; see [`Config::max_frame`](crate::Config::max_frame).
    FrameTooLong {
        /// The number of bytes.
        bytes: usize,
        /// The highest number allowed.
        max: usize,
    },
    /// Too many commands are waiting; see [`Config::send_queue`](crate::Config::send_queue).
    QueueFull,
    /// A typing indicator was sent to the channel a moment ago; see [`Config::typing_interval`](crate::Config::typing_interval).
    Throttled,
    /// There is no connection, and the command would be outdated later, such as a typing indicator.
    NotConnected,
    /// The raw command is not a JSON object with a `type`.
    InvalidCommand,
    /// The session ended before the command was sent.
    Closed,
    /// Socket Mode does not support the command: it supports only messages.
    Unsupported,
    /// The client has only an app-level token, and posting a message needs a bot token.
    MissingBotToken,
}

impl Outcome {
    /// Returns whether Slack acknowledged the command.
    #[must_use]
    pub fn is_acked(&self) -> bool {
        matches!(self, Self::Acked(_))
    }

    /// Returns whether the command certainly had no effect: Slack refused it, or it was not sent.
    #[must_use]
    pub fn had_no_effect(&self) -> bool {
        matches!(self, Self::Rejected(_) | Self::NotSent(_))
    }

    /// Returns the timestamp of the message that was posted, if Slack acknowledged one.
    #[must_use]
    pub fn ts(&self) -> Option<&Ts> {
        match self {
            Self::Acked(ack) => ack.ts.as_ref(),
            _ => None,
        }
    }

    /// Returns a short, stable name, for metrics and logs: `acked`, `sent`, `rejected`, `timeout`, `unknown` or `not_sent`.
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
                write!(f, "it names {users} users, and one command can name {max}: ask for the others with presence_query, in parts")
            }
            Self::FrameTooLong { bytes, max } => {
                write!(f, "the frame has {bytes} bytes, and {max} are allowed")
            }
            Self::InvalidChannelId => f.write_str(
                "the channel is not an id such as C01GENERAL0: take the id from an event or from the channel's details in Slack",
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
            Self::Throttled => f.write_str("a typing indicator was sent to this channel a moment ago"),
            Self::NotConnected => f.write_str("there is no connection"),
            Self::InvalidCommand => f.write_str("it is not a JSON object with a `type`"),
            Self::Closed => f.write_str("the session has ended"),
            Self::Unsupported => f.write_str("Socket Mode does not support this command"),
            Self::MissingBotToken => f.write_str("the client has only an app-level token, and posting a message needs a bot token"),
        }
    }
}

impl std::error::Error for NotSent {}
