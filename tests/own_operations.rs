//! User-defined operations: the classification of their refusals, and their retries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use serde::Deserialize;
use slack_rtm::apis::{Error, Operation, Parameters};
use slack_rtm::models::{ErrorResponse, RawJson};
use slack_rtm::{ErrorCode, Method, RetryPolicy};
use slack_rtm_e2e::builder;
use slack_rtm_test::{Answer, FakeSlack};

#[derive(Debug, Deserialize)]
struct Page {
    ok: bool,
}

/// Reads data, with the default classification of codes.
struct History {
    channel: &'static str,
    limit: usize,
}

impl Operation for History {
    type Response = Page;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.history";
    const PATH: &'static str = "/conversations.history";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("channel", self.channel);
        parameters.push("limit", &self.limit);
    }
}

/// Posts data, with an untyped refusal.
struct Post;

impl Operation for Post {
    type Response = Page;
    type Refusal = RawJson;

    const NAME: &'static str = "chat.postMessage";
    const PATH: &'static str = "/chat.postMessage";
    const METHOD: Method = Method::Post;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("text", "hi");
    }
}

/// Posts data, but is idempotent.
struct Mark;

impl Operation for Mark {
    type Response = Page;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.mark";
    const PATH: &'static str = "/conversations.mark";
    const METHOD: Method = Method::Post;
    const IS_IDEMPOTENT: bool = true;

    fn encode(&self, _parameters: &mut Parameters) {}
}

/// Reads data, and classifies a code of its own.
struct Quirk;

impl Operation for Quirk {
    type Response = Page;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "quirk.get";
    const PATH: &'static str = "/quirk.get";
    const METHOD: Method = Method::Get;

    fn encode(&self, _parameters: &mut Parameters) {}

    fn is_fatal(code: &str, _refusal: &ErrorResponse) -> bool {
        code == "thread_not_found"
    }

    fn is_transient(_code: &str, refusal: &ErrorResponse) -> bool {
        refusal.error == "fetch_members_failed"
    }
}

fn policy() -> RetryPolicy {
    RetryPolicy::with_max_attempts(3).base_delay(Duration::from_millis(1))
}

/// Returns the number of attempts of an operation that always gets the same answer, and its error.
async fn tries<O: Operation>(operation: O, answer: Answer, policy: RetryPolicy) -> (usize, Error<O::Refusal>)
where
    O::Response: std::fmt::Debug,
    O::Refusal: std::fmt::Debug,
{
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(answer);
    let client = builder(&slack).build().unwrap();
    let error = client.call(operation).with_retry(policy).send().await.unwrap_err();
    (slack.requests().len(), error)
}

fn history() -> History {
    History { channel: "C01GENERAL0", limit: 200 }
}

#[tokio::test]
async fn shared_codes_have_the_same_classification_for_own_operations() {
    // The first code of the document that only some methods return.
    let shared = ErrorCode::KNOWN.iter().take_while(|code| **code != "already_archived");
    for code in shared.filter(|code| **code != "ratelimited") {
        let (sent, error) = tries(history(), Answer::refusal(code), policy()).await;
        let known = ErrorCode::from(*code);
        assert_eq!(
            (error.is_fatal(), error.is_transient()),
            (known.is_fatal(), known.is_transient()),
            "{code}"
        );
        assert_eq!(sent, if known.is_transient() { 3 } else { 1 }, "{code}");
        assert!(matches!(&error, Error::Slack(refusal) if refusal.body.error == *code), "{error:?}");
    }
    let (sent, error) = tries(history(), Answer::refusal("channel_not_found"), policy()).await;
    assert_eq!((sent, error.is_fatal(), error.is_transient()), (1, false, false));
}

#[tokio::test]
async fn arguments_can_be_borrowed_text_and_sizes() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::json(r#"{"ok":true}"#));
    let client = builder(&slack).build().unwrap();
    assert!(client.call(history()).send().await.unwrap().ok);
    assert_eq!(slack.requests()[0].query, "channel=C01GENERAL0&limit=200");
}

#[tokio::test]
async fn a_rate_limit_in_the_body_is_recognized_for_own_operations() {
    let limited = Answer::refusal("ratelimited").with_header("retry-after", "0");
    for sent in [tries(history(), limited.clone(), policy()).await.0, tries(Post, limited, policy()).await.0]
    {
        assert_eq!(sent, 3);
    }
}

#[tokio::test]
async fn a_reading_operation_is_repeated_after_any_transient_error() {
    for status in [500, 502, 503] {
        let (sent, error) = tries(history(), Answer::html(status, "<p>"), policy()).await;
        assert_eq!((sent, error.is_transient()), (3, true), "{status}");
    }
}

#[tokio::test]
async fn a_post_is_repeated_only_if_it_was_certainly_not_processed() {
    for (code, expected) in [
        ("internal_error", 1),
        ("fatal_error", 1),
        ("service_unavailable", 3),
        ("migration_in_progress", 3),
        ("request_timeout", 3),
        ("invalid_auth", 1),
    ] {
        let (sent, error) = tries(Post, Answer::refusal(code), policy()).await;
        assert_eq!(sent, expected, "{code}");
        assert_eq!(error.code(), Some(code));
        assert_eq!(
            error.may_have_been_processed(),
            matches!(code, "internal_error" | "fatal_error"),
            "{code}"
        );
    }
    for (status, expected) in [(500, 1), (503, 1), (408, 3)] {
        assert_eq!(tries(Post, Answer::html(status, "<p>"), policy()).await.0, expected, "{status}");
    }
    // Both the operation and the policy can override this.
    assert_eq!(tries(Mark, Answer::refusal("internal_error"), policy()).await.0, 3);
    let daring = policy().repeat_non_idempotent(true);
    assert_eq!(tries(Post, Answer::refusal("internal_error"), daring).await.0, 3);
    assert_eq!(tries(Post, Answer::html(500, "<p>"), daring).await.0, 3);
}

#[tokio::test]
async fn an_operation_can_classify_its_own_codes() {
    let (sent, error) = tries(Quirk, Answer::refusal("fetch_members_failed"), policy()).await;
    assert_eq!((sent, error.is_transient()), (3, true));
    let (sent, error) = tries(Quirk, Answer::refusal("thread_not_found"), policy()).await;
    assert_eq!((sent, error.is_fatal()), (1, true));
    let (sent, error) = tries(Quirk, Answer::refusal("internal_error"), policy()).await;
    assert_eq!((sent, error.is_transient()), (1, false));
}
