//! What the examples talk to: Slack, if `SLACK_TOKEN` is set, and else a fake Slack in this process. A program of your own needs none of it.

use std::error::Error;

use slack_rtm::Client;
use slack_rtm_test::FakeSlack;

pub(crate) struct Demo {
    pub(crate) client: Client,
    fake: Option<FakeSlack>,
}

#[allow(dead_code, reason = "an example uses one of the two ways to start")]
impl Demo {
    /// Starts over Socket Mode: with `SLACK_BOT_TOKEN` and `SLACK_APP_TOKEN`, or with a fake Slack.
    #[cfg(feature = "socket-mode")]
    pub(crate) async fn start_socket_mode() -> Result<Self, Box<dyn Error>> {
        if std::env::var_os("SLACK_APP_TOKEN").is_some() {
            let builder =
                Client::builder().token_from_env("SLACK_BOT_TOKEN").app_token_from_env("SLACK_APP_TOKEN");
            return Ok(Self { client: builder.build()?, fake: None });
        }
        println!("SLACK_APP_TOKEN is not set, so this talks to a fake Slack.");
        let fake = FakeSlack::start().await?;
        let builder = Client::builder().token("xoxb-not-a-real-token").app_token("xapp-not-a-real-token");
        let client = builder.base_url(fake.base_url()).build()?;
        Ok(Self { client, fake: Some(fake) })
    }

    /// Begins; `prepare` may tell the fake Slack what to do.
    pub(crate) async fn start(prepare: impl FnOnce(&FakeSlack)) -> Result<Self, Box<dyn Error>> {
        if std::env::var_os("SLACK_TOKEN").is_some() {
            return Ok(Self { client: Client::builder().token_from_env("SLACK_TOKEN").build()?, fake: None });
        }
        println!("SLACK_TOKEN is not set, so this talks to a fake Slack.");
        let fake = FakeSlack::start().await?;
        prepare(&fake);
        let client = Client::builder().token("xoxb-not-a-real-token").base_url(fake.base_url()).build()?;
        Ok(Self { client, fake: Some(fake) })
    }

    /// Waits for the end: Ctrl-C with Slack, the end of the play with the fake one.
    pub(crate) async fn end(&self, play: impl AsyncFnOnce(&FakeSlack)) {
        match &self.fake {
            Some(fake) => play(fake).await,
            None => drop(tokio::signal::ctrl_c().await),
        }
    }
}
