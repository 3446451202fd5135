//! The fake workspace: its conversations, files, users and events.

use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_e2e::TOKEN;
use slack_rtm_models::Event;
use slack_rtm_test::Channel;

use crate::http::{call, exchange, ok, refused};
use crate::web::{ALICE, GENERAL, ROBOT, start, texts};

#[tokio::test]
async fn conversations_are_created_joined_and_left() {
    let slack = start().await;
    slack.add_channel(Channel::new("C02SECRET00", "secret").private().without_robot());
    slack.add_channel(Channel::new("C03PUBLIC00", "public").without_robot());
    for (channel, code) in [("C02SECRET00", "channel_not_found"), ("C03PUBLIC00", "not_in_channel")] {
        let arguments = json!({ "channel": channel, "text": "x" });
        assert_eq!(refused(&slack, "conversations.history", arguments.clone()).await, code);
        assert_eq!(refused(&slack, "chat.postMessage", arguments).await, code);
    }
    ok(&slack, "conversations.join", json!({ "channel": "C03PUBLIC00" })).await;
    ok(&slack, "chat.postMessage", json!({ "channel": "C03PUBLIC00", "text": "hello" })).await;
    let joined = ok(&slack, "users.conversations", json!({})).await;
    let ids: Vec<&Value> = joined["channels"].as_array().unwrap().iter().map(|known| &known["id"]).collect();
    assert_eq!(ids, [GENERAL, "C03PUBLIC00"]);
    ok(&slack, "conversations.leave", json!({ "channel": "C03PUBLIC00" })).await;
    assert_eq!(
        ok(&slack, "conversations.leave", json!({ "channel": "C03PUBLIC00" })).await["not_in_channel"],
        true
    );

    let made = ok(&slack, "conversations.create", json!({ "name": "builds" })).await;
    let id = &made["channel"]["id"];
    assert_eq!(refused(&slack, "conversations.create", json!({ "name": "builds" })).await, "name_taken");
    assert_eq!(
        refused(&slack, "conversations.create", json!({ "name": "No Way" })).await,
        "invalid_name_specials"
    );
    ok(&slack, "conversations.invite", json!({ "channel": id, "users": format!("{ALICE},U02BOB00000") }))
        .await;
    let again = json!({ "channel": id, "users": ALICE });
    assert_eq!(refused(&slack, "conversations.invite", again).await, "already_in_channel");
    ok(&slack, "conversations.kick", json!({ "channel": id, "user": ALICE })).await;
    let topic = ok(&slack, "conversations.setTopic", json!({ "channel": id, "topic": "green" })).await;
    assert_eq!(topic["channel"]["topic"]["value"], "green");
    ok(&slack, "conversations.setPurpose", json!({ "channel": id, "purpose": "to build" })).await;
    let counted = json!({ "channel": id, "include_num_members": true });
    let info = ok(&slack, "conversations.info", counted).await;
    assert_eq!((&info["channel"]["num_members"], &info["channel"]["is_member"]), (&json!(2), &json!(true)));
    ok(&slack, "conversations.mark", json!({ "channel": id, "ts": "1700000000.000001" })).await;
    ok(&slack, "conversations.archive", json!({ "channel": id })).await;
    assert_eq!(refused(&slack, "conversations.archive", json!({ "channel": id })).await, "already_archived");
    assert_eq!(
        refused(&slack, "chat.postMessage", json!({ "channel": id, "text": "x" })).await,
        "is_archived"
    );

    let open = ok(&slack, "conversations.open", json!({ "users": ALICE, "return_im": true })).await;
    assert_eq!((&open["channel"]["is_im"], &open["channel"]["user"]), (&json!(true), &json!(ALICE)));
    let again = ok(&slack, "conversations.open", json!({ "users": ALICE })).await;
    assert_eq!((&again["channel"]["id"], &again["already_open"]), (&open["channel"]["id"], &json!(true)));
    let direct = ok(&slack, "chat.postMessage", json!({ "channel": ALICE, "text": "psst" })).await;
    assert_eq!(direct["channel"], open["channel"]["id"]);
    let group = ok(&slack, "conversations.open", json!({ "users": [ALICE, "U02BOB00000"] })).await;
    assert_ne!(group["channel"]["id"], open["channel"]["id"]);
    assert_eq!(refused(&slack, "conversations.open", json!({})).await, "users_list_not_supplied");
    assert_eq!(refused(&slack, "conversations.open", json!({ "users": "U0" })).await, "user_not_found");
}

