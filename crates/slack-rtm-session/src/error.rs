//! Why a session could not be opened, why an attempt failed, why a session ended.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::ConfigError;
use slack_rtm_models::ErrorCode;

use crate::Loss;
use crate::server_error::ServerError;

/// An error of somebody else, shared because more than one item may tell of it.
pub(crate) type Cause = Arc<dyn StdError + Send + Sync>;

/// Why there is no connection. It holds no secrets: neither token nor ticket nor password are in its `Display` or `Debug`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// rtm.connect failed.
    Call(CallError),
    /// rtm.connect took too long.
    CallTimeout,
    /// rtm.connect gave an address that must not be used.
    Address(&'static str),
    /// The message server speaks TLS, and this program was built without it. No feature `rustls` or `native-tls` is enabled.
    NoTls,
    /// The message server could not be reached: DNS, TCP, proxy, TLS or upgrade. The source tells.
    Dial(DialError),
    /// The message server could not be reached in time.
    DialTimeout,
    /// The message server, or a proxy before it, answered the upgrade with another HTTP status.
    #[non_exhaustive]
    Refused {
        /// The status.
        status: u16,
        /// How long to wait, if the answer says so (`Retry-After`).
        retry_after: Option<Duration>,
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
    Lost(Loss),
    /// The queue was full, and the session was told to end then.
    Overflow,
    /// The session was closed.
    Closed,
}

/// A failed call of rtm.connect.
#[derive(Clone)]
pub struct CallError {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) status: Option<u16>,
    pub(crate) kind: CallErrorKind,
    pub(crate) source: Cause,
}

/// What a failed call means for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallErrorKind {
    /// Calling again cannot help.
    Fatal,
    /// It may help.
    Transient,
    /// Not before that time has passed.
    RateLimited { retry_after: Option<Duration> },
}

impl CallError {
    /// Creates the error of a [`Connector`](crate::Connector) that may succeed when it is called again.
    pub fn transient(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(CallErrorKind::Transient, source)
    }

    /// Creates the error of a connector that cannot succeed until somebody changes something. It ends the session.
    pub fn fatal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(CallErrorKind::Fatal, source)
    }

    /// Creates the error of a connector that must not be called before some time has passed.
    pub fn rate_limited(
        retry_after: Option<Duration>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(CallErrorKind::RateLimited { retry_after }, source)
    }

    fn new(kind: CallErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { code: None, status: None, kind, source: source.into().into() }
    }

    /// Slack's code, if Slack answered with one that has the form of one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// Returns the HTTP status of the answer, if there was one. With a status of success and no [`code`](Self::code), the answer was not Slack's.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// A setting of a [`Connector`](crate::Connector) that cannot be used; it ends the session.
impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        CallError::fatal(error).into()
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError")
            .field("code", &self.code)
            .field("status", &self.status)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A message server that could not be reached.
#[derive(Clone)]
pub struct DialError(pub(crate) Cause);

impl fmt::Debug for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DialError({})", self.0)
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
        matches!(self, Self::CallTimeout | Self::DialTimeout | Self::HelloTimeout)
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
            Self::Server { name, .. } => name.as_ref(),
            Self::Lost(loss) => loss.code(),
            _ => None,
        }
    }

    /// A short name, for metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Call(_) => "call",
            Self::CallTimeout => "call_timeout",
            Self::Address(_) => "address",
            Self::NoTls => "no_tls",
            Self::Dial(_) => "dial",
            Self::DialTimeout => "dial_timeout",
            Self::Refused { .. } => "refused",
            Self::HelloTimeout => "hello_timeout",
            Self::Server { .. } => "server",
            Self::Lost(loss) => loss.as_str(),
            Self::Overflow => "overflow",
            Self::Closed => "closed",
        }
    }
}

/// A connection that ended before it was one, or that the server refused.
impl From<Loss> for Error {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::Server { number, code } => {
                Self::Server { code: number, message: Box::default(), name: code, is_final: false }
            }
            loss => Self::Lost(loss),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(CallError { code: Some(code), .. }) => write!(f, "rtm.connect was refused: {code}"),
            Self::Call(CallError { code: None, .. }) => f.write_str("rtm.connect failed"),
            Self::CallTimeout => f.write_str("rtm.connect took too long"),
            Self::Address(problem) => write!(f, "rtm.connect gave an address that is not used: {problem}"),
            Self::NoTls => f.write_str(
                "the message server speaks TLS, and this program was built without it; enable the feature `rustls` or `native-tls`",
            ),
            Self::Dial(_) => f.write_str("the message server could not be reached"),
            Self::DialTimeout => f.write_str("the message server could not be reached in time"),
            Self::Refused { status, .. } => {
                write!(f, "the upgrade to a WebSocket was answered with HTTP {status}")
            }
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
            Self::Lost(loss) => write!(f, "{loss}, before it said hello"),
            Self::Overflow => f.write_str("the queue of events was full"),
            Self::Closed => f.write_str("the session was closed"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Call(error) => Some(&*error.source),
            Self::Dial(error) => Some(&*error.0),
            _ => None,
        }
    }
}
