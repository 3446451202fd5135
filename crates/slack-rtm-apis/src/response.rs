//! Answers, with what came beside them.

use std::fmt;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::{ConfigError, Error, Operation, body, header};

/// Headers, such as those of an answer. They read as a [`HeaderMap`]; printed are only their names, since a value may be secret.
#[derive(Clone, Default)]
pub struct Headers(pub(crate) HeaderMap);

impl Headers {
    /// A header's value, if there is one that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    /// Adds a header for the upgrade to a WebSocket; its value is marked as sensitive.
    ///
    /// # Errors
    /// If it is malformed, or belongs to the handshake, such as `Host` and `Sec-WebSocket-Protocol`.
    pub fn with_upgrade_header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let (name, value) = header::parse(name, value, header::OF_UPGRADES)?;
        self.0.append(name, value);
        Ok(self)
    }

    /// Returns how long `Retry-After` asks to wait, if it is there and well-formed: whole seconds, or an HTTP date. A date is compared with the answer's own
    /// `Date`, and with this machine's clock only if there is none; one that has passed asks for no wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_seconds().or_else(|| {
            let until = httpdate::parse_http_date(self.text(RETRY_AFTER.as_str())?.trim()).ok()?;
            let date = self.text(DATE.as_str()).and_then(|text| httpdate::parse_http_date(text).ok());
            Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO))
        })
    }

    /// What `Retry-After` says in whole seconds: the one form that Slack's API uses.
    pub(crate) fn retry_seconds(&self) -> Option<Duration> {
        let text = self.text(RETRY_AFTER.as_str())?.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // There may be more digits than a number can have.
        is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
    }
}

impl From<HeaderMap> for Headers {
    fn from(headers: HeaderMap) -> Self {
        Self(headers)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        const DATE_TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (value, date, seconds) in [
            ("2", None, Some(2)),
            (" 7 ", None, Some(7)),
            ("0", None, Some(0)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(DATE_TEXT), Some(60)),
            ("Sunday, 06-Nov-94 09:49:37 GMT", Some(DATE_TEXT), Some(3_600)),
            ("Sun Nov  6 08:49:38 1994", Some(DATE_TEXT), Some(1)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(DATE_TEXT), Some(0)),
            (DATE_TEXT, None, Some(0)),
            ("soon", None, None),
            ("-1", None, None),
            ("1.5", None, None),
            ("", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            headers.extend(date.map(|date| (DATE, date.parse().unwrap())));
            assert_eq!(Headers(headers).retry_after().map(|wait| wait.as_secs()), seconds, "{value:?}");
        }
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let headers = HeaderMap::from_iter([(RETRY_AFTER, soon.parse().unwrap())]);
        let wait = Headers(headers).retry_after().unwrap();
        assert!(wait > Duration::from_secs(80) && wait <= Duration::from_secs(100), "{wait:?}");
        assert_eq!(Headers::default().retry_after(), None);
    }
}
