//! The methods of reactions, pins, files, bots, emoji, do-not-disturb and user groups, over HTTP on the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::Client;
use slack_rtm::models::{FileRef, ItemType};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::{Answer, FakeSlack};

async fn slack(answer: &str) -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::json(answer.to_owned()));
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

/// Returns the API method and the arguments of the only request.
fn sent(slack: &FakeSlack) -> (String, Vec<(String, String)>) {
    let requests = slack.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.token(), Some(TOKEN));
    assert_eq!(request.argument("token"), None);
    (request.api_method().to_owned(), request.arguments())
}

fn arguments(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn reactions_are_added_and_removed() {
    let (slack, client) = slack(r#"{"ok":true}"#).await;
    client.reactions_add("C01GENERAL0", "wave::skin-tone-3", "1700000000.000100").send().await.unwrap();
    let (method, sent) = sent(&slack);
    assert_eq!(method, "reactions.add");
    assert_eq!(
        sent,
        arguments(&[
            ("channel", "C01GENERAL0"),
            ("name", "wave::skin-tone-3"),
            ("timestamp", "1700000000.000100")
        ])
    );
    slack.answer_always(Answer::refusal("already_reacted"));
    let error = client.reactions_remove("wave").channel("C01GENERAL0").send().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_fatal(), error.is_transient()),
        (Some("already_reacted"), true, false)
    );
}

#[tokio::test]
async fn an_item_has_its_reactions() {
    let (slack, client) = slack(
        r#"{"ok":true,"type":"file","file":{"id":"F01REPORT00","reactions":[{"name":"wave","users":["U01ALICE000"],"count":1}]},"response_metadata":[]}"#,
    )
    .await;
    let answer = client.reactions_get().file("F01REPORT00").full(true).send().await.unwrap();
    assert_eq!(answer.r#type, Some(ItemType::File));
    let Some(FileRef::Object(file)) = &answer.file else { panic!("{answer:?}") };
    assert_eq!(file.reactions.as_ref().unwrap()[0].name.as_deref(), Some("wave"));
    assert_eq!(
        sent(&slack),
        ("reactions.get".to_owned(), arguments(&[("file", "F01REPORT00"), ("full", "1")]))
    );
}

#[tokio::test]
async fn pins_are_items() {
    let (slack, client) = slack(
        r#"{"ok":true,"items":[{"type":"message","channel":"C01GENERAL0","created":"1700000000","created_by":"U01ALICE000","message":{"text":"hi","ts":"1.0"}},{"type":"brand_new"}]}"#,
    )
    .await;
    let items = client.pins_list("C01GENERAL0").send().await.unwrap().items.unwrap();
    assert_eq!(items[0].message.as_ref().unwrap().text.as_deref(), Some("hi"));
    assert_eq!((items[0].created, items.len()), (Some(1_700_000_000), 2));
    assert_eq!(sent(&slack).0, "pins.list");
}

#[tokio::test]
async fn maps_are_keyed_by_user_and_by_name() {
    let (slack, client) =
        slack(r#"{"ok":true,"users":{"U01ALICE000":{"dnd_enabled":1,"next_dnd_start_ts":5}}}"#).await;
    let users = ["U01ALICE000", "U02BOB00000"].map(slack_rtm::UserId::from);
    let answer = client.dnd_team_info(users).send().await.unwrap();
    assert_eq!(answer.users.unwrap()["U01ALICE000"].dnd_enabled, Some(true));
    assert_eq!(sent(&slack), ("dnd.teamInfo".to_owned(), arguments(&[("users", "U01ALICE000,U02BOB00000")])));

    slack.answer_always(Answer::json(
        r#"{"ok":true,"emoji":{"bowtie":"https://e.com/b.png","tie":"alias:bowtie"}}"#,
    ));
    let emoji = client.emoji_list().send().await.unwrap().emoji.unwrap();
    assert_eq!(emoji["tie"], "alias:bowtie");
}

#[tokio::test]
async fn lists_of_a_wrong_shape_are_an_error_or_absent() {
    for body in [
        r#"{"ok":true,"users":{}}"#,
        r#"{"ok":true,"users":[]}"#,
        r#"{"ok":true}"#,
        r#"{"ok":true,"users":7}"#,
        r#"{"ok":true}<html>"#,
        "<html>{\"ok\":true}</html>",
        "[]",
    ] {
        let (_slack, client) = slack(body).await;
        let is_whole = serde_json::from_str::<serde_json::Value>(body).is_ok_and(|body| body.is_object());
        match client.usergroups_users_list("S01ONCALL00").send().await {
            Ok(answer) => assert!(is_whole && answer.users.unwrap_or_default().is_empty(), "{body}"),
            Err(error) => assert!(error.status().is_some(), "{body}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn files_bots_and_groups_have_the_types_of_the_events() {
    let (slack, client) = slack(
        r#"{"ok":true,"files":[{"id":"F01REPORT00","thumb_360_w":"360"}],"paging":{"count":1,"total":3,"page":2,"pages":3}}"#,
    )
    .await;
    let answer =
        client.files_list().user("U01ALICE000").ts_from("123456789").count(1).page(2).send().await.unwrap();
    assert_eq!(answer.paging.unwrap().pages, Some(3));
    assert_eq!(answer.files.unwrap()[0].id.as_ref().unwrap(), "F01REPORT00");
    let expected =
        arguments(&[("user", "U01ALICE000"), ("ts_from", "123456789"), ("count", "1"), ("page", "2")]);
    assert_eq!(sent(&slack), ("files.list".to_owned(), expected));

    slack.answer_always(Answer::json(r#"{"ok":true,"bot":{"id":"B01ROBOT000","user_id":"U01ROBOT000"}}"#));
    let bot = client.bots_info().bot("B01ROBOT000").send().await.unwrap().bot.unwrap();
    assert_eq!(bot.id, "B01ROBOT000");
    slack.answer_always(Answer::json(
        r#"{"ok":true,"usergroups":[{"id":"S01ONCALL00","user_count":"2","deleted_by":null}]}"#,
    ));
    let groups = client.usergroups_list().include_users(true).send().await.unwrap().usergroups.unwrap();
    assert_eq!(groups[0].id, "S01ONCALL00");
    slack.answer_always(Answer::json(
        r#"{"ok":true,"file":{"id":"F01REPORT00"},"comments":[{"id":"Fc1COMMENT0"}]}"#,
    ));
    assert!(client.files_info("F01REPORT00").limit(5).send().await.unwrap().file.is_some());
}
