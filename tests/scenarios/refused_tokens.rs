//! Tokens that are refused in other places than the first call: by the message server, or after they have worked.

use slack_rtm::Item;
use slack_rtm_e2e::{Watch, fast_clock, seconds};
use slack_rtm_test::{Answer, Script};

use crate::{client, open};

/// What a session tells until its end.
async fn until_closed(watch: &mut Watch) -> slack_rtm::session::Error {
    watch.until(|item| if let Item::Closed(error) = item { Some(error.clone()) } else { None }).await
}

#[tokio::test]
async fn the_message_server_refuses_the_token_in_place_of_hello() {
    fast_clock();
    for code in ["invalid_auth", "account_inactive", "token_revoked", "not_allowed_token_type"] {
        let (slack, client) = client().await;
        slack.script_always(Script::error_first(401, code));
        let error = client.session().open().await.unwrap_err();
        assert!(error.is_fatal() && error.code().unwrap() == code, "{error:?}");
        assert!(error.to_string().contains(code), "{error}");
        let dials = slack.dials();
        assert_eq!(dials.len(), 3);
        assert!(dials.windows(2).all(|pair| pair[1].at - pair[0].at >= seconds(1.5)), "they are spaced");
    }
}

#[tokio::test]
async fn the_message_server_refuses_the_token_after_hello() {
    fast_clock();
    for frame in [
        r#"{"type":"error","error":{"msg":"invalid_auth","code":401}}"#,
        r#"{"type":"error","error":{"msg":"invalid_auth"}}"#,
        r#"{"type":"error","error":{"code":"invalid_auth"}}"#,
        r#"{"type":"error","error":"invalid_auth"}"#,
    ] {
        let (slack, client) = client().await;
        slack.script_always(Script::healthy().sending([frame]).dying_after(seconds(0.2)));
        let mut watch = Watch::new(client.session().start().split().1);
        let reason = watch.until_lost().await;
        assert!(
            reason.code().unwrap() == "invalid_auth" && reason.to_string().contains("invalid_auth"),
            "{reason}"
        );
        let error = until_closed(&mut watch).await;
        assert!(error.is_fatal() && error.code().unwrap() == "invalid_auth", "{error:?}");
        assert_eq!(slack.dials().len(), 3);
    }
}

#[tokio::test]
async fn a_refusal_that_nobody_knows_is_named_and_tried_again() {
    fast_clock();
    let (slack, client) = client().await;
    for _ in 0..4 {
        slack.script_next(Script::error_first(7, "brand_new"));
    }
    let mut watch = Watch::new(client.session().start().split().1);
    for _ in 0..4 {
        let retry = watch.until_retry().await;
        assert!(!retry.error.is_fatal() && retry.error.code().unwrap() == "brand_new", "{retry:?}");
    }
    watch.until_connected().await;
}

#[tokio::test]
async fn a_refusal_that_passes_does_not_end_a_session_that_was_connected() {
    fast_clock();
    for code in ["invalid_auth", "not_authed", "not_allowed_token_type"] {
        let (slack, client) = client().await;
        let (_sender, mut watch) = open(&slack, client.session()).await;
        for _ in 0..3 {
            slack.answer_next(Answer::refusal(code));
        }
        slack.drop_connections().await;
        let reason = watch.until_lost().await;
        assert!(reason.code().is_none());
        for _ in 0..3 {
            let retry = watch.until_retry().await;
            assert!(!retry.error.is_fatal() && retry.error.code().unwrap() == code, "{retry:?}");
        }
        watch.until_gap().await;
    }
}

#[tokio::test]
async fn a_refusal_that_does_not_pass_ends_it_in_the_end() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session().refusal_retries(3, seconds(10.0))).await;
    slack.answer_always(Answer::refusal("invalid_auth"));
    slack.drop_connections().await;
    watch.until_lost().await;
    let lost = watch.last_time();
    let error = until_closed(&mut watch).await;
    assert!(error.is_fatal() && error.code().unwrap() == "invalid_auth", "{error:?}");
    let lasted = watch.last_time() - lost;
    assert!(lasted >= seconds(70.0) && lasted <= seconds(100.0), "{lasted:?}");
    assert_eq!(slack.requests().len(), 5);
}
