//! Answers to HTTP requests.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

/// The answer to an HTTP request, well formed or not.
///
/// ```
/// use std::time::Duration;
/// use slack_rtm_test::Answer;
///
/// let slow = Answer::success().with_delay(Duration::from_secs(5));
/// let refused = Answer::refusal("invalid_auth");
/// let limited = Answer::rate_limited("30");
/// let proxy = Answer::html(502, "<h1>Bad Gateway</h1>").with_header("server", "proxy");
/// # let _ = (slow, refused, limited, proxy);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) delay: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Bytes(Bytes),
    /// The success of rtm.connect, created for each call because each address is new.
    Success,
}

impl Answer {
    /// Creates the default answer of rtm.connect: success with a new address.
    pub fn success() -> Self {
        Self { body: Body::Success, ..Self::json("") }
    }

    /// Creates an answer with any body, HTTP 200 and the content type of JSON.
    pub fn json(body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        )]);
        Self { status: StatusCode::OK, headers, body: Body::Bytes(body.into()), delay: Duration::ZERO }
    }

    /// Creates a refusal with this error code, and with HTTP 200, as Slack sends it.
    pub fn refusal(code: &str) -> Self {
        Self::json(json!({ "ok": false, "error": code }).to_string())
    }

    /// Creates a rate limit: HTTP 429 with this `Retry-After`, usually a number of seconds.
    pub fn rate_limited(retry_after: &str) -> Self {
        Self::refusal("ratelimited").with_status(429).with_header("retry-after", retry_after)
    }

    /// Creates an HTML page, as a proxy may send it.
    pub fn html(status: u16, page: &str) -> Self {
        Self::json(page.to_owned()).with_status(status).with_header("content-type", "text/html")
    }

    /// Creates a redirect to this location.
    pub fn redirect(location: &str) -> Self {
        Self::html(302, "").with_header("location", location)
    }

    /// Sets the HTTP status. An invalid one becomes 500.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self
    }

    /// Sets a header. An invalid one is ignored.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets the delay of the answer; the default is none.
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
