//! Decodes JSON, with errors that name the place and the problem but quote no value.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;

use crate::error_path;

/// Decodes one JSON value of a known type: a response of the API, or a part of a frame.
///
/// To decode a frame, prefer `Event` or `RawEvent`: they check the frame's type, and a malformed optional field does not make them fail.
///
/// # Errors
/// Returns an error if the bytes are not JSON, which includes bytes that are not UTF-8, or are JSON of another shape. The error names the place and the path, never a value.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    // Checking the whole for UTF-8 costs a fraction of checking each string.
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text).map_err(|error| DecodeError::located(bytes, &error)),
        // `serde_json::from_slice` would report the same errors, but would be compiled for every type a second time.
        Err(_) => Err(DecodeError::not_text(bytes)),
    }
}

/// An error from decoding JSON. It quotes no value, so it is safe to log.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError {
    message: String,
    path: String,
    line: usize,
    column: usize,
    is_json: bool,
}

impl DecodeError {
    /// Converts an error of `serde_json`, and adds the path of the value in which it occurred.
    #[cold]
    pub(crate) fn located(json: &[u8], error: &serde_json::Error) -> Self {
        Self { path: bounded(error_path::path(&error_path::locate(json, error))), ..Self::from_json(error) }
    }

    /// Does the same for bytes that are known to be valid JSON.
    #[cold]
    pub(crate) fn located_in_json(json: &[u8], error: &serde_json::Error) -> Self {
        Self { is_json: true, ..Self::located(json, error) }
    }

    pub(crate) fn from_json(error: &serde_json::Error) -> Self {
        Self {
            message: without_values(&error.to_string()),
            path: ".".to_owned(),
            line: error.line(),
            column: error.column(),
            is_json: error.classify() == Category::Data,
        }
    }

    /// Creates the error for bytes that are not UTF-8.
    #[cold]
    pub(crate) fn not_text(json: &[u8]) -> Self {
        match serde_json::from_slice::<&serde_json::value::RawValue>(json) {
            Err(error) => Self::located(json, &error),
            Ok(_) => Self { is_json: false, ..Self::of_the_whole("invalid UTF-8".to_owned()) },
        }
    }

    pub(crate) fn not_an_object() -> Self {
        Self::of_the_whole("expected an object".to_owned())
    }

    pub(crate) fn no_reply() -> Self {
        Self::of_the_whole("expected `ok`, true or false".to_owned())
    }

    pub(crate) fn no_known_tag(tag: &str) -> Self {
        Self::of_the_whole(format!("expected an object with a known `{tag}`"))
    }

    pub(crate) fn another_type(wanted: &str) -> Self {
        Self::of_the_whole(format!("expected a frame of type {wanted:?}"))
    }

    fn of_the_whole(message: String) -> Self {
        Self { message, path: ".".to_owned(), line: 0, column: 0, is_json: true }
    }

    /// Returns the path of the field that did not fit, such as `message.edited.ts`; `.` is the whole value.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the description of the problem, which quotes no value.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the line, counted from 1; 0 if it is unknown.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column, counted from 1; 0 if it is unknown.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns whether the input was valid JSON, as far as it was read, so that only its shape was unexpected.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.is_json
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.path != "." {
            write!(f, " at `{}`", self.path)?;
        }
        if self.line > 0 { write!(f, ", line {} column {}", self.line, self.column) } else { Ok(()) }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {}

/// Truncates a path, which may contain arbitrarily long keys of the input.
fn bounded(mut path: String) -> String {
    const LIMIT: usize = 200;
    if path.len() > LIMIT {
        let end = (0..=LIMIT).rev().find(|end| path.is_char_boundary(*end)).unwrap_or(0);
        path.truncate(end);
        path.push('…');
    }
    path
}

/// Replaces the values that serde quotes by their kind, and removes the position that `serde_json` appends.
fn without_values(message: &str) -> String {
    let message = message.rfind(" at line ").map_or(message, |end| &message[..end]);
    for (start, wanted) in [
        ("invalid type: ", ", expected "),
        ("invalid value: ", ", expected "),
        ("invalid length ", ", expected "),
    ] {
        if let Some(rest) = message.strip_prefix(start)
            && let Some(end) = rest.rfind(wanted)
        {
            let met = &rest[..end];
            let kind = met.find(['"', '`']).map_or(met, |quote| &met[..quote]).trim_end();
            return format!("{start}{kind}{}", &rest[end..]);
        }
    }
    // These name fields of our own types; anything else that has quotes in it may quote the input.
    if message.starts_with("missing field ")
        || message.starts_with("duplicate field ")
        || !message.contains(['"', '`'])
    {
        message.to_owned()
    } else {
        "a value that does not fit".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        count: u8,
        flag: bool,
    }

    fn message(json: &str) -> String {
        decode::<Outer>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn the_path_and_the_place_are_told() {
        assert_eq!(
            message(r#"{"inner":[{"count":1,"flag":true},{"count":"x","flag":true}]}"#),
            "invalid type: string, expected u8 at `inner[1].count`, line 1 column 46"
        );
        assert_eq!(
            message(r#"{"inner":[{"count":1}]}"#),
            "missing field `flag` at `inner[0]`, line 1 column 21"
        );
        assert_eq!(message("{}\n\n  x"), "missing field `inner`, line 1 column 2");
        assert_eq!(message(r#"{"inner":[],"inner":[]}"#), "duplicate field `inner`, line 1 column 19");
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        for json in ["", "<html>", r#"{"inner":["#, r#"{"inner":[]} x"#, "\0"] {
            let error = decode::<Outer>(json.as_bytes()).unwrap_err();
            assert!(!error.is_json(), "{json} {error}");
        }
        assert!(decode::<Outer>(b"null").unwrap_err().is_json());
    }

    #[test]
    fn what_is_not_utf_8_is_no_json_wherever_it_is() {
        for json in [&b"{\"inner\":[],\"x\":\"\xff\"}"[..], b"{\"inner\":\"\xff\"}", b"\xff{\"inner\":[]}"] {
            let error = decode::<Outer>(json).unwrap_err();
            assert!(!error.is_json(), "{error}");
        }
    }

    #[test]
    fn no_value_is_quoted() {
        for json in [
            r#"{"inner":"SECRET"}"#,
            r#"{"inner":[{"count":"SE`CR\"ET, expected x","flag":true}]}"#,
            r#"{"inner":[{"count":31337,"flag":true}]}"#,
            r#""SECRET""#,
        ] {
            let error = decode::<Outer>(json.as_bytes()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("SE") && !shown.contains("31337"), "{shown}");
        }
    }

    #[test]
    fn a_path_is_bounded() {
        let key = "é".repeat(500);
        let json = format!(r#"{{"{key}":{{"x":1}}}}"#);
        let error = decode::<std::collections::HashMap<String, u8>>(json.as_bytes()).unwrap_err();
        assert!(error.path().len() < 210, "{}", error.path().len());
    }
}
