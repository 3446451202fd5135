//! rtm.connect and rtm.start over real HTTP on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use slack_rtm::{Client, Error, ErrorCode, Method, RetryPolicy};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::{Answer, FakeSlack};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

async fn slack() -> (FakeSlack, Client) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    (slack, client)
}

async fn error_for(answer: Answer) -> Error {
    let (slack, client) = slack().await;
    slack.answer_always(answer);
    client.rtm_connect().send().await.unwrap_err()
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
async fn a_refusal_is_typed_whatever_the_status() {
    for status in [200, 401, 500] {
        let answer = Answer::json(
            r#"{"ok":false,"error":"missing_scope","needed":"rtm:stream","provided":"identify"}"#,
        )
        .with_status(status);
        let Error::Slack(refusal) = error_for(answer).await else { panic!("no refusal") };
        assert_eq!((refusal.status.as_u16(), refusal.code.as_str()), (status, "missing_scope"));
        assert_eq!(
            (&refusal.body.error, refusal.body.needed.as_deref()),
            (&ErrorCode::MissingScope, Some("rtm:stream"))
        );
    }
}

#[tokio::test]
async fn every_code_is_fatal_or_transient_and_an_unknown_one_is_neither() {
    // From this one on the document has codes that only some methods have, and of those some are neither.
    let some = ErrorCode::KNOWN.iter().position(|code| *code == "already_archived").unwrap();
    for (index, code) in ErrorCode::KNOWN.iter().enumerate().filter(|(_, code)| **code != "ratelimited") {
        let error = error_for(Answer::refusal(code)).await;
        assert_eq!(error.code(), Some(*code));
        assert!(!(error.is_fatal() && error.is_transient()), "{code}");
        assert!(index >= some || error.is_fatal() || error.is_transient(), "{code}");
    }
    let error = error_for(Answer::refusal("brand_new")).await;
    assert!(!error.is_fatal() && !error.is_transient());
    assert!(matches!(error, Error::Slack(refusal) if refusal.body.error == "brand_new"));
}

#[tokio::test]
async fn php_and_numbers_in_a_refusal() {
    let error =
        error_for(Answer::json(r#"{"ok":0,"error":"invalid_auth","response_metadata":[],"later":{"x":1}}"#))
            .await;
    assert_eq!(error.code(), Some("invalid_auth"));
    let error = error_for(Answer::json(r#"{"ok":"0","error":"invalid_auth"}"#)).await;
    assert!(error.is_fatal());
    // The reason names the field that is at fault.
    let error = error_for(Answer::json(r#"{"ok":false,"error":[7]}"#)).await;
    assert!(matches!(&error, Error::Decode { source, .. } if source.path() == "error"), "{error:?}");
}

#[tokio::test]
async fn a_rate_limit_tells_its_wait() {
    for (answer, seconds) in [
        (Answer::rate_limited("2"), 2),
        (Answer::rate_limited("soon"), 30),
        (Answer::html(429, "slow down"), 30),
        (Answer::refusal("ratelimited"), 30),
        (Answer::refusal("ratelimited").with_header("retry-after", "7"), 7),
    ] {
        let error = error_for(answer).await;
        assert!(error.is_rate_limited() && error.is_transient());
        assert_eq!(
            (error.retry_after(), error.code()),
            (Some(Duration::from_secs(seconds)), Some("ratelimited"))
        );
    }
}

#[tokio::test]
async fn bad_bodies_are_typed_errors() {
    let page = "<html>".repeat(10_000);
    for (body, is_json) in [
        (page.as_str(), false),
        ("", false),
        (r#"{"ok":true,"url":"wss://SECRET"#, false),
        ("null", true),
        ("[]", true),
        (r#"{"ok":true}"#, true),
        (r#"{"ok":false}"#, true),
        (
            r#"{"ok":true,"url":"SECRET","self":{"id":"U1","name":"n"},"team":{"id":"T1","name":"n","domain":"d"}}"#,
            true,
        ),
        (&format!(r#"{{"ok":true,"x":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000)), true),
        ("\u{feff}{}", false),
    ] {
        let error = error_for(Answer::json(body.to_owned())).await;
        let Error::Decode { source, body: excerpt, .. } = &error else { panic!("{body:.60}: {error}") };
        assert_eq!(source.is_json(), is_json, "{body:.60}: {source}");
        assert_eq!(excerpt.as_bytes(), &body.as_bytes()[..body.len().min(4096)]);
        assert_eq!(excerpt.body_len(), body.len());
        assert!(!error.is_fatal() && !error.is_transient());
        assert!(!format!("{error} {error:?} {source}").contains("SECRET"), "{error:?}");
    }
}

#[tokio::test]
async fn the_messages_of_errors() {
    let mut shown = String::new();
    for answer in [
        Answer::refusal("invalid_auth"),
        Answer::rate_limited("2"),
        Answer::html(502, "<h1>Bad gateway</h1>"),
        Answer::json(r#"{"ok":true,"url":"x","self":{"id":"U1","name":7}}"#),
        Answer::html(200, "<h1>Log in</h1>"),
        Answer::redirect("https://elsewhere.example.com/"),
    ] {
        let error = error_for(answer).await;
        shown.push_str(&format!("{error}"));
        if let Some(source) = std::error::Error::source(&error) {
            shown.push_str(&format!(" <- {source}"));
        }
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_body_of_10_mb_is_not_kept() {
    let (slack, client) = slack().await;
    slack.answer_next(Answer::json(vec![b' '; 10 << 20]));
    assert!(
        matches!(client.rtm_connect().send().await, Err(Error::BodyTooLarge { limit, .. }) if limit == 8 << 20)
    );
    let small = builder(&slack).max_body(100).build().unwrap();
    assert!(matches!(small.rtm_connect().send_raw().await, Err(Error::BodyTooLarge { limit: 100, .. })));
}

/// A server that answers each connection with the same bytes.
async fn canned(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_body_without_a_stated_length_is_bounded_too() {
    // Chunks without end: the limit has to end it.
    let url = canned(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n     \r\n5\r\n     \r\n5\r\n     \r\n",
    )
    .await;
    let client = Client::builder().token(TOKEN).base_url(url).max_body(12).build().unwrap();
    assert!(matches!(client.rtm_connect().send().await, Err(Error::BodyTooLarge { limit: 12, .. })));
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_transport_error() {
    for answer in
        [&b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":"[..], b"", b"no http at all\r\n\r\n"]
    {
        let client = Client::builder().token(TOKEN).base_url(canned(answer).await).build().unwrap();
        let error = client.rtm_connect().send().await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)) && error.is_transient(), "{error:?}");
    }
}

#[tokio::test]
async fn no_connection_and_no_tls_are_told_apart() {
    let closed = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let error = Client::builder()
        .token(TOKEN)
        .base_url(format!("http://{closed}"))
        .build()
        .unwrap()
        .rtm_connect()
        .send()
        .await
        .unwrap_err();
    assert!(error.is_connect() && error.is_transient() && !error.is_timeout());
    let plain = canned(b"no tls here").await.replace("http:", "https:");
    let error = Client::builder()
        .token(TOKEN)
        .base_url(plain)
        .build()
        .unwrap()
        .rtm_connect()
        .send()
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.is_tls()), "{error:?}");
    assert!(error.is_connect() && !error.is_transient());
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
