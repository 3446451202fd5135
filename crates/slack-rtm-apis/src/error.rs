//! Errors of calls.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use slack_rtm_models::DecodeError;

use crate::refusal::INVALID_CODE;
use crate::retry::Failure;
use crate::{ConfigError, PaginationError, Refusal, error_chain};

/// The error of a call. `R` is the type of the refusal's body, [`Operation::Refusal`](crate::Operation::Refusal).
///
/// `Display` includes the causes, so `source` returns `None`; the variants give access to the causes, such as [`TransportError::cause`]. Neither `Display` nor
/// `Debug` contains a token, a WebSocket URL, a body or the value of a header.
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client) {
/// use slack_rtm_apis::Error;
///
/// match client.rtm_connect().send().await {
///     Ok(response) => println!("connected as {}", response.self_.name),
///     Err(Error::RateLimited { retry_after, .. }) => println!("retry in {retry_after:?}"),
///     Err(error) if error.is_fatal() => println!("a configuration problem: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error<R> {
    /// Slack refused the call: `ok` is false, usually with HTTP 200.
    Slack(Box<Refusal<R>>),
    /// The call was rate limited: HTTP 429, or `ratelimited` in the body.
    #[non_exhaustive]
    RateLimited {
        /// The time to wait: the value of `Retry-After` in seconds, or 30 s if it is missing or malformed.
        retry_after: Duration,
    },
    /// The HTTP status is not successful and the body is not a refusal, such as an HTML page of a proxy.
    #[non_exhaustive]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        body: BodyExcerpt,
    },
    /// The body is not valid JSON or does not have the documented shape.
    #[non_exhaustive]
    Decode {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        body: BodyExcerpt,
        /// The decoding error, with its location in the body.
        source: DecodeError,
    },
    /// The body exceeds the maximum size of the client.
    #[non_exhaustive]
    BodyTooLarge {
        /// The HTTP status.
        status: StatusCode,
        /// The maximum size, in bytes.
        limit: usize,
    },
    /// The connection failed, or the call timed out.
    Transport(TransportError),
    /// An option or an argument of the call is invalid. Nothing was sent.
    Config(ConfigError),
    /// A stream of pages cannot continue, although every call succeeded.
    Pagination(PaginationError),
}

impl<R> Error<R> {
    /// Returns the error code of Slack's refusal; `ratelimited` for every kind of rate limit.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Slack(refusal) => refusal.has_code().then_some(&*refusal.code),
            Self::RateLimited { .. } => Some("ratelimited"),
            _ => None,
        }
    }

    /// Returns the [`code`](Self::code) if it consists of at most 64 lowercase letters, digits and underscores, and is therefore safe for messages and logs. Any
    /// other text that a server sends in its place can be a secret.
    #[must_use]
    pub fn printable_code(&self) -> Option<&str> {
        match self {
            Self::Slack(refusal) => refusal.printable_code(),
            other => other.code(),
        }
    }

    /// Returns the time to wait before the next call, if the call was rate limited.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Slack(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// Returns the HTTP status, if there was a response.
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

    /// Returns whether a retry is futile until the token, the app, the workspace or the call is changed.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Slack(refusal) => refusal.is_fatal,
            Self::Config(_) => true,
            _ => false,
        }
    }

    /// Returns whether the error is known to be temporary: a connection failure, an error on Slack's side, or a rate limit. An unknown code is neither fatal nor
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

    /// Returns whether the call was rate limited.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.retry_after().is_some()
    }

    /// Returns whether the call timed out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_timeout())
    }

    /// Returns whether no connection could be established: DNS, TCP or TLS failed.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_connect())
    }

    /// Returns whether Slack may have processed the call, completely or partially, although it failed.
    #[must_use]
    pub fn may_have_been_processed(&self) -> bool {
        match self {
            Self::Slack(refusal) => refusal.may_have_been_processed(),
            Self::RateLimited { .. } | Self::Config(_) => false,
            Self::Status { status, .. } => !status.is_client_error(),
            Self::Decode { .. } | Self::BodyTooLarge { .. } | Self::Pagination(_) => true,
            Self::Transport(error) => !error.is_connect(),
        }
    }

    /// Classifies the error for a retry policy. `may_repeat` is whether the call can be repeated although Slack may have processed it.
    pub(crate) fn failure(&self, may_repeat: bool) -> Failure {
        if let Some(wait) = self.retry_after() {
            return Failure::RateLimited(wait);
        }
        match self {
            other if other.is_transient() && (may_repeat || !other.may_have_been_processed()) => {
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
                let code = refusal.printable_code().unwrap_or(INVALID_CODE);
                write!(f, "Slack refused the call: {code}")
            }
            Self::RateLimited { retry_after } => {
                write!(f, "rate limited by Slack, retry after {} s", retry_after.as_secs())
            }
            Self::Status { status, body } => write!(f, "unexpected HTTP status {status} with {body}"),
            Self::Decode { status, body, source } => {
                write!(f, "failed to decode the response, HTTP {status} with {body}: {source}")
            }
            Self::BodyTooLarge { status, limit } => {
                write!(f, "the response body exceeds {limit} bytes, HTTP {status}")
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

/// The beginning of an unexpected body. `Debug` and `Display` print only its length and content type, since a body can contain secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyExcerpt(Box<Excerpt>);

#[derive(Clone, PartialEq, Eq)]
struct Excerpt {
    bytes: Bytes,
    whole: usize,
    content_type: Option<Box<str>>,
}

impl BodyExcerpt {
    /// The maximum number of bytes that are kept.
    pub const LIMIT: usize = 4096;

    pub(crate) fn new(body: &Bytes, content_type: Option<&str>) -> Self {
        // Copied, because a slice would keep the whole body in memory.
        let bytes = Bytes::copy_from_slice(&body[..body.len().min(Self::LIMIT)]);
        let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        Self(Box::new(Excerpt { bytes, whole: body.len(), content_type: essence.map(Into::into) }))
    }

    /// Returns the kept part, at most [`LIMIT`](Self::LIMIT) bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Returns the length of the whole body, in bytes.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.0.whole
    }

    /// Returns the content type of the response, without parameters.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }
}

impl fmt::Display for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only known values are printed, since a header can contain secrets.
        let kind = match self.content_type() {
            Some(known @ ("application/json" | "text/html" | "text/plain" | "application/xml")) => known,
            Some(_) => "unknown content type",
            None => "no content type",
        };
        write!(f, "a body of {} bytes ({kind})", self.0.whole)
    }
}

