//! The logs of the fake Slack: requests, connections, frames. Times are those of tokio's clock, which a test may have paused.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::multipart;

/// An HTTP request.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use slack_rtm_test::FakeSlack;
/// # let slack = FakeSlack::start().await?;
/// # let client = slack_rtm::Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
/// client.rtm_connect().presence_sub(true).send().await?;
///
/// let request = &slack.requests()[0];
/// assert_eq!(request.api_method(), "rtm.connect");
/// assert_eq!(request.token(), Some("xoxb-test"));
/// assert_eq!(request.argument("presence_sub").as_deref(), Some("1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The time of arrival.
    pub at: Instant,
    /// The HTTP method.
    pub method: Method,
    /// The path, such as `/api/rtm.connect`.
    pub path: String,
    /// The query, still encoded; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// Returns the method of the Web API that is called, such as `users.info`: the last segment of the path.
    #[must_use]
    pub fn api_method(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the arguments of the query and of the form or the JSON object in the body. Values in a JSON object that are not strings are returned as JSON.
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

    /// Returns the value of an argument.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<String> {
        self.arguments().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns the token in the `Authorization` header.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }

    /// Returns the token of the call, from the header or, for older clients, from the arguments.
    pub(crate) fn credential(&self) -> Option<String> {
        let argument = || self.argument("token").filter(|_| !self.has_json());
        self.token().map(str::to_owned).or_else(argument).filter(|token| !token.is_empty())
    }

    /// Returns whether the content type is JSON.
    pub(crate) fn has_json(&self) -> bool {
        self.content_type().to_ascii_lowercase().starts_with("application/json")
    }

    /// Returns the content type of the body; empty if there is none.
    pub(crate) fn content_type(&self) -> &str {
        let value = self.headers.get(http::header::CONTENT_TYPE);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the fields of a multipart body.
    pub(crate) fn parts(&self) -> Vec<(String, Bytes)> {
        multipart::parts(self.content_type(), &self.body)
    }
}

/// A connection that a client made to the message server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dial {
    /// The time of arrival.
    pub at: Instant,
    /// The number of the connection, from 0 in the order of arrival.
    pub connection: u64,
    /// The ticket in its address.
    pub ticket: String,
    /// Whether the ticket was valid: issued by this server less than 30 seconds ago, and not used before.
    pub valid: bool,
    /// The time of the answer to the upgrade, if there was one.
    pub answered: Option<Instant>,
    /// The time of hello, if it was sent.
    pub greeted: Option<Instant>,
    /// The time at which the connection ended, if it has.
    pub ended: Option<Instant>,
}

/// A text frame that a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Frame {
    /// The time of arrival.
    pub at: Instant,
    /// The number of the connection over which it arrived.
    pub connection: u64,
    /// The text of the frame.
    pub text: String,
}

impl Frame {
    /// Returns the frame as JSON, or `null` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Returns the frame's `type`; empty if it has none.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// Decodes the frame, for instance as a `MessageCommand`. `None` if it does not fit the type.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.text).ok()
    }
}
