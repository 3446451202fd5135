//! A bot over Socket Mode: it answers "ping" with "pong", and a slash command. The same loop runs over RTM with `client.session()`. It needs `SLACK_APP_TOKEN` (`xapp-...`)
//! and `SLACK_BOT_TOKEN` (`xoxb-...`).

use slack_rtm::models::CommandResponse;
use slack_rtm::{Client, Event, Item};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client =
        Client::builder().token_from_env("SLACK_BOT_TOKEN").app_token_from_env("SLACK_APP_TOKEN").build()?;
    let (sender, mut events) = client.socket_mode().open().await?.split();
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
            Item::Command(command) => {
                let typed = command.decode()?;
                let text = format!("You typed {} {}", typed.command, typed.text.unwrap_or_default());
                command.respond(&CommandResponse::new().set_text(text))?;
            }
            Item::Disconnected(reason) => println!("disconnected: {reason}"),
            Item::Closed(error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
