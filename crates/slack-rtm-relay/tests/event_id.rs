//! The ids of events: of the examples of the spec, and of arbitrary frames.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use slack_rtm::models::RawEvent;
use slack_rtm_relay::{canonical_id, canonical_id_for_shared_channels};

const TEAM: &str = "T01ACME0000";

fn id(value: &Value) -> Option<String> {
    canonical_id(TEAM, &RawEvent::new(value.to_string()))
}

/// The examples of the spec that are events, by the names of their schemas.
fn examples() -> BTreeMap<String, Value> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../slack-rtm-models/src/generated/examples.rs");
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "));
    let examples: BTreeMap<String, Value> = lines
        .filter(|(name, _)| name.ends_with("Event"))
        // The literals are written as JSON strings are.
        .map(|(name, literal)| (name.to_owned(), serde_json::from_str::<String>(literal).unwrap()))
        .map(|(name, json)| (name, serde_json::from_str(&json).unwrap()))
        .collect();
    assert!(examples.len() > 100, "{}", examples.len());
    examples
}

/// Returns the frame with its keys in the opposite order, with blanks, and with a key that another connection could add.
fn over_another_connection(value: &Value) -> RawEvent {
    let map = value.as_object().unwrap();
    let mut keys: Vec<(&String, &Value)> = map.iter().collect();
    keys.reverse();
    let mut text = String::from("{ \"reply_to\" : 7");
    for (key, value) in keys {
        text += &format!(" , {} : {}", Value::from(key.as_str()), value);
    }
    RawEvent::new(text + " }")
}

#[test]
fn an_example_has_the_same_id_over_every_connection_and_no_two_have_the_same() {
    let mut ids: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut without = BTreeSet::new();
    for (name, event) in examples() {
        let id = id(&event);
        assert_eq!(id, canonical_id(TEAM, &over_another_connection(&event)), "{name}");
        let Some(id) = id else {
            without.insert(event["type"].as_str().unwrap().to_owned());
            continue;
        };
        assert!(id.starts_with("T01ACME0000.") && id.len() < 300, "{name}: {id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{name}: {id}");
        if let Some((other, same)) = ids.insert(id.clone(), (name.clone(), event.clone())) {
            assert_eq!(same, event, "{name} and {other} are {id}");
        }
    }
    insta::assert_snapshot!(without.into_iter().collect::<Vec<_>>().join(" "), @"goodbye hello manual_presence_change pong pref_change presence_change reconnect_url user_typing");
}

