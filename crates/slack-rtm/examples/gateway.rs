//! Reaches Slack through a gateway that wants a header of its own: `cargo run --example gateway`. Without `SLACK_TOKEN` it runs
//! against a fake Slack, and ends by itself.

mod demo;

use std::error::Error;

use demo::Demo;
use slack_rtm::{Endpoint, Item};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| {}).await?;
    // Headers that are always the same need no connector: `Client::builder().header(...).upgrade_header(...)`.
    let api = demo.client.clone();
    let connector = move || {
        let api = api.clone();
        // Called before each attempt to connect. A recorded session would return the address of whoever replays it.
        async move {
            let answer = api.rtm_connect().with_header("x-gateway-key", "calls").send().await?;
            Ok(Endpoint::from(answer).header("x-gateway-key", "sockets")?)
        }
    };
    let (sender, mut events) = demo.client.session().connector(connector).open().await?.split();
    if let Some(Item::Connected(connected)) = events.next().await {
        println!("connected as {}", connected.identity.user.name);
    }
    // From here on it is a session like any other.
    demo.end(async |_| {}).await;
    sender.close().await;
    Ok(())
}
