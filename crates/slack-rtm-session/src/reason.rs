//! Why a connection ended.

use std::fmt;
use std::io;

/// Why a connection that stood has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The server was silent after a ping.
    PongTimeout,
    /// The server closed the connection, with this code if it gave one.
    Closed {
        /// The code, as RFC 6455 has it.
        code: Option<u16>,
    },
    /// The connection ended without a word.
    Ended,
    /// Reading or writing failed.
    Failed(io::ErrorKind),
    /// The server took nothing of what was sent for too long.
    Stalled,
    /// The server sent what is no WebSocket.
    Protocol,
    /// The server sent more than the session takes at once.
    TooLong,
    /// The server said goodbye, and the connection ended before there was a new one.
    Goodbye,
    /// The workspace moves to another server.
    Migration,
    /// The process that held the connection has ended, and this one goes on from its [`Checkpoint`](crate::Checkpoint).
    Restart,
}

impl Loss {
    /// A short name, for metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PongTimeout => "pong_timeout",
            Self::Closed { .. } => "closed",
            Self::Ended => "ended",
            Self::Failed(_) => "failed",
            Self::Stalled => "stalled",
            Self::Protocol => "protocol",
            Self::TooLong => "too_long",
            Self::Goodbye => "goodbye",
            Self::Migration => "migration",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PongTimeout => f.write_str("the server did not answer a ping (pong timeout)"),
            Self::Closed { code: Some(code) } => {
                write!(f, "the server closed the connection with code {code}")
            }
            Self::Closed { code: None } => f.write_str("the server closed the connection"),
            Self::Ended => f.write_str("the connection ended without a close frame"),
            Self::Failed(kind) => write!(f, "the connection failed: {kind}"),
            Self::Stalled => f.write_str("the server takes nothing of what is sent"),
            Self::Protocol => f.write_str("the server broke the WebSocket protocol"),
            Self::TooLong => f.write_str("the server sent a frame that is too long"),
            Self::Goodbye => f.write_str("the server said goodbye"),
            Self::Migration => f.write_str("the workspace moves to another server"),
            Self::Restart => f.write_str("the process was restarted"),
        }
    }
}
