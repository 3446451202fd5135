//! Posts a message and edits it as the work goes on, in place of a message for each step.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack. With it the conversation is that of `SLACK_CHANNEL`, and the token needs the scope `chat:write`.

#[allow(dead_code, reason = "it ends by itself")]
mod demo;

use std::error::Error;

use demo::Demo;
use slack_rtm::models::{Block, MessageChange};
use slack_rtm::{Event, Item};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| ()).await?;
    let channel = std::env::var("SLACK_CHANNEL").unwrap_or_else(|_| "C01GENERAL0".to_owned());
    let (sender, mut events) = demo.client.session().open().await?.split();

    let posted = demo.client.chat_post_message(channel).text("Deploying: 0 of 3").send().await?;
    for step in 1..=3 {
        let text = format!("Deploying: {step} of 3");
        // An edit replaces the blocks as well: without any, the old ones would go.
        let update = demo.client.chat_update(posted.channel.clone(), posted.ts.clone());
        update.text(text.clone()).blocks([Block::section(text)]).send().await?;
    }

    // The edits come as events, with the message as it was and as it is.
    let mut edits = 0;
    while edits < 3 {
        let Some(Item::Event(event)) = events.next().await else { continue };
        let Ok(Event::Message(message)) = event.decode_event() else { continue };
        if let Some(MessageChange::Edited { message, previous }) = message.change() {
            let before = previous.and_then(|previous| previous.text.as_deref());
            println!("{} -> {}", before.unwrap_or("?"), message.text.as_deref().unwrap_or("?"));
            edits += 1;
        }
    }
    sender.close().await;
    Ok(())
}
