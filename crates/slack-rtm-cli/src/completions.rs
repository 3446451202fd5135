//! `slack-rtm completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{Cli, output};

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("completions/help.txt"))]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "slack-rtm", &mut script);
    output::document(&script)
}
