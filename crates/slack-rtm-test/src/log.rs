//! What the fake Slack saw: requests, connections, frames. Times are those of tokio's clock, which a test may have paused.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
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

/// A connection that a client made to the message server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dial {
    /// When it came.
    pub at: Instant,
    /// The connection's number, from 0 in the order in which they came.
    pub connection: u64,
    /// The ticket that it named.
    pub ticket: String,
    /// Whether the ticket was one of ours, not older than 30 seconds and not used before.
    pub valid: bool,
    /// When hello was said, if it was.
    pub greeted: Option<Instant>,
    /// When the connection ended, if it did: when the client left, or was dropped.
    pub ended: Option<Instant>,
}

/// A text frame that a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Frame {
    /// When it came.
    pub at: Instant,
    /// The number of the connection that it came over.
    pub connection: u64,
    /// Its text.
    pub text: String,
}

impl Frame {
    /// The frame as JSON; `null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The frame's `type`; empty without one.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// The frame as a type of slack-rtm-models, such as `MessageCommand`. `None` if it does not fit.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.text).ok()
    }
}
