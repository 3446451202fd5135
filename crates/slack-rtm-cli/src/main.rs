//! `slack-rtm`: Slack's Real Time Messaging API and Socket Mode on the command line.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "the documentation of arguments is what --help prints"
)]

mod completions;
mod doctor;
mod exit;
mod ids;
mod limits;
mod listen;
mod log;
mod man;
mod migrate;
mod output;
mod send;
mod serve;
mod setup;
mod signal;
mod stdin;
mod tokens;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Slack's Real Time Messaging API and Socket Mode on the command line
#[derive(Debug, Parser)]
#[command(name = "slack-rtm", version, after_help = include_str!("help.txt"))]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Listen(listen::Arguments),
    Send(send::Arguments),
    Doctor(doctor::Arguments),
    Serve(serve::Arguments),
    Migrate(migrate::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Lives until the end of `main`.
    let _log = log::Log::start();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(format_args!("the runtime cannot start: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let code = runtime.block_on(async {
        match cli.command {
            Task::Listen(arguments) => listen::run(arguments).await,
            Task::Send(arguments) => send::run(arguments).await,
            Task::Doctor(arguments) => doctor::run(arguments).await,
            Task::Migrate(arguments) => migrate::run(&arguments),
            Task::Completions(arguments) => completions::run(&arguments),
            Task::Man(arguments) => man::run(&arguments),
            Task::Serve(arguments) => serve::run(arguments).await,
        }
    });
    // A thread may wait for a line of standard input that never comes.
    runtime.shutdown_background();
    code
}
