//! Misses nothing: after a time without a connection it reads what was posted meanwhile.
//!
//! This SDK has the methods of RTM alone. Any other method of Slack's is called through an `Operation` of your own, such as the one below: with the same
//! client, token, proxy, errors and retries.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself.

mod demo;

use std::error::Error;
use std::time::Duration;

use demo::Demo;
use serde::Deserialize;
use slack_rtm::apis::{Method, Operation, Parameters};
use slack_rtm::models::{ErrorResponse, MessageEvent};
use slack_rtm::{ChannelId, Client, Event, Events, Gap, Item, RetryPolicy, Ts};
use slack_rtm_test::{Answer, FakeSlack, Script};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(lose_a_connection).await?;
    let (sender, events) = demo.client.session().open().await?.split();
    tokio::select! {
        result = listen(&demo.client, events) => result?,
        () = demo.end(async |slack| {
            // Two connections and the history.
            while slack.requests().len() < 3 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }) => sender.close().await,
    }
    Ok(())
}

async fn listen(client: &Client, mut events: Events) -> Result<(), slack_rtm::Error> {
    while let Some(item) = events.next().await {
        match item {
            Item::Event(event) => {
                if let Ok(Event::Message(message)) = event.decode_event() {
                    show("live", &message);
                }
            }
            // It comes once for each time without a connection, before the new connection's events.
            Item::Gap(gap) => fill(client, &gap).await?,
            Item::Retry(retry) => {
                println!("no connection: {}; next attempt in {:?}", retry.error, retry.delay);
            }
            Item::Closed(error) => println!("{error}"),
            _ => {}
        }
    }
    Ok(())
}

/// Reads what came after the last message that was seen, channel by channel and page by page.
async fn fill(client: &Client, gap: &Gap) -> Result<(), slack_rtm::Error> {
    println!("no connection for {:?}", gap.lasted);
    for (channel, last) in &gap.channels {
        let mut missed = Vec::new();
        let mut cursor = None;
        loop {
            let call = client.call(History { channel: channel.clone(), oldest: last.clone(), cursor });
            let page = call.with_retry(RetryPolicy::default()).send().await?;
            missed.extend(page.messages);
            cursor = page.response_metadata.and_then(|metadata| metadata.next_cursor);
            if cursor.as_deref().is_none_or(str::is_empty) {
                break;
            }
        }
        // The latest comes first.
        missed.iter().rev().for_each(|message| show("missed", message));
    }
    Ok(())
}

fn show(how: &str, message: &MessageEvent) {
    println!("{how:<6} {}", message.text.as_deref().unwrap_or_default());
}

/// The arguments of conversations.history.
struct History {
    channel: ChannelId,
    oldest: Ts,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct HistoryPage {
    messages: Vec<MessageEvent>,
    response_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    next_cursor: Option<String>,
}

impl Operation for History {
    type Answer = HistoryPage;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.history";
    const PATH: &'static str = "/conversations.history";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("channel", &self.channel);
        parameters.push("oldest", &self.oldest);
        parameters.push("cursor", &self.cursor);
    }
}

/// What happens in the fake Slack: a message, a lost connection, and a message meanwhile.
fn lose_a_connection(slack: &FakeSlack) {
    let seen = r#"{"type":"message","channel":"C01GENERAL0","user":"U01ALICE000","text":"seen","ts":"1700000000.000100"}"#;
    slack.script_next(Script::healthy().sending([seen]).dying_after(Duration::from_millis(200)));
    slack.answer_next(Answer::success());
    slack.answer_next(Answer::success());
    slack.answer_next(Answer::json(
        r#"{"ok":true,"messages":[{"type":"message","user":"U01ALICE000","text":"while you were away","ts":"1700000000.000200"}]}"#,
    ));
}
