//! `slack-rtm listen`.

mod command;
pub(crate) mod demo;
mod drive;
mod input;
mod keeper;
mod limits;
mod line;
mod narrator;
mod pretty;
mod progress;
mod state_file;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use slack_rtm::Client;
use slack_rtm::session::Backfill;

use self::drive::Ending;
use self::keeper::Keeper;
use self::limits::Limits;
use self::narrator::{Format, Narrator};
use crate::output::complain;
use crate::{exit, output, setup};

/// Write every event as a line of JSON, and read commands as lines of JSON
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("listen/help.txt"))]
pub(crate) struct Arguments {
    /// Only events of these types, such as message,reaction_added; others are not even decoded
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = event_type)]
    types: Vec<String>,
    /// A short line for people in place of JSON
    #[arg(long)]
    pretty: bool,
    /// Listen to a fake Slack in this process; needs no token
    #[arg(long)]
    demo: bool,
    /// Get presence changes only of the users that the command presence_sub names
    #[arg(long)]
    presence_sub: bool,
    /// Read what was missed while there was no connection from history, and write it as lines of the kind missed
    #[arg(long)]
    backfill: bool,
    /// Keep in FILE how far the session has come, and go on from there: what was missed in between is written first
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Number the lines, and let the state move only over lines that the command ack names
    #[arg(long, requires = "state")]
    ack: bool,
    /// How many calls a minute reading history may take for each method, after a burst of 50; 0 for as many as Slack lets through
    #[arg(long, value_name = "CALLS", default_value_t = 50)]
    backfill_rate: u32,
    /// End when standard input does, as the command close ends it
    #[arg(long)]
    exit_on_eof: bool,
    /// How long to wait for each outcome that is open when it is to end, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(0..=3600))]
    drain: u64,
    #[command(flatten)]
    limits: Limits,
}

/// A name, perhaps with blanks around it, as in a list that people write.
fn event_type(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("a type of events has a name"),
        name => Ok(name.to_owned()),
    }
}

/// Runs until the session ends.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    if output::is_closed() {
        complain("standard output is closed, so that nobody would learn of any event");
        output::hint("to send commands alone, write >/dev/null");
        return ExitCode::from(exit::USAGE);
    }
    if !arguments.demo {
        return match setup::client() {
            Ok(client) => listen(&client, arguments).await,
            Err(code) => code,
        };
    }
    let slack = match demo::Slack::start().await {
        Ok(slack) => slack,
        Err(error) => {
            complain(format_args!("the demo cannot start: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let client = Client::builder()
        .token("xoxb-demo")
        .base_url(slack.base_url())
        .user_agent(setup::user_agent())
        .build();
    match client {
        Ok(client) => tokio::select! {
            code = listen(&client, arguments) => code,
            () = slack.talk() => ExitCode::SUCCESS,
        },
        Err(error) => setup::Unusable::Setting(error).explain(),
    }
}

async fn listen(client: &Client, arguments: Arguments) -> ExitCode {
    let mut builder = arguments.limits.apply(client.session());
    if arguments.presence_sub {
        builder = builder.presence_sub(true);
    }
    let keeper = match arguments.state.as_deref().map(|path| Keeper::open(path, arguments.ack)).transpose() {
        Ok(keeper) => keeper,
        Err(code) => return code,
    };
    if arguments.backfill || keeper.is_some() {
        let rate = Some(arguments.backfill_rate).filter(|calls| *calls > 0);
        builder = builder.backfill(Backfill::default().calls_per_minute(rate));
    }
    if let Some(checkpoint) = keeper.as_ref().and_then(Keeper::checkpoint) {
        builder = builder.resume(checkpoint.clone());
    }
    let format = if arguments.pretty {
        Format::Pretty { is_coloured: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    } else {
        Format::Json
    };
    let ending = Ending { on_eof: arguments.exit_on_eof, patience: Duration::from_secs(arguments.drain) };
    drive::drive(builder.start(), Narrator::new(format, arguments.types), ending, keeper).await
}
