//! Several workspaces in one process: `SLACK_TOKENS=xoxb-1,xoxb-2 cargo run --example many_workspaces`.
//!
//! A session for each token, in a task of its own. One that Slack refuses for good ends alone; one whose handler panics is started anew.
//!
//! Without `SLACK_TOKENS` it runs against a fake Slack, and ends by itself.

use std::error::Error;
use std::time::Duration;

use slack_rtm::{Client, Event, Item, Token, session};
use slack_rtm_test::{Answer, FakeSlack};
use tokio::task::JoinSet;

/// How long a workspace waits whose handler has panicked, so that a fault does not become a storm.
const PAUSE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeSlack::start().await?;
    let mut workspaces = JoinSet::new();
    for client in clients(&fake)? {
        workspaces.spawn(supervise(client));
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

/// A client for each token. They share their connections and settings.
fn clients(fake: &FakeSlack) -> Result<Vec<Client>, Box<dyn Error>> {
    let tokens = std::env::var("SLACK_TOKENS");
    let mut builder = Client::builder();
    if tokens.is_err() {
        println!(
            "SLACK_TOKENS is not set, so this talks to a fake Slack, which refuses one of three tokens."
        );
        fake.answer_next(Answer::refusal("token_revoked"));
        builder = builder.base_url(fake.base_url());
    }
    let tokens = tokens.unwrap_or_else(|_| "xoxb-first,xoxb-second,xoxb-third".to_owned());
    let (first, others) = tokens.split_once(',').unwrap_or((&tokens, ""));
    let first = builder.token(first).build()?;
    let mut clients = vec![first.clone()];
    for token in others.split(',').filter(|token| !token.is_empty()) {
        clients.push(first.with_token(Token::new(token)?));
    }
    Ok(clients)
}

async fn supervise(client: Client) {
    loop {
        // In a task of its own, where a panic shows as an error.
        match tokio::spawn(run(client.clone())).await {
            Ok(error) if error.is_closed() => return,
            // The session itself tries again whatever may pass. What it gives up on needs a person.
            Ok(error) => return println!("a workspace has ended: {error}"),
            Err(panic) => println!("a handler failed: {panic}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs a workspace until its session ends.
async fn run(client: Client) -> session::Error {
    let (sender, mut events) = client.session().start().split();
    let mut name = "?".to_owned();
    while let Some(item) = events.next().await {
        match item {
            Item::Connected(connected) => {
                name.clone_from(&connected.identity.team.name);
                println!("{name}: ready: {}", sender.health().is_ready());
            }
            Item::Event(event) => {
                if let Ok(Event::Message(message)) = event.decode_event() {
                    println!("{name}: {}", message.text.unwrap_or_default());
                }
            }
            Item::Disconnected(loss) => println!("{name}: {loss}"),
            Item::Closed(error) => return error,
            _ => {}
        }
    }
    session::Error::Closed
}
