//! A bot over Socket Mode: it answers "ping" with "pong", and a slash command. The same loop runs over RTM with `client.session()`.
//!
//! Without `SLACK_APP_TOKEN` (`xapp-...`) it runs against a fake Slack, and ends by itself. With it, it also needs `SLACK_BOT_TOKEN` (`xoxb-...`).

mod demo;

use std::error::Error;

use demo::Demo;
use serde_json::json;
use slack_rtm::models::CommandResponse;
use slack_rtm::{Event, Events, Item, Sender};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start_socket_mode().await?;
    let (sender, events) = demo.client.socket_mode().open().await?.split();
    tokio::select! {
        ended = bot(&sender, events) => ended?,
        () = demo.end(async |slack| {
            let _ = slack.wait_for_connections(1).await;
            slack.user("U01ALICE000").says("C01GENERAL0", "ping").await;
            slack.slash_command(json!({ "command": "/deploy", "text": "web", "user_id": "U01ALICE000", "channel_id": "C01GENERAL0" })).await;
            // The message, the command, and the answer, which comes as an event, too.
            for ack in slack.wait_for_acks(3).await.unwrap_or_default() {
                if let Some(text) = ack.payload["text"].as_str() {
                    println!("responded: {text}");
                }
            }
        }) => sender.close().await,
    }
    Ok(())
}

async fn bot(sender: &Sender, mut events: Events) -> Result<(), Box<dyn Error>> {
    while let Some(item) = events.next().await {
        match item {
            Item::Connected(connected) => println!("connected as {}", connected.identity.user.name),
            Item::Event(event) => {
                if let Ok(Event::Message(message)) = event.decode_event()
                    && message.text.as_deref() == Some("ping")
                {
                    println!("{}", sender.reply(&message, "pong").await);
                }
            }
            Item::SlashCommand(command) => {
                let typed = command.decode()?;
                let text = format!("You typed {} {}", typed.command, typed.text.unwrap_or_default());
                command.respond(&CommandResponse::new().set_text(text))?;
            }
            Item::Disconnected(reason) => println!("disconnected: {reason}"),
            Item::Retry(retry) => {
                println!("no connection: {}; next attempt in {:?}", retry.error, retry.delay);
            }
            Item::Closed(error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
