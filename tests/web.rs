//! The methods of the Web API over HTTP on the loopback interface: arguments, pagination, and invalid responses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use slack_rtm::apis::{Error, Items, Operation, PaginationError, chat_api, conversations_api, pins_api};
use slack_rtm::models::{Attachment, Block, ConversationType, MessageMetadata, Url};
use slack_rtm::{Client, ErrorCode, ErrorResponse, RetryPolicy};
use slack_rtm_e2e::{TOKEN, builder, causes};
use slack_rtm_test::{Answer, FakeSlack};

async fn slack() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

fn page(name: &str, cursor: &str) -> Answer {
    Answer::json(format!(
        r#"{{"ok":true,"members":[{{"id":"U0{name}1","name":"{name}"}},{{"id":"U0{name}2"}}],"response_metadata":{{"next_cursor":"{cursor}"}}}}"#
    ))
}

fn cursors(slack: &FakeSlack) -> Vec<Option<String>> {
    slack.requests().iter().map(|request| request.argument("cursor")).collect()
}

async fn ids(
    mut items: Items<slack_rtm::apis::users_api::UsersList>,
) -> Vec<Result<String, Error<ErrorResponse>>> {
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        ids.push(item.map(|user| user.id.unwrap().as_str().to_owned()));
    }
    ids
}

