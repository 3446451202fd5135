//! Decodes frames whose optional fields are malformed.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::value::RawValue;

use crate::error_path::locate;
use crate::{DecodeError, lone_surrogates};

/// The number of values that are mended one by one, each by decoding the whole again. After that, the outermost optional part around a malformed value is removed.
const MAX_MENDED: usize = 100;
/// The number of such parts that may be removed before decoding fails: more than any frame has at its top level.
const MAX_CUT: usize = 200;

/// Decodes a text leniently.
///
/// A number or a boolean where a text was expected becomes its text. A value of another unexpected shape becomes `null`, together with the smallest part around it
/// without which the rest decodes: the value itself if it is optional, or else the nearest optional part around it. Required fields stay required.
///
/// Only frames that do not decode as they are pay for it.
pub(crate) fn decode_text<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    decode_seed(json, PhantomData)
}

/// Decodes a text as [`decode_text`] does, with a seed.
pub(crate) fn decode_seed<T, S>(json: &str, seed: S) -> Result<T, DecodeError>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + Copy,
{
    match read(json, seed) {
        Ok(value) => Ok(value),
        Err(error) => {
            let repaired = repair(json, &error, &|json| read(json, seed).err())?;
            read(&repaired, seed).map_err(|_| DecodeError::located_in_json(json.as_bytes(), &error))
        }
    }
}

fn read<'de, S: DeserializeSeed<'de>>(json: &'de str, seed: S) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Returns why a text does not decode as a type. The repair is compiled once, and not for each type.
type Check<'a> = &'a dyn Fn(&str) -> Option<serde_json::Error>;

/// Decodes bytes as [`decode_text`] does. Checking the whole for UTF-8 is cheaper than checking each string.
pub(crate) fn decode_bytes<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    simdutf8::basic::from_utf8(json).map_or_else(|_| Err(DecodeError::not_text(json)), decode_text)
}

#[cold]
#[inline(never)]
fn repair(json: &str, error: &serde_json::Error, check: Check<'_>) -> Result<String, DecodeError> {
    // A union inside the text decodes its part again with each attempt. If it repaired its part as well, the number of attempts would multiply with the depth.
    let Some(_mending) = Mending::begin() else {
        return Err(DecodeError::located_in_json(json.as_bytes(), error));
    };
    // Check only the grammar: `serde_json` accepts nearly anything grammatical in parts that are skipped or kept as text.
    if serde_json::from_str::<&RawValue>(json).is_err() {
        return Err(DecodeError::located(json.as_bytes(), error));
    }
    Repair(json.to_owned()).repair(check).ok_or_else(|| DecodeError::located_in_json(json.as_bytes(), error))
}

/// A guard that marks the one repair of this thread.
struct Mending(());

impl Mending {
    fn begin() -> Option<Self> {
        (!MENDING.replace(true)).then_some(Self(()))
    }
}

impl Drop for Mending {
    fn drop(&mut self) {
        MENDING.set(false);
    }
}

thread_local! {
    static MENDING: Cell<bool> = const { Cell::new(false) };
}

/// A text under repair.
struct Repair(String);

impl Repair {
    fn repair(mut self, check: Check<'_>) -> Option<String> {
        for done in 0..MAX_MENDED + MAX_CUT {
            match check(&self.0) {
                None => return Some(self.0),
                Some(error) => self.mend(&error, done >= MAX_MENDED)?,
            }
        }
        None
    }

    /// Mends or removes the value that an error is about; if `wide`, removes the outermost part around it. Returns `None` if that cannot help.
    fn mend(&mut self, error: &serde_json::Error, wide: bool) -> Option<()> {
        if error.is_syntax()
            && let Some(whole) = lone_surrogates::replace(self.0.as_bytes())
        {
            self.0 = String::from_utf8(whole).ok()?;
            return Some(());
        }
        let mut way = locate(self.0.as_bytes(), error);
        let span = way.last()?.span.clone();
        if error.to_string().contains(EXPECTED_TEXT) && is_plain(self.0.get(span.clone())?) {
            self.0.insert(span.end, '"');
            self.0.insert(span.start, '"');
            return Some(());
        }
        if wide {
            way.truncate(1);
        }
        // Never remove an item of an array, which would change the meaning of the others. A `null` that still fails is required by the value around it, so
        // remove that value.
        while !way.last()?.is_member() || self.0.get(way.last()?.span.clone())? == "null" {
            way.pop();
        }
        self.0.replace_range(way.last()?.span.clone(), "null");
        Some(())
    }
}

/// The end of the message with which `serde_json` says that it expected a string.
const EXPECTED_TEXT: &str = ", expected a string";

/// Returns whether a value is a number or a boolean.
fn is_plain(json: &str) -> bool {
    json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) || matches!(json, "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::structure;

    #[derive(PartialEq)]
    struct Outer {
        id: String,
        note: Option<String>,
        inner: Option<Inner>,
        list: Option<Vec<Inner>>,
    }

    #[derive(PartialEq)]
    struct Inner {
        count: u8,
        hint: Option<u8>,
    }

    structure! { by_parts Outer { required "id" id, optional "note" note, optional "inner" inner, optional "list" list, } }
    structure! { by_parts Inner { required "count" count, optional "hint" hint, } }

    fn read(json: &str) -> Result<Outer, DecodeError> {
        decode_text(json)
    }

    #[test]
    fn the_smallest_optional_part_goes() {
        let outer =
            read(r#"{"id":"a","note":[],"inner":{"count":1,"hint":"x"},"list":[{"count":1,"hint":[]}]}"#)
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
        assert_eq!(read(r#"{"id":"a","note":[],"note":{},"note":"y"}"#).unwrap().note.as_deref(), Some("y"));
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
        struct Frame {
            kept: crate::RawJson,
        }
        structure! { by_parts Frame { required "kept" kept, } }

        let json = r#"{"kept":{"z":1.0,"a":12345678901234567890123,"z":"\u0041"},"kept":[ 1.0 ]}"#;
        assert_eq!(decode_text::<Frame>(json).unwrap().kept.as_str(), "[ 1.0 ]");
    }

    #[test]
    fn what_is_required_stays_required() {
        for json in
            [r#"{"id":[7]}"#, r#"{"id":null,"note":[7]}"#, r#"{"note":"n"}"#, r#"{"id":"a""#, "[]", "7"]
        {
            assert!(read(json).is_err(), "{json}");
        }
        assert_eq!(read(r#"{"id":[]}"#).unwrap_err().path(), "id");
    }

    #[test]
    fn a_number_is_the_text_that_it_is_written_as() {
        for (json, note) in [
            (r#"{"id":"a","note":7}"#, "7"),
            (r#"{"id":"a","note": -1.50e3 }"#, "-1.50e3"),
            (r#"{"id":"a","note":12345678901234567890123}"#, "12345678901234567890123"),
            (r#"{"id":"a","note":true}"#, "true"),
        ] {
            assert_eq!(read(json).unwrap().note.as_deref(), Some(note), "{json}");
        }
    }

    #[test]
    fn any_number_of_odd_values_costs_no_frame() {
        for count in [MAX_MENDED - 1, MAX_MENDED, MAX_MENDED + 1, 5 * MAX_MENDED] {
            let items = vec![r#"{"count":1,"hint":"x"}"#; count].join(",");
            let outer = read(&format!(r#"{{"list":[{items}],"note":[],"id":"a"}}"#)).unwrap();
            assert_eq!((outer.id.as_str(), outer.list.is_some()), ("a", count <= MAX_MENDED), "{count}");
        }
    }
}
