//! `slack-rtm serve`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use slack_rtm_test::FakeSlack;

use crate::exit;
use crate::listen::demo;
use crate::output::{self, complain};
use crate::signal::Interrupt;

/// Serve a fake Slack on this machine, to test programs in any language
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("serve/help.txt"))]
pub(crate) struct Arguments {
    /// The port of 127.0.0.1 to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 9310)]
    port: u16,
    /// The only token to accept; without it every token is accepted
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Let a user say something every other second
    #[arg(long)]
    talk: bool,
}

/// Runs until a signal ends it.
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
    let slack = match builder.start().await {
        Ok(slack) => slack,
        Err(error) => {
            complain(format_args!("port {} cannot be listened on: {error}", arguments.port));
            output::hint("choose another with --port, or a free one with --port 0");
            return ExitCode::from(exit::FAILED);
        }
    };
    // Clients that put a method's name behind the URL need the slash at its end; the others do not mind.
    let line = json!({ "kind": "serving", "base_url": format!("{}/", slack.base_url()) });
    if let Err(error) = output::line(line) {
        output::complain_of_output(&error);
        return ExitCode::from(exit::FAILED);
    }
    tokio::select! {
        () = interrupt.wait() => {}
        () = demo::talk(&slack), if arguments.talk => {}
    }
    ExitCode::SUCCESS
}
