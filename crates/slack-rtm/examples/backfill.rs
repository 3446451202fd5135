//! Misses nothing: after a time without a connection it reads what was posted meanwhile.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself.

mod demo;

use std::error::Error;
use std::time::Duration;

use demo::Demo;
use slack_rtm::{Client, Event, Events, Gap, Item, RetryPolicy};
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
                    show("live", message.text.as_deref());
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
    println!("no connection for {:?}", gap.duration);
    for (channel, last) in &gap.channels {
        let mut missed = Vec::new();
        let call = client.conversations_history(channel.clone()).oldest(last.clone());
        let mut messages = call.with_retry(RetryPolicy::default()).items();
        while let Some(message) = messages.next().await {
            missed.push(message?);
        }
        // The latest comes first.
        missed.iter().rev().for_each(|message| show("missed", message.text.as_deref()));
    }
    Ok(())
}

fn show(how: &str, text: Option<&str>) {
    println!("{how:<6} {}", text.unwrap_or_default());
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
