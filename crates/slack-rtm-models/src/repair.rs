//! Decoding that does not lose a frame over one odd optional field.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::cursor::Cursor;
use crate::locate::{Name, Step, locate};
use crate::{DecodeError, surrogate, tag};

/// How many fields may be odd before the frame is given up.
const MAX_REPAIRS: usize = 100;

/// Decodes; where a field's value has an unexpected shape, reads `null` in the place of the smallest part without which the rest decodes. That is the value itself
/// where it is optional, else the nearest optional thing around it. What is required stays required.
///
/// Only frames that do not decode as they are pay for it.
pub(crate) fn decode_text<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    serde_json::from_str(json).or_else(|error| repair(json, &error))
}

/// Decodes bytes as [`decode_text`] does. One look at the whole is cheaper than one at every text in it.
pub(crate) fn decode_bytes<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    std::str::from_utf8(json).map_or_else(|_| Err(DecodeError::not_text(json)), decode_text)
}

#[cold]
#[inline(never)]
fn repair<T: DeserializeOwned>(json: &str, error: &serde_json::Error) -> Result<T, DecodeError> {
    // In parts that are kept as text, or are passed over, nearly anything goes that is grammatical. So it does here.
    if serde_json::from_str::<&RawValue>(json).is_err() {
        return Err(DecodeError::located(json.as_bytes(), error));
    }
    Patient { json: json.into(), nulled: Vec::new() }
        .repair()
        .ok_or_else(|| DecodeError::located_in_json(json.as_bytes(), error))
}

/// A text under repair.
struct Patient {
    json: Vec<u8>,
    nulled: Vec<Vec<Name>>,
}

impl Patient {
    fn repair<T: DeserializeOwned>(&mut self) -> Option<T> {
        for _ in 0..MAX_REPAIRS {
            match serde_json::from_slice(&self.json) {
                Ok(value) => return Some(value),
                Err(error) => self.mend(&error)?,
            }
        }
        None
    }

    /// Takes away what an error tells of; `None` if that is the whole.
    fn mend(&mut self, error: &serde_json::Error) -> Option<()> {
        if error.is_syntax()
            && let Some(whole) = surrogate::without_halves(&self.json)
        {
            self.json = whole;
            return Some(());
        }
        let way = locate(&self.json, error);
        let message = error.to_string();
        match message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next()) {
            Some(key) => self.keep_last(&way, key),
            None => self.null(way),
        }
    }

    /// Puts `null` in the place of a member of an object. An item of an array is left alone: without it, the others would mean something else.
    fn null(&mut self, mut way: Vec<Step>) -> Option<()> {
        // What is null already and still does not do is required by what holds it, so that has to go.
        while !way.last()?.is_member() || self.is_null(&way) {
            way.pop();
        }
        self.json.splice(way.last()?.span.clone(), *b"null");
        self.nulled.push(way.into_iter().map(|step| step.name).collect());
        Some(())
    }

    fn is_null(&self, way: &[Step]) -> bool {
        self.nulled.iter().any(|nulled| nulled.iter().eq(way.iter().map(|step| &step.name)))
    }

    /// Of a key that stands twice in an object, keeps the last, as most readers of JSON do.
    fn keep_last(&mut self, way: &[Step], key: &str) -> Option<()> {
        let mut cursor = Cursor::new(&self.json);
        cursor.at = way.last().map_or(0, |step| step.span.start);
        cursor.expect(b'{')?;
        let (mut last, mut superseded) = (None, Vec::new());
        loop {
            cursor.peek()?;
            let start = cursor.at;
            let found = cursor.string()?;
            cursor.expect(b':')?;
            cursor.skip_value()?;
            let is_end = cursor.next()? != b',';
            if tag::is(found, key) {
                superseded.extend(last.replace(start..cursor.at));
            }
            if is_end {
                break;
            }
        }
        if superseded.is_empty() {
            return None;
        }
        for member in superseded.into_iter().rev() {
            self.json.drain(member);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        id: String,
        note: Option<String>,
        inner: Option<Inner>,
        list: Option<Vec<Inner>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        count: u8,
        hint: Option<u8>,
    }

    fn read(json: &str) -> Result<Outer, DecodeError> {
        decode_text(json)
    }

    #[test]
    fn the_smallest_optional_part_goes() {
        let outer =
            read(r#"{"id":"a","note":7,"inner":{"count":1,"hint":"x"},"list":[{"count":1,"hint":[]}]}"#)
                .unwrap();
        assert_eq!(outer.note, None);
        assert_eq!(outer.inner, Some(Inner { count: 1, hint: None }));
        assert_eq!(outer.list, Some(vec![Inner { count: 1, hint: None }]));
    }

    #[test]
    fn what_needs_the_value_goes_with_it() {
        let outer = read(r#"{"id":"a","note":"n","inner":{"count":"x"},"list":[{"count":1},{"count":999}]}"#)
            .unwrap();
        assert_eq!((outer.note.as_deref(), outer.inner, outer.list), (Some("n"), None, None));
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        assert_eq!(read(r#"{"id":"a","id":"b","note":"x","note":"y"}"#).unwrap().note.as_deref(), Some("y"));
    }

    #[test]
    fn what_is_grammatical_will_do() {
        let outer = read(r#"{"id":"\ud83d","note":7,"inner":{"count":1,"hint":1e999},"x":[1e999]}"#).unwrap();
        assert_eq!((outer.id.as_str(), outer.inner), ("\u{fffd}", Some(Inner { count: 1, hint: None })));
        let deep = format!(r#"{{"id":"a","note":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
        assert_eq!(read(&deep).unwrap().note, None);
    }

    #[test]
    fn what_is_kept_is_kept_to_the_letter() {
        #[derive(Deserialize)]
        struct Frame {
            kept: crate::RawJson,
        }
        let json = r#"{"kept":{"z":1.0,"a":12345678901234567890123,"z":"\u0041"},"kept":[ 1.0 ]}"#;
        assert_eq!(decode_text::<Frame>(json).unwrap().kept.as_str(), "[ 1.0 ]");
    }

    #[test]
    fn what_is_required_stays_required() {
        for json in [r#"{"id":7}"#, r#"{"id":null,"note":7}"#, r#"{"note":"n"}"#, r#"{"id":"a""#, "[]", "7"] {
            assert!(read(json).is_err(), "{json}");
        }
        assert_eq!(read(r#"{"id":7}"#).unwrap_err().path(), "id");
    }
}
