//! Finds the `type` of a frame without decoding the rest.

use std::borrow::Cow;
use std::ops::Range;

use crate::cursor::Cursor;
use crate::surrogate;

/// What a frame says of its own type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// No `type`, or one that is no string.
    None,
    /// No JSON object, as far as was read.
    NotAnObject,
}

impl Tag<'_> {
    /// The text, if there is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None | Self::NotAnObject => None,
        }
    }
}

/// Finds the first value of a key at the top level of a JSON object.
///
/// It costs nothing to speak of when the key comes first, as it does in nearly all of Slack's frames; else what stands before it is skipped, not decoded. Only
/// what is read is checked: whether the whole is JSON shows when it is decoded.
pub(crate) fn find<'a>(json: &'a [u8], key: &str) -> Tag<'a> {
    leading(json, key).or_else(|| scan(json, key)).unwrap_or(Tag::NotAnObject)
}

/// The tag where it comes first, with nothing to be skipped or unescaped.
fn leading<'a>(json: &'a [u8], key: &str) -> Option<Tag<'a>> {
    let text = std::str::from_utf8(&json[leading_range(json, key)?]).ok()?;
    Some(Tag::Text(Cow::Borrowed(text)))
}

/// Where the tag's text stands, if it comes first and is plain ASCII.
#[inline]
pub(crate) fn leading_range(json: &[u8], key: &str) -> Option<Range<usize>> {
    let text = json.strip_prefix(b"{\"")?.strip_prefix(key.as_bytes())?.strip_prefix(b"\":\"")?;
    let start = json.len() - text.len();
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"' && text[..end].is_ascii()).then_some(start..start + end)
}

/// The text of the first value of a key at the top level of a JSON object, if there is one.
pub(crate) fn value<'a>(json: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut cursor = seek(json, key)??;
    cursor.peek()?;
    let start = cursor.at;
    cursor.skip_value()?;
    json.get(start..cursor.at)
}

/// `None` where the bytes cannot be JSON.
fn scan<'a>(json: &'a [u8], key: &str) -> Option<Tag<'a>> {
    let Some(mut cursor) = seek(json, key)? else { return Some(Tag::None) };
    Some(match cursor.peek()? {
        b'"' => Tag::Text(unescape(cursor.string()?)?),
        _ => Tag::None,
    })
}

/// Goes to the first value of a key: `None` where the bytes cannot be JSON, `Some(None)` where the object has no such key.
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

/// Whether a string, as it stands in the JSON between its quotes, means this text.
fn is(found: &[u8], text: &str) -> bool {
    found == text.as_bytes() || (found.contains(&b'\\') && unescape(found).is_some_and(|found| found == text))
}

/// The text that a string, as it stands in the JSON between its quotes, means.
pub(crate) fn unescape(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.contains(&b'\\') {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let quoted = [b"\"", text, b"\""].concat();
    let quoted = surrogate::without_halves(&quoted).unwrap_or(quoted);
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
        }

        #[test]
        fn near_json_does_no_harm(json in r#"[{}\[\]",:\\typeu0 1]{0,60}"#) {
            let _ = find(json.as_bytes(), "type");
        }

        #[test]
        fn it_agrees_with_a_full_parse(before in "\\PC*", value in "\\PC*", number in any::<f64>()) {
            let json = serde_json::json!({ "before": [before, number, { "type": "inner" }], "type": value }).to_string();
            prop_assert_eq!(text(&json), Some(value));
        }
    }
}
