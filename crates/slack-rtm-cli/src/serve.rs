//! `slack-rtm serve`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use slack_rtm_test::FakeSlack;

use crate::exit;
use crate::listen::demo;
use crate::output::{self, complain};
use crate::signal::Interrupt;

/// Run a fake Slack on this machine, to test programs in any language
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("serve/help.txt"))]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1; 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = 9310)]
    port: u16,
    /// Accept only this token; the default is any token
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Accept only this app-level token for Socket Mode; the default is any that begins with xapp-
    #[arg(long, value_name = "TOKEN")]
    app_token: Option<String>,
    /// Let a user keep writing messages, typing slash commands and pressing buttons
    #[arg(long)]
    talk: bool,
}

/// Runs until a signal.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let mut interrupt = match Interrupt::catch() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            complain(format_args!("signals cannot be caught: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let mut builder = FakeSlack::builder().port(arguments.port);
    if let Some(token) = arguments.token {
        builder = builder.token(token);
    }
    if let Some(token) = arguments.app_token {
        builder = builder.app_token(token);
    }
    let slack = match builder.start().await {
        Ok(slack) => slack,
        Err(error) => {
            complain(format_args!("cannot listen on port {}: {error}", arguments.port));
            output::hint("choose another port with --port, or any free port with --port 0");
            return ExitCode::from(exit::FAILED);
        }
    };
    // Some clients append the name of a method to the URL, so it ends with a slash.
    let line = json!({ "kind": "serving", "base_url": format!("{}/", slack.base_url()) });
    if let Err(error) = output::line(line) {
        output::complain_of_output(&error);
        return ExitCode::from(exit::FAILED);
    }
    tokio::select! {
        () = interrupt.wait() => {}
        ((), ()) = async { tokio::join!(demo::talk(&slack), demo::use_app(&slack)) }, if arguments.talk => {}
    }
    ExitCode::SUCCESS
}
