//! Why a call for an address failed.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_models::{ErrorCode, ErrorResponse};

/// A failed call of rtm.connect.
#[derive(Clone)]
pub struct CallError {
    /// What was called.
    pub(crate) method: Called,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) status: Option<u16>,
    pub(crate) kind: CallErrorKind,
    pub(crate) source: Arc<dyn StdError + Send + Sync>,
}

/// The method that was called. No text, so that an item is no larger for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    RtmConnect,
    #[cfg(feature = "socket-mode")]
    AppsConnectionsOpen,
    #[cfg(feature = "socket-mode")]
    AuthTest,
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RtmConnect => "rtm.connect",
            #[cfg(feature = "socket-mode")]
            Self::AppsConnectionsOpen => "apps.connections.open",
            #[cfg(feature = "socket-mode")]
            Self::AuthTest => "auth.test",
        })
    }
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
    /// It was not made: other processes have taken what calls there are for so long.
    Deferred { wait: Duration },
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

    /// The call was not made, because the budget that several processes share has none left.
    pub(crate) fn deferred(wait: Duration) -> Self {
        Self::new(CallErrorKind::Deferred { wait }, "the token's calls are taken by other processes")
    }

    fn new(kind: CallErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { method: Called::RtmConnect, code: None, status: None, kind, source: source.into().into() }
    }

    /// The error of a call of another method than rtm.connect.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn of(mut self, method: Called) -> Self {
        self.method = method;
        self
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

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError")
            .field("code", &self.code)
            .field("status", &self.status)
            .field("kind", &self.kind)
            .field("cause", &format_args!("{}", self.source))
            .finish()
    }
}

impl From<slack_rtm_apis::Error<ErrorResponse>> for CallError {
    fn from(error: slack_rtm_apis::Error<ErrorResponse>) -> Self {
        let kind = if error.is_fatal() {
            CallErrorKind::Fatal
        } else if error.is_rate_limited() {
            CallErrorKind::RateLimited { retry_after: error.retry_after() }
        } else {
            CallErrorKind::Transient
        };
        CallError {
            method: Called::RtmConnect,
            code: error.printable_code().map(ErrorCode::from),
            status: error.status().map(|status| status.as_u16()),
            kind,
            source: Arc::new(Shareable(error)),
        }
    }
}

/// Wraps the error of a call so that several items can share it: it is not `Clone`.
struct Shareable(slack_rtm_apis::Error<ErrorResponse>);

impl fmt::Display for Shareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Shareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Shareable {}

/// Returns the error of the HTTP client or the decoder behind a failed call.
pub(crate) fn cause<'a>(error: &'a (dyn StdError + Send + Sync + 'static)) -> &'a (dyn StdError + 'static) {
    use slack_rtm_apis::Error;
    match error.downcast_ref::<Shareable>().map(|shareable| &shareable.0) {
        Some(Error::Transport(error)) => error.cause(),
        Some(Error::Decode { source, .. }) => source,
        Some(Error::Config(error)) => error,
        _ => error,
    }
}

/// Returns a short name for how a call failed.
pub(crate) fn reason(error: &(dyn StdError + Send + Sync + 'static)) -> &'static str {
    use slack_rtm_apis::Error;
    match error.downcast_ref::<Shareable>().map(|shareable| &shareable.0) {
        Some(Error::Slack(_)) => "call_refused",
        Some(Error::RateLimited { .. }) => "call_rate_limited",
        Some(Error::Status { .. }) => "call_status",
        Some(Error::Decode { .. } | Error::BodyTooLarge { .. }) => "call_decode",
        Some(Error::Transport(error)) if error.is_timeout() => "call_timeout",
        Some(Error::Transport(error)) if error.is_tls() => "call_tls",
        Some(Error::Transport(error)) if error.is_dns() => "call_dns",
        Some(Error::Transport(error)) if error.is_connect() => "call_connect",
        _ => "call",
    }
}
