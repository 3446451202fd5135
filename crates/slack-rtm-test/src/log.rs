//! What the fake Slack saw: requests, connections, frames. Times are those of tokio's clock, which a test may have paused.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::multipart;

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
    /// The method of the Web API that is called, such as `users.info`: the last part of the path.
    #[must_use]
    pub fn api_method(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The arguments, from the query and from the form or the JSON object in the body. A value of a JSON object that is no string is given as JSON.
    #[must_use]
    pub fn arguments(&self) -> Vec<(String, String)> {
        let form = |text| form_urlencoded::parse(text).into_owned();
        let mut arguments: Vec<_> = form(self.query.as_bytes()).collect();
        if self.has_json() {
            let object: Map<String, Value> = serde_json::from_slice(&self.body).unwrap_or_default();
            let text = |value| match value {
                Value::String(text) => text,
                value => value.to_string(),
            };
            arguments.extend(object.into_iter().map(|(name, value)| (name, text(value))));
        } else {
            arguments.extend(form(&self.body));
        }
        arguments
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

    /// The token that the call is made with: in the header, or as an argument, as older clients send it.
    pub(crate) fn credential(&self) -> Option<String> {
        let argument = || self.argument("token").filter(|_| !self.has_json());
        self.token().map(str::to_owned).or_else(argument).filter(|token| !token.is_empty())
    }

    /// Whether the body says that it is JSON.
    pub(crate) fn has_json(&self) -> bool {
        self.content_type().to_ascii_lowercase().starts_with("application/json")
    }

    /// What the body says that it is; empty if it says nothing.
    pub(crate) fn content_type(&self) -> &str {
        let value = self.headers.get(http::header::CONTENT_TYPE);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The fields of a multipart body.
    pub(crate) fn parts(&self) -> Vec<(String, Bytes)> {
        multipart::parts(self.content_type(), &self.body)
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
    /// When the answer to the upgrade was about to be sent, if it was.
    pub answered: Option<Instant>,
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
