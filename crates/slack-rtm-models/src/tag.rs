//! Finds the `type` of a frame without decoding the rest.

use std::borrow::Cow;
use std::ops::Range;

use crate::cursor::Cursor;
use crate::lone_surrogates;

/// The outcome of a search for a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag<'a> {
    /// The tag is this string.
    Text(Cow<'a, str>),
    /// The object has no such key, or its value is not a string.
    None,
    /// The input is not a JSON object, as far as it was read.
    NotAnObject,
}

impl Tag<'_> {
    /// Returns the text, if there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None | Self::NotAnObject => None,
        }
    }
}

/// Finds the first value of a key at the top level of a JSON object.
///
/// The search is fast if the key comes first, as it does in nearly all of Slack's frames. Otherwise the members before it are skipped, not decoded. Only what is read
/// is checked; whether the whole is JSON shows when it is decoded.
pub(crate) fn find<'a>(json: &'a [u8], key: &str) -> Tag<'a> {
    leading(json, key).or_else(|| scan(json, key)).unwrap_or(Tag::NotAnObject)
}

/// Finds the same as [`find`] in JSON that is known to be UTF-8, which saves a check.
pub(crate) fn find_in_text<'a>(json: &'a str, key: &str) -> Tag<'a> {
    let leading = leading_range(json.as_bytes(), key).and_then(|range| json.get(range));
    leading.map_or_else(|| find(json.as_bytes(), key), |text| Tag::Text(text.into()))
}

/// Returns the tag if it comes first and needs no unescaping.
fn leading<'a>(json: &'a [u8], key: &str) -> Option<Tag<'a>> {
    let text = std::str::from_utf8(json.get(leading_range(json, key)?)?).ok()?;
    Some(Tag::Text(text.into()))
}

/// Returns the range of the tag's text if it comes first and is plain ASCII.
#[inline]
pub(crate) fn leading_range(json: &[u8], key: &str) -> Option<Range<usize>> {
    let text = json.strip_prefix(b"{\"")?.strip_prefix(key.as_bytes())?.strip_prefix(b"\":\"")?;
    let start = json.len() - text.len();
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"' && text[..end].is_ascii()).then_some(start..start + end)
}

/// Returns the JSON of the first value of a key at the top level of an object, if there is one.
pub(crate) fn value<'a>(json: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut cursor = seek(json, key)??;
    cursor.peek()?;
    let start = cursor.at;
    cursor.skip_value()?;
    json.get(start..cursor.at)
}

/// Finds a tag anywhere at the top level. Returns `None` if the bytes are not JSON.
fn scan<'a>(json: &'a [u8], key: &str) -> Option<Tag<'a>> {
    let Some(mut cursor) = seek(json, key)? else { return Some(Tag::None) };
    Some(match cursor.peek()? {
        b'"' => Tag::Text(unescape(cursor.string()?)?),
        _ => Tag::None,
    })
}

/// Moves to the first value of a key. Returns `None` if the bytes are not JSON, and `Some(None)` if the object has no such key.
fn seek<'a>(json: &'a [u8], key: &str) -> Option<Option<Cursor<'a>>> {
    let mut cursor = Cursor::new(json);
    cursor.expect(b'{')?;
    if cursor.peek()? == b'}' {
        return Some(None);
    }
    loop {
        let found = cursor.string()?;
        cursor.expect(b':')?;
        if is(found, key) {
            return Some(Some(cursor));
        }
        cursor.skip_value()?;
        match cursor.next()? {
            b',' => {}
            b'}' => return Some(None),
            _ => return None,
        }
    }
}

/// Returns whether the content of a JSON string, with its escapes, means this text.
fn is(found: &[u8], text: &str) -> bool {
    found == text.as_bytes() || (found.contains(&b'\\') && unescape(found).is_some_and(|found| found == text))
}

/// Returns the text that the content of a JSON string, with its escapes, means.
pub(crate) fn unescape(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.contains(&b'\\') {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let quoted = [b"\"", text, b"\""].concat();
    let quoted = lone_surrogates::replace(&quoted).unwrap_or(quoted);
    serde_json::from_slice(&quoted).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(json: &str) -> Option<String> {
        match find(json.as_bytes(), "type") {
            Tag::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    #[test]
    fn it_is_found_wherever_it_is() {
        for json in [
            r#"{"type":"a"}"#,
            " {\n\t\"type\" : \"a\" , \"x\":1}",
            r#"{"x":{"type":"b"},"y":[{"type":"c"}],"z":"\"type\":\"d\"","type":"a"}"#,
            r#"{"x":-1.5e3,"y":null,"type":"a"}"#,
            r#"{"ty\u0070e":"\u0061"}"#,
            r#"{"type":"a","type":"b"}"#,
            r#"{"x":"}]\\","":{},"type":"a""#,
        ] {
            assert_eq!(text(json).as_deref(), Some("a"), "{json}");
        }
    }

    #[test]
    fn what_has_none_is_told_from_what_is_no_object() {
        for json in
            ["{}", r#"{"x":1}"#, r#"{"type":1}"#, r#"{"type":null,"type":"a"}"#, r#"{"x":{"type":"a"}}"#]
        {
            assert_eq!(find(json.as_bytes(), "type"), Tag::None, "{json}");
        }
        for json in ["", "[]", "1", "\"type\"", "{", r#"{"type"#, r#"{"type":"a"#, r#"{"type":"\"#, "{x:1}"] {
            assert_eq!(find(json.as_bytes(), "type"), Tag::NotAnObject, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = find(&bytes, "type");
            let text = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(find_in_text(&text, "type"), find(text.as_bytes(), "type"));
        }

        #[test]
        fn near_json_does_no_harm(json in r#"[{}\[\]",:\\typeu0 1]{0,60}"#) {
            prop_assert_eq!(find_in_text(&json, "type"), find(json.as_bytes(), "type"));
        }

        #[test]
        fn it_agrees_with_a_full_parse(before in "\\PC*", value in "\\PC*", number in any::<f64>()) {
            let json = serde_json::json!({ "before": [before, number, { "type": "inner" }], "type": value }).to_string();
            prop_assert_eq!(text(&json), Some(value));
        }
    }
}
