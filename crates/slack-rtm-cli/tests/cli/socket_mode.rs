//! `slack-rtm listen` over Socket Mode.

use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_test::FakeSlack;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::listener::Listener;
use crate::{APP_TOKEN, TOKEN, command};

const ALICE: &str = "U01ALICE000";
const GENERAL: &str = "C01GENERAL0";

async fn start(arguments: &[&str]) -> (FakeSlack, Listener) {
    let slack = FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap();
    let mut listener = Listener::start_socket_mode(&slack, arguments);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    (slack, listener)
}

fn ack(line: &Value) -> String {
    json!({ "ack": line["envelope"]["id"] }).to_string()
}

#[tokio::test]
async fn an_app_level_token_means_socket_mode() {
    let (slack, mut listener) = start(&[]).await;
    let event_id = slack.event(json!({ "type": "app_home_opened", "user": ALICE })).await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    let event = listener.next("event").await;
    assert_eq!(event["event"], json!({ "type": "app_home_opened", "user": ALICE }));
    let envelope = &event["envelope"];
    assert_eq!((&envelope["event_id"], &envelope["team"]), (&json!(event_id), &json!("T01ACME0000")));
    assert_eq!(slack.wait_for_acks(1).await.unwrap()[0].envelope_id, envelope["id"].as_str().unwrap());

    listener.write(r#"{"send":{"ref":1,"channel":"C01GENERAL0","text":"hi"}}"#).await;
    let reply = listener.next("reply").await;
    assert_eq!((&reply["ref"], &reply["outcome"]), (&json!(1), &json!("acked")));
    assert_eq!(slack.messages(GENERAL)[0]["text"], "hi");
    listener.write(r#"{"typing":{"channel":"C01GENERAL0"}}"#).await;
    assert_eq!(listener.next("error").await["code"], "not_sent");
    listener.write(r#"{"close":{}}"#).await;
    while listener.next("state").await["state"] != "closed" {}
    assert_eq!(listener.code().await, Some(0));
}

#[tokio::test]
async fn interactions_and_commands_are_printed_and_answered() {
    let (slack, mut listener) = start(&["--type", "message"]).await;
    slack.slash_command(json!({ "command": "/deploy", "text": "web" })).await;
    let command = listener.next("command").await;
    assert_eq!(command["payload"], json!({ "command": "/deploy", "text": "web" }));
    assert_eq!(command["envelope"]["accepts_response"], true);
    let id = command["envelope"]["id"].clone();
    let respond = |text: &str| json!({ "respond": { "envelope": id, "payload": { "text": text } } });
    // Slack would drop it, so it is an error, and a shorter response is still possible.
    listener.write(&respond(&"x".repeat(20_480)).to_string()).await;
    let error = listener.next("error").await;
    assert_eq!((&error["line"], &error["code"]), (&json!(1), &json!("bad_command")));
    listener.write(&respond("On it.").to_string()).await;
    assert_eq!(slack.wait_for_acks(1).await.unwrap()[0].payload, json!({ "text": "On it." }));
    listener.write(&respond("Again.").to_string()).await;
    assert_eq!(listener.next("error").await["line"], 3);

    slack.interaction(json!({ "type": "view_submission", "view": { "id": "V1" } })).await;
    let submitted = listener.next("interaction").await;
    assert_eq!(submitted["payload"]["type"], "view_submission");
    listener.write(&ack(&submitted)).await;
    assert!(slack.wait_for_acks(2).await.unwrap()[1].payload.is_null());

    // A button accepts no response, and has been acknowledged already.
    slack.interaction(json!({ "type": "block_actions" })).await;
    let pressed = listener.next("interaction").await;
    slack.wait_for_acks(3).await.unwrap();
    listener.write(&ack(&pressed)).await;
    assert!(listener.next("error").await["message"].as_str().unwrap().contains("no open envelope"));

    slack.envelope("brand_new", json!({ "x": 1 }), false).await;
    let unknown = listener.next("envelope").await;
    assert_eq!((&unknown["type"], &unknown["payload"]), (&json!("brand_new"), &json!({ "x": 1 })));
}

#[tokio::test]
async fn the_reader_acknowledges_what_it_has_processed() {
    let (slack, mut listener) = start(&["--manual-ack", "--type", "message"]).await;
    // Left out by --type, so the reader cannot acknowledge it.
    slack.event(json!({ "type": "app_home_opened" })).await;
    slack.wait_for_acks(1).await.unwrap();
    slack.user(ALICE).says(GENERAL, "important").await;
    let event = listener.next("event").await;
    assert_eq!(event["event"]["text"], "important");
    slack.slash_command(json!({ "command": "/deploy" })).await;
    let command = listener.next("command").await;
    assert_eq!(slack.acks().len(), 1);
    listener.write(&ack(&command)).await;
    listener.write(&ack(&event)).await;
    let acks = slack.wait_for_acks(3).await.unwrap();
    let acked: Vec<_> = acks[1..].iter().map(|ack| ack.envelope_id.as_str()).collect();
    assert_eq!(acked, [&command["envelope"]["id"], &event["envelope"]["id"]]);
    listener.write(r#"{"ack":17}"#).await;
    assert!(listener.next("error").await["message"].as_str().unwrap().contains("--state"));
}

#[tokio::test]
async fn what_a_killed_reader_has_not_acknowledged_is_delivered_again() {
    let (slack, mut listener) = start(&["--manual-ack", "--type", "message"]).await;
    slack.user(ALICE).says(GENERAL, "important").await;
    let event = listener.next("event").await;
    listener.child.kill().await.unwrap();
    slack.wait_for_connections(0).await.unwrap();
    let mut next = Listener::start_socket_mode(&slack, &["--manual-ack", "--type", "message"]);
    let again = next.next("event").await;
    assert_eq!(again["envelope"]["event_id"], event["envelope"]["event_id"]);
    assert_eq!(again["envelope"]["retry_reason"], "http_timeout");
    next.write(&ack(&again)).await;
    slack.wait_for_acks(1).await.unwrap();
}

#[tokio::test]
async fn other_connections_of_the_app_are_reported() {
    let slack = FakeSlack::start().await.unwrap();
    slack.set_other_connections(2);
    let mut listener = Listener::start_with(&slack, &[("SLACK_TOKEN", APP_TOKEN)], &[]);
    let others = listener.next("other_connections").await;
    assert_eq!((&others["total"], &others["ours"]), (&json!(3), &json!(1)));
    // Without a bot token nothing can be posted.
    listener.write(r#"{"send":{"channel":"C01GENERAL0","text":"hi"}}"#).await;
    assert_eq!(listener.next("reply").await["outcome"], "not_sent");
}

#[tokio::test]
async fn options_of_the_other_protocol_and_swapped_tokens_are_wrong_usage() {
    let tokens = |main, bot| [("SLACK_TOKEN", main), ("SLACK_BOT_TOKEN", bot)];
    for (arguments, tokens, expected) in [
        (&["listen", "--manual-ack"][..], tokens(TOKEN, ""), "--manual-ack needs Socket Mode"),
        (&["listen", "--presence-sub"], tokens(APP_TOKEN, ""), "--presence-sub needs RTM"),
        (&["send", "C01GENERAL0", "hi"], tokens(APP_TOKEN, TOKEN), "send needs RTM"),
        (&["listen"], tokens(TOKEN, APP_TOKEN), "SLACK_BOT_TOKEN has an app-level token"),
        (&["listen"], tokens(APP_TOKEN, APP_TOKEN), "SLACK_BOT_TOKEN has an app-level token"),
        (&["listen"], tokens(APP_TOKEN, "xoxb SECRET"), "token"),
    ] {
        let output = command(arguments).envs(tokens).output().await.unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected) && !message.contains("SECRET"), "{message}");
    }
}

#[tokio::test]
async fn a_refused_app_level_token_ends_it() {
    let slack = FakeSlack::builder().app_token("xapp-another").start().await.unwrap();
    let mut command = command(&["listen"]);
    command.env("SLACK_TOKEN", APP_TOKEN).env("SLACK_API_URL", slack.base_url());
    let output = tokio::time::timeout(Duration::from_secs(30), command.output()).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(3));
    assert!(out.contains(r#""code":"invalid_auth""#) && !out.contains("SECRET"), "{out}");
    assert!(err.contains("apps.connections.open") && !err.contains("SECRET"), "{err}");
}

#[tokio::test]
async fn the_demo_speaks_it() {
    for arguments in [&["listen", "--demo=socket-mode"][..], &["listen", "--demo=socket-mode", "--pretty"]] {
        let mut child = command(arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut wanted = vec!["/deploy", "block_actions", "message"];
        let read = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                wanted.retain(|word| !line.contains(word));
                if wanted.is_empty() {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), read).await.unwrap();
        assert!(wanted.is_empty(), "{wanted:?}");
    }
}

#[tokio::test]
async fn serve_offers_it() {
    let arguments = ["serve", "--port", "0", "--app-token", APP_TOKEN, "--talk"];
    let mut serve = command(&arguments).spawn().unwrap();
    let mut lines = BufReader::new(serve.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let url = ready["base_url"].as_str().unwrap();
    let mut listen = command(&["listen"]);
    let mut listen = listen.env("SLACK_TOKEN", APP_TOKEN).env("SLACK_API_URL", url).spawn().unwrap();
    let mut lines = BufReader::new(listen.stdout.take().unwrap()).lines();
    let read = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with(r#"{"kind":"command""#) {
                return true;
            }
        }
        false
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), read).await.unwrap());
    let refused = command(&["listen"]).env("SLACK_TOKEN", "xapp-2").env("SLACK_API_URL", url).output();
    assert_eq!(refused.await.unwrap().status.code(), Some(3));
}
