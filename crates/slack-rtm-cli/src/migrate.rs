//! `slack-rtm migrate`.

mod events;
mod manifest;
mod plan;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use self::events::Events;
use self::manifest::Manifest;
use self::plan::Plan;
use crate::output::{self, complain};
use crate::{exit, log};

/// Show what a bot on RTM needs to move to Socket Mode, and print a manifest for the new app
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("migrate/help.txt"))]
pub(crate) struct Arguments {
    /// The types of events that the bot handles, such as message,user_typing
    #[arg(long, value_name = "TYPES", value_delimiter = ',', required = true)]
    types: Vec<String>,
    /// The name of the new app, of 1 to 35 characters
    #[arg(long, value_name = "NAME", default_value = "my-bot", value_parser = manifest::app_name)]
    name: String,
    /// Write the manifest to FILE instead of standard output
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The format of the manifest; the default is json for a FILE that ends in .json, and yaml otherwise
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// The format of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

impl Format {
    fn of(path: &Path) -> Self {
        let extension = path.extension().unwrap_or_default();
        if extension.eq_ignore_ascii_case("json") { Self::Json } else { Self::Yaml }
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let events = match Events::load() {
        Ok(events) => events,
        Err(error) => {
            complain(format_args!("the list of events is not readable: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let plan = match Plan::new(&events, &arguments.types) {
        Ok(plan) => plan,
        Err(unknown) => {
            complain(&unknown);
            if let Some(similar) = &unknown.similar {
                output::hint(format_args!("did you mean {similar}?"));
            }
            return ExitCode::from(exit::USAGE);
        }
    };
    let manifest = Manifest::new(&arguments.name, &plan);
    let format = arguments.format.or_else(|| arguments.manifest.as_deref().map(Format::of));
    let manifest = match format.unwrap_or(Format::Yaml) {
        Format::Yaml => manifest.to_yaml(),
        Format::Json => match manifest.to_json() {
            Ok(json) => json,
            Err(error) => {
                complain(format_args!("the manifest cannot be written as JSON: {error}"));
                return ExitCode::from(exit::FAILED);
            }
        },
    };
    let report = report::report(&plan);
    let Some(path) = &arguments.manifest else {
        // Only the manifest is on standard output, so that it can be redirected.
        log::say(report);
        return output::document(manifest.as_bytes());
    };
    if let Err(error) = std::fs::write(path, manifest) {
        complain(format_args!("{} cannot be written: {error}", path.display()));
        return ExitCode::from(exit::FAILED);
    }
    output::document(report.as_bytes())
}
