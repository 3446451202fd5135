//! Why a session could not be opened, why an attempt failed, why a session ended.

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

/// Why there is no connection.
///
/// `Display` includes the causes, so `source` returns `None`; [`cause`](Self::cause) returns the cause as an error. Neither `Display` nor `Debug` prints a token, a
/// session's address or a password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The call that gives the address failed: rtm.connect, or over Socket Mode apps.connections.open or auth.test.
    Call(CallError),
    /// That call took too long.
    CallTimeout,
    /// That call gave an address that must not be used.
    InvalidAddress(&'static str),
    /// The message server speaks TLS, and this program was built without it. No feature `ring`, `aws-lc-rs` or `native-tls` is enabled.
    NoTls,
    /// The message server could not be reached: DNS, TCP, proxy, TLS or upgrade. [`as_str`](Self::as_str) tells which.
    Dial(DialError),
    /// The message server could not be reached in time.
    DialTimeout,
    /// The message server, or a proxy before it, answered the upgrade with another HTTP status.
    #[non_exhaustive]
    UpgradeRefused {
        /// The status.
        status: u16,
        /// How long to wait, if the answer says so (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The session did not open within its [`SessionBuilder::open_timeout`](crate::SessionBuilder::open_timeout).
    #[non_exhaustive]
    OpenTimeout {
        /// How the last attempt failed; `None` if the first one was still under way.
        last: Option<Box<Error>>,
    },
    /// The server did not say hello.
    HelloTimeout,
    /// The server answered with an error in place of hello; code 1 stands for an address that has expired.
    Server {
        /// The number of the error, if it gave one.
        code: Option<i64>,
        /// The error in the server's words; empty if it gave none. Not printed by `Display`.
        message: Box<str>,
        /// The code, if the error names one, such as `invalid_auth`.
        name: Option<ErrorCode>,
        /// Whether the session ends over it: the code is one that calling again cannot help, and has come as often as
        /// [`Config::server_refusals`](crate::Config::server_refusals) says.
        is_final: bool,
    },
    /// The connection ended before the server said hello.
    Disconnected(DisconnectReason),
    /// The queue was full, and the session was told to end then.
    Overflow,
    /// The session was closed.
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

/// A setting of a [`Connector`](crate::Connector) that cannot be used; it ends the session.
impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        CallError::fatal(error).into()
    }
}

impl Error {
    /// A step of a dial that failed.
    pub(crate) fn dial(step: Step, source: impl StdError + Send + Sync + 'static) -> Self {
        if dial_error::is_timeout(&source) {
            Self::DialTimeout
        } else {
            Self::Dial(DialError { step, cause: Arc::new(source) })
        }
    }
}

impl Error {
    /// Returns whether trying again cannot help until somebody changes the token, the app, the workspace or the program. Such an error ends a session; an error of the same
    /// code that the session tries again after ([`Item::Retry`](crate::Item::Retry)) is not fatal.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Call(CallError { kind: CallErrorKind::Fatal, .. })
                | Self::Server { is_final: true, .. }
                | Self::NoTls
        )
    }

    /// The error as one that is tried again after.
    pub(crate) fn passing(mut self) -> Self {
        if let Self::Call(error) = &mut self
            && error.kind == CallErrorKind::Fatal
        {
            error.kind = CallErrorKind::Transient;
        }
        self
    }

    /// The error as one that ends the session.
    pub(crate) fn finally(mut self) -> Self {
        if let Self::Server { is_final, .. } = &mut self {
            *is_final = true;
        }
        self
    }

    /// The message server's error, if it refused the connection.
    pub(crate) fn server(error: ServerError) -> Self {
        Self::Server { code: error.number, message: error.message, name: error.name, is_final: false }
    }

    /// Whether Slack said that the calls are too many.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::Call(CallError { kind: CallErrorKind::RateLimited { .. }, .. }))
    }

    /// Whether something took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::CallTimeout | Self::DialTimeout | Self::HelloTimeout | Self::OpenTimeout { .. })
    }

    /// Whether the session was closed by its user.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Returns Slack's code, if rtm.connect or the message server answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Call(error) => error.code(),
            Self::OpenTimeout { last: Some(last) } => last.code(),
            Self::Server { name, .. } => name.as_ref(),
            Self::Disconnected(reason) => reason.code(),
            _ => None,
        }
    }

    /// Returns a short and stable name of the kind of failure, for metrics and logs. A call is `call_dns`, `call_connect`, `call_tls`, `call_timeout`,
    /// `call_status`, `call_decode`, `call_refused`, `call_rate_limited` or `call`; a dial is `dial_dns`, `dial_connect`, `dial_proxy`, `dial_tls`, `dial_timeout`
    /// or `dial_upgrade`; an upgrade that was answered with another HTTP status is `upgrade_refused`.
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

/// A connection that ended before it was one, or that the server refused.
impl From<DisconnectReason> for Error {
    fn from(reason: DisconnectReason) -> Self {
        match reason {
            DisconnectReason::ServerError { number, code } => {
                Self::Server { code: number, message: Box::default(), name: code, is_final: false }
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
            Self::CallTimeout => f.write_str("the call for an address took too long"),
            Self::InvalidAddress(problem) => write!(f, "the address of the message server is not used: {problem}"),
            Self::NoTls => f.write_str(
                "the message server speaks TLS, and this program was built without it; enable the feature `ring`, `aws-lc-rs` or `native-tls`",
            ),
            Self::Dial(error) => {
                write!(f, "the message server could not be reached: {}", error_chain(&*error.cause))
            }
            Self::DialTimeout => f.write_str("the message server could not be reached in time"),
            Self::UpgradeRefused { status, .. } => {
                write!(f, "the upgrade to a WebSocket was answered with HTTP {status}")
            }
            Self::OpenTimeout { last: Some(last) } => write!(f, "the session did not open in time; the last failure: {last}"),
            Self::OpenTimeout { last: None } => f.write_str("the session did not open in time"),
            Self::HelloTimeout => f.write_str("the message server did not say hello"),
            Self::Server { name: Some(name), .. } => {
                write!(f, "the message server refused the connection: {name}")
            }
            Self::Server { code: Some(1), .. } => {
                f.write_str("the message server says that the address has expired")
            }
            Self::Server { code: Some(code), .. } => {
                write!(f, "the message server answered with error {code}")
            }
            Self::Server { code: None, .. } => f.write_str("the message server answered with an error"),
            Self::Disconnected(reason) => write!(f, "{reason}, before it said hello"),
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