#[tokio::test]
async fn a_file_is_uploaded_in_three_steps() {
    let slack = start().await;
    let announced =
        ok(&slack, "files.getUploadURLExternal", json!({ "filename": "a.txt", "length": 5 })).await;
    let url = announced["upload_url"].as_str().unwrap();
    let path = &url[url.find("/upload/").unwrap()..];
    let complete = json!({ "files": [{ "id": announced["file_id"], "title": "A" }], "channel_id": GENERAL, "initial_comment": "look" });
    assert_eq!(refused(&slack, "files.completeUploadExternal", complete.clone()).await, "file_not_found");
    let (head, _) = exchange(&slack, &format!("POST {path}"), "", b"four").await;
    assert!(head.starts_with("HTTP/1.1 400"));
    let (head, _) = exchange(&slack, &format!("POST {path}"), "", b"hello").await;
    assert!(head.starts_with("HTTP/1.1 200"));
    let done = ok(&slack, "files.completeUploadExternal", complete).await;
    assert_eq!((&done["files"][0]["title"], &done["files"][0]["size"]), (&json!("A"), &json!(5)));
    let message = slack.messages(GENERAL).pop().unwrap();
    assert_eq!((&message["text"], &message["files"][0]["id"]), (&json!("look"), &announced["file_id"]));

    let info = ok(&slack, "files.info", json!({ "file": announced["file_id"] })).await;
    let url = info["file"]["url_private"].as_str().unwrap();
    let line = format!("GET {}", &url[url.find("/files/").unwrap()..]);
    let (_, content) = exchange(&slack, &line, &format!("authorization: Bearer {TOKEN}\r\n"), b"").await;
    assert_eq!(content, b"hello");
    assert_eq!(ok(&slack, "files.list", json!({ "channel": GENERAL })).await["paging"]["total"], 1);
    ok(&slack, "files.delete", json!({ "file": announced["file_id"] })).await;
    assert_eq!(
        refused(&slack, "files.info", json!({ "file": announced["file_id"] })).await,
        "file_not_found"
    );
}

#[tokio::test]
async fn the_workspace_is_described() {
    let slack = start().await;
    assert_eq!(ok(&slack, "auth.test", json!({})).await["bot_id"], "B01ROBOT000");
    assert_eq!(ok(&slack, "api.test", json!({ "foo": "bar" })).await["args"], json!({ "foo": "bar" }));
    assert_eq!(refused(&slack, "api.test", json!({ "error": "my_error" })).await, "my_error");
    assert_eq!(ok(&slack, "team.info", json!({})).await["team"]["id"], "T01ACME0000");
    assert_eq!(ok(&slack, "bots.info", json!({ "bot": "B01ROBOT000" })).await["bot"]["user_id"], ROBOT);
    assert_eq!(refused(&slack, "bots.info", json!({ "bot": "B0" })).await, "bot_not_found");
    assert!(ok(&slack, "emoji.list", json!({})).await["emoji"].is_object());
    assert_eq!(ok(&slack, "dnd.info", json!({ "user": ALICE })).await["dnd_enabled"], false);
    assert_eq!(
        ok(&slack, "dnd.teamInfo", json!({ "users": ALICE })).await["users"][ALICE]["dnd_enabled"],
        false
    );
    let groups = ok(&slack, "usergroups.list", json!({ "include_users": true })).await;
    let group = &groups["usergroups"][0];
    let users = ok(&slack, "usergroups.users.list", json!({ "usergroup": group["id"] })).await;
    assert_eq!(users["users"], group["users"]);
    let found = ok(&slack, "users.lookupByEmail", json!({ "email": "alice@acme.example.com" })).await;
    assert_eq!(found["user"]["id"], ALICE);
    assert_eq!(refused(&slack, "users.lookupByEmail", json!({ "email": "x@y" })).await, "users_not_found");
    assert_eq!(
        ok(&slack, "users.profile.get", json!({ "user": ALICE })).await["profile"]["display_name"],
        "alice"
    );
    slack.user(ALICE).becomes("active").await;
    assert_eq!(ok(&slack, "users.getPresence", json!({ "user": ALICE })).await["presence"], "active");
    ok(&slack, "users.setPresence", json!({ "presence": "away" })).await;
    assert_eq!(refused(&slack, "users.setPresence", json!({ "presence": "busy" })).await, "invalid_presence");
    assert_eq!(refused(&slack, "users.nothing", json!({})).await, "unknown_method");
}

