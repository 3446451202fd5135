//! Neither output nor logs contain the token, the WebSocket URL of a session, or the password of a proxy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::Client;
use slack_rtm_e2e::{TOKEN, builder, causes};
use slack_rtm_test::{Answer, FakeSlack};

fn assert_clean(text: &str) {
    for secret in ["SECRET", "TICKET", "PASSWORD"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn responses_print_no_secret() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    let body = r#"{"ok":true,"url":"wss://wss.example.com/TICKET?x=SECRET","self":{"id":"U1","name":"n"},"team":{"id":"T1","name":"n","domain":"d"}}"#;
    // A server that echoes the token in a header, like some debugging proxies.
    slack
        .answer_always(Answer::json(body).with_header("x-echo", TOKEN).with_header("set-cookie", "d=SECRET"));
    let call = client.rtm_connect().with_header("x-extra", "SECRET");
    assert_clean(&format!("{client:?} {client:#?} {call:?}"));
    assert_clean(&format!("{:?}", client.rtm_connect().send().await.unwrap()));
    let response = call.send_with_info().await.unwrap();
    assert_clean(&format!("{response:?} {response:#?} {:?}", response.headers));
    assert_clean(&format!("{:?}", client.rtm_connect().send_raw().await.unwrap()));
}

#[tokio::test]
async fn errors_print_no_secret() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    for answer in [
        Answer::json(
            r#"{"ok":true,"url":"TICKET","self":{"id":"U1","name":"n"},"team":{"id":"T1","name":"n","domain":"d"}}"#,
        ),
        Answer::json(r#"{"ok":true,"url":["wss://TICKET"]}"#),
        Answer::json(format!(r#"{{"ok":false,"error":"{TOKEN}","needed":"{TOKEN}"}}"#)),
        Answer::json(r#"{"ok":false,"error":"x","callstack":"wss://TICKET"}"#),
        Answer::json(r#"{"ok":"0","error":7,"needed":"SECRET"}"#),
        Answer::json(r#"{"ok":"wss://TICKET"}"#),
        Answer::json(format!("{{\"ok\":false,\"error\":[\"{TOKEN}\"]}}")),
        Answer::html(403, &format!("you sent {TOKEN}")).with_header("content-type", TOKEN),
        Answer::redirect(&format!("http://elsewhere.example.com/?token={TOKEN}")),
        Answer::json(vec![b'S'; 9 << 20]),
    ] {
        slack.answer_next(answer);
        assert_clean(&causes(&client.rtm_connect().send().await.unwrap_err()));
    }
}

#[tokio::test]
async fn transport_errors_print_no_secret() {
    for base_url in ["http://127.0.0.1:1/TICKET", "https://127.0.0.1:1/TICKET"] {
        let client = Client::builder().token(TOKEN).base_url(base_url).build().unwrap();
        assert_clean(&causes(&client.rtm_connect().send().await.unwrap_err()));
    }
    for proxy in ["http://user:PASSWORD@127.0.0.1:1", "http://user:PASSWORD@proxy.invalid"] {
        let client = Client::builder().token(TOKEN).proxy(proxy).build().unwrap();
        assert_clean(&format!("{client:?}"));
        assert_clean(&causes(&client.rtm_connect().send().await.unwrap_err()));
    }
}

#[test]
fn settings_print_no_secret() {
    for builder in [
        Client::builder().token("xoxb SECRET"),
        Client::builder().token(TOKEN).base_url("https://user:PASSWORD@slack.com"),
        Client::builder().token(TOKEN).proxy("user:PASSWORD@proxy"),
        Client::builder().token(TOKEN).proxy("gopher://user:PASSWORD@proxy"),
    ] {
        assert_clean(&format!("{builder:?}"));
        if let Err(error) = builder.build() {
            assert_clean(&causes(&error));
        }
    }
}
