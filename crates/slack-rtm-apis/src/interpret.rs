//! The interpretation of responses as success, refusal or error. Slack also refuses calls with HTTP 200, so the body takes precedence over the status.

use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::{BodyExcerpt, Error};
use crate::generated::SERVICE;
use crate::{FromResponse as _, Operation, RawResponse, Refusal, Response};

/// The wait after a rate limit without a valid `Retry-After`, as in Slack's Python SDK.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The fields that the bodies of all methods share.
#[derive(Deserialize)]
struct Envelope<'a> {
    ok: Option<OkFlag>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// The lenient form of `ok`; the typed body validates it strictly.
#[derive(Deserialize)]
#[serde(untagged)]
enum OkFlag {
    Bool(bool),
    Number(u8),
    Text(String),
    Other(IgnoredAny),
}

impl Envelope<'_> {
    fn is_refusal(&self) -> bool {
        match &self.ok {
            Some(OkFlag::Bool(value)) => !value,
            Some(OkFlag::Number(value)) => *value == 0,
            Some(OkFlag::Text(value)) => value == "0" || value == "false",
            _ => false,
        }
    }

    /// Returns the error code. It is empty if missing or not a string, which decoding the typed refusal reports.
    fn code(&self) -> String {
        self.error.and_then(|error| serde_json::from_str(error.get()).ok()).unwrap_or_default()
    }
}

impl RawResponse {
    /// Decodes the response of an operation like [`Call::send`](crate::Call::send).
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm_apis::rtm_api::RtmConnect;
    ///
    /// let raw = client.rtm_connect().send_raw().await?;
    /// println!("HTTP {} with {} bytes", raw.status, raw.body.len());
    /// let response = raw.decode::<RtmConnect>()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if Slack refused the call or the body cannot be decoded.
    pub fn decode<O: Operation>(self) -> Result<Response<O::Response>, Error<O::Refusal>> {
        interpret::<O>(self)
    }
}

impl<T> Response<T> {
    /// Returns the distinct warning codes from `warning` and `response_metadata.warnings`.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        warnings(&self.body)
    }
}

/// Decodes a response as success or error.
pub(crate) fn interpret<O: Operation>(raw: RawResponse) -> Result<Response<O::Response>, Error<O::Refusal>> {
    if !SERVICE.refuses_with_ok {
        return by_status::<O>(raw);
    }
    let RawResponse { status, headers, body } = raw;
    let limited =
        || Error::RateLimited { retry_after: headers.retry_seconds().unwrap_or(DEFAULT_RETRY_AFTER) };
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(limited());
    }
    let excerpt = || BodyExcerpt::new(&body, headers.text(header::CONTENT_TYPE.as_str()));
    let envelope: Option<Envelope<'_>> = serde_json::from_slice(&body).ok();
    if let Some(envelope) = envelope.filter(Envelope::is_refusal) {
        let code = envelope.code();
        // `rate_limited` is the spelling of chat.postMessage.
        if matches!(code.as_str(), "ratelimited" | "rate_limited") {
            return Err(limited());
        }
        let refusal: O::Refusal = O::Refusal::from_response(status, &body)
            .map_err(|source| Error::Decode { status, body: excerpt(), source })?;
        return Err(Error::Slack(Box::new(Refusal {
            status,
            is_fatal: O::is_fatal(&code, &refusal),
            is_transient: O::is_transient(&code, &refusal),
            code,
            body: refusal,
            is_by_status: false,
            retry_after: None,
        })));
    }
    if !status.is_success() {
        return Err(Error::Status { status, body: excerpt() });
    }
    match O::Response::from_response(status, &body) {
        Ok(value) => Ok(Response { status, headers, body, value }),
        Err(source) => Err(Error::Decode { status, body: excerpt(), source }),
    }
}

