//! rtm.connect and rtm.start over real HTTP on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod errors;
mod retries;

use std::time::Duration;

use slack_rtm::{Client, Error, Method};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::{Answer, FakeSlack};

async fn slack() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

#[tokio::test]
async fn a_typed_answer() {
    let (slack, client) = slack().await;
    let answer = client.rtm_connect().presence_sub(true).batch_presence_aware(false).send().await.unwrap();
    assert_eq!(answer.self_.id, "U01ROBOT000");
    assert_eq!(answer.url.expose().scheme(), "ws");
    let request = &slack.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/api/rtm.connect"));
    assert_eq!(request.query, "batch_presence_aware=0&presence_sub=1");
    assert_eq!(request.token(), Some(TOKEN));
    assert_eq!(request.headers["accept"], "application/json");
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("slack-rtm"));
}

#[tokio::test]
async fn arguments_that_are_not_set_are_not_sent() {
    let (slack, client) = slack().await;
    client.rtm_connect().send().await.unwrap();
    assert_eq!(slack.requests()[0].query, "");
}

#[tokio::test]
async fn a_post_has_a_form_and_still_the_token_in_the_header_alone() {
    let (slack, client) = slack().await;
    client.rtm_connect().presence_sub(true).with_method(Method::Post).send().await.unwrap();
    let request = &slack.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.query.as_str(), &request.body[..]),
        ("POST", "", &b"presence_sub=1"[..])
    );
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!((request.token(), request.argument("token")), (Some(TOKEN), None));
}

#[tokio::test]
async fn the_deprecated_method_takes_all_its_arguments() {
    let (slack, client) = slack().await;
    #[expect(deprecated, reason = "it is what is tested")]
    let call = client.rtm_start();
    call.simple_latest(true)
        .no_unreads(true)
        .mpim_aware(true)
        .no_latest(true)
        .include_locale(true)
        .presence_sub(true)
        .batch_presence_aware(true)
        .send()
        .await
        .unwrap();
    let request = &slack.requests()[0];
    assert_eq!((request.path.as_str(), request.arguments().len()), ("/api/rtm.start", 7));
    assert!(request.arguments().iter().all(|(_, value)| value == "1"));
}

#[tokio::test]
async fn an_answer_with_what_came_beside_it() {
    let (slack, client) = slack().await;
    slack.answer_next(
        Answer::json(r#"{"ok":true,"url":"wss://x.example.com/t","self":{"id":"U1","name":"n"},"team":{"id":"T1","name":"n","domain":"d"},"warning":"a,b","response_metadata":{"warnings":["b"]}}"#)
            .with_header("x-slack-req-id", "abc"),
    );
    let response = client.rtm_connect().send_with_info().await.unwrap();
    assert_eq!((response.status.as_u16(), response.headers.text("X-Slack-Req-Id")), (200, Some("abc")));
    assert_eq!(response.warnings(), ["a", "b"]);
    assert!(response.body.starts_with(b"{\"ok\":true"));
    assert!(!response.value.self_.id.is_well_formed());
}

#[tokio::test]
async fn a_raw_answer_is_whatever_came() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::html(503, "<h1>down</h1>"));
    let raw = client.rtm_connect().send_raw().await.unwrap();
    assert_eq!((raw.status.as_u16(), &raw.body[..]), (503, &b"<h1>down</h1>"[..]));
    slack.answer_next(Answer::refusal("invalid_auth"));
    assert_eq!(client.rtm_connect().send_raw().await.unwrap().status.as_u16(), 200);
}

#[tokio::test]
async fn options_of_one_call() {
    let (slack, client) = slack().await;
    let other = FakeSlack::start().await.unwrap();
    client
        .rtm_connect()
        .with_base_url(&other.base_url())
        .with_header("x-a", "1")
        .with_header("x-a", "2")
        .with_accept("text/plain")
        .send()
        .await
        .unwrap();
    assert!(slack.requests().is_empty());
    let headers = &other.requests()[0].headers;
    assert_eq!(headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(headers["accept"], "text/plain");
    slack.answer_next(Answer::json("{}").with_delay(Duration::from_secs(30)));
    let error = client.rtm_connect().with_timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_transient() && !error.is_fatal());
}

