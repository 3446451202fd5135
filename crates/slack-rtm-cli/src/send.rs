//! `slack-rtm send`.

use std::process::ExitCode;

use clap::Args;
use slack_rtm::Outcome;

use crate::{exit, output, setup};

/// Send one message, wait for its acknowledgement, and print its timestamp
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The id of the conversation, such as C01GENERAL0
    channel: String,
    /// The text, with Slack's default formatting
    text: String,
}

pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let client = match setup::client() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("error: {}", exit::describe(&error));
            return ExitCode::from(exit::USAGE);
        }
    };
    let sender = match client.session().open().await {
        Ok(session) => session.split().0,
        Err(error) => {
            eprintln!("error: {}", exit::describe(&error));
            return exit::code(&error);
        }
    };
    let outcome = sender.send_message(arguments.channel, arguments.text).await;
    sender.close().await;
    match &outcome {
        Outcome::Acked(_) => {
            let ts = outcome.ts().map(ToString::to_string).unwrap_or_default();
            // Whether somebody reads it changes nothing: the message is sent.
            let _ = output::text(&ts);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("error: {outcome}");
            ExitCode::from(exit::FAILED)
        }
    }
}
