//! Decoding that does not lose a frame over one odd optional field.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{DecodeError, decode};

/// How many fields may be odd before the frame is given up.
const MAX_REPAIRS: usize = 32;

/// Decodes; where a field's value has an unexpected shape, takes the smallest part away without which the rest decodes. That is the value itself where it is
/// optional, else the nearest optional thing around it. What is required stays required.
///
/// Only frames that do not decode as they are pay for it.
pub(crate) fn decode_repairing<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    decode(json).or_else(|error| {
        if !error.is_json() {
            return Err(error);
        }
        repair(json).ok_or(error)
    })
}

fn repair<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    let mut tree: Value = serde_json::from_slice(json).ok()?;
    let mut removed: Vec<Vec<Step>> = Vec::new();
    for _ in 0..MAX_REPAIRS {
        // From text again: parts that are kept as text can only be read from text.
        let text = serde_json::to_vec(&tree).ok()?;
        let mut deserializer = serde_json::Deserializer::from_slice(&text);
        match serde_path_to_error::deserialize(&mut deserializer) {
            Ok(value) => return Some(value),
            Err(error) => {
                let mut path = steps(error.path());
                // A value that is gone is missed where it was required: then what holds it has to go.
                while removed.contains(&path) || !take(&mut tree, &path) {
                    path.pop()?;
                }
                if path.is_empty() {
                    return None;
                }
                removed.push(path);
            }
        }
    }
    None
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

fn steps(path: &serde_path_to_error::Path) -> Vec<Step> {
    path.iter()
        .filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(Step::Key(key.clone())),
            serde_path_to_error::Segment::Seq { index } => Some(Step::Index(*index)),
            _ => None,
        })
        .collect()
}

/// Takes away the member of an object that a path leads to. An item of an array is not taken: that would change what the others mean.
fn take(tree: &mut Value, path: &[Step]) -> bool {
    let Some((Step::Key(last), parents)) = path.split_last() else { return false };
    let parent = parents.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.get_mut(index),
    });
    parent.and_then(Value::as_object_mut).is_some_and(|object| object.remove(last).is_some())
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
        decode_repairing(json.as_bytes())
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
    fn what_is_required_stays_required() {
        for json in [r#"{"id":7}"#, r#"{"id":null,"note":7}"#, r#"{"note":"n"}"#, r#"{"id":"a""#, "[]", "7"] {
            assert!(read(json).is_err(), "{json}");
        }
        assert_eq!(read(r#"{"id":7}"#).unwrap_err().path(), "id");
    }
}
