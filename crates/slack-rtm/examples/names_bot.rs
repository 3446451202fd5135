//! Knows everybody by name: it reads the list of users once, and events keep it fresh.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack, and ends by itself. With it the token needs the scope `users:read`.

mod demo;

use std::collections::HashMap;
use std::error::Error;

use demo::Demo;
use slack_rtm::models::{Author, User};
use slack_rtm::{Client, Event, Item, UserId};

/// The names of the users, by id.
#[derive(Default)]
struct Names(HashMap<UserId, String>);

impl Names {
    /// Reads them all, page by page.
    async fn read(client: &Client) -> Result<Self, slack_rtm::Error> {
        let mut names = Self::default();
        let mut users = client.users_list().limit(200).items();
        while let Some(user) = users.next().await {
            names.learn(&user?);
        }
        Ok(names)
    }

    fn learn(&mut self, user: &User) {
        if let (Some(id), Some(name)) = (user.id.clone(), user.display_name()) {
            self.0.insert(id, name.to_owned());
        }
    }

    fn of<'a>(&'a self, id: &'a UserId) -> &'a str {
        self.0.get(id).map_or(id.as_str(), String::as_str)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| ()).await?;
    // The session comes first: what changes while the list is read is in its events.
    let (sender, mut events) = demo.client.session().open().await?.split();
    let mut names = Names::read(&demo.client).await?;
    let bot = async {
        while let Some(item) = events.next().await {
            let Item::Event(event) = item else { continue };
            match event.decode_event() {
                Ok(Event::UserChange(change)) => names.learn(&change.user),
                Ok(Event::TeamJoin(join)) => names.learn(&join.user),
                Ok(Event::Message(message)) if message.change().is_none() => {
                    if let Some(Author::User(user)) = message.author() {
                        println!("{}: {}", names.of(user), message.text.as_deref().unwrap_or_default());
                    }
                }
                _ => {}
            }
        }
    };
    let play = demo.end(async |slack| {
        slack.user("U01ALICE000").says("C01GENERAL0", "good morning").await;
        slack
            .send(r#"{"type":"user_change","user":{"id":"U01ALICE000","name":"alice","profile":{"display_name":"Alice the Great"}}}"#)
            .await;
        slack.user("U01ALICE000").says("C01GENERAL0", "call me by my new name").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    });
    tokio::select! {
        () = bot => {}
        () = play => sender.close().await,
    }
    Ok(())
}
