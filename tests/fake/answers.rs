//! Configured answers of the fake Slack.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm::{Client, Item, Method};
use slack_rtm_e2e::{TOKEN, builder, fast_clock};
use slack_rtm_test::{Answer, FakeSlack, Script};

/// Calls rtm.connect and returns the error code of its refusal, if it is refused.
async fn refusal(client: &Client) -> Option<String> {
    let error = client.rtm_connect().send().await.err()?;
    error.code().map(str::to_owned)
}

#[tokio::test]
async fn answers_are_given_by_precedence() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    slack.answer_always(Answer::refusal("always"));
    slack.answer_to("rtm.connect", Answer::refusal("by_method"));
    slack.answer_to("users.info", Answer::refusal("another_method"));
    let calls = AtomicU32::new(0);
    slack.answer_with(move |request| {
        let is_first = calls.fetch_add(1, Ordering::Relaxed) == 0;
        (request.api_method() == "rtm.connect" && is_first).then(|| Answer::refusal("by_handler"))
    });
    slack.answer_next_to("users.info", Answer::refusal("once_for_another_method"));
    slack.answer_next_to("rtm.connect", Answer::refusal("once_by_method"));
    slack.answer_next(Answer::refusal("once"));
    for code in ["once_by_method", "once", "by_handler", "by_method", "by_method"] {
        assert_eq!(refusal(&client).await.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let slack = FakeSlack::builder().token("xoxb-right").start().await.unwrap();
    let error = builder(&slack).build().unwrap().rtm_connect().send().await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_auth"));
    let right = builder(&slack).token("xoxb-right").build().unwrap();
    right.rtm_connect().send().await.unwrap();
    assert!(!format!("{:?}", FakeSlack::builder().token(TOKEN)).contains(TOKEN));
}

#[tokio::test]
async fn requests_can_be_awaited_and_inspected() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    let calls = async {
        client.rtm_connect().send().await.unwrap();
        client.rtm_connect().with_method(Method::Post).presence_sub(true).send().await.unwrap();
    };
    let (requests, of_method, ()) =
        tokio::join!(slack.wait_for_requests(1), slack.wait_for_requests_to("rtm.connect", 2), calls);
    assert!(!requests.unwrap().is_empty());
    assert_eq!(of_method.unwrap()[1].argument("presence_sub").as_deref(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn waiting_times_out_after_a_minute() {
    let slack = FakeSlack::start().await.unwrap();
    let error = slack.wait_for_requests_to("users.info", 1).await.unwrap_err();
    assert_eq!(error.to_string(), "waited in vain for 1 calls of users.info, there were 0");
}

/// Returns the presence events of a session that subscribes to some users.
async fn presence(is_batch_aware: bool) -> Vec<Value> {
    let slack = FakeSlack::start().await.unwrap();
    slack.user("U01ALICE000").becomes("active").await;
    let client = builder(&slack).build().unwrap();
    let session = client.session().batch_presence_aware(is_batch_aware).open().await.unwrap();
    let (sender, mut events) = session.split();
    slack.wait_for_connections(1).await.unwrap();
    assert!(sender.presence_query(["U01ALICE000", "U99NOBODY00", "U98NOBODY00"]).await.into_result().is_ok());
    let mut seen = Vec::new();
    while seen.len() < if is_batch_aware { 2 } else { 3 } {
        if let Some(Item::Event(event)) = events.next().await
            && event.event_type() == Some("presence_change")
        {
            seen.push(serde_json::from_str(&event.as_str()).unwrap());
        }
    }
    seen
}

#[tokio::test]
async fn presence_is_sent_for_every_subscribed_user() {
    let change = |user, presence| json!({ "type": "presence_change", "user": user, "presence": presence });
    assert_eq!(
        presence(false).await,
        [change("U01ALICE000", "active"), change("U99NOBODY00", "away"), change("U98NOBODY00", "away")]
    );
    assert_eq!(
        presence(true).await,
        [
            json!({ "type": "presence_change", "users": ["U01ALICE000"], "presence": "active" }),
            json!({ "type": "presence_change", "users": ["U99NOBODY00", "U98NOBODY00"], "presence": "away" }),
        ]
    );
}

#[tokio::test]
async fn a_half_open_connection_does_not_block_others() {
    fast_clock();
    let slack = FakeSlack::start().await.unwrap();
    slack.script_next(Script::healthy().half_open_after(0));
    let client = builder(&slack).build().unwrap();
    let session = client.session().open().await.unwrap();
    slack.wait_for_frames("ping", 1).await.unwrap();
    let talk = slack.user("U01ALICE000").talks(&["C01GENERAL0"], 3000, Duration::ZERO);
    let said = tokio::time::timeout(Duration::from_secs(600), talk).await.unwrap();
    assert_eq!(said.len(), slack.messages("C01GENERAL0").len());
    drop(session);
}
