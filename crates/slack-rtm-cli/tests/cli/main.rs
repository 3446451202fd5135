//! The command as a shell runs it, against the fake Slack.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod doctor;
mod doctor_socket_mode;
mod documents;
mod ending;
mod help;
mod listen;
mod listener;
mod migrate;
mod network;
mod reader;
mod send;
mod serve;
mod socket_mode;
mod state;
mod terminal;
mod usage;

use std::process::Stdio;

use tokio::process::Command;

/// Must not be in any output.
const TOKEN: &str = "xoxb-SECRET";

/// Must not be in any output.
const APP_TOKEN: &str = "xapp-1-SECRET";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slack-rtm"));
    command
        .args(arguments)
        .env_remove("SLACK_TOKEN")
        .env_remove("SLACK_BOT_TOKEN")
        .env_remove("SLACK_API_URL")
        .env_remove("RUST_LOG")
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .env_remove("ALL_PROXY")
        .env_remove("all_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}
