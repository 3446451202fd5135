//! What can become of a call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use slack_rtm_models::DecodeError;

use crate::refusal::UNKNOWN_FORM;
use crate::retry::Failure;
use crate::{ConfigError, PaginationError, Refusal, error_chain};

/// Why a call has no answer. `R` is the operation's typed refusal.
///
/// `Display` includes the causes, so `source` returns `None`; the causes are in the variants, as in [`TransportError::cause`]. Neither `Display` nor `Debug` prints a token, a session's address, a body or a header's value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error<R> {
    /// Slack refused the call: `ok` is false. That comes with HTTP 200 as a rule.
    Slack(Box<Refusal<R>>),
    /// Too many calls: HTTP 429, or `ratelimited` in the body.
    #[non_exhaustive]
    RateLimited {
        /// How long to wait: what `Retry-After` says, in whole seconds as Slack writes it, or 30 s where it says something else.
        retry_after: Duration,
    },
    /// Another HTTP status than success, with a body that is no refusal; often a page for people, from a proxy.
    #[non_exhaustive]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        body: BodyExcerpt,
    },
    /// The body is no JSON, or not of the documented shape.
    #[non_exhaustive]
    Decode {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        body: BodyExcerpt,
        /// What did not fit, and where.
        source: DecodeError,
    },
    /// The body is larger than the client's limit.
    #[non_exhaustive]
    BodyTooLarge {
        /// The HTTP status.
        status: StatusCode,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The call failed on its way.
    Transport(TransportError),
    /// The call has options that cannot be used; nothing was sent.
    Config(ConfigError),
    /// A stream of pages cannot go on, although every call succeeded.
    Pagination(PaginationError),
}

impl<R> Error<R> {
    /// The code of Slack's refusal; `ratelimited` for a rate limit however it was told.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Slack(refusal) => refusal.has_code().then_some(&*refusal.code),
            Self::RateLimited { .. } => Some("ratelimited"),
            _ => None,
        }
    }

    /// The [`code`](Self::code), if it has the form of one. What else a server puts in its place may be anything, a secret too, and is not for messages and logs.
    #[must_use]
    pub fn printable_code(&self) -> Option<&str> {
        match self {
            Self::Slack(refusal) => refusal.printable_code(),
            other => other.code(),
        }
    }

    /// How long to wait before the next call, where Slack asks for it.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Slack(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Slack(refusal) => Some(refusal.status),
            Self::Status { status, .. } | Self::Decode { status, .. } | Self::BodyTooLarge { status, .. } => {
                Some(*status)
            }
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            Self::Transport(_) | Self::Config(_) | Self::Pagination(_) => None,
        }
    }

    /// Whether calling again cannot help until somebody changes the token, the app, the workspace or the call.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Slack(refusal) => refusal.is_fatal,
            Self::Config(_) => true,
            _ => false,
        }
    }

    /// Whether the failure is known to pass: on the way, on Slack's side, or a rate limit. A code that this release does not know is neither fatal nor
    /// transient.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Slack(refusal) => refusal.is_transient,
            Self::RateLimited { .. } => true,
            Self::Status { status, .. } => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
            Self::Transport(error) => !error.is_tls(),
            Self::Decode { .. } | Self::BodyTooLarge { .. } | Self::Config(_) | Self::Pagination(_) => false,
        }
    }

    /// Whether it is a rate limit.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.retry_after().is_some()
    }

    /// Whether the call took longer than it may.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_timeout())
    }

    /// Whether there was no connection: no such host, refused, or no TLS.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_connect())
    }

    /// Returns whether Slack may have carried out the call, wholly or in part, although it failed.
    #[must_use]
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::Slack(refusal) => refusal.may_have_been_done(),
            Self::RateLimited { .. } | Self::Config(_) => false,
            Self::Status { status, .. } => !status.is_client_error(),
            Self::Decode { .. } | Self::BodyTooLarge { .. } | Self::Pagination(_) => true,
            Self::Transport(error) => !error.is_connect(),
        }
    }

    /// What it means for trying again; `may_repeat` is whether the call may be carried out twice.
    pub(crate) fn failure(&self, may_repeat: bool) -> Failure {
        if let Some(wait) = self.retry_after() {
            return Failure::RateLimited(wait);
        }
        match self {
            other if other.is_transient() && (may_repeat || !other.may_have_been_done()) => {
                Failure::Transient
            }
            _ => Failure::Final,
        }
    }
}

