//! Tells when somebody comes or goes: `cargo run --example presence_watcher -- U01ALICE000 U02BOB00000`.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself.

mod demo;

use std::error::Error;
use std::time::Duration;

use demo::Demo;
use slack_rtm::models::PresenceChangeEvent;
use slack_rtm::{Event, Events, Item};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut users: Vec<String> = std::env::args().skip(1).collect();
    if users.is_empty() {
        users = vec!["U01ALICE000".to_owned(), "U02BOB00000".to_owned()];
    }
    let demo = Demo::start(|_| {}).await?;
    // Presence comes only for those who are asked for, and in batches if that is asked for too.
    let session = demo.client.session().presence_sub(true).batch_presence_aware(true).open().await?;
    let (sender, events) = session.split();
    // Once is enough: after a reconnect the session asks again by itself.
    sender.presence_sub(users).await.into_result()?;
    tokio::select! {
        () = watch(events) => {}
        () = demo.end(async |slack| {
            let _ = slack.wait_for_frames("presence_sub", 1).await;
            slack.user("U01ALICE000").becomes("active").await;
            slack.user("U02BOB00000").becomes("away").await;
            // The subscription outlives the connection.
            slack.drop_connections().await;
            let _ = slack.wait_for_frames("presence_sub", 2).await;
            slack.user("U01ALICE000").becomes("away").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }) => sender.close().await,
    }
    Ok(())
}

async fn watch(mut events: Events) {
    while let Some(item) = events.next().await {
        match item {
            // An event is decoded only if it is asked for, so look at the type first.
            Item::Event(event) if event.event_type() == Some("presence_change") => {
                match event.decode_event() {
                    Ok(Event::PresenceChange(change)) => tell(&change),
                    Ok(_) => {}
                    Err(error) => println!("{error}"),
                }
            }
            Item::Disconnected(reason) => println!("{reason}: who knows who is there now?"),
            Item::Retry(retry) => {
                println!("no connection: {}; next attempt in {:?}", retry.error, retry.delay);
            }
            Item::Closed(error) => println!("{error}"),
            _ => {}
        }
    }
}

/// One user or several: Slack has both forms.
fn tell(change: &PresenceChangeEvent) {
    for user in change.user.iter().chain(change.users.iter().flatten()) {
        println!("{user} is {}", change.presence);
    }
}
