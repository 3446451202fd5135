//! Says who a token belongs to, and where its session would connect.
//!
//! Without a token it asks a fake Slack that runs in this process; with `SLACK_TOKEN` set it asks Slack.

use slack_rtm::Client;
use slack_rtm_test::FakeSlack;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Lives until the end of `main`, and the server with it.
    let fake;
    let client = if std::env::var_os("SLACK_TOKEN").is_some() {
        Client::builder().token_from_env("SLACK_TOKEN").build()?
    } else {
        fake = FakeSlack::start().await?;
        println!("SLACK_TOKEN is not set, so this asks a fake Slack at {}", fake.base_url());
        Client::builder().token("xoxb-not-a-real-token").base_url(fake.base_url()).build()?
    };

    let response = client.rtm_connect().presence_sub(true).send_with_info().await?;
    for warning in response.warnings() {
        println!("Slack warns: {warning}");
    }
    let answer = response.value;
    println!("connected as {} ({})", answer.self_.name, answer.self_.id);
    println!("in the workspace {} ({})", answer.team.name, answer.team.id);
    // The address is a ticket, valid for 30 seconds, so all but its host is left out.
    println!("messages would come from {:?}", answer.url);
    Ok(())
}
