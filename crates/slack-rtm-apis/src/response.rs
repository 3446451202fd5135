//! Responses with their status, headers and body.

use std::fmt;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::{ConfigError, header};

/// HTTP headers. They dereference to a [`HeaderMap`]; `Debug` prints only their names, since a value can be secret.
#[derive(Clone, Default)]
pub struct Headers(pub(crate) HeaderMap);

impl Headers {
    /// Returns the value of a header, if it is present and consists of visible ASCII characters.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    /// Adds a header for the WebSocket upgrade request and marks its value as sensitive.
    ///
    /// # Errors
    /// Returns an error if the header is malformed or reserved for the handshake, such as `Host` and `Sec-WebSocket-Protocol`.
    pub fn with_upgrade_header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let (name, value) = header::parse(name, value, header::RESERVED_FOR_UPGRADES)?;
        self.0.append(name, value);
        Ok(self)
    }

    /// Returns the time to wait according to `Retry-After`, if it is present and well formed: a number of seconds or an HTTP date. A date is compared with the
    /// `Date` header of the response, or with the system clock if there is none; a date in the past yields zero.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_seconds().or_else(|| {
            let until = httpdate::parse_http_date(self.text(RETRY_AFTER.as_str())?.trim()).ok()?;
            let date = self.text(DATE.as_str()).and_then(|text| httpdate::parse_http_date(text).ok());
            Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO))
        })
    }

    /// Returns the value of `Retry-After` in seconds, the only form that Slack's API uses.
    pub(crate) fn retry_seconds(&self) -> Option<Duration> {
        let text = self.text(RETRY_AFTER.as_str())?.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A value that overflows is saturated.
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

/// A typed response with its status, headers and body. [`Call::send_with_info`](crate::Call::send_with_info) returns it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The undecoded body. It can contain a WebSocket URL, which is a secret, so `Debug` prints only its length.
    pub body: Bytes,
    /// The typed response.
    pub value: T,
}

impl<T> Response<T> {
    /// Returns the typed response.
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

/// An undecoded response with any status, including refusals. [`Call::send_raw`](crate::Call::send_raw) returns it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The undecoded body. `Debug` prints only its length.
    pub body: Bytes,
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
