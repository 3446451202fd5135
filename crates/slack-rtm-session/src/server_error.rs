//! Errors that a message server sends over a connection, in the various shapes that occur.

use serde_json::Value;
use slack_rtm_apis::{is_fatal_code, is_transient_code};
use slack_rtm_models::{ErrorCode, RawEvent};

/// The maximum length of an error code, in characters.
const MAX_CODE: usize = 64;

/// The content of a frame `{"type":"error", ...}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ServerError {
    pub(crate) number: Option<i64>,
    pub(crate) message: Box<str>,
    /// The error code, if the frame names one that rtm.connect may return as well.
    pub(crate) code: Option<ErrorCode>,
}

impl ServerError {
    /// Reads the number, the text and the code of an error. The code may be in the place of the number, of the text, or of the whole error.
    pub(crate) fn read(event: &RawEvent) -> Self {
        let frame: Value = serde_json::from_slice(event.as_bytes()).unwrap_or_default();
        let error = &frame["error"];
        let number = [&error["code"], &frame["code"]].into_iter().find_map(number);
        let texts = || {
            [
                error,
                &error["msg"],
                &error["message"],
                &error["error"],
                &error["code"],
                &frame["msg"],
                &frame["code"],
            ]
            .into_iter()
            .filter_map(Value::as_str)
        };
        let words = texts().find(|text| text.parse::<i64>().is_err());
        Self { number, message: words.unwrap_or_default().into(), code: texts().find_map(refusal_code) }
    }

    /// Reads a frame without a type; returns the error if it is one, such as `{"ok":false,"error":"invalid_auth"}`.
    pub(crate) fn untyped(event: &RawEvent) -> Option<Self> {
        Some(Self::read(event)).filter(|error| error.code.is_some() || error.number.is_some())
    }
}

/// Reads a number, or a string of digits.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Returns the error code if the text is one: a known code, or lower-case words joined by `_`.
pub(crate) fn refusal_code(text: &str) -> Option<ErrorCode> {
    let text = text.trim();
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.is_empty() || text.len() > MAX_CODE || !text.bytes().all(is_word) {
        return None;
    }
    let is_known = is_fatal_code(text) || is_transient_code(text);
    let has_letters = text.bytes().any(|byte| byte.is_ascii_lowercase());
    (is_known || (has_letters && text.contains('_'))).then(|| ErrorCode::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_is_found_in_every_position() {
        for (json, number, name) in [
            (
                r#"{"type":"error","error":{"msg":"invalid_auth","code":401}}"#,
                Some(401),
                Some("invalid_auth"),
            ),
            (
                r#"{"type":"error","error":{"msg":"account_inactive","code":"403"}}"#,
                Some(403),
                Some("account_inactive"),
            ),
            (r#"{"type":"error","error":{"msg":"token_revoked"}}"#, None, Some("token_revoked")),
            (r#"{"type":"error","error":{"code":"token_expired"}}"#, None, Some("token_expired")),
            (
                r#"{"type":"error","error":{"code":"token_expired","msg":"It is too old."}}"#,
                None,
                Some("token_expired"),
            ),
            (r#"{"type":"error","error":{"error":"is_bot","code":1}}"#, Some(1), Some("is_bot")),
            (r#"{"type":"error","error":"invalid_auth"}"#, None, Some("invalid_auth")),
            (r#"{"type":"error","msg":"not_authed","code":401}"#, Some(401), Some("not_authed")),
            (r#"{"ok":false,"error":"accesslimited"}"#, None, Some("accesslimited")),
            (r#"{"type":"error","error":{"msg":"brand_new","code":7}}"#, Some(7), Some("brand_new")),
            (r#"{"type":"error","error":{"msg":"Socket URL has expired","code":1}}"#, Some(1), None),
            (r#"{"type":"error","error":{"msg":"expired","code":1}}"#, Some(1), None),
            (r#"{"type":"error","error":{"code":"1"}}"#, Some(1), None),
            (r#"{"type":"error","error":{"msg":"xoxb-1-secret","code":1}}"#, Some(1), None),
            (r#"{"type":"error","error":[]}"#, None, None),
            (r#"{"type":"error"}"#, None, None),
            ("", None, None),
        ] {
            let error = ServerError::read(&RawEvent::new(json));
            assert_eq!((error.number, error.code.as_ref().map(ErrorCode::as_str)), (number, name), "{json}");
        }
        let error =
            ServerError::read(&RawEvent::new(r#"{"type":"error","error":{"msg":"Old.","code":"1"}}"#));
        assert_eq!(&*error.message, "Old.");
    }
}
