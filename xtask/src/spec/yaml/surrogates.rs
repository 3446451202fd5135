//! Joins surrogate pairs: JSON escapes a character beyond U+FFFF as two, `\ud83d\ude00`, which YAML escapes as one, `\U0001f600`.

use std::borrow::Cow;

/// Joins the surrogate pairs of a text if it is JSON. A lone surrogate becomes U+FFFD.
pub(super) fn join(text: &str) -> Cow<'_, str> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    if !is_json || !(text.contains("\\ud") || text.contains("\\uD")) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (escape, length) = match (half(rest), rest.get(6..).and_then(half)) {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (format!("\\U{code:08x}"), 12)
            }
            (Some(0xd800..=0xdfff), _) => ("\\ufffd".to_owned(), 6),
            // Any other escape is copied with the character after the backslash, which may be a backslash.
            _ => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (rest[..length].to_owned(), length)
            }
        };
        out.push_str(&escape);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns the code unit of a `\u` escape at the beginning of a text.
fn half(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}
