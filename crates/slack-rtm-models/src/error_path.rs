//! Finds the path of the value in which decoding stopped.
//!
//! A deserializer that keeps track of its path, such as `serde_path_to_error`, would have to be compiled for every type a second time. The offset at which
//! `serde_json` stopped is enough to find the path, and only failures pay for the search.

use std::fmt::Write as _;
use std::ops::Range;

use crate::cursor::Cursor;
use crate::tag::unescape;

/// The maximum depth of the search. `serde_json` goes no deeper, and each level scans everything in it.
const MAX_DEPTH: usize = 128;

/// One step of the path from the whole to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    name: Name,
    /// The byte range of the value.
    pub(crate) span: Range<usize>,
}

/// The name of a value within its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    /// The key of an object's member.
    Key(Box<str>),
    /// The index of an array's item.
    Index(usize),
}

impl Step {
    /// Returns whether the value is a member of an object.
    pub(crate) fn is_member(&self) -> bool {
        matches!(self.name, Name::Key(_))
    }
}

/// Returns the path to the value in which an error of `serde_json` arose.
pub(crate) fn locate(json: &[u8], error: &serde_json::Error) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(offset) = offset(json, error) {
        // An array that was not expected is noticed where its first item begins.
        let array_itself = error.to_string().starts_with("invalid type: sequence");
        // `None` means that the JSON is broken further on. The steps found before that are still right.
        let _: Option<()> = descend(Cursor::new(json), offset, array_itself, &mut steps);
    }
    steps
}

/// Formats a path, as in `message.files[0].id`; `.` stands for the whole.
pub(crate) fn path(steps: &[Step]) -> String {
    if steps.is_empty() {
        return ".".to_owned();
    }
    steps.iter().fold(String::new(), |mut path, step| {
        let _: std::fmt::Result = match &step.name {
            Name::Key(key) if path.is_empty() => write!(path, "{key}"),
            Name::Key(key) => write!(path, ".{key}"),
            Name::Index(index) => write!(path, "[{index}]"),
        };
        path
    })
}

/// Returns how many bytes had been read when the error arose.
fn offset(json: &[u8], error: &serde_json::Error) -> Option<usize> {
    let line = error.line().checked_sub(1)?;
    let start = match line.checked_sub(1) {
        None => 0,
        Some(nth) => memchr::memchr_iter(b'\n', json).nth(nth)? + 1,
    };
    Some(start + error.column())
}

fn descend(mut cursor: Cursor<'_>, offset: usize, array_itself: bool, steps: &mut Vec<Step>) -> Option<()> {
    while steps.len() < MAX_DEPTH {
        let is_object = match cursor.next()? {
            b'{' => true,
            b'[' => false,
            _ => return Some(()),
        };
        let mut index = 0;
        loop {
            let name = if is_object {
                let key = cursor.string()?;
                cursor.expect(b':')?;
                Name::Key(unescape(key).unwrap_or_else(|| String::from_utf8_lossy(key)).into())
            } else {
                Name::Index(index)
            };
            let first = cursor.peek()?;
            let value = cursor;
            // If the value does not end, the rest of the input belongs to it.
            let ends = cursor.skip_value().is_some();
            if offset < value.at || (!is_object && array_itself && offset == value.at && first != b'[') {
                return Some(());
            }
            if offset <= cursor.at || !ends {
                steps.push(Step { name, span: value.at..cursor.at });
                cursor = value;
                break;
            }
            match cursor.next()? {
                b',' => index += 1,
                _ => return Some(()),
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::decode::decode;
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    /// A bit of all that occurs in the generated types.
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Node {
        id: String,
        count: Option<u8>,
        inner: Option<Box<Node>>,
        list: Option<Vec<Node>>,
        map: Option<std::collections::HashMap<String, bool>>,
        grid: Option<Vec<Vec<u8>>>,
        lenient: Option<crate::Team>,
    }

    fn reference(json: &str) -> Option<String> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize::<_, Node>(&mut deserializer)
            .err()
            .map(|error| error.path().to_string())
    }

    fn ours(json: &str) -> Option<String> {
        decode::<Node>(json.as_bytes()).err().map(|error| error.path().to_owned())
    }

    #[test]
    fn it_is_where_a_tracking_deserializer_says() {
        for json in [
            r#"{"id":7}"#,
            r#"{"count":1}"#,
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","inner":{"id":"a","list":[{"id":"a"},{"id":"a","count":"x"}]}}"#,
            r#"{"id":"a","list":[{"id":"a"},{"count":1}]}"#,
            r#"{"id":"a","list":[[1]]}"#,
            r#"{"id":"a","list":[{"id":[1]}]}"#,
            r#"{"id":"a","list":[{"id":{"x":1}}]}"#,
            r#"{"id":"a","list":{"a":1}}"#,
            r#"{"id":"a","map":{"x":true,"y":[]}}"#,
            r#"{"id":"a","grid":[[1,2],[3,300]]}"#,
            r#"{"id":"a","grid":[[1,2],3]}"#,
            r#"{"id":"a","inner":[]}"#,
            "{\n \"id\" : \"a\",\n\n \"inner\" : { \"id\" :\n null } }",
            r#"{"id":"\ud800"}"#,
            r#"{"id":"a","count":1e999}"#,
            "[]",
            "7",
        ] {
            assert_eq!(ours(json), reference(json), "{json}");
            assert!(ours(json).is_some(), "{json}");
        }
    }

    #[test]
    fn adapters_do_not_blur_it() {
        let at = |json: &str| ours(json).unwrap();
        assert_eq!(at(r#"{"id":"a","lenient":{"id":"T1","name":[{}]}}"#), "lenient.name");
        assert_eq!(at(r#"{"id":"a","lenient":{"id":null}}"#), "lenient.id");
        assert_eq!(at(r#"{"id":"a","lenient":{"name":"x"}}"#), "lenient");
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            Just(json!(true)),
            (0..400).prop_map(|n| json!(n)),
            Just(json!("x")),
            Just(json!({ "id": "a" })),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof!["id", "count", "inner", "list", "map", "grid", "other"];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
                proptest::collection::hash_map(key, inner, 0..4).prop_map(|members| {
                    let mut object: serde_json::Map<_, _> = members.into_iter().collect();
                    object.entry("id").or_insert_with(|| json!("a"));
                    object.into()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_tracking_deserializer(json in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&json).unwrap() } else { json.to_string() };
            prop_assert_eq!(ours(&text), reference(&text), "{}", text);
        }

        #[test]
        fn broken_json_does_no_harm(json in r#"\{"(id|inner|list)":[{}\[\]",:\\a0 1\n]{0,40}"#) {
            let _ = ours(&json);
        }
    }
}
