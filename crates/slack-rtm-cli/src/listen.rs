//! `slack-rtm listen`.

mod checkpointer;
mod command;
pub(crate) mod demo;
mod envelopes;
mod event_loop;
mod execution;
mod input;
mod line;
mod pretty;
mod progress;
mod renderer;
mod state_file;
mod waiting;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use slack_rtm::session::Backfill;
use slack_rtm::{AckPolicy, Client, SessionBuilder};

use self::checkpointer::Checkpointer;
use self::event_loop::Ending;
use self::renderer::{Format, Renderer};
use crate::limits::Limits;
use crate::output::complain;
use crate::tokens::Protocol;
use crate::{exit, output, setup};

/// Print every event as a line of JSON, and read commands as lines of JSON
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("listen/help.txt"))]
pub(crate) struct Arguments {
    /// Print only events of these types, such as message,reaction_added
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = event_type)]
    types: Vec<String>,
    /// Print a short line for people instead of JSON
    #[arg(long)]
    pretty: bool,
    /// Listen to a fake Slack in this process, which needs no token
    #[arg(long, value_name = "PROTOCOL", num_args = 0..=1, require_equals = true, default_missing_value = "rtm")]
    demo: Option<Protocol>,
    /// Receive presence changes only for the users that the command presence_sub names (RTM)
    #[arg(long)]
    presence_sub: bool,
    /// Acknowledge events, interactions and commands only when the reader sends the command ack or respond (Socket Mode)
    #[arg(long)]
    manual_ack: bool,
    /// After a reconnect, read the messages that were missed from history and print them as lines of kind "missed"
    #[arg(long)]
    backfill: bool,
    /// Store the position in FILE and resume from it: messages missed since the last run are printed first
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Number the lines, and store the position only up to the line that the command ack names
    #[arg(long, requires = "state")]
    ack: bool,
    /// Calls per minute and method for reading history, after a burst of 50; 0 for no limit
    #[arg(long, value_name = "CALLS", default_value_t = 50)]
    backfill_rate: u32,
    /// Exit at the end of standard input, as after the command close
    #[arg(long)]
    exit_on_eof: bool,
    /// How long to wait for each open outcome before exiting, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(0..=3600))]
    drain: u64,
    #[command(flatten)]
    limits: Limits,
}

/// Parses a name, ignoring the blanks around it.
fn event_type(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("the name of an event type is empty"),
        name => Ok(name.to_owned()),
    }
}

/// Runs until the session ends.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    if output::is_closed() {
        complain("standard output is closed, so events cannot be printed");
        output::hint("to only send commands, redirect it with >/dev/null");
        return ExitCode::from(exit::USAGE);
    }
    let Some(demo) = arguments.demo else {
        return match setup::client() {
            Ok((client, protocol)) => listen(&client, protocol, arguments).await,
            Err(code) => code,
        };
    };
    let slack = match demo::Slack::start(demo).await {
        Ok(slack) => slack,
        Err(error) => {
            complain(format_args!("the demo cannot start: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    match slack.client() {
        Ok(client) => tokio::select! {
            code = listen(&client, demo, arguments) => code,
            () = slack.talk() => ExitCode::SUCCESS,
        },
        Err(error) => setup::SetupError::Config(error).report(),
    }
}

async fn listen(client: &Client, protocol: Protocol, arguments: Arguments) -> ExitCode {
    let builder = match session(client, protocol, &arguments) {
        Ok(builder) => builder,
        Err(code) => return code,
    };
    let mut builder = arguments.limits.apply(builder);
    let state = arguments.state.as_deref();
    let checkpointer = match state.map(|path| Checkpointer::open(path, arguments.ack)).transpose() {
        Ok(checkpointer) => checkpointer,
        Err(code) => return code,
    };
    if arguments.backfill || checkpointer.is_some() {
        let rate = Some(arguments.backfill_rate).filter(|calls| *calls > 0);
        builder = builder.backfill(Backfill::default().calls_per_minute(rate));
    }
    if let Some(checkpoint) = checkpointer.as_ref().and_then(Checkpointer::checkpoint) {
        builder = builder.resume(checkpoint.clone());
    }
    let format =
        if arguments.pretty { Format::Pretty { is_coloured: output::is_coloured() } } else { Format::Json };
    let ending = Ending { on_eof: arguments.exit_on_eof, patience: Duration::from_secs(arguments.drain) };
    event_loop::run(builder.start(), Renderer::new(format, arguments.types), ending, checkpointer).await
}

/// Sets up a session with the options that only one of the protocols has.
fn session(client: &Client, protocol: Protocol, arguments: &Arguments) -> Result<SessionBuilder, ExitCode> {
    match protocol {
        Protocol::Rtm if arguments.manual_ack => Err(setup::reject_protocol("--manual-ack", protocol)),
        Protocol::Rtm if arguments.presence_sub => Ok(client.session().presence_sub(true)),
        Protocol::Rtm => Ok(client.session()),
        Protocol::SocketMode if arguments.presence_sub => {
            Err(setup::reject_protocol("--presence-sub", protocol))
        }
        Protocol::SocketMode => {
            let policy = if arguments.manual_ack { AckPolicy::Manual } else { AckPolicy::Auto };
            Ok(client.socket_mode().ack_policy(policy))
        }
    }
}
