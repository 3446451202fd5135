//! `slack-rtm doctor`.

mod checks;
mod diagnosis;
mod finding;
mod method;
mod network;
mod problem;
mod protocols;
mod refusal;
mod report;

use std::process::ExitCode;

use clap::Args;

use self::finding::{Findings, steps};
use self::report::{Format, Report};
use crate::limits::Limits;
use crate::output;
use crate::tokens::Tokens;

/// Check step by step why there is no connection, and suggest what to do
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("doctor/help.txt"))]
pub(crate) struct Arguments {
    /// Print a line of JSON for each step and one for the result
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: Limits,
}

/// Takes every step that can be taken, and prints the report.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let format =
        if arguments.json { Format::Json } else { Format::Text { is_coloured: output::is_coloured() } };
    let tokens = Tokens::from_env();
    let steps = steps(tokens.protocol());
    let mut report = Report::new(format, steps);
    let mut add = |finding: &finding::Finding| report.add(finding);
    checks::run(tokens, arguments.limits, &mut Findings::new(steps, &mut add)).await;
    report.conclude()
}