#[tokio::test]
async fn arguments_are_encoded() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::json(r#"{"ok":true,"channel":"C01GENERAL0","ts":"1700000000.000100"}"#));
    let call = client.chat_post_message("C01GENERAL0").text("hi & bye").thread_ts("1700000000.000100");
    let call = call
        .blocks([Block::section("*hi*")])
        .attachments([Attachment::new().set_text("a,b")])
        .metadata(MessageMetadata::new().set_event_type("x"))
        .icon_url(Url::parse("https://example.com/i.png").unwrap())
        .unfurl_links(false);
    let answer = call.send().await.unwrap();
    assert_eq!(answer.ts, "1700000000.000100");
    let request = &slack.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/chat.postMessage"));
    assert_eq!((request.query.as_str(), request.token()), ("", Some(TOKEN)));
    for (name, value) in [
        ("channel", "C01GENERAL0"),
        ("text", "hi & bye"),
        ("thread_ts", "1700000000.000100"),
        ("blocks", r#"[{"type":"section","text":{"type":"mrkdwn","text":"*hi*"}}]"#),
        ("attachments", r#"[{"text":"a,b"}]"#),
        ("metadata", r#"{"event_type":"x"}"#),
        ("icon_url", "https://example.com/i.png"),
        ("unfurl_links", "0"),
    ] {
        assert_eq!(request.argument(name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn lists_are_separated_by_commas() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::json(r#"{"ok":true,"channels":[]}"#));
    let types = [ConversationType::PublicChannel, ConversationType::Im];
    client.conversations_list().types(types).limit(5).send().await.unwrap();
    assert_eq!(slack.requests()[0].query, "types=public_channel%2Cim&limit=5");
    slack.answer_always(Answer::json(r#"{"ok":true}"#));
    client.conversations_invite("C01GENERAL0", ["U01ALICE000", "U01BOB00000"]).send().await.unwrap();
    assert_eq!(slack.requests()[1].argument("users").as_deref(), Some("U01ALICE000,U01BOB00000"));
}

#[tokio::test]
async fn a_refusal_has_the_code_of_the_method() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::refusal("user_not_visible"));
    let Error::Slack(refusal) = client.users_info("U01ALICE000").send().await.unwrap_err() else { panic!() };
    assert_eq!(refusal.body.error, ErrorCode::UserNotVisible);
    slack.answer_always(Answer::refusal("rate_limited"));
    assert!(client.users_info("U01ALICE000").send().await.unwrap_err().is_rate_limited());
    slack.answer_always(Answer::refusal("quite_new"));
    let error = client.users_info("U01ALICE000").send().await.unwrap_err();
    assert!(!error.is_fatal() && !error.is_transient() && error.code() == Some("quite_new"));
}

#[tokio::test]
async fn pages_follow_the_cursor_until_it_is_empty() {
    let (slack, client) = slack().await;
    for (name, cursor) in [("A", "b="), ("B", "c"), ("C", "")] {
        slack.answer_next(page(name, cursor));
    }
    let found = ids(client.users_list().limit(2).items()).await;
    let found: Vec<String> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, ["U0A1", "U0A2", "U0B1", "U0B2", "U0C1", "U0C2"]);
    assert_eq!(cursors(&slack), [None, Some("b=".into()), Some("c".into())]);
    assert!(slack.requests().iter().all(|request| request.argument("limit").as_deref() == Some("2")));
    let mut pages = client.users_list().cursor("x").pages();
    slack.answer_next(Answer::json(r#"{"ok":true,"members":[]}"#));
    assert!(pages.next().await.unwrap().unwrap().members.is_empty());
    assert!(pages.next().await.is_none() && pages.next().await.is_none());
    assert_eq!(cursors(&slack)[3], Some("x".into()));
}

#[tokio::test]
async fn streams_wait_for_retry_after_and_repeat_no_page() {
    let (slack, client) = slack().await;
    slack.answer_next(page("A", "b"));
    slack.answer_next(Answer::rate_limited("1"));
    slack.answer_next(page("B", ""));
    let began = Instant::now();
    let found = ids(client.users_list().items()).await;
    assert!(found.iter().all(Result::is_ok) && found.len() == 4);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(cursors(&slack), [None, Some("b".into()), Some("b".into())]);
}

#[tokio::test]
async fn the_policy_of_a_call_limits_the_delays() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::rate_limited("1"));
    let once = client.users_list().with_retry(RetryPolicy::with_max_attempts(1)).items();
    let found = ids(once).await;
    assert!(found.len() == 1 && found[0].as_ref().is_err_and(Error::is_rate_limited));
    assert_eq!(slack.requests().len(), 1);
    // Longer than the default limit of a stream.
    slack.answer_always(Answer::rate_limited("3600"));
    assert!(ids(client.users_list().items()).await[0].as_ref().is_err_and(Error::is_rate_limited));
    assert_eq!(slack.requests().len(), 2);
}

#[tokio::test]
async fn a_repeated_cursor_ends_the_stream() {
    let (slack, client) = slack().await;
    slack.answer_next(page("A", "b"));
    slack.answer_next(page("B", "c"));
    slack.answer_always(page("C", "b"));
    let found = ids(client.users_list().items()).await;
    assert_eq!(found.iter().filter(|it| it.is_ok()).count(), 6);
    assert!(matches!(found.last(), Some(Err(Error::Pagination(PaginationError::RepeatedCursor)))));
    assert_eq!(slack.requests().len(), 3);
    // The initial cursor of the caller counts as well.
    assert_eq!(ids(client.users_list().cursor("b").items()).await.len(), 3);
}

/// Returns the resident memory of this process in bytes, if the system reports it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kilobytes.trim().parse::<u64>().ok()? << 10)
}

#[tokio::test]
async fn ten_thousand_pages_are_read_in_constant_memory() {
    const PAGES: usize = 10_000;
    let (slack, client) = slack().await;
    // 320 MB in total.
    let filler = "x".repeat(32_000);
    slack.answer_with(move |request| {
        let page = request.argument("cursor").map_or(0, |cursor| cursor.parse::<usize>().unwrap());
        let next = if page + 1 < PAGES { (page + 1).to_string() } else { String::new() };
        Some(Answer::json(format!(
            r#"{{"ok":true,"members":[{{"id":"U{page:08}","name":"{filler}"}}],"response_metadata":{{"next_cursor":"{next}"}}}}"#
        )))
    });
    let before = resident();
    let mut users = client.users_list().items();
    let mut count = 0;
    while let Some(user) = users.next().await {
        assert_eq!(user.unwrap().id.unwrap().as_str(), format!("U{count:08}"));
        count += 1;
    }
    assert_eq!(count, PAGES);
    if let (Some(before), Some(after)) = (before, resident()) {
        // The fake Slack's log of all requests is in it.
        assert!(after.saturating_sub(before) < 100 << 20, "from {before} to {after}");
    }
}

#[tokio::test]
async fn an_item_repeated_on_every_page_is_yielded_once() {
    let (slack, client) = slack().await;
    let page = |messages: &str, cursor: &str| {
        Answer::json(format!(
            r#"{{"ok":true,"messages":[{messages}],"response_metadata":{{"next_cursor":"{cursor}"}}}}"#
        ))
    };
    // The root message was edited meanwhile, but has the same key.
    slack.answer_next(page(r#"{"ts":"1.1","reply_count":2},{"ts":"1.2"}"#, "b"));
    slack.answer_next(page(r#"{"ts":"1.1","reply_count":3},{"ts":"1.3"}"#, "c"));
    slack.answer_next(page(r#"{"ts":"1.4"},{"ts":"1.1"}"#, "d"));
    slack.answer_next(page("", ""));
    let mut messages = client.conversations_replies("C01GENERAL0", "1.1").items();
    let mut found = Vec::new();
    while let Some(message) = messages.next().await {
        found.push(message.unwrap().ts.unwrap().as_str().to_owned());
    }
    assert_eq!(found, ["1.1", "1.2", "1.3", "1.4", "1.1"]);
}

#[tokio::test]
async fn idempotent_calls_are_repeated() {
    const { assert!(pins_api::PinsAdd::IS_IDEMPOTENT && conversations_api::ConversationsMark::IS_IDEMPOTENT) };
    const { assert!(conversations_api::ConversationsHistory::IS_IDEMPOTENT) };
    const { assert!(!chat_api::ChatPostMessage::IS_IDEMPOTENT) };
    let policy = RetryPolicy::default().base_delay(Duration::from_millis(1));
    for answer in [Answer::html(502, "<h1>bad gateway</h1>"), Answer::refusal("internal_error")] {
        let (slack, client) = slack().await;
        slack.answer_next(answer.clone());
        slack.answer_always(Answer::success());
        client.conversations_mark("C01GENERAL0", "1.1").with_retry(policy).send().await.unwrap();
        assert_eq!(slack.requests().len(), 2);
        slack.answer_next(answer);
        client.chat_me_message("C01GENERAL0", "waves").with_retry(policy).send().await.unwrap_err();
        assert_eq!(slack.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_refusal_reports_the_errors_of_each_part() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::json(
        r#"{"ok":false,"error":"cant_invite","errors":[{"user":"U01BOB00000","ok":false,"error":"user_is_restricted"}]}"#,
    ));
    let call = || client.conversations_invite("C01GENERAL0", ["U01ALICE000", "U01BOB00000"]);
    let Error::Slack(refusal) = call().send().await.unwrap_err() else { panic!() };
    assert!(refusal.body.errors.unwrap().as_str().contains("user_is_restricted"));
    slack.answer_next(Answer::json(
        r#"{"ok":true,"errors":[{"user":"U01BOB00000","ok":false,"error":"user_is_restricted"}]}"#,
    ));
    let errors = call().force(true).send().await.unwrap().errors.unwrap();
    assert_eq!(errors[0].error, Some(ErrorCode::UserIsRestricted));
}

#[tokio::test]
async fn an_html_page_is_an_error() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::html(200, "<html>log in, xoxp-IN-THE-BODY</html>"));
    let error = client.chat_post_message("C01GENERAL0").text("hi").send().await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert!(!causes(&error).contains("xoxp"), "{error:?}");
}

#[tokio::test]
async fn numbers_can_be_arbitrarily_large() {
    let huge = "9".repeat(400);
    for number in ["18446744073709551616", "-9223372036854775809", "1e400", huge.as_str(), "1.5"] {
        let (slack, client) = slack().await;
        slack.answer_to("users.list", Answer::json(format!(
            r#"{{"ok":true,"cache_ts":{number},"members":[{{"id":"U01ALICE000","updated":{number},"tz_offset":{number}}}]}}"#
        )));
        slack.answer_to("files.list", Answer::json(format!(
            r#"{{"ok":true,"files":[{{"id":"F01","size":{number}}}],"paging":{{"page":{number},"pages":{number}}}}}"#
        )));
        // A field that makes no sense is absent; what is read is never wrong, and never the same again.
        match client.users_list().send().await {
            Ok(answer) => assert!(answer.members[0].updated.is_none(), "{number}: {answer:?}"),
            Err(error) => assert!(matches!(error, Error::Decode { .. }), "{number}: {error:?}"),
        }
        let mut files = client.files_list().items();
        let mut count = 0;
        while let Some(file) = files.next().await {
            if let Err(error) = file {
                assert!(matches!(error, Error::Decode { .. }), "{number}: {error:?}");
            }
            count += 1;
        }
        assert_eq!(count, 1, "{number}");
    }
}

#[tokio::test]
async fn redirects_do_not_send_the_token_to_another_host() {
    let elsewhere = FakeSlack::start().await.unwrap();
    let (slack, client) = slack().await;
    for status in [301, 302, 303, 307, 308] {
        let to = Answer::redirect(&format!("{}/chat.postMessage", elsewhere.base_url())).with_status(status);
        slack.answer_always(to);
        let error = client.chat_post_message("C01GENERAL0").text("hi").send().await.unwrap_err();
        assert_eq!(error.status().map(|it| it.as_u16()), Some(status));
        let mut pages = client.users_list().pages();
        assert_eq!(pages.next().await.unwrap().unwrap_err().status().map(|it| it.as_u16()), Some(status));
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn too_many_pages_are_an_error() {
    let (slack, client) = slack().await;
    slack.answer_next(page("A", "b"));
    slack.answer_always(page("B", "c"));
    let found = ids(client.users_list().items().max_pages(2)).await;
    assert_eq!(found.len(), 5);
    let Some(Err(error)) = found.last() else { panic!() };
    assert!(matches!(error, Error::Pagination(PaginationError::TooManyPages { max_pages: 2, .. })));
    assert_eq!(error.to_string(), "more than 2 pages");
    assert_eq!(slack.requests().len(), 2);
}

#[tokio::test]
async fn invalid_responses_are_typed_errors_without_secrets() {
    let secret = "xoxp-IN-THE-BODY";
    for (body, decodes) in [
        (format!(r#"{{"ok":true,"secret":"{secret}"}}"#), false),
        (format!(r#"{{"ok":true,"members":{{}},"secret":"{secret}"}}"#), false),
        (format!(r#"{{"ok":true,"members":"{secret}"}}"#), false),
        (format!(r#"<html>{{"ok":true,"members":[]}}{secret}</html>"#), false),
        (format!(r#"{{"ok":true,"members":[]}}<html>{secret}</html>"#), false),
        (format!(r#"{{"ok":true,"members":[],"response_metadata":[],"secret":"{secret}"}}"#), true),
        (
            format!(
                r#"{{"ok":true,"members":[],"response_metadata":{{"next_cursor":null}},"s":"{secret}"}}"#
            ),
            true,
        ),
    ] {
        let (slack, client) = slack().await;
        slack.answer_always(Answer::json(body.clone()));
        let found = ids(client.users_list().items()).await;
        if decodes {
            assert!(found.is_empty(), "{body}");
            continue;
        }
        let [Err(error)] = found.as_slice() else { panic!("{body}: {found:?}") };
        assert!(matches!(error, Error::Decode { .. }), "{body}: {error:?}");
        let told = causes(error);
        assert!(!told.contains(secret) && !told.contains(TOKEN), "{told}");
    }
}

#[tokio::test]
async fn a_channel_can_be_an_object() {
    let (slack, client) = slack().await;
    slack.answer_always(Answer::json(r#"{"ok":true,"channel":{"id":"C01GENERAL0"},"ts":1700000000.0001}"#));
    assert_eq!(client.chat_post_message("C01GENERAL0").send().await.unwrap().channel, "C01GENERAL0");
    slack.answer_always(Answer::json(r#"{"ok":true,"channel":"C01GENERAL0"}"#));
    let error = client.conversations_info("C01GENERAL0").send().await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn a_too_large_request_is_a_status_error() {
    for status in [413, 414] {
        let (slack, client) = slack().await;
        slack.answer_always(Answer::html(status, "<h1>too large</h1>"));
        let text = "x".repeat(100_000);
        let error = client.chat_post_message("C01GENERAL0").text(text).send().await.unwrap_err();
        assert_eq!(error.status().map(|it| it.as_u16()), Some(status));
        assert!(matches!(error, Error::Status { .. }) && !error.is_transient());
        let mut pages = client.users_list().cursor("x".repeat(10_000)).pages();
        assert_eq!(pages.next().await.unwrap().unwrap_err().status().map(|it| it.as_u16()), Some(status));
        assert!(pages.next().await.is_none());
    }
}

#[tokio::test]
async fn numbered_pages_end_with_the_last_page() {
    let (slack, client) = slack().await;
    let page = |page: u64, file: &str| {
        Answer::json(format!(
            r#"{{"ok":true,"files":[{{"id":"{file}"}}],"paging":{{"count":1,"total":2,"page":{page},"pages":2}}}}"#
        ))
    };
    slack.answer_next(page(1, "F01"));
    slack.answer_next(page(2, "F02"));
    let mut files = client.files_list().count(1).items();
    let mut found = Vec::new();
    while let Some(file) = files.next().await {
        found.push(file.unwrap().id.unwrap().as_str().to_owned());
    }
    assert_eq!(found, ["F01", "F02"]);
    let pages: Vec<_> = slack.requests().iter().map(|request| request.argument("page")).collect();
    assert_eq!(pages, [None, Some("2".into())]);
}
