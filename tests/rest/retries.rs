//! Retries of calls.

use std::time::{Duration, Instant};

use slack_rtm::RetryPolicy;
use slack_rtm_e2e::builder;
use slack_rtm_test::Answer;

use super::slack;

#[tokio::test]
async fn transient_failures_are_tried_again_where_it_is_wanted() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::refusal("internal_error"));
    slack.answer_next(Answer::html(502, ""));
    let policy = RetryPolicy::with_max_attempts(3).base_delay(Duration::from_millis(1));
    assert!(client.rtm_connect().with_retry(policy).send().await.is_ok());
    assert_eq!(slack.requests().len(), 3);
    slack.answer_always(Answer::refusal("service_unavailable"));
    let client = builder(&slack).retry(policy).build().unwrap();
    assert_eq!(client.rtm_connect().send().await.unwrap_err().code(), Some("service_unavailable"));
    assert_eq!(slack.requests().len(), 6);
}

#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::rate_limited("1"));
    let began = Instant::now();
    client.rtm_connect().with_retry(RetryPolicy::default()).send().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(slack.requests().len(), 2);
}

#[tokio::test]
async fn what_cannot_heal_is_sent_once() {
    for code in ["invalid_auth", "account_inactive", "token_revoked", "brand_new"] {
        let (slack, client) = slack().await;
        slack.answer_always(Answer::refusal(code));
        assert!(client.rtm_connect().with_retry(RetryPolicy::with_max_attempts(5)).send().await.is_err());
        assert_eq!(slack.requests().len(), 1, "{code}");
    }
}
