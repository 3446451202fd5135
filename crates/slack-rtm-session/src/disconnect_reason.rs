//! The reason for which a connection was lost.

use std::fmt;
use std::io;

use slack_rtm_apis::is_fatal_code;
use slack_rtm_models::ErrorCode;

use crate::server_error::{ServerError, refusal_code};

/// The reason for which a connection was lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The server did not answer a ping within [`Config::pong_timeout`](crate::Config::pong_timeout).
    PongTimeout,
    /// The server sent a close frame.
    Closed {
        /// The close code (RFC 6455, section 7.4), if the frame has one.
        code: Option<u16>,
        /// The close reason; empty if the frame has none.
        reason: Box<str>,
    },
    /// The server sent an error and then ended the connection.
    ServerError {
        /// The number of the error, if it has one.
        number: Option<i64>,
        /// The code, if the error names one, such as `invalid_auth`.
        code: Option<ErrorCode>,
    },
    /// The server closed the TCP connection without a close frame.
    UnexpectedEof,
    /// Reading from or writing to the connection failed.
    Io(io::ErrorKind),
    /// A write made no progress for [`Config::write_timeout`](crate::Config::write_timeout).
    WriteTimeout,
    /// The server violated the WebSocket protocol.
    Protocol,
    /// The server sent a text frame that is not UTF-8.
    ///
    /// RFC 6455, section 8.1, requires a client to fail the connection, and the session closes it with code 1007. (A text frame that is UTF-8 but not JSON is an
    /// [`Item::Malformed`](crate::Item::Malformed).) The content is not available: the WebSocket implementation validates text while it receives it.
    InvalidUtf8,
    /// The server sent a message that is larger than [`SessionBuilder::max_message_size`](crate::SessionBuilder::max_message_size), or too many frames before hello.
    FrameTooLarge,
    /// The server said goodbye, and the connection ended before the new one was ready.
    Goodbye,
    /// The workspace is being migrated to another server.
    Migration,
    /// The computer was suspended for longer than the server may be silent.
    Suspended,
    /// Over Socket Mode: the server sent no ping for [`Config::server_ping_timeout`](crate::Config::server_ping_timeout).
    PingTimeout,
    /// Over Socket Mode: Socket Mode was disabled for the app.
    LinkDisabled,
    /// Over Socket Mode: the app has more than the ten connections that Slack allows.
    TooManyConnections,
    /// The connection belonged to an earlier process, and this one resumed from its [`Checkpoint`](crate::Checkpoint).
    Restart,
}

impl DisconnectReason {
    /// Returns the error code with which the server refused the connection, such as `invalid_auth`, if it named one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::ServerError { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// Combines the reason with the error that the server sent a moment before, if any. The reason of a close frame may itself be an error code.
    pub(crate) fn explained(self, error: Option<&ServerError>) -> Self {
        match (&self, error) {
            (
                Self::Closed { .. } | Self::UnexpectedEof | Self::Io(_) | Self::ServerError { .. },
                Some(error),
            ) => Self::ServerError { number: error.number, code: error.code.clone() },
            (Self::Closed { code, reason }, None) => match refusal_code(reason) {
                Some(name) if is_fatal_code(name.as_str()) => {
                    Self::ServerError { number: code.map(i64::from), code: Some(name) }
                }
                _ => self,
            },
            _ => self,
        }
    }

    /// Returns a short, stable name, for metrics and logs.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PongTimeout => "pong_timeout",
            Self::Closed { .. } => "closed",
            Self::ServerError { .. } => "server_error",
            Self::UnexpectedEof => "unexpected_eof",
            Self::Io(_) => "io",
            Self::WriteTimeout => "write_timeout",
            Self::Protocol => "protocol",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::FrameTooLarge => "frame_too_large",
            Self::Goodbye => "goodbye",
            Self::Migration => "migration",
            Self::Suspended => "suspended",
            Self::PingTimeout => "ping_timeout",
            Self::LinkDisabled => "link_disabled",
            Self::TooManyConnections => "too_many_connections",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for DisconnectReason {
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
            Self::ServerError { code: Some(code), .. } => {
                write!(f, "the message server refused the connection: {code}")
            }
            Self::ServerError { number: Some(number), .. } => {
                write!(f, "the message server ended the connection with error {number}")
            }
            Self::ServerError { .. } => f.write_str("the message server ended the connection with an error"),
            Self::UnexpectedEof => f.write_str("the connection ended without a close frame"),
            Self::Io(kind) => write!(f, "the connection failed: {kind}"),
            Self::WriteTimeout => f.write_str("a write to the server timed out"),
            Self::Protocol => f.write_str("the server violated the WebSocket protocol"),
            Self::InvalidUtf8 => f.write_str("the server sent a text frame that is not UTF-8"),
            Self::FrameTooLarge => f.write_str("the server sent a frame that is too large"),
            Self::Goodbye => f.write_str("the server said goodbye"),
            Self::Migration => f.write_str("the workspace is being migrated to another server"),
            Self::Suspended => f.write_str("the computer was suspended"),
            Self::PingTimeout => f.write_str("the server sent no ping (ping timeout)"),
            Self::LinkDisabled => f.write_str("Socket Mode is disabled for the app"),
            Self::TooManyConnections => f.write_str("the app has too many connections"),
            Self::Restart => f.write_str("the process was restarted"),
        }
    }
}

/// A text from the server, printed without control characters.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, if c.is_control() { ' ' } else { c }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: Option<u16>, reason: &str) -> DisconnectReason {
        DisconnectReason::Closed { code, reason: reason.into() }
    }

    #[test]
    fn a_close_frame_is_displayed_with_code_and_reason() {
        for (reason, words) in [
            (closed(None, ""), "the server closed the connection"),
            (closed(Some(1001), ""), "the server closed the connection with code 1001"),
            (
                closed(Some(4000), "shift\nchange"),
                "the server closed the connection with code 4000: shift change",
            ),
            // A code that only methods of the Web API have.
            (closed(Some(1008), "no_text"), "the server closed the connection with code 1008: no_text"),
        ] {
            assert_eq!(reason.to_string(), words);
            assert_eq!(reason.clone().explained(None), reason);
        }
    }

    #[test]
    fn an_error_before_the_end_explains_it() {
        let name = refusal_code("invalid_auth");
        let error = ServerError { number: Some(401), message: "x".into(), code: name.clone() };
        let refused = DisconnectReason::ServerError { number: Some(401), code: name.clone() };
        for reason in [
            closed(Some(1008), "bye"),
            DisconnectReason::UnexpectedEof,
            DisconnectReason::Io(io::ErrorKind::ConnectionReset),
        ] {
            assert_eq!(reason.explained(Some(&error)), refused);
        }
        assert_eq!(DisconnectReason::PongTimeout.explained(Some(&error)), DisconnectReason::PongTimeout);
        assert_eq!(
            closed(Some(4401), "invalid_auth").explained(None),
            DisconnectReason::ServerError { number: Some(4401), code: name }
        );
        assert_eq!(refused.to_string(), "the message server refused the connection: invalid_auth");
    }
}
