//! `slack-rtm`: Slack's Real Time Messaging API on the command line.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "the documentation of arguments is what --help prints"
)]

mod command;
mod demo;
mod exit;
mod line;
mod listen;
mod output;
mod send;
mod setup;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Slack's Real Time Messaging API on the command line.
///
/// The token comes from the environment variable SLACK_TOKEN, never from an argument, where other users of the machine could read it. It has to be the token of
/// a classic app, or a user token with the scope rtm:stream. SLACK_API_URL names another API than https://slack.com/api. RUST_LOG=debug logs to standard error.
///
/// Exit codes: 0 ended as asked, 1 failed, 2 wrong usage, 3 refused by Slack for good.
#[derive(Debug, Parser)]
#[command(name = "slack-rtm", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Listen(listen::Arguments),
    Send(send::Arguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    setup::log();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime cannot start: {error}");
            return ExitCode::from(exit::FAILED);
        }
    };
    let code = runtime.block_on(async {
        match cli.command {
            Task::Listen(arguments) => listen::run(arguments).await,
            Task::Send(arguments) => send::run(arguments).await,
        }
    });
    // A thread may wait for a line of standard input that never comes; nobody waits for it.
    runtime.shutdown_background();
    code
}
