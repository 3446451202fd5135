//! Tests of a bot, with a fake Slack: `cargo test --example testing`.
//!
//! The bot answers `ping`. It takes both ends of a session, and so it does not know whom it talks to.

use slack_rtm::{Client, Event, Events, Item, Sender};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().token_from_env("SLACK_TOKEN").build()?;
    let (sender, events) = client.session().open().await?.split();
    bot(&sender, events).await;
    Ok(())
}

/// Says pong until the session ends, and again if it is not known whether that was heard.
async fn bot(sender: &Sender, mut events: Events) {
    while let Some(item) = events.next().await {
        if let Item::Event(event) = item
            && let Ok(Event::Message(message)) = event.decode_event()
            && message.text.as_deref() == Some("ping")
            && let Some(channel) = message.channel
        {
            let outcome = sender.send_message(channel.clone(), "pong").await;
            if !outcome.is_acked() && !outcome.had_no_effect() {
                let again = sender.send_message(channel, "pong (perhaps for the second time)").await;
                println!("{again}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::time::Duration;

    use slack_rtm::models::MessageCommand;
    use slack_rtm_test::{FakeSlack, Frame, Script};

    use super::*;

    type Result = std::result::Result<(), Box<dyn Error>>;

    /// Runs the bot until it has sent so many messages.
    async fn sent(slack: &FakeSlack, messages: usize) -> std::result::Result<Vec<String>, Box<dyn Error>> {
        let client = Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
        // A shorter patience than for Slack makes short tests.
        let session = client.session().ack_timeout(Duration::from_millis(300)).open().await?;
        let (sender, events) = session.split();
        let play = async {
            slack.wait_for_connections(1).await?;
            slack.user("U01ALICE000").says("C01GENERAL0", "ping").await;
            slack.wait_for_frames("message", messages).await
        };
        let frames = tokio::select! {
            () = bot(&sender, events) => return Err("the session has ended".into()),
            frames = play => frames?,
        };
        let text = |frame: &Frame| frame.decode::<MessageCommand>().map(|message| message.text);
        Ok(frames.iter().filter_map(text).collect())
    }

    #[tokio::test]
    async fn a_ping_gets_a_pong() -> Result {
        let slack = FakeSlack::start().await?;
        assert_eq!(sent(&slack, 1).await?, ["pong"]);
        Ok(())
    }

    /// What no bot meets on the day it is written.
    #[tokio::test]
    async fn an_answer_that_nobody_acknowledges_is_repeated() -> Result {
        let slack = FakeSlack::start().await?;
        slack.script_next(Script::healthy().losing_acks(1));
        assert_eq!(sent(&slack, 2).await?, ["pong", "pong (perhaps for the second time)"]);
        Ok(())
    }
}
