//! Answers, with what came beside them.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{Error, Operation, body};

/// The headers of an answer. They read as a [`HeaderMap`]; printed are only their names, since a value may be secret.
#[derive(Clone, Default)]
pub struct Headers(pub(crate) HeaderMap);

impl Headers {
    /// A header's value, if there is one that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl Deref for Headers {
    type Target = HeaderMap;

    fn deref(&self) -> &HeaderMap {
        &self.0
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(http::HeaderName::as_str)).finish()
    }
}

/// A typed answer with everything that came beside it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The body as it came. It may hold a session's address, which is secret, so it is not printed.
    pub body: Bytes,
    /// The typed answer.
    pub value: T,
}

impl<T> Response<T> {
    /// What Slack warns of, by code: from `warning` and from `response_metadata.warnings`, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        body::warnings(&self.body)
    }

    /// The typed answer alone.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("value", &self.value)
            .finish()
    }
}

/// An answer that nothing was decoded of. Any status is one, also that of a refusal.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The body as it came, not printed.
    pub body: Bytes,
}

impl RawResponse {
    /// Reads it as the answer of an operation, the way [`Call::send`](crate::Call::send) does.
    ///
    /// # Errors
    /// If Slack refused the call, or the body is no answer.
    pub fn decode<O: Operation>(self) -> Result<Response<O::Answer>, Error<O::Refusal>> {
        body::interpret::<O>(self)
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
