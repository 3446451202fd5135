//! `slack-rtm doctor` with an app-level token.

use slack_rtm_test::{Answer, FakeSlack, Script};

use crate::doctor::examine;
use crate::{APP_TOKEN, TOKEN};

const BOT: &[(&str, &str)] = &[("SLACK_BOT_TOKEN", TOKEN)];

async fn slack() -> FakeSlack {
    FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap()
}

async fn report(slack: &FakeSlack, tokens: &[(&str, &str)], arguments: &[&str]) -> String {
    examine(&slack.base_url(), Some(APP_TOKEN), tokens, arguments).await
}

/// The report from a step on.
async fn report_from(slack: &FakeSlack, step: &str) -> String {
    let report = report(slack, BOT, &[]).await;
    report[report.find(step).unwrap_or_else(|| panic!("no {step}: {report}"))..].to_owned()
}

#[tokio::test]
async fn every_step_of_socket_mode_is_taken() {
    let slack = slack().await;
    insta::assert_snapshot!("socket_mode", report(&slack, BOT, &[]).await);
    let calls: Vec<_> = slack.requests().iter().map(|request| request.api_method().to_owned()).collect();
    assert_eq!(calls, ["auth.test", "apps.connections.open"]);
    insta::assert_snapshot!("socket_mode_without_bot_token", report(&slack, &[], &["--json"]).await);
}

#[tokio::test]
async fn refusals_are_explained() {
    let slack = slack().await;
    for code in ["missing_scope", "not_allowed_token_type", "invalid_auth"] {
        slack.answer_next_to("apps.connections.open", Answer::refusal(code));
        insta::assert_snapshot!(
            format!("socket_mode_{code}"),
            report_from(&slack, "apps.connections.open").await
        );
    }
    slack.answer_next_to("auth.test", Answer::refusal("invalid_auth"));
    insta::assert_snapshot!("socket_mode_bot_token_refused", report_from(&slack, "auth.test").await);
}

#[tokio::test]
async fn connections_that_fail_are_explained() {
    let slack = slack().await;
    for (name, script) in [
        ("link_disabled", Script::disconnect_first("link_disabled")),
        ("too_many_connections", Script::disconnect_first("too_many_websockets")),
        ("upgrade_refused", Script::refused(503)),
    ] {
        slack.script_next(script);
        insta::assert_snapshot!(format!("socket_mode_{name}"), report_from(&slack, "upgrade").await);
    }
    slack.set_other_connections(2);
    insta::assert_snapshot!("socket_mode_other_connections", report_from(&slack, "upgrade").await);
}

#[tokio::test]
async fn a_server_that_does_not_answer_fails_within_the_limits() {
    let slack = slack().await;
    let limits = ["--connect-timeout", "0.5", "--max-connect-timeout", "0.5"];
    slack.script_next(Script::without_hello());
    let began = std::time::Instant::now();
    let report = examine(&slack.base_url(), Some(APP_TOKEN), BOT, &limits).await;
    assert!(report.contains("no_hello") && report.contains("-- exit 1"), "{report}");
    // Far less than the default.
    assert!(began.elapsed().as_secs_f64() < 9.0, "{:?}", began.elapsed());
}

#[tokio::test]
async fn tokens_of_the_wrong_kind_are_named() {
    let slack = slack().await;
    let url = slack.base_url();
    for (main, bot, expected, code) in [
        (TOKEN, APP_TOKEN, "tokens_mixed_up", 2),
        (APP_TOKEN, APP_TOKEN, "tokens_mixed_up", 2),
        (TOKEN, TOKEN, "bot_token_for_app_token", 0),
        (APP_TOKEN, "xoxe-1-SECRET", "refresh_token", 3),
        (APP_TOKEN, "xoxb SECRET", "no_token", 2),
    ] {
        let report = examine(&url, Some(main), &[("SLACK_BOT_TOKEN", bot)], &[]).await;
        assert!(report.contains(expected) && report.contains(&format!("-- exit {code}")), "{report}");
    }
}
