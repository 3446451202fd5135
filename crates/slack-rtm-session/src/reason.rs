//! Why a connection ended.

use std::fmt;
use std::io;

use slack_rtm_apis::is_fatal_code;
use slack_rtm_models::ErrorCode;

use crate::server_error::{ServerError, refusal_code};

/// Why a connection that stood has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The server was silent after a ping.
    PongTimeout,
    /// The server closed the connection.
    Closed {
        /// The code, as RFC 6455 has it, if it gave one.
        code: Option<u16>,
        /// The reason in the server's words; empty if it gave none.
        reason: Box<str>,
    },
    /// The server sent an error, and then ended the connection.
    Server {
        /// The number of the error, if it gave one.
        number: Option<i64>,
        /// The code, if the error names one, such as `invalid_auth`.
        code: Option<ErrorCode>,
    },
    /// The connection ended without a word.
    Ended,
    /// Reading or writing failed.
    Failed(io::ErrorKind),
    /// The server took nothing of what was sent for too long.
    Stalled,
    /// The server sent what is no WebSocket.
    Protocol,
    /// The server sent a text that is not UTF-8.
    ///
    /// RFC 6455, section 8.1, has a client fail the connection then, and that is what the session does, with close code 1007, unlike after text that is merely no
    /// JSON ([`Item::Odd`](crate::Item::Odd)). What the frame held is not told: the WebSocket implementation checks texts as they come in, and hands out none that it
    /// refuses.
    InvalidUtf8,
    /// The server sent more than the session takes at once.
    TooLong,
    /// The server said goodbye, and the connection ended before there was a new one.
    Goodbye,
    /// The workspace moves to another server.
    Migration,
    /// The machine was suspended, for longer than a silent connection is kept.
    Suspended,
    /// The process that held the connection has ended, and this one goes on from its [`Checkpoint`](crate::Checkpoint).
    Restart,
}

impl Loss {
    /// Returns the code that the server refused the connection with, if it named one, such as `invalid_auth`.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Server { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// Returns the reason, given the error that the server sent a moment before, if it sent one. The reason of a close may itself be a code.
    pub(crate) fn explained(self, error: Option<&ServerError>) -> Self {
        match (&self, error) {
            (Self::Closed { .. } | Self::Ended | Self::Failed(_) | Self::Server { .. }, Some(error)) => {
                Self::Server { number: error.number, code: error.name.clone() }
            }
            (Self::Closed { code, reason }, None) => match refusal_code(reason) {
                Some(name) if is_fatal_code(name.as_str()) => {
                    Self::Server { number: code.map(i64::from), code: Some(name) }
                }
                _ => self,
            },
            _ => self,
        }
    }

    /// A short name, for metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PongTimeout => "pong_timeout",
            Self::Closed { .. } => "closed",
            Self::Server { .. } => "server_error",
            Self::Ended => "ended",
            Self::Failed(_) => "failed",
            Self::Stalled => "stalled",
            Self::Protocol => "protocol",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::TooLong => "too_long",
            Self::Goodbye => "goodbye",
            Self::Migration => "migration",
            Self::Suspended => "suspended",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PongTimeout => f.write_str("the server did not answer a ping (pong timeout)"),
            Self::Closed { code, reason } => {
                f.write_str("the server closed the connection")?;
                if let Some(code) = code {
                    write!(f, " with code {code}")?;
                }
                if reason.is_empty() { Ok(()) } else { write!(f, ": {}", Printable(reason)) }
            }
            Self::Server { code: Some(code), .. } => {
                write!(f, "the message server refused the connection: {code}")
            }
            Self::Server { number: Some(number), .. } => {
                write!(f, "the message server ended the connection with error {number}")
            }
            Self::Server { .. } => f.write_str("the message server ended the connection with an error"),
            Self::Ended => f.write_str("the connection ended without a close frame"),
            Self::Failed(kind) => write!(f, "the connection failed: {kind}"),
            Self::Stalled => f.write_str("the server takes nothing of what is sent"),
            Self::Protocol => f.write_str("the server broke the WebSocket protocol"),
            Self::InvalidUtf8 => f.write_str("the server sent a text that is not UTF-8"),
            Self::TooLong => f.write_str("the server sent a frame that is too long"),
            Self::Goodbye => f.write_str("the server said goodbye"),
            Self::Migration => f.write_str("the workspace moves to another server"),
            Self::Suspended => f.write_str("this machine was suspended"),
            Self::Restart => f.write_str("the process was restarted"),
        }
    }
}

/// A text of the server's, on one line.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, if c.is_control() { ' ' } else { c }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: Option<u16>, reason: &str) -> Loss {
        Loss::Closed { code, reason: reason.into() }
    }

    #[test]
    fn a_close_is_told_with_all_that_the_server_said() {
        for (loss, words) in [
            (closed(None, ""), "the server closed the connection"),
            (closed(Some(1001), ""), "the server closed the connection with code 1001"),
            (
                closed(Some(4000), "shift\nchange"),
                "the server closed the connection with code 4000: shift change",
            ),
            // A code that only methods of the Web API have.
            (closed(Some(1008), "no_text"), "the server closed the connection with code 1008: no_text"),
        ] {
            assert_eq!(loss.to_string(), words);
            assert_eq!(loss.clone().explained(None), loss);
        }
    }

    #[test]
    fn an_error_before_the_end_explains_it() {
        let name = refusal_code("invalid_auth");
        let error = ServerError { number: Some(401), message: "x".into(), name: name.clone() };
        let refused = Loss::Server { number: Some(401), code: name.clone() };
        for loss in [closed(Some(1008), "bye"), Loss::Ended, Loss::Failed(io::ErrorKind::ConnectionReset)] {
            assert_eq!(loss.explained(Some(&error)), refused);
        }
        assert_eq!(Loss::PongTimeout.explained(Some(&error)), Loss::PongTimeout);
        assert_eq!(
            closed(Some(4401), "invalid_auth").explained(None),
            Loss::Server { number: Some(4401), code: name }
        );
        assert_eq!(refused.to_string(), "the message server refused the connection: invalid_auth");
    }
}
