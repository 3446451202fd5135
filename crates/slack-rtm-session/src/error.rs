//! The error of a session: why it could not be opened, why an attempt failed, or why it ended.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::{ConfigError, error_chain};
use slack_rtm_models::{ErrorCode, ErrorResponse};

use crate::call_error::{self, CallErrorKind};
use crate::dial_error::{self, Step};
use crate::server_error::ServerError;
use crate::{CallError, DialError, DisconnectReason};

/// The error of a session or of one of its attempts to connect.
///
/// `Display` includes the causes, so `source` returns `None`; [`cause`](Self::cause) returns the cause as an error. Neither `Display` nor `Debug` prints a token, the
/// address of a session or a password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The call for an address failed: rtm.connect, or over Socket Mode apps.connections.open or auth.test.
    Call(CallError),
    /// The call for an address took longer than [`Config::call_timeout`](crate::Config::call_timeout).
    CallTimeout,
    /// The call returned an address that cannot be used, for instance one that is not encrypted.
    InvalidAddress(&'static str),
    /// The message server requires TLS, and this program was built without it: none of the features `ring`, `aws-lc-rs` and `native-tls` is enabled.
    NoTls,
    /// The message server could not be reached. [`as_str`](Self::as_str) returns which step failed: DNS, TCP, the proxy, TLS or the upgrade.
    Dial(DialError),
    /// The message server could not be reached within [`Config::dial_timeout`](crate::Config::dial_timeout).
    DialTimeout,
    /// The message server, or a proxy before it, answered the WebSocket upgrade with an HTTP status other than 101.
    #[non_exhaustive]
    UpgradeRefused {
        /// The HTTP status.
        status: u16,
        /// The response's `Retry-After`, if it has one.
        retry_after: Option<Duration>,
    },
    /// The session did not open within its [`SessionBuilder::open_timeout`](crate::SessionBuilder::open_timeout).
    #[non_exhaustive]
    OpenTimeout {
        /// The error of the last attempt, or `None` if the first one had not ended.
        last: Option<Box<Error>>,
    },
    /// The server did not say hello within [`Config::hello_timeout`](crate::Config::hello_timeout).
    HelloTimeout,
    /// The server sent an error instead of hello. Number 1 means that the address has expired.
    Server {
        /// The number of the error, if it has one.
        number: Option<i64>,
        /// The text of the error; empty if it has none. `Display` does not print it.
        message: Box<str>,
        /// The code, if the error names one, such as `invalid_auth`.
        code: Option<ErrorCode>,
        /// Whether it ends the session: the code is fatal, and the server has sent it [`Config::max_server_refusals`](crate::Config::max_server_refusals) times.
        is_final: bool,
    },
    /// The connection ended before the server said hello.
    Disconnected(DisconnectReason),
    /// The queue was full, and the overflow policy is [`OverflowPolicy::Close`](crate::OverflowPolicy::Close).
    Overflow,
    /// The session was closed by its user.
    Closed,
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<slack_rtm_apis::Error<ErrorResponse>> for Error {
    fn from(error: slack_rtm_apis::Error<ErrorResponse>) -> Self {
        Self::Call(error.into())
    }
}

/// Converts an invalid setting of a [`Connector`](crate::Connector) into an error that ends the session.
impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        CallError::fatal(error).into()
    }
}

impl Error {
    /// Creates the error of a step of a dial.
    pub(crate) fn dial(step: Step, source: impl StdError + Send + Sync + 'static) -> Self {
        if dial_error::is_timeout(&source) {
            Self::DialTimeout
        } else {
            Self::Dial(DialError { step, cause: Arc::new(source) })
        }
    }
}

