//! Repeats what people say to it, in a thread, and says what became of each answer.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself.

mod demo;

use std::error::Error;
use std::time::Duration;

use demo::Demo;
use slack_rtm::models::{Message, MessageCommand};
use slack_rtm::{Event, Events, Item, Outcome, Sender};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| {}).await?;
    let (sender, events) = demo.client.session().open().await?.split();
    tokio::select! {
        () = echo(&sender, events) => {}
        () = demo.end(async |slack| {
            let _ = slack.wait_for_connections(1).await;
            for text in ["good morning", "is anybody there?"] {
                slack.user("U01ALICE000").says("C01GENERAL0", text).await;
            }
            let _ = slack.wait_for_frames("message", 2).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }) => sender.close().await,
    }
    Ok(())
}

async fn echo(sender: &Sender, mut events: Events) {
    while let Some(item) = events.next().await {
        match item {
            Item::Connected(connected) => println!("connected as {}", connected.identity.user.name),
            Item::Disconnected(reason) => println!("{reason}; the session connects again by itself"),
            Item::Retry(retry) => {
                println!("no connection: {}; next attempt in {:?}", retry.error, retry.delay);
            }
            Item::Closed(error) => println!("{error}"),
            Item::Event(event) => match event.decode_event() {
                Ok(Event::Message(message)) => answer(sender, &message),
                Ok(_) => {}
                Err(error) => println!("{error}"),
            },
            _ => {}
        }
    }
}

/// Answers what a person posted: no bots, who might answer in turn, and nothing that is about an older message.
fn answer(sender: &Sender, message: &Message) {
    let is_person = message.author().is_some_and(|author| !author.is_bot());
    let (Some(channel), Some(text), None, true) =
        (&message.channel, &message.text, &message.subtype, is_person)
    else {
        return;
    };
    let mut reply = MessageCommand::new(0_u64, channel.clone(), format!("You said: {text}"));
    reply.thread_ts = message.thread_to_answer().cloned();
    // It is queued here, in order. Nothing waits for its outcome but this task.
    let delivery = sender.send(reply);
    tokio::spawn(async move {
        match delivery.await {
            Outcome::Acked(_) => println!("answered"),
            // Nothing is ever sent twice: whether to say it again is for the bot to decide.
            outcome => println!("no answer: {outcome}"),
        }
    });
}
