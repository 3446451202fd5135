//! What the fake Slack was asked.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::form_urlencoded;

/// One HTTP request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// When it came.
    pub at: Instant,
    /// GET or POST.
    pub method: Method,
    /// The path, such as `/api/rtm.connect`.
    pub path: String,
    /// The query, still encoded; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// The arguments, from the query and from the form.
    #[must_use]
    pub fn arguments(&self) -> Vec<(String, String)> {
        [self.query.as_bytes(), &self.body]
            .into_iter()
            .flat_map(form_urlencoded::parse)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }

    /// The value of an argument.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<String> {
        self.arguments().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The token in the Authorization header.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }
}