impl<R> fmt::Display for Error<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slack(refusal) => {
                if !refusal.has_code() {
                    return write!(f, "Slack refused the call: HTTP {}", refusal.status);
                }
                let code = refusal.printable_code().unwrap_or(UNKNOWN_FORM);
                write!(f, "Slack refused the call: {code}")
            }
            Self::RateLimited { retry_after } => {
                write!(f, "Slack limits the rate of calls; wait {} s", retry_after.as_secs())
            }
            Self::Status { status, body } => write!(f, "HTTP {status} with {body}"),
            Self::Decode { status, body, source } => {
                write!(f, "HTTP {status} with {body} that does not decode: {source}")
            }
            Self::BodyTooLarge { status, limit } => {
                write!(f, "HTTP {status} with a body of more than {limit} bytes")
            }
            Self::Transport(error) => error.fmt(f),
            Self::Config(error) => f.write_str(&error_chain(error)),
            Self::Pagination(error) => f.write_str(&error_chain(error)),
        }
    }
}

impl<R: fmt::Debug> std::error::Error for Error<R> {}

impl<R> From<ConfigError> for Error<R> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// The beginning of a body that was of no use. It is not printed, since a body may hold anything.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyExcerpt(Box<Excerpt>);

#[derive(Clone, PartialEq, Eq)]
struct Excerpt {
    bytes: Bytes,
    whole: usize,
    content_type: Option<Box<str>>,
}

impl BodyExcerpt {
    /// How much of a body is kept, in bytes.
    pub const LIMIT: usize = 4096;

    pub(crate) fn new(body: &Bytes, content_type: Option<&str>) -> Self {
        // A copy, so that the excerpt does not keep the whole body in memory.
        let bytes = Bytes::copy_from_slice(&body[..body.len().min(Self::LIMIT)]);
        let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        Self(Box::new(Excerpt { bytes, whole: body.len(), content_type: essence.map(Into::into) }))
    }

    /// The kept part, at most [`LIMIT`](Self::LIMIT) bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The length of the whole body, in bytes.
    #[must_use]
    pub fn whole_len(&self) -> usize {
        self.0.whole
    }

    /// The content type that the answer claimed, without parameters.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }
}

impl fmt::Display for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A header may hold anything, so only what tells something is printed.
        let kind = match self.content_type() {
            Some(known @ ("application/json" | "text/html" | "text/plain" | "application/xml")) => known,
            Some(_) => "of another type",
            None => "of no stated type",
        };
        write!(f, "a body of {} bytes ({kind})", self.0.whole)
    }
}

impl fmt::Debug for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyExcerpt({self})")
    }
}

/// A failure on the way to Slack or back. `Display` includes the causes.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportKind,
    source: Box<dyn std::error::Error + Send + Sync>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransportKind {
    Timeout,
    Tls,
    Dns,
    Connect,
    Other,
}

impl TransportError {
    pub(crate) fn new(error: reqwest::Error) -> Self {
        // reqwest's errors print the URL, which may hold arguments.
        let error = error.without_url();
        let kind = if error.is_timeout() {
            TransportKind::Timeout
        } else if is_tls(&error) {
            TransportKind::Tls
        } else if error.is_connect() && causes(&error).any(|cause| cause.to_string().contains("dns error")) {
            // The HTTP client has a type for it, and keeps it to itself.
            TransportKind::Dns
        } else if error.is_connect() {
            TransportKind::Connect
        } else {
            TransportKind::Other
        };
        Self { kind, source: Box::new(error) }
    }

    /// Whether it took longer than it may.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == TransportKind::Timeout
    }

    /// Whether there was no connection. That includes TLS.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.kind, TransportKind::Connect | TransportKind::Dns | TransportKind::Tls)
    }

    /// Whether TLS failed: a certificate that is not trusted, or a host that speaks no TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.kind == TransportKind::Tls
    }

    /// Returns whether the name of the API's host, or of the proxy, could not be resolved.
    #[must_use]
    pub fn is_dns(&self) -> bool {
        self.kind == TransportKind::Dns
    }

    /// Returns the HTTP client's error.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + 'static) {
        self.source.as_ref()
    }
}

#[cfg(feature = "rustls")]
fn is_tls(error: &reqwest::Error) -> bool {
    /// `io::Error` hides what it wraps from `source`, and may wrap one of its own kind.
    fn is_rustls(error: &(dyn std::error::Error + 'static)) -> bool {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_rustls(inner))
    }
    causes(error).any(is_rustls)
}

#[cfg(not(feature = "rustls"))]
fn is_tls(error: &reqwest::Error) -> bool {
    // The system's library has no type of its own that could be told.
    error.is_connect() && causes(error).any(|cause| cause.to_string().contains("certificate"))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportKind::Timeout => "the call took longer than it may",
            TransportKind::Tls => "TLS with the API's host failed",
            TransportKind::Dns => "the name of the API's host, or of the proxy, could not be resolved",
            TransportKind::Connect => "there is no connection to the API's host",
            TransportKind::Other => "the connection to the API's host failed",
        };
        // The HTTP client's own text says less than the kind does.
        match self.source.source() {
            Some(cause) => write!(f, "{what}: {}", error_chain(cause)),
            None => write!(f, "{what}: {}", self.source),
        }
    }
}

impl std::error::Error for TransportError {}
