//! Replaces escaped lone surrogates. JSON's grammar permits them, but they are not valid Unicode; they occur when a text is cut within a surrogate pair.

use std::borrow::Cow;

const REPLACEMENT: &[u8] = b"\\ufffd";

/// Replaces every escaped lone surrogate with U+FFFD. Returns `None` if there is none.
pub(crate) fn replace(json: &[u8]) -> Option<Vec<u8>> {
    let mut out: Cow<'_, [u8]> = json.into();
    let mut at = 0;
    // The replacement is as long as what it replaces, so offsets stay valid.
    while let Some(found) = json.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        at += match (unit(json, at), unit(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.to_mut()[at..at + 6].copy_from_slice(REPLACEMENT);
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    match out {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    }
}

/// Returns the UTF-16 unit of the escape at an offset, if there is one.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_are_replaced_and_pairs_are_kept() {
        let fixed = |json: &str| replace(json.as_bytes()).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(fixed(r#""\ud83d""#).unwrap(), r#""\ufffd""#);
        assert_eq!(
            fixed(r#""\uDE00\ud83dx\ud83d\ud83d\ude00""#).unwrap(),
            r#""\ufffd\ufffdx\ufffd\ud83d\ude00""#
        );
        for json in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\u00e9\n""#, "", "\\", "\\u", "\\ud8"] {
            assert_eq!(fixed(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_is_left_is_text(json in r#"(\\u(d83d|de00|0041)|\\\\|x){0,20}"#) {
            let quoted = format!("\"{json}\"").into_bytes();
            let fixed = replace(&quoted).unwrap_or(quoted);
            prop_assert!(serde_json::from_slice::<String>(&fixed).is_ok());
        }
    }
}
