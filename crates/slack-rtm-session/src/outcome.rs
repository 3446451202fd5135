//! What became of a command.

use std::fmt;

use slack_rtm_models::{Ack, AckError, Ts};

use crate::SendError;

/// What became of a command. A command is sent once at most, whatever happens.
#[derive(Clone, Debug, PartialEq)]
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
    /// The text has too many characters.
    TextTooLong {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        most: usize,
    },
    /// A query names too many users.
    TooManyUsers {
        /// How many it names.
        users: usize,
        /// How many it may name.
        most: usize,
    },
    /// The frame has too many bytes.
    FrameTooLong {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        most: usize,
    },
    /// Too many commands wait already.
    QueueFull,
    /// Somebody was said to be typing in the channel a moment ago.
    TooSoon,
    /// There is no connection, and the command would be of no use later.
    NotConnected,
    /// A raw command that is no JSON object with a `type`.
    NoCommand,
    /// The session has ended, or ended before it could be sent.
    Closed,
}

impl Outcome {
    /// Whether Slack acknowledged the command.
    #[must_use]
    pub fn is_acked(&self) -> bool {
        matches!(self, Self::Acked(_))
    }

    /// Whether the command cannot have had an effect: Slack refused it, or it was not sent.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
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

    /// Whether it was done, for `?`: the acknowledgement if there is one, and nothing for a command that has no reply. Whatever else became of it is an error.
    ///
    /// ```no_run
    /// # async fn f(sender: slack_rtm_session::Sender) -> Result<(), Box<dyn std::error::Error>> {
    /// let ack = sender.send_message("C01GENERAL0", "hello").await.into_result()?;
    /// println!("{:?}", ack.and_then(|ack| ack.ts));
    ///
    /// match sender.send_message("C01GENERAL0", "once more").await.into_result() {
    ///     Ok(_) => {}
    ///     Err(error) if error.may_have_been_sent() => println!("look into the channel first: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it was refused, was not sent, or nobody knows.
    pub fn into_result(self) -> Result<Option<Box<Ack>>, SendError> {
        match self {
            Self::Acked(ack) => Ok(Some(ack)),
            Self::Sent => Ok(None),
            failed => Err(SendError(failed)),
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
            Self::TextTooLong { characters, most } => {
                write!(f, "the text has {characters} characters, and {most} are allowed")
            }
            Self::TooManyUsers { users, most } => {
                write!(f, "the query names {users} users, and {most} are allowed")
            }
            Self::FrameTooLong { bytes, most } => {
                write!(f, "the frame has {bytes} bytes, and {most} are allowed")
            }
            Self::QueueFull => f.write_str("too many commands are waiting"),
            Self::TooSoon => f.write_str("the last typing indicator is too recent"),
            Self::NotConnected => f.write_str("there is no connection"),
            Self::NoCommand => f.write_str("it is no JSON object with a type"),
            Self::Closed => f.write_str("the session has ended"),
        }
    }
}

impl std::error::Error for NotSent {}
