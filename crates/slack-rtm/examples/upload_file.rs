//! Uploads a file to a conversation, with a comment.
//!
//! Without `SLACK_TOKEN` it runs against a fake Slack. With it, the conversation is that of `SLACK_CHANNEL`, and the token needs the scope `files:write`.

#[allow(dead_code, reason = "it ends by itself")]
mod demo;

use std::error::Error;

use demo::Demo;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let demo = Demo::start(|_| ()).await?;
    let channel = std::env::var("SLACK_CHANNEL").unwrap_or_else(|_| "C01GENERAL0".to_owned());

    // Three exchanges with Slack as one call. What is streamed, from a file for example, needs its length: `FileContent::from_reader(file).with_length(bytes)`.
    let file = demo
        .client
        .upload_file("report.csv", "name,state\nweb,green\n")
        .title("Report")
        .channel(channel)
        .initial_comment("Today's report")
        .send()
        .await?;
    let file =
        demo.client.files_info(file.id.ok_or("it has no id")?).send().await?.file.ok_or("it is gone")?;
    println!("{:?} has {} bytes", file.title.unwrap_or_default(), file.size.unwrap_or_default());
    Ok(())
}
