//! The methods of the Web API on the workspace of the fake Slack.

use serde_json::{Value, json};
use slack_rtm_e2e::TOKEN;
use slack_rtm_models::Event;
use slack_rtm_test::FakeSlack;

use crate::http::{exchange, ok, refused};

pub(crate) const GENERAL: &str = "C01GENERAL0";
pub(crate) const ALICE: &str = "U01ALICE000";
pub(crate) const ROBOT: &str = "U01ROBOT000";

pub(crate) async fn start() -> FakeSlack {
    FakeSlack::start().await.unwrap()
}

/// Returns the texts of the messages in a response.
pub(crate) fn texts(answer: &Value) -> Vec<&str> {
    answer["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn arguments_are_read_in_every_format() {
    let slack = start().await;
    let bearer = format!("authorization: Bearer {TOKEN}\r\n");
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let multipart = "content-type: multipart/form-data; boundary=x\r\n";
    let parts = format!("--x\r\ncontent-disposition: form-data; name=\"user\"\r\n\r\n{ALICE}\r\n--x--\r\n");
    let json = format!(r#"{{"user":"{ALICE}","include_locale":true}}"#);
    for (line, headers, body) in [
        (format!("GET /api/users.info?user={ALICE}"), bearer.clone(), String::new()),
        (format!("GET /api/users.info?user={ALICE}&token={TOKEN}"), String::new(), String::new()),
        ("POST /api/users.info".to_owned(), format!("{bearer}{form}"), format!("user={ALICE}")),
        ("POST /api/users.info".to_owned(), form.to_owned(), format!("token={TOKEN}&user={ALICE}")),
        ("POST /api/users.info".to_owned(), format!("{bearer}{multipart}"), parts),
        ("POST /api/users.info".to_owned(), format!("{bearer}content-type: application/json\r\n"), json),
    ] {
        let (_, answer) = exchange(&slack, &line, &headers, body.as_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["user"]["name"], "alice", "{line} {headers} {answer}");
    }
    for (headers, body, code) in [
        (form.to_owned(), "user=U1", "not_authed"),
        ("content-type: application/json\r\n".to_owned(), r#"{"token":"xoxb-1"}"#, "not_authed"),
        (format!("{bearer}content-type: application/json\r\n"), "{", "invalid_json"),
        (format!("{bearer}content-type: application/json\r\n"), "[]", "json_not_object"),
        (format!("{bearer}content-type: text/csv\r\n"), "a,b", "invalid_post_type"),
        (bearer.clone(), "a=b", "missing_post_type"),
    ] {
        let (_, answer) = exchange(&slack, "POST /api/users.info", &headers, body.as_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["error"], code, "{headers} {body}");
    }
}

#[tokio::test]
async fn messages_over_sockets_and_http_share_one_history() {
    let slack = start().await;
    let client = slack_rtm_e2e::builder(&slack).build().unwrap();
    let (sender, mut events) = client.session().open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    slack.user(ALICE).says(GENERAL, "one").await;
    assert!(sender.send_message(GENERAL, "two").await.is_acked());
    let posted = ok(&slack, "chat.postMessage", json!({ "channel": "#general", "text": "three" })).await;
    assert_eq!(
        (&posted["message"]["user"], &posted["message"]["bot_id"]),
        (&json!(ROBOT), &json!("B01ROBOT000"))
    );
    let ts = posted["ts"].clone();
    ok(&slack, "reactions.add", json!({ "channel": GENERAL, "timestamp": ts, "name": "tada" })).await;
    ok(&slack, "pins.add", json!({ "channel": GENERAL, "timestamp": ts })).await;
    ok(&slack, "chat.update", json!({ "channel": GENERAL, "ts": ts, "text": "three!" })).await;
    let history = ok(&slack, "conversations.history", json!({ "channel": GENERAL })).await;
    assert_eq!(texts(&history), ["three!", "two", "one"]);
    let message = &history["messages"][0];
    assert_eq!(message["reactions"], json!([{ "name": "tada", "users": [ROBOT], "count": 1 }]));
    assert_eq!((&message["pinned_to"], &message["edited"]["user"]), (&json!([GENERAL]), &json!(ROBOT)));
    let pins = ok(&slack, "pins.list", json!({ "channel": GENERAL })).await;
    assert_eq!(pins["items"][0]["message"]["text"], "three!");
    let reactions = ok(&slack, "reactions.get", json!({ "channel": GENERAL, "timestamp": ts })).await;
    assert_eq!(reactions["message"]["reactions"][0]["count"], 1);
    ok(&slack, "pins.remove", json!({ "channel": GENERAL, "timestamp": ts })).await;
    ok(&slack, "reactions.remove", json!({ "channel": GENERAL, "timestamp": ts, "name": ":tada:" })).await;
    ok(&slack, "chat.delete", json!({ "channel": GENERAL, "ts": ts })).await;
    assert_eq!(slack.messages(GENERAL).len(), 2);

    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "message message_deleted") {
        if let Some(slack_rtm::Item::Event(event)) = events.next().await {
            let value: Value = serde_json::from_str(&event.as_str()).unwrap();
            let subtype = value["subtype"].as_str().map(|subtype| format!(" {subtype}")).unwrap_or_default();
            seen.push(format!("{}{subtype}", event.event_type().unwrap()));
            assert!(!matches!(Event::from_json(&event.as_str()).unwrap(), Event::Unknown(_)), "{value}");
        }
    }
    assert_eq!(
        seen,
        [
            "message",
            "message",
            "reaction_added",
            "pin_added",
            "message message_changed",
            "pin_removed",
            "reaction_removed",
            "message message_deleted",
        ]
    );
}

#[tokio::test]
async fn history_is_filtered_by_time_and_paginated() {
    let slack = start().await;
    let mut said = Vec::new();
    for number in 0..7 {
        said.push(slack.user(ALICE).says(GENERAL, &number.to_string()).await);
    }
    let history = async |arguments: Value| {
        let mut arguments = arguments;
        arguments["channel"] = GENERAL.into();
        ok(&slack, "conversations.history", arguments).await
    };
    let between = json!({ "oldest": said[1], "latest": said[4] });
    assert_eq!(texts(&history(between.clone()).await), ["3", "2"]);
    let mut inclusive = between;
    inclusive["inclusive"] = true.into();
    assert_eq!(texts(&history(inclusive).await), ["4", "3", "2", "1"]);
    assert_eq!(texts(&history(json!({ "oldest": said[4], "latest": said[1] })).await), [""; 0]);
    assert_eq!(texts(&history(json!({ "latest": said[3], "oldest": said[3] })).await), [""; 0]);
    assert_eq!(texts(&history(json!({ "latest": said[3], "oldest": said[3], "inclusive": 1 })).await), ["3"]);
    for limit in 1..=8 {
        let mut cursor = Value::Null;
        let mut pages = Vec::new();
        while pages.is_empty() || cursor.is_string() {
            let page = history(json!({ "limit": limit, "cursor": cursor })).await;
            pages.push(texts(&page).join(""));
            cursor = page["response_metadata"]["next_cursor"].clone();
            assert_eq!(page["has_more"], cursor.is_string());
        }
        assert_eq!((pages.concat(), pages.len()), ("6543210".to_owned(), 7_usize.div_ceil(limit)));
    }
    slack.limit_page("conversations.history", 2);
    assert_eq!(texts(&history(json!({ "limit": 100 })).await), ["6", "5"]);
    for (arguments, code) in [
        (json!({ "channel": GENERAL, "cursor": "nonsense" }), "invalid_cursor"),
        (json!({ "channel": GENERAL, "cursor": "before:x" }), "invalid_cursor"),
        (json!({ "channel": GENERAL, "oldest": "yesterday" }), "invalid_ts_oldest"),
        (json!({ "channel": GENERAL, "latest": "-1" }), "invalid_ts_latest"),
        (json!({ "channel": "C99NOWHERE0" }), "channel_not_found"),
        (json!({}), "invalid_arguments"),
    ] {
        assert_eq!(refused(&slack, "conversations.history", arguments).await, code);
    }
}

#[tokio::test]
async fn replies_are_in_their_thread_and_not_in_the_channel() {
    let slack = start().await;
    let parent = slack.user(ALICE).says(GENERAL, "parent").await;
    for number in 0..4 {
        slack.user("U02BOB00000").replies(GENERAL, &parent, &number.to_string()).await;
    }
    let broadcast =
        json!({ "channel": GENERAL, "text": "to all", "thread_ts": parent, "reply_broadcast": true });
    let last = ok(&slack, "chat.postMessage", broadcast).await["ts"].clone();
    let history = ok(&slack, "conversations.history", json!({ "channel": GENERAL })).await;
    assert_eq!(texts(&history), ["to all", "parent"]);
    let shown = &history["messages"][1];
    assert_eq!(
        (&shown["reply_count"], &shown["reply_users_count"], &shown["latest_reply"], &shown["thread_ts"]),
        (&json!(5), &json!(2), &last, &json!(parent))
    );
    let mut pages = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let arguments = json!({ "channel": GENERAL, "ts": parent, "limit": 4, "cursor": cursor });
        let page = ok(&slack, "conversations.replies", arguments).await;
        pages.push(texts(&page).join(" "));
        assert!(
            page["messages"].as_array().unwrap().iter().all(|reply| reply["thread_ts"] == parent.as_str())
        );
        cursor = page["response_metadata"]["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(pages, ["parent 0 1 2", "3 to all"]);
    let none = json!({ "channel": GENERAL, "ts": "1.000001" });
    assert_eq!(refused(&slack, "conversations.replies", none).await, "thread_not_found");
    let nowhere = json!({ "channel": GENERAL, "text": "x", "thread_ts": "1.000001" });
    assert_eq!(refused(&slack, "chat.postMessage", nowhere).await, "cannot_reply_to_message");
}

#[tokio::test]
async fn lists_are_paginated() {
    let slack = start().await;
    for number in 0..5 {
        slack.add_user(&format!("U1{number}PERSON0"), &format!("person{number}"));
    }
    for (method, list, total, more) in [
        ("users.list", "members", 8, json!({})),
        ("conversations.members", "members", 8, json!({ "channel": GENERAL })),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut arguments = more.clone();
            arguments["limit"] = 3.into();
            arguments["cursor"] = cursor.into();
            let page = ok(&slack, method, arguments).await;
            seen.extend(page[list].as_array().unwrap().clone());
            cursor = page["response_metadata"]["next_cursor"].as_str().unwrap().to_owned();
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(seen.len(), total, "{method}");
    }
    for method in ["users.list", "conversations.list", "users.conversations"] {
        assert_eq!(refused(&slack, method, json!({ "cursor": "?" })).await, "invalid_cursor");
    }
    assert_eq!(refused(&slack, "conversations.list", json!({ "limit": 1001 })).await, "invalid_limit");
    assert_eq!(refused(&slack, "conversations.list", json!({ "types": "public" })).await, "invalid_types");
}

#[tokio::test]
async fn socket_mode_is_opened_with_an_app_level_token_in_the_header() {
    let slack = FakeSlack::builder().app_token("xapp-right").start().await.unwrap();
    assert_eq!(refused(&slack, "apps.connections.open", json!({})).await, "not_allowed_token_type");
    let asked = async |line: &str, headers: &str, body: &str| {
        let (_, answer) = exchange(&slack, line, headers, body.as_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["error"].as_str().or(answer["url"].as_str()).unwrap().to_owned()
    };
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let right = "authorization: Bearer xapp-right\r\n";
    assert!(asked("POST /api/apps.connections.open", right, "").await.starts_with("ws://"));
    assert_eq!(asked("GET /api/apps.connections.open", right, "").await, "insecure_request");
    assert_eq!(asked("POST /api/apps.connections.open", form, "token=xapp-right").await, "invalid_auth");
    let wrong = "authorization: Bearer xapp-wrong\r\n";
    assert_eq!(asked("POST /api/apps.connections.open", wrong, "").await, "invalid_auth");
    assert_eq!(asked("POST /api/rtm.connect", right, "").await, "not_allowed_token_type");
}

#[tokio::test]
async fn messages_of_every_kind_are_posted_or_refused() {
    let slack = start().await;
    let theirs = slack.user(ALICE).says(GENERAL, "mine").await;
    let blocks = json!([{ "type": "divider" }]);
    let with_blocks = json!({ "channel": GENERAL, "blocks": blocks.to_string(), "username": "other" });
    let posted = ok(&slack, "chat.postMessage", with_blocks).await;
    assert_eq!(
        (&posted["message"]["blocks"], &posted["message"]["subtype"]),
        (&blocks, &json!("bot_message"))
    );
    let ts = posted["ts"].clone();
    let link = ok(&slack, "chat.getPermalink", json!({ "channel": GENERAL, "message_ts": ts })).await;
    assert!(link["permalink"].as_str().unwrap().contains("/archives/C01GENERAL0/p17000"));
    ok(&slack, "chat.meMessage", json!({ "channel": GENERAL, "text": "waves" })).await;
    ok(&slack, "chat.postEphemeral", json!({ "channel": GENERAL, "user": ALICE, "text": "psst" })).await;
    let scheduled = json!({ "channel": GENERAL, "text": "later", "post_at": 1_800_000_000 });
    assert!(ok(&slack, "chat.scheduleMessage", scheduled).await["scheduled_message_id"].is_string());
    let unfurls =
        json!({ "channel": GENERAL, "ts": theirs, "unfurls": { "https://example.com": { "text": "x" } } });
    ok(&slack, "chat.unfurl", unfurls).await;
    assert_eq!(slack.messages(GENERAL)[0]["attachments"][0]["from_url"], "https://example.com");
    assert_eq!(slack.messages(GENERAL).len(), 3);
    for (method, arguments, code) in [
        ("chat.postMessage", json!({ "text": "x" }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": GENERAL }), "no_text"),
        ("chat.postMessage", json!({ "channel": GENERAL, "text": "x".repeat(40_001) }), "msg_too_long"),
        ("chat.postMessage", json!({ "channel": GENERAL, "blocks": "{" }), "invalid_blocks_format"),
        ("chat.postMessage", json!({ "channel": GENERAL, "blocks": [{}] }), "invalid_blocks"),
        ("chat.update", json!({ "channel": GENERAL, "ts": theirs, "text": "x" }), "cant_update_message"),
        ("chat.update", json!({ "channel": GENERAL, "ts": "1.000000", "text": "x" }), "message_not_found"),
        ("chat.delete", json!({ "channel": GENERAL, "ts": theirs }), "cant_delete_message"),
        (
            "chat.postEphemeral",
            json!({ "channel": GENERAL, "user": "U0", "text": "x" }),
            "user_not_in_channel",
        ),
        ("chat.scheduleMessage", json!({ "channel": GENERAL, "text": "x", "post_at": 1 }), "time_in_past"),
        (
            "reactions.add",
            json!({ "channel": GENERAL, "timestamp": theirs, "name": "" }),
            "invalid_arguments",
        ),
        ("reactions.add", json!({ "channel": GENERAL, "timestamp": theirs, "name": "A B" }), "invalid_name"),
        (
            "reactions.add",
            json!({ "channel": GENERAL, "timestamp": "1.000000", "name": "a" }),
            "message_not_found",
        ),
        ("reactions.add", json!({ "channel": GENERAL, "timestamp": "x", "name": "a" }), "bad_timestamp"),
        ("reactions.remove", json!({ "channel": GENERAL, "timestamp": theirs, "name": "a" }), "no_reaction"),
        ("reactions.get", json!({}), "no_item_specified"),
        ("pins.remove", json!({ "channel": GENERAL, "timestamp": theirs }), "no_pin"),
    ] {
        assert_eq!(refused(&slack, method, arguments.clone()).await, code, "{method} {arguments}");
    }
    for method in ["reactions.add", "pins.add"] {
        let arguments = json!({ "channel": GENERAL, "timestamp": theirs, "name": "a" });
        ok(&slack, method, arguments.clone()).await;
        assert!(refused(&slack, method, arguments).await.starts_with("already_"));
    }
}