/// Decodes a response of a service that signals errors by status alone.
fn by_status<O: Operation>(raw: RawResponse) -> Result<Response<O::Response>, Error<O::Refusal>> {
    let RawResponse { status, headers, body } = raw;
    let excerpt = || BodyExcerpt::new(&body, headers.text(header::CONTENT_TYPE.as_str()));
    if status.is_success() {
        return match O::Response::from_response(status, &body) {
            Ok(value) => Ok(Response { status, headers, body, value }),
            Err(source) => Err(Error::Decode { status, body: excerpt(), source }),
        };
    }
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS;
    let retry_after = is_limit.then(|| headers.retry_seconds().unwrap_or(DEFAULT_RETRY_AFTER));
    match (O::Refusal::from_response(status, &body), retry_after) {
        (Ok(refusal), retry_after) => Err(Error::Slack(Box::new(Refusal {
            status,
            code: String::new(),
            body: refusal,
            is_fatal: false,
            is_transient: is_limit || status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
            is_by_status: true,
            retry_after,
        }))),
        (Err(_), Some(retry_after)) => Err(Error::RateLimited { retry_after }),
        (Err(_), None) => Err(Error::Status { status, body: excerpt() }),
    }
}

#[derive(Default, Deserialize)]
struct Warnings {
    warning: Option<String>,
    response_metadata: Option<Metadata>,
}

/// PHP writes an empty object as `[]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Metadata {
    Warnings {
        #[serde(default)]
        warnings: Vec<String>,
    },
    Other(IgnoredAny),
}

/// Returns the distinct warning codes in their order.
fn warnings(body: &Bytes) -> Vec<String> {
    let found: Warnings = serde_json::from_slice(body).unwrap_or_default();
    let joined = found.warning.unwrap_or_default();
    let listed = match found.response_metadata {
        Some(Metadata::Warnings { warnings }) => warnings,
        _ => Vec::new(),
    };
    let mut codes: Vec<String> = Vec::new();
    for code in joined.split(',').map(str::trim).chain(listed.iter().map(String::as_str)) {
        if !code.is_empty() && !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Get;

    impl Operation for Get {
        type Response = Vec<u8>;
        type Refusal = Vec<String>;

        const NAME: &'static str = "get";
        const PATH: &'static str = "/get";
        const METHOD: crate::Method = crate::Method::Get;

        fn encode(&self, _parameters: &mut crate::Parameters) {}
    }

    #[test]
    fn where_the_status_alone_says_it() {
        let read = |status: u16, body: &'static str| {
            let headers = http::HeaderMap::from_iter([(header::RETRY_AFTER, "7".parse().unwrap())]);
            let status = StatusCode::from_u16(status).unwrap();
            by_status::<Get>(RawResponse {
                status,
                headers: crate::Headers(headers),
                body: Bytes::from(body),
            })
        };
        assert_eq!(read(200, "[1]").unwrap().value, [1]);
        assert!(matches!(read(200, "{\"ok\":false}"), Err(Error::Decode { .. })));
        let refused = read(404, r#"["gone"]"#).unwrap_err();
        assert!(matches!(&refused, Error::Slack(refusal) if refusal.body == ["gone"]));
        assert!(!refused.is_transient() && !refused.is_fatal() && !refused.may_have_been_processed());
        assert_eq!(
            (refused.code(), refused.to_string().as_str()),
            (None, "Slack refused the call: HTTP 404 Not Found")
        );
        let limited = read(429, r#"["slow"]"#).unwrap_err();
        assert!(limited.is_rate_limited() && limited.is_transient());
        assert_eq!(limited.retry_after(), Some(Duration::from_secs(7)));
        assert!(matches!(read(429, "slow"), Err(Error::RateLimited { .. })));
        let broken = read(503, r#"["x"]"#).unwrap_err();
        assert!(broken.is_transient() && broken.may_have_been_processed() && broken.retry_after().is_none());
        assert!(matches!(read(500, "<html>"), Err(Error::Status { .. })));
    }

    #[test]
    fn warnings_are_gathered_from_both_places() {
        for (body, expected) in [
            (r#"{"warning":"a,b","response_metadata":{"warnings":["b","c"]}}"#, vec!["a", "b", "c"]),
            (r#"{"warning":"a","response_metadata":[]}"#, vec!["a"]),
            (r#"{"response_metadata":{"warnings":["c"]}}"#, vec!["c"]),
            (r#"{"ok":true}"#, vec![]),
            ("<html>", vec![]),
        ] {
            assert_eq!(warnings(&Bytes::from(body)), expected, "{body}");
        }
    }
}
