//! What Slack sends in more than one shape, or in another than one would think.

use serde_json::Value;

use super::leniency::as_value;
use crate::{ConversationRef, Event, FileRef, UserId};

fn event(json: &str) -> Event {
    Event::from_json(json).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Takes the content of the variant that an event is expected to be.
macro_rules! expect {
    ($variant:ident, $json:expr) => {
        match event($json) {
            Event::$variant(content) => content,
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn integers_come_as_strings() {
    for created in ["1360782804", "\"1360782804\""] {
        let json =
            format!(r#"{{"type":"channel_rename","channel":{{"id":"C1","name":"x","created":{created}}}}}"#);
        assert_eq!(expect!(ChannelRename, &json).channel.created, Some(1_360_782_804), "{json}");
    }
    let counts = expect!(
        SubteamMembersChanged,
        r#"{"type":"subteam_members_changed","subteam_id":"S1","added_users_count":"3","removed_users_count":1}"#
    );
    assert_eq!((counts.added_users_count, counts.removed_users_count), (Some(3), Some(1)));
    for count in ["4", "\"4\""] {
        let json = format!(
            r#"{{"type":"pin_added","user":"U1","channel_id":"C1","item":{{"type":"message"}},"pin_count":{count}}}"#
        );
        assert_eq!(expect!(PinAdded, &json).pin_count, Some(4));
    }
}

#[test]
fn an_empty_array_stands_for_an_empty_object() {
    let changed = expect!(
        Message,
        r#"{"type":"message","subtype":"message_changed","channel":"C1","message":{"text":"x"},"previous_message":[]}"#
    );
    assert!(changed.message.is_some() && changed.previous_message.is_none());
    let joined = expect!(TeamJoin, r#"{"type":"team_join","user":[]}"#);
    assert_eq!(joined.user.id, None);
}

#[test]
fn one_stands_for_true() {
    for flag in ["true", "1", "\"1\""] {
        let json = format!(r#"{{"type":"mpim_history_changed","latest":"1.0","is_mpim":{flag}}}"#);
        assert_eq!(expect!(MpimHistoryChanged, &json).is_mpim, Some(true), "{flag}");
    }
    let json = r#"{"type":"message","channel":"C1","hidden":0}"#;
    assert_eq!(expect!(Message, json).hidden, Some(false));
}

#[test]
fn an_id_stands_for_an_object() {
    let id = expect!(GroupLeft, r#"{"type":"group_left","channel":"G1"}"#).channel;
    assert!(matches!(id, ConversationRef::Id(id) if id == "G1"));
    let object = expect!(GroupLeft, r#"{"type":"group_left","channel":{"id":"G1","name":"x"}}"#).channel;
    assert!(matches!(object, ConversationRef::Object(group) if group.name.as_deref() == Some("x")));
    let file = expect!(FilePrivate, r#"{"type":"file_private","file":"F1"}"#).file;
    assert!(matches!(file, Some(FileRef::Id(id)) if id == "F1"));
    let file = expect!(FilePrivate, r#"{"type":"file_private","file":{"id":"F1"}}"#).file;
    assert!(matches!(file, Some(FileRef::Object(_))));
}

#[test]
fn an_object_stands_for_an_id() {
    let typing =
        expect!(UserTyping, r#"{"type":"user_typing","channel":"C1","user":{"name":"x","id":"U1"}}"#);
    assert_eq!(typing.user, "U1");
}

#[test]
fn presence_is_of_one_or_of_many_or_both() {
    for (who, one, many) in [
        (r#""user":"U1""#, Some("U1"), None),
        (r#""users":["U1","U2"]"#, None, Some(2)),
        (r#""user":"U1","users":["U1"]"#, Some("U1"), Some(1)),
    ] {
        let change =
            expect!(PresenceChange, &format!(r#"{{"type":"presence_change",{who},"presence":"away"}}"#));
        assert_eq!(change.user.as_ref().map(UserId::as_str), one, "{who}");
        assert_eq!(change.users.map(|users| users.len()), many, "{who}");
    }
}

#[test]
fn camel_case_keys_are_kept() {
    let json = r#"{"type":"desktop_notification","launchUri":"slack://x","avatarImage":"https://x","ssbFilename":"x.mp3","imageUri":null}"#;
    let notification = expect!(DesktopNotification, json);
    assert_eq!(notification.launch_uri.as_deref(), Some("slack://x"));
    assert_eq!(notification.image_uri, None);
    assert_eq!(as_value(&notification)["avatarImage"], "https://x");
}

#[test]
fn null_reads_as_absent() {
    let updated = expect!(
        SubteamUpdated,
        r#"{"type":"subteam_updated","subteam":{"id":"S1","deleted_by":null,"auto_type":null}}"#
    );
    assert_eq!((updated.subteam.deleted_by, updated.subteam.auto_type), (None, None));
    let room = expect!(ShRoomJoin, r#"{"type":"sh_room_join","room":{"id":"R1","name":null}}"#).room;
    assert_eq!(room.name, None);
    let created =
        expect!(ImCreated, r#"{"type":"im_created","user":"U1","channel":{"id":"D1","latest":null}}"#);
    assert!(matches!(created.channel, ConversationRef::Object(im) if im.latest.is_none()));
}

#[test]
fn timestamps_come_as_numbers() {
    for (ts, text) in [
        ("\"1355517523.000005\"", "1355517523.000005"),
        ("1355517523.000005", "1355517523.000005"),
        ("1355517523", "1355517523"),
    ] {
        let json = format!(r#"{{"type":"message","channel":"C1","ts":{ts}}}"#);
        assert_eq!(expect!(Message, &json).ts.unwrap(), text);
    }
    let dnd = expect!(
        DndUpdated,
        r#"{"type":"dnd_updated","user":"U1","dnd_status":{"dnd_enabled":true,"next_dnd_start_ts":1450387800,"next_dnd_end_ts":"1450423800"}}"#
    );
    assert_eq!(
        (dnd.dnd_status.next_dnd_start_ts, dnd.dnd_status.next_dnd_end_ts),
        (Some(1_450_387_800), Some(1_450_423_800))
    );
}

#[test]
fn a_preference_is_any_json() {
    for value in ["true", "\"dense\"", "17", "[\"C1\"]", "{\"a\":1}"] {
        for event_type in ["pref_change", "team_pref_change"] {
            let json = format!(r#"{{"type":"{event_type}","name":"x","value":{value}}}"#);
            assert_eq!(as_value(&event(&json))["value"], serde_json::from_str::<Value>(value).unwrap());
        }
    }
}

#[test]
fn emoji_change_in_four_ways() {
    for (rest, names) in [
        (r#""subtype":"add","name":"x","value":"https://x""#, 0),
        (r#""subtype":"remove","names":["x","y"]"#, 2),
        (r#""subtype":"rename","old_name":"x","new_name":"y","value":"https://x""#, 0),
        (r#""event_ts":"1.0""#, 0),
    ] {
        let json = format!(r#"{{"type":"emoji_changed",{rest}}}"#);
        assert_eq!(expect!(EmojiChanged, &json).names.map_or(0, |names| names.len()), names);
        assert_eq!(as_value(&event(&json)), serde_json::from_str::<Value>(&json).unwrap());
    }
}

#[test]
fn the_type_may_be_last_or_escaped_or_twice() {
    for json in [
        r#"{"channel":"C1","user":"U1","type":"user_typing"}"#,
        r#"{"\u0074ype":"user\u005ftyping","channel":"C1","user":"U1"}"#,
        r#"{"type":"user_typing","channel":"C1","user":"U1","type":"other"}"#,
        "\r\n{ \"x\" : {\"type\":\"other\"}, \"channel\":\"C1\", \"user\":\"U1\", \"type\" : \"user_typing\" } ",
    ] {
        assert_eq!(expect!(UserTyping, json).user, "U1", "{json}");
    }
    for json in ["{}", r#"{"type":7}"#, r#"{"type":null,"channel":"C1"}"#] {
        assert_eq!(expect!(Unknown, json).event_type(), "", "{json}");
    }
    assert_eq!(event(r#"{"type":"\ud800x"}"#).event_type(), "\u{fffd}x");
}

#[test]
fn a_malformed_frame_says_where_and_keeps_its_text() {
    let json = r#"{"type":"reaction_added","user":"U1","reaction":"tada","item":7}"#;
    let error = Event::from_json(json).unwrap_err();
    assert_eq!((error.event_type(), error.path(), error.raw()), (Some("reaction_added"), "item", json));
    assert!(error.is_json());
    assert!(!format!("{error} {error:?}").contains("tada"));
}
