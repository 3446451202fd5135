//! The same from a program that is not async: a small runtime of its own, and `block_on` for each call.

use slack_rtm::{Client, Error};
use slack_rtm_test::FakeSlack;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fake = runtime.block_on(FakeSlack::start())?;
    let client = Client::builder().token("xoxb-not-a-real-token").base_url(fake.base_url()).build()?;

    match runtime.block_on(client.rtm_connect().send()) {
        Ok(answer) => println!("connected as {}", answer.self_.name),
        Err(Error::Slack(refusal)) => println!("Slack refused: {}", refusal.body.error),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
