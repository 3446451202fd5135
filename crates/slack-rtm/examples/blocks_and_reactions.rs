//! Asks in blocks whether to deploy, and goes by the reactions.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself. With it the conversation is that of `SLACK_CHANNEL`, and the token needs the scopes
//! `chat:write`, `reactions:read` and `reactions:write`.

mod demo;

use std::error::Error;

use demo::Demo;
use slack_rtm::models::{Block, Button, SectionBlock};
use slack_rtm::{ChannelId, Event, Item};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| ()).await?;
    let channel: ChannelId =
        std::env::var("SLACK_CHANNEL").unwrap_or_else(|_| "C01GENERAL0".to_owned()).into();
    let (sender, mut events) = demo.client.session().open().await?.split();
    let me = demo.client.auth_test().send().await?.user_id;

    let log = Button::new("Log").set_url("https://example.com/log");
    let question = demo
        .client
        .chat_post_message(channel.clone())
        // What notifications show.
        .text("Release 7 is green. Shall it go out?")
        .blocks([
            Block::header("Release 7"),
            SectionBlock::new().set_text("*All green.* Shall it go out?").set_accessory(log).into(),
            Block::context(["React with :rocket: to deploy"]),
        ])
        .send()
        .await?;
    // The one to be clicked on.
    demo.client.reactions_add(channel.clone(), "rocket", question.ts.clone()).send().await?;

    let bot = async {
        while let Some(item) = events.next().await {
            let Item::Event(event) = item else { continue };
            let Ok(Event::ReactionAdded(added)) = event.decode_event() else { continue };
            let is_answer = added.item.ts.as_ref() == Some(&question.ts) && added.reaction == "rocket";
            // Its own reaction comes as an event too.
            if is_answer && added.user != me {
                break;
            }
        }
        let on_it = demo
            .client
            .reactions_get()
            .channel(channel.clone())
            .timestamp(question.ts.clone())
            .send()
            .await?;
        for reaction in on_it.message.iter().flat_map(|message| message.reactions.iter().flatten()) {
            println!(
                ":{}: by {}",
                reaction.name.as_deref().unwrap_or_default(),
                reaction.count.unwrap_or_default()
            );
        }
        Ok::<(), slack_rtm::Error>(())
    };
    let play = async {
        demo.end(async |slack| {
            slack.user("U01ALICE000").reacts("C01GENERAL0", question.ts.as_str(), "rocket").await;
            tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        })
        .await;
    };
    tokio::select! {
        result = bot => result?,
        () = play => {}
    }
    sender.close().await;
    Ok(())
}
