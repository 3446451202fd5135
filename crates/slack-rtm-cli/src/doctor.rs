//! `slack-rtm doctor`.

mod checks;
mod diagnosis;
mod finding;
mod problem;
mod refusal;
mod report;

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;

use self::finding::Findings;
use self::report::{Format, Report};

/// Find out step by step why there is no connection, and say what to do about it
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("doctor/help.txt"))]
pub(crate) struct Arguments {
    /// A line of JSON for each step, and one for the result
    #[arg(long)]
    json: bool,
}

/// Takes every step that can be taken.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let format = if arguments.json {
        Format::Json
    } else {
        Format::Text { is_coloured: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    };
    let mut report = Report::new(format);
    checks::run(&mut Findings::new(&mut |finding| report.tell(finding))).await;
    report.conclude()
}
