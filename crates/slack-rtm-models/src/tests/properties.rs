//! What holds for any frame at all.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::leniency::as_value;
use crate::generated::examples::EXAMPLES;
use crate::{Command, Event, Message, RawEvent, Reply};

/// Any JSON value, with the keys that frames have.
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let key = prop_oneof!["[a-z_]{0,8}", Just("id".to_owned()), Just("type".to_owned()), ".{0,4}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A frame of the spec in which one thing, at whatever depth, is another.
fn mutated() -> impl Strategy<Value = (Value, Value)> {
    mutated_from(|| EXAMPLES.to_vec())
}

/// The same of some of the examples.
pub(super) fn mutated_from(
    examples: fn() -> Vec<(&'static str, &'static str)>,
) -> impl Strategy<Value = (Value, Value)> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any_value(), any::<bool>()).prop_map(
        move |(example, place, value, remove)| {
            let examples = examples();
            let (_, json) = examples[example.index(examples.len())];
            let original: Value = serde_json::from_str(json).unwrap();
            let mut changed = original.clone();
            let places = pointers(&changed, "");
            if let Some(pointer) = places.get(place.index(places.len().max(1))) {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                match changed.pointer_mut(parent).unwrap() {
                    Value::Object(object) if remove => drop(object.remove(key)),
                    Value::Object(object) => drop(object.insert(key.to_owned(), value)),
                    parent => parent[key.parse::<usize>().unwrap()] = value,
                }
            }
            (original, changed)
        },
    )
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, value)| (format!("{at}/{n}"), value)).collect()
        }
        _ => Vec::new(),
    };
    children
        .into_iter()
        .flat_map(|(pointer, value)| {
            let inner = pointers(value, &pointer);
            std::iter::once(pointer).chain(inner)
        })
        .collect()
}

proptest! {
    #[test]
    fn any_object_with_any_type_decodes_and_gives_back_its_text(
        event_type in prop_oneof![".{0,20}", "[a-z]{1,4}(_[a-z]{1,5})?"],
        rest in proptest::collection::vec(("[a-z_]{1,8}", any_value()), 0..5),
        first in any::<bool>(),
    ) {
        prop_assume!(!Event::TYPES.contains(&event_type.as_str()));
        let members: Vec<String> = rest
            .iter()
            .filter(|(key, _)| key != "type")
            .map(|(key, value)| format!("{}:{value}", json!(key)))
            .collect();
        let tag = format!("\"type\":{}", json!(event_type));
        let members = if first { [vec![tag], members].concat() } else { [members, vec![tag]].concat() };
        let text = format!("{{{}}}", members.join(" , "));

        let raw = RawEvent::new(text.clone());
        prop_assert_eq!(raw.event_type(), Some(event_type.as_str()));
        prop_assert_eq!(raw.as_bytes(), text.as_bytes());
        match raw.decode_event() {
            Ok(Event::Unknown(unknown)) => {
                prop_assert_eq!(unknown.event_type(), event_type);
                prop_assert_eq!(unknown.raw().as_str(), text);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn what_decodes_comes_out_the_same_when_decoded_again((_, changed) in mutated()) {
        let text = changed.to_string();
        match Event::from_json(&text) {
            Ok(event) => {
                let again = serde_json::to_string(&event).unwrap();
                prop_assert_eq!(Event::from_json(&again).map_err(|error| error.to_string()), Ok(event));
            }
            Err(error) => prop_assert_eq!(error.raw(), text),
        }
    }

    #[test]
    fn one_odd_field_costs_no_other((original, changed) in mutated()) {
        let (Ok(before), Ok(after)) = (Event::from_json(&original.to_string()), Event::from_json(&changed.to_string())) else {
            return Ok(());
        };
        if before.event_type() != after.event_type() {
            return Ok(());
        }
        let (before, after) = (as_value(&before), as_value(&after));
        for (key, value) in before.as_object().unwrap() {
            if original.get(key) == changed.get(key) {
                prop_assert_eq!(after.get(key), Some(value), "{}", key);
            }
        }
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        no_harm(&bytes);
    }

    #[test]
    fn near_frames_do_no_harm(
        event_type in prop::sample::select(Event::TYPES),
        rest in r#"[{}\[\]",:\\a-f0 1\n]{0,60}"#,
        cut in any::<prop::sample::Index>(),
    ) {
        let text = format!("{{\"type\":\"{event_type}\",\"channel\":{rest}}}");
        no_harm(text.as_bytes());
        no_harm(&text.as_bytes()[..cut.index(text.len())]);
    }
}

/// Reads the bytes in every way there is. That it returns is all that is asked.
fn no_harm(bytes: &[u8]) {
    let raw = RawEvent::new(bytes.to_vec());
    assert_eq!(raw.as_bytes(), bytes);
    let _ = (raw.kind(), raw.reply_to(), Reply::from_raw(&raw));
    if let Err(error) = raw.decode_event() {
        assert_eq!(error.raw(), raw.as_str());
        assert!(error.event_type() == raw.event_type());
    }
    let _ = raw.decode::<Message>();
    let _ = (Reply::from_slice(bytes), Command::from_slice(bytes));
}
