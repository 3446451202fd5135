//! Why a call for an address failed.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_models::{ErrorCode, ErrorResponse};

/// The error of a call for an address. [`Error`](crate::Error) displays it.
#[derive(Clone)]
pub struct CallError {
    /// The method that was called.
    pub(crate) method: Called,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) status: Option<u16>,
    pub(crate) kind: CallErrorKind,
    pub(crate) source: Arc<dyn StdError + Send + Sync>,
}

/// The method that was called. An enum and not a string, so that items stay small.
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

/// What a failed call means for the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallErrorKind {
    /// Calling again cannot help.
    Fatal,
    /// Calling again may help.
    Transient,
    /// Slack rate-limited the call; the next one has to wait.
    RateLimited { retry_after: Option<Duration> },
    /// The call was not made, because other processes have used up the shared budget for this time.
    Deferred { wait: Duration },
}

impl CallError {
    /// Creates the error of a [`Connector`](crate::Connector) that may succeed when it is called again. The session retries with backoff.
    pub fn transient(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(CallErrorKind::Transient, source)
    }

    /// Creates the error of a connector that cannot succeed until something is changed. It ends the session.
    pub fn fatal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(CallErrorKind::Fatal, source)
    }

    /// Creates the error of a connector that must not be called again before `retry_after`. Without one, the session waits for
    /// [`Config::default_retry_after`](crate::Config::default_retry_after).
    pub fn rate_limited(
        retry_after: Option<Duration>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(CallErrorKind::RateLimited { retry_after }, source)
    }

    /// Creates the error of a call that was not made because the shared budget is used up.
    pub(crate) fn deferred(wait: Duration) -> Self {
        Self::new(CallErrorKind::Deferred { wait }, "other processes have used up the token's call budget")
    }

    fn new(kind: CallErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { method: Called::RtmConnect, code: None, status: None, kind, source: source.into().into() }
    }

    /// Sets the method that was called.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn of(mut self, method: Called) -> Self {
        self.method = method;
        self
    }

    /// Returns Slack's error code, such as `invalid_auth`, if Slack answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// Returns the HTTP status of the response, if there was one. With a status of success and no [`code`](Self::code), the response did not come from Slack.
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

/// Returns a short, stable name of how a call failed.
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