#[tokio::test]
async fn scopes_and_rate_limits_are_enforced() {
    let slack = start().await;
    slack.set_scopes(["channels:history", "chat:write", "channels:read"]);
    ok(&slack, "conversations.history", json!({ "channel": GENERAL })).await;
    let refusal = call(&slack, "users.info", json!({ "user": ALICE })).await;
    assert_eq!((&refusal["error"], &refusal["needed"]), (&json!("missing_scope"), &json!("users:read")));
    assert_eq!(refusal["provided"], "channels:history,channels:read,chat:write");
    let types = json!({ "types": "public_channel,im" });
    assert_eq!(call(&slack, "conversations.list", types).await["needed"], "im:read");
    ok(&slack, "conversations.list", json!({})).await;

    slack.limit_rate("conversations.history", 1, Duration::from_secs(60));
    ok(&slack, "conversations.history", json!({ "channel": GENERAL })).await;
    let headers = format!("authorization: Bearer {TOKEN}\r\n");
    let line = format!("GET /api/conversations.history?channel={GENERAL}");
    let (head, body) = exchange(&slack, &line, &headers, b"").await;
    assert!(head.starts_with("HTTP/1.1 429") && head.contains("retry-after: "), "{head}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body, json!({ "ok": false, "error": "ratelimited" }));
    ok(&slack, "chat.postMessage", json!({ "channel": GENERAL, "text": "not limited" })).await;
}

#[tokio::test]
async fn messages_without_a_connection_are_in_the_history() {
    let slack = start().await;
    let client = slack_rtm_e2e::builder(&slack).build().unwrap();
    let session = client.session().open().await.unwrap();
    slack.wait_for_connections(1).await.unwrap();
    let (alice, bob) = (slack.user(ALICE), slack.user("U02BOB00000"));
    drop(session);
    slack.wait_for_connections(0).await.unwrap();
    let said = alice.talks(&[GENERAL, "C02RANDOM00"], 20, Duration::from_millis(1)).await;
    let (_, first) = &said[0];
    bob.replies(GENERAL, first, "a reply").await;
    assert_eq!(alice.edits(GENERAL, first, "edited").await, 0);
    alice.deletes(GENERAL, &said[2].1).await;
    bob.reacts(GENERAL, first, "eyes").await;

    let in_general = ok(&slack, "conversations.history", json!({ "channel": GENERAL })).await;
    assert_eq!(texts(&in_general).len(), 9);
    let first = in_general["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&first["text"], &first["reply_count"]), (&json!("edited"), &json!(1)));
    assert_eq!(first["reactions"][0]["name"], "eyes");
    let random = ok(&slack, "conversations.history", json!({ "channel": "C02RANDOM00" })).await;
    assert_eq!(texts(&random).len(), 10);
}

#[tokio::test]
async fn every_event_is_described_in_the_spec() {
    let slack = start().await;
    slack.add_channel(Channel::new("C03PUBLIC00", "public").without_robot());
    let client = slack_rtm_e2e::builder(&slack).build().unwrap();
    let mut session = client.session().open().await.unwrap();
    slack.wait_for_connections(1).await.unwrap();
    let made = ok(&slack, "conversations.create", json!({ "name": "builds" })).await["channel"]["id"].clone();
    let secret = json!({ "name": "secret", "is_private": true });
    let secret = ok(&slack, "conversations.create", secret).await["channel"]["id"].clone();
    let file = ok(&slack, "files.getUploadURLExternal", json!({ "filename": "a.png", "length": 0 })).await;
    let path = file["upload_url"].as_str().unwrap().split_once("/upload/").unwrap().1.to_owned();
    exchange(&slack, &format!("POST /upload/{path}"), "", b"").await;
    let id = &file["file_id"];
    for (method, arguments) in [
        ("conversations.invite", json!({ "channel": made, "users": ALICE })),
        ("conversations.kick", json!({ "channel": made, "user": ALICE })),
        ("conversations.setTopic", json!({ "channel": made, "topic": "a" })),
        ("conversations.setPurpose", json!({ "channel": secret, "purpose": "a" })),
        ("conversations.mark", json!({ "channel": made, "ts": "1700000000.000001" })),
        ("conversations.mark", json!({ "channel": secret, "ts": "1700000000.000001" })),
        ("conversations.archive", json!({ "channel": made })),
        ("conversations.archive", json!({ "channel": secret })),
        ("conversations.join", json!({ "channel": "C03PUBLIC00" })),
        ("conversations.leave", json!({ "channel": "C03PUBLIC00" })),
        ("conversations.open", json!({ "users": ALICE })),
        ("users.setPresence", json!({ "presence": "away" })),
        ("files.completeUploadExternal", json!({ "files": [{ "id": id }], "channels": GENERAL })),
        ("files.delete", json!({ "file": id })),
        ("chat.meMessage", json!({ "channel": GENERAL, "text": "waves" })),
    ] {
        ok(&slack, method, arguments).await;
    }
    slack.send(r#"{"type":"goodbye"}"#).await;
    let mut types = std::collections::BTreeSet::new();
    while let Some(item) = session.next().await {
        match item {
            slack_rtm::Item::Event(event) => {
                let kind = event.event_type().unwrap().to_owned();
                let decoded = Event::from_json(&event.as_str());
                assert!(!matches!(decoded.unwrap(), Event::Unknown(_)), "{}", event.as_str());
                types.insert(kind);
            }
            slack_rtm::Item::Connected(connected) if types.len() > 1 => {
                assert_eq!(connected.identity.user.id, ROBOT);
                break;
            }
            _ => {}
        }
    }
    let expected = [
        "channel_archive",
        "channel_created",
        "channel_joined",
        "channel_left",
        "channel_marked",
        "file_created",
        "file_deleted",
        "file_shared",
        "goodbye",
        "group_archive",
        "group_joined",
        "group_marked",
        "im_created",
        "manual_presence_change",
        "member_joined_channel",
        "member_left_channel",
        "message",
    ];
    assert_eq!(types.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