#[tokio::test]
async fn options_that_cannot_be_used_send_nothing() {
    let (slack, client) = slack().await;
    for call in [
        client.rtm_connect().with_header("a b", "x"),
        client.rtm_connect().with_header("x-a", "line\nend"),
        client.rtm_connect().with_header("Authorization", "Bearer other"),
        client.rtm_connect().with_header("content-length", "5"),
        client.rtm_connect().with_accept("\0"),
        client.rtm_connect().with_base_url("http://slack.com/api").with_timeout(Duration::ZERO),
        client.rtm_connect().with_base_url("slack.com"),
    ] {
        let error = call.send().await.unwrap_err();
        assert!(matches!(error, Error::Config(_)) && error.is_fatal(), "{error}");
    }
    assert!(slack.requests().is_empty());
}

#[tokio::test]
async fn redirects_stay_on_the_host() {
    let (slack, client) = slack().await;
    let elsewhere = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::redirect(&format!("{}/rtm.connect", elsewhere.base_url())));
    let error = client.rtm_connect().send().await.unwrap_err();
    assert!(matches!(&error, Error::Status { status, .. } if status.as_u16() == 302), "{error:?}");
    assert!(elsewhere.requests().is_empty());
    slack.answer_next(Answer::redirect(&format!("{}/moved/rtm.connect", slack.base_url())));
    client.rtm_connect().send().await.unwrap();
    slack.answer_always(Answer::redirect(&format!("{}/again", slack.base_url())));
    assert_eq!(client.rtm_connect().send().await.unwrap_err().status().unwrap().as_u16(), 302);
    assert!(slack.requests().len() < 12, "{}", slack.requests().len());
}

#[tokio::test]
async fn calls_go_through_a_proxy() {
    let (slack, _) = slack().await;
    // The fake stands in for the proxy as well: it sees the whole URL and the proxy's credentials.
    let proxy = FakeSlack::start().await.unwrap();
    let url = format!("http://user:password@{}", proxy.address());
    let client = builder(&slack).proxy(url).build().unwrap();
    client.rtm_connect().send().await.unwrap();
    assert!(slack.requests().is_empty());
    assert_eq!(proxy.requests()[0].headers["proxy-authorization"], "Basic dXNlcjpwYXNzd29yZA==");
}

#[tokio::test]
async fn a_client_of_the_callers_own() {
    let slack = FakeSlack::start().await.unwrap();
    let http = slack_rtm::apis::reqwest::Client::builder()
        .tls_backend_preconfigured(builder(&slack).build().unwrap().rustls_config().as_ref().clone())
        .user_agent("mine")
        .build()
        .unwrap();
    builder(&slack).http_client(http).build().unwrap().rtm_connect().send().await.unwrap();
    assert_eq!(slack.requests()[0].headers["user-agent"], "mine");
}

#[test]
fn settings_that_cannot_be_used() {
    for (builder, setting) in [
        (Client::builder(), "token"),
        (Client::builder().token("xoxb 1"), "token"),
        (Client::builder().token_from_env("SLACK_RTM_NO_SUCH_VARIABLE"), "token"),
        (Client::builder().token(TOKEN).base_url("http://slack.com/api"), "base_url"),
        (Client::builder().token(TOKEN).base_url("slack"), "base_url"),
        (Client::builder().token(TOKEN).proxy("nowhere"), "proxy"),
        (Client::builder().token(TOKEN).user_agent("a\nb"), "user_agent"),
    ] {
        assert_eq!(builder.build().unwrap_err().setting(), setting);
    }
    let gov = Client::builder().token(TOKEN).gov_slack().build().unwrap();
    assert_eq!(gov.base_url().as_url().as_str(), "https://slack-gov.com/api");
    assert!(
        Client::builder()
            .token(TOKEN)
            .base_url("http://slack.com/api")
            .danger_allow_plain_http(true)
            .build()
            .is_ok()
    );
}
