//! The answer of users.list for a large workspace, made up here, and ways to read it.

use std::fmt::Write as _;
use std::hint::black_box;

use serde::de::IgnoredAny;
use slack_rtm_models::{UsersListResponse, decode};

/// Makes an answer with as many members: nine people in ten, with the fields that Slack gives to an app, and a bot or somebody who left. It is the same in every run.
pub(crate) fn answer(members: u64) -> String {
    let mut json = r#"{"ok":true,"members":["#.to_owned();
    for n in 0..members {
        if n > 0 {
            json.push(',');
        }
        // Spread, so that neighbours have little in common.
        let id = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
        match n % 10 {
            0 => other(&mut json, n, id),
            _ => person(&mut json, n, id),
        }
    }
    json.push_str(r#"],"cache_ts":1700000000,"response_metadata":{"next_cursor":""}}"#);
    json
}

fn person(json: &mut String, n: u64, id: u64) {
    let (first, last) = (["Alice", "Bj\u{f6}rn", "Chlo\u{e9}", "Dave"][(n % 4) as usize], n % 977);
    let _ = write!(
        json,
        r#"{{"id":"U{id:010X}","team_id":"T01ACME0000","name":"user{n}","deleted":false,"color":"9f69e7","real_name":"{first} Example{last}","tz":"Europe\/Berlin","tz_label":"Central European Time","tz_offset":3600,"profile":{{"title":"Engineer, team {last}","phone":"","skype":"","real_name":"{first} Example{last}","real_name_normalized":"{first} Example{last}","display_name":"{first}","display_name_normalized":"{first}","fields":null,"status_text":"In a meeting","status_emoji":":calendar:","status_emoji_display_info":[],"status_expiration":1700003600,"avatar_hash":"{id:012x}","image_original":"https:\/\/avatars.example.com\/{id:x}_original.png","is_custom_image":true,"huddle_state":"default_unset","huddle_state_expiration_ts":0,"email":"user{n}@example.com","first_name":"{first}","last_name":"Example{last}","#
    );
    images(json, id);
    let _ = write!(
        json,
        r#""status_text_canonical":"","team":"T01ACME0000"}},"is_admin":{},"is_owner":false,"is_primary_owner":false,"is_restricted":false,"is_ultra_restricted":false,"is_bot":false,"is_app_user":false,"updated":17{:08},"is_email_confirmed":true,"has_2fa":true,"who_can_share_contact_card":"EVERYONE"}}"#,
        n % 50 == 1,
        n * 37 % 100_000_000,
    );
}

fn other(json: &mut String, n: u64, id: u64) {
    let is_bot = n.is_multiple_of(20);
    let _ = write!(
        json,
        r#"{{"id":"U{id:010X}","team_id":"T01ACME0000","name":"other{n}","deleted":{},"profile":{{"title":"","phone":"","skype":"","real_name":"Other {n}","real_name_normalized":"Other {n}","display_name":"","display_name_normalized":"","fields":null,"status_text":"","status_emoji":"","status_emoji_display_info":[],"status_expiration":0,"avatar_hash":"g{id:011x}","api_app_id":"A{id:010X}","always_active":true,"bot_id":"B{id:010X}","first_name":"Other","last_name":"","#,
        !is_bot
    );
    images(json, id);
    let _ = write!(
        json,
        r#""status_text_canonical":"","team":"T01ACME0000"}},"is_bot":{is_bot},"is_app_user":false,"updated":1690000000}}"#
    );
}

fn images(json: &mut String, id: u64) {
    for size in [24, 32, 48, 72, 192, 512, 1024] {
        let _ = write!(json, r#""image_{size}":"https:\/\/avatars.example.com\/{id:x}_{size}.png","#);
    }
}

/// As a call does it.
pub(crate) fn typed(answer: &str) {
    assert!(black_box(decode::<UsersListResponse>(answer.as_bytes())).is_ok());
}

/// The floor: nothing but seeing that it is JSON.
pub(crate) fn floor(answer: &str) {
    assert!(black_box(serde_json::from_slice::<IgnoredAny>(answer.as_bytes())).is_ok());
}