impl Error {
    /// Returns whether retrying cannot help until the token, the app, the workspace or the program is changed. A fatal error ends the session; the error of an
    /// [`Item::Retry`](crate::Item::Retry) is never fatal, whatever its code.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Call(CallError { kind: CallErrorKind::Fatal, .. })
                | Self::Server { is_final: true, .. }
                | Self::NoTls
        )
    }

    /// Converts the error into one that is retried.
    pub(crate) fn into_transient(mut self) -> Self {
        if let Self::Call(error) = &mut self
            && error.kind == CallErrorKind::Fatal
        {
            error.kind = CallErrorKind::Transient;
        }
        self
    }

    /// Converts the error into one that ends the session.
    pub(crate) fn into_final(mut self) -> Self {
        if let Self::Server { is_final, .. } = &mut self {
            *is_final = true;
        }
        self
    }

    /// Creates the error of a refusal by the message server.
    pub(crate) fn server(error: ServerError) -> Self {
        Self::Server { number: error.number, message: error.message, code: error.code, is_final: false }
    }

    /// Returns whether Slack rate-limited the call.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::Call(CallError { kind: CallErrorKind::RateLimited { .. }, .. }))
    }

    /// Returns whether a time limit was exceeded.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::CallTimeout | Self::DialTimeout | Self::HelloTimeout | Self::OpenTimeout { .. })
    }

    /// Returns whether the session was closed by its user.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Returns Slack's error code, such as `invalid_auth`, if the call or the message server answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Call(error) => error.code(),
            Self::OpenTimeout { last: Some(last) } => last.code(),
            Self::Server { code, .. } => code.as_ref(),
            Self::Disconnected(reason) => reason.code(),
            _ => None,
        }
    }

    /// Returns a short, stable name of the kind of failure, for metrics and logs.
    ///
    /// A call that failed is `call_dns`, `call_connect`, `call_tls`, `call_timeout`, `call_status`, `call_decode`, `call_refused`, `call_rate_limited` or `call`; a dial
    /// is `dial_dns`, `dial_connect`, `dial_proxy`, `dial_tls`, `dial_timeout` or `dial_upgrade`. The others are `invalid_address`, `no_tls`, `upgrade_refused`,
    /// `open_timeout`, `hello_timeout`, `server`, `overflow`, `closed`, and the names of [`DisconnectReason::as_str`].
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Call(error) => call_error::reason(&*error.source),
            Self::CallTimeout => "call_timeout",
            Self::InvalidAddress(_) => "invalid_address",
            Self::NoTls => "no_tls",
            Self::Dial(error) => error.as_str(),
            Self::DialTimeout => "dial_timeout",
            Self::UpgradeRefused { .. } => "upgrade_refused",
            Self::OpenTimeout { .. } => "open_timeout",
            Self::HelloTimeout => "hello_timeout",
            Self::Server { .. } => "server",
            Self::Disconnected(reason) => reason.as_str(),
            Self::Overflow => "overflow",
            Self::Closed => "closed",
        }
    }
}

/// Converts the reason for which a connection ended before the server said hello.
impl From<DisconnectReason> for Error {
    fn from(reason: DisconnectReason) -> Self {
        match reason {
            DisconnectReason::ServerError { number, code } => {
                Self::Server { number, message: Box::default(), code, is_final: false }
            }
            reason => Self::Disconnected(reason),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(CallError {
                method,
                code: Some(code),
                kind: CallErrorKind::RateLimited { retry_after: Some(wait) },
                ..
            }) => write!(f, "{method} was refused: {code}; wait {} s", wait.as_secs()),
            Self::Call(CallError { method, code: Some(code), .. }) => {
                write!(f, "{method} was refused: {code}")
            }
            Self::Call(error) => write!(f, "{} failed: {}", error.method, error_chain(&*error.source)),
            Self::CallTimeout => f.write_str("the call for an address timed out"),
            Self::InvalidAddress(problem) => write!(f, "the address of the message server is not valid: {problem}"),
            Self::NoTls => f.write_str(
                "the message server requires TLS, and this program was built without it; enable the feature `ring`, `aws-lc-rs` or `native-tls`",
            ),
            Self::Dial(error) => {
                write!(f, "the message server could not be reached: {}", error_chain(&*error.cause))
            }
            Self::DialTimeout => f.write_str("the connection to the message server timed out"),
            Self::UpgradeRefused { status, .. } => {
                write!(f, "the upgrade to a WebSocket was answered with HTTP {status}")
            }
            Self::OpenTimeout { last: Some(last) } => write!(f, "the session did not open in time; last failure: {last}"),
            Self::OpenTimeout { last: None } => f.write_str("the session did not open in time"),
            Self::HelloTimeout => f.write_str("the message server did not say hello in time"),
            Self::Server { code: Some(code), .. } => {
                write!(f, "the message server refused the connection: {code}")
            }
            Self::Server { number: Some(1), .. } => {
                f.write_str("the address of the message server has expired")
            }
            Self::Server { number: Some(number), .. } => {
                write!(f, "the message server sent error {number}")
            }
            Self::Server { number: None, .. } => f.write_str("the message server sent an error"),
            Self::Disconnected(reason) => write!(f, "the connection ended before hello: {reason}"),
            Self::Overflow => f.write_str("the queue of events was full"),
            Self::Closed => f.write_str("the session was closed"),
        }
    }
}

impl StdError for Error {}

impl Error {
    /// Returns the cause as an error, such as the [`io::Error`](std::io::Error) of a dial. `Display` includes its text.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::OpenTimeout { last } => last.as_deref().map(|last| last as _),
            Self::Call(error) => Some(call_error::cause(&*error.source)),
            Self::Dial(error) => Some(&*error.cause),
            _ => None,
        }
    }
}