impl fmt::Debug for BodyExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyExcerpt({self})")
    }
}

/// A failure of the connection to Slack. `Display` includes the causes.
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
        // The errors of reqwest print the URL, which can contain arguments.
        let error = error.without_url();
        let kind = if error.is_timeout() {
            TransportKind::Timeout
        } else if is_tls(&error) {
            TransportKind::Tls
        } else if error.is_connect() && causes(&error).any(|cause| cause.to_string().contains("dns error")) {
            // The error type of the HTTP client is private.
            TransportKind::Dns
        } else if error.is_connect() {
            TransportKind::Connect
        } else {
            TransportKind::Other
        };
        Self { kind, source: Box::new(error) }
    }

    /// Returns whether the call timed out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == TransportKind::Timeout
    }

    /// Returns whether no connection could be established: DNS, TCP or TLS failed.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.kind, TransportKind::Connect | TransportKind::Dns | TransportKind::Tls)
    }

    /// Returns whether the TLS handshake failed, such as because of an untrusted certificate.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.kind == TransportKind::Tls
    }

    /// Returns whether the host name of the API or of the proxy could not be resolved.
    #[must_use]
    pub fn is_dns(&self) -> bool {
        self.kind == TransportKind::Dns
    }

    /// Returns the error of the HTTP client.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + 'static) {
        self.source.as_ref()
    }
}

#[cfg(feature = "rustls")]
fn is_tls(error: &reqwest::Error) -> bool {
    /// The `source` of an `io::Error` skips the wrapped error, which can be another `io::Error`.
    fn is_rustls(error: &(dyn std::error::Error + 'static)) -> bool {
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_rustls(inner))
    }
    causes(error).any(is_rustls)
}

#[cfg(not(feature = "rustls"))]
fn is_tls(error: &reqwest::Error) -> bool {
    // The errors of the system's TLS library have no type of their own.
    error.is_connect() && causes(error).any(|cause| cause.to_string().contains("certificate"))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportKind::Timeout => "the call timed out",
            TransportKind::Tls => "the TLS handshake failed",
            TransportKind::Dns => "failed to resolve the host name of the API or the proxy",
            TransportKind::Connect => "failed to connect to the API",
            TransportKind::Other => "the connection to the API failed",
        };
        // The message of the HTTP client itself is less specific than the kind.
        match self.source.source() {
            Some(cause) => write!(f, "{what}: {}", error_chain(cause)),
            None => write!(f, "{what}: {}", self.source),
        }
    }
}

impl std::error::Error for TransportError {}