#[test]
fn ids_are_as_documented() {
    let cases = [
        (
            json!({ "type": "message", "channel": "C1", "ts": "1.000100", "text": "hi" }),
            Some("T01ACME0000.C1.1.000100"),
        ),
        // The first text of a message and what history has of it later are one message.
        (
            json!({ "type": "message", "channel": "C1", "ts": "1.000100", "text": "edited", "edited": { "ts": "9.0" } }),
            Some("T01ACME0000.C1.1.000100"),
        ),
        (
            json!({ "type": "message", "subtype": "bot_message", "channel": "C1", "ts": "1.000100" }),
            Some("T01ACME0000.C1.1.000100"),
        ),
        (
            json!({ "type": "message", "subtype": "message_changed", "hidden": true, "channel": "C1", "ts": "2.0", "event_ts": "3.0",
                "message": { "ts": "1.0", "edited": { "ts": "2.0" } } }),
            Some("T01ACME0000.C1.3.0.message_changed.1.0.2.0"),
        ),
        (
            json!({ "type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "2.0", "deleted_ts": "1.0" }),
            Some("T01ACME0000.C1.2.0.message_deleted.1.0"),
        ),
        (
            json!({ "type": "reaction_added", "user": "U1", "reaction": "+1::skin-tone-2", "event_ts": "5.0",
                "item": { "type": "message", "channel": "C1", "ts": "1.0" } }),
            Some("T01ACME0000.reaction_added.5.0.U1.C1.1.0.+1::skin-tone-2"),
        ),
        (
            json!({ "type": "member_joined_channel", "user": "U1", "channel": "C1", "event_ts": "5.0" }),
            Some("T01ACME0000.member_joined_channel.5.0.C1.U1"),
        ),
        (
            json!({ "type": "channel_created", "channel": { "id": "C1" }, "event_ts": "5.0" }),
            Some("T01ACME0000.channel_created.5.0.C1"),
        ),
        (json!({ "type": "user_typing", "channel": "C1", "user": "U1" }), None),
        (json!({ "type": "presence_change", "user": "U1", "presence": "away" }), None),
        (json!({ "no": "type" }), None),
    ];
    for (event, expected) in cases {
        assert_eq!(id(&event).as_deref(), expected, "{event}");
    }
    let plan = id(&json!({ "type": "team_plan_change", "plan": "std" })).unwrap();
    assert_eq!(plan.len(), "T01ACME0000.team_plan_change.".len() + 64);
}

/// Returns the event that `Backfill` makes of an edited message: `ts` is that of the edit, and there is no `event_ts`.
fn edit_from_history(message: &Value) -> Value {
    let edited = message["edited"]["ts"].as_str().unwrap();
    json!({ "type": "message", "subtype": "message_changed", "hidden": true, "channel": "C1", "ts": edited, "message": message })
}

#[test]
fn an_edit_has_the_same_id_live_and_from_history() {
    let live = |ts: &str, message: &Value| {
        json!({ "type": "message", "subtype": "message_changed", "hidden": true, "channel": "C1", "ts": ts, "event_ts": ts,
            "message": message, "previous_message": { "ts": "1592796885.000500", "text": "before" } })
    };
    let message = json!({ "type": "message", "user": "U1", "ts": "1592796885.000500", "text": "after", "files": [{ "id": "F1", "preview": "a" }],
        "blocks": [{ "type": "divider", "block_id": "b" }], "edited": { "user": "U1", "ts": "1592796886.000000" } });
    let event = live("1592796886.000800", &message);
    assert_eq!(id(&event), id(&edit_from_history(&message)));
    assert!(
        id(&event)
            .unwrap()
            .starts_with("T01ACME0000.C1.1592796886.000000.message_changed.1592796885.000500.")
    );
    // What history knows besides does not change the id.
    let mut later = message.clone();
    later["reply_count"] = 3.into();
    later["reactions"] = json!([{ "name": "eyes", "count": 1, "users": ["U2"] }]);
    later["files"][0]["preview"] = "b".into();
    later["attachments"] = json!([]);
    assert_eq!(id(&event), id(&edit_from_history(&later)));
    // Another edit in the same second.
    let mut again = message.clone();
    again["text"] = "after all".into();
    assert_ne!(id(&event), id(&live("1592796886.000900", &again)));
    // A link preview that is added to the edited message later, and one that is added and removed.
    let mut preview = message.clone();
    preview["attachments"] = json!([{ "from_url": "https://example.com" }]);
    let previews =
        [live("1592796887.000100", &preview), live("1592796889.000100", &message)].map(|event| id(&event));
    assert!(previews[0] != previews[1] && !previews.contains(&id(&event)), "{previews:?}");
}

#[test]
fn a_shared_channel_is_the_same_in_each_workspace() {
    let message = RawEvent::new(r#"{"type":"message","channel":"C1","ts":"1.0"}"#);
    assert_eq!(
        canonical_id_for_shared_channels("T1", &message),
        canonical_id_for_shared_channels("T2", &message)
    );
    let plan = RawEvent::new(r#"{"type":"team_plan_change","plan":"std"}"#);
    assert_ne!(canonical_id_for_shared_channels("T1", &plan), canonical_id_for_shared_channels("T2", &plan));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![
            Just("ts"),
            Just("event_ts"),
            Just("channel"),
            Just("item"),
            Just("message"),
            Just("edited"),
            Just("hidden"),
            Just("subtype"),
            Just("user"),
            Just("reaction"),
            Just("id"),
            Just("other"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_has_one_id_which_goes_into_a_header(
        value in any_json(),
        kind in prop_oneof![Just("message".to_owned()), Just("reaction_added".to_owned()), ".{0,10}"],
        team in ".{0,14}",
    ) {
        let mut value = value;
        if let Some(map) = value.as_object_mut() {
            map.insert("type".to_owned(), kind.into());
        }
        let event = RawEvent::new(value.to_string());
        let id = canonical_id(&team, &event);
        if value.is_object() {
            prop_assert_eq!(&id, &canonical_id(&team, &over_another_connection(&value)));
        }
        if let Some(id) = id {
            prop_assert!(!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()), "{}", id);
        }
    }

    #[test]
    fn bytes_that_are_no_json_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = canonical_id(TEAM, &RawEvent::new(bytes));
    }

    #[test]
    fn two_messages_are_two(
        left in ("[CDG][A-Z0-9]{1,10}", "[0-9]{1,10}\\.[0-9]{6}"),
        right in ("[CDG][A-Z0-9]{1,10}", "[0-9]{1,10}\\.[0-9]{6}"),
    ) {
        let of = |(channel, ts): &(String, String)| id(&json!({ "type": "message", "channel": channel, "ts": ts }));
        prop_assert_eq!(of(&left) == of(&right), left == right);
    }
}
