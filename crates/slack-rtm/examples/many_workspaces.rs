//! Several workspaces in one process: `SLACK_TOKENS=xoxb-1,xoxb-2 cargo run --example many_workspaces`.
//!
//! A session for each token, in a task of its own. A token that is malformed, or that Slack refuses for good, is named and leaves the others alone; a workspace whose
//! handler panics is started anew.
//!
//! Without `SLACK_TOKENS` it runs against a fake Slack, and ends by itself.

use std::error::Error;
use std::time::Duration;

use slack_rtm::{Client, Event, Item, session};
use slack_rtm_test::{Answer, FakeSlack};
use tokio::task::JoinSet;

/// How long a workspace waits whose handler has panicked, so that a fault does not become a storm.
const PAUSE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeSlack::start().await?;
    let mut workspaces = JoinSet::new();
    for (name, client) in clients(&fake)? {
        workspaces.spawn(supervise(name, client));
    }
    let is_fake = std::env::var_os("SLACK_TOKENS").is_none();
    tokio::select! {
        // All of them have ended.
        () = async { while workspaces.join_next().await.is_some() {} } => {}
        () = async {
            let _ = fake.wait_for_connections(2).await;
            fake.user("U01ALICE000").says("C01GENERAL0", "good morning, everybody").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }, if is_fake => {}
        _ = tokio::signal::ctrl_c(), if !is_fake => {}
    }
    // The runtime drops the tasks, and with them both ends of each session, which ends it.
    Ok(())
}

/// Returns a client for each token that can be used, and what to call its workspace. They share their connections and settings.
fn clients(fake: &FakeSlack) -> Result<Vec<(String, Client)>, Box<dyn Error>> {
    let tokens = std::env::var("SLACK_TOKENS");
    let mut builder = Client::builder();
    if tokens.is_err() {
        println!(
            "SLACK_TOKENS is not set, so this talks to a fake Slack, with four tokens: one is malformed, and one is refused."
        );
        fake.answer_next(Answer::refusal("token_revoked"));
        builder = builder.base_url(fake.base_url());
    }
    let tokens = tokens.unwrap_or_else(|_| "xoxb-first,xoxb second,xoxb-third,xoxb-fourth".to_owned());
    let mut clients = Vec::new();
    for (number, client) in (1..).zip(builder.build_each(tokens.split(','))?) {
        match client {
            Ok(client) => clients.push((format!("workspace {number}"), client)),
            Err(error) => println!("workspace {number} is left out: {error}"),
        }
    }
    Ok(clients)
}

async fn supervise(name: String, client: Client) {
    loop {
        // In a task of its own, where a panic shows as an error.
        match tokio::spawn(run(name.clone(), client.clone())).await {
            Ok(error) if error.is_closed() => return,
            // The session itself tries again whatever may pass. What it gives up on needs a person.
            Ok(error) => return println!("{name} has ended: {error}"),
            Err(panic) => println!("{name}: a handler failed: {panic}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs a workspace until its session ends.
async fn run(mut name: String, client: Client) -> session::Error {
    let (sender, mut events) = client.session().start().split();
    while let Some(item) = events.next().await {
        match item {
            Item::Connected(connected) => {
                // The number says which token it is; two of them may be of one workspace.
                if !name.contains(&connected.identity.team.name) {
                    name = format!("{name} ({})", connected.identity.team.name);
                }
                println!("{name}: ready: {}", sender.health().is_ready());
            }
            Item::Event(event) => {
                if let Ok(Event::Message(message)) = event.decode_event() {
                    println!("{name}: {}", message.text.unwrap_or_default());
                }
            }
            Item::Retry(retry) => {
                println!("{name}: no connection: {}; next attempt in {:?}", retry.error, retry.delay);
            }
            Item::Disconnected(reason) => println!("{name}: {reason}"),
            Item::Closed(error) => return error,
            _ => {}
        }
    }
    session::Error::Closed
}
