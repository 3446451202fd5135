//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::codegen::prefix::Prefix;
use crate::codegen::{self, Mode, Unsupported};
use crate::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The chores of the slack-rtm workspace")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Regenerate crates/slack-rtm-models and crates/slack-rtm-apis from openapi/
    ///
    /// Runs openapi-generator-cli, in the version that codegen/config.yaml pins. Needs `java` (11 or later) or `python3` with pip; what is missing is
    /// fetched once and cached.
    Codegen {
        /// Change nothing; print a diff and fail if the generated code is not what the spec gives
        #[arg(long)]
        check: bool,
        /// Generate from another document, OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0, in YAML or JSON
        #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "check")]
        spec: Option<PathBuf>,
        /// Where to put the two crates that are generated from it: a new folder, or one that this command made
        #[arg(long, value_name = "DIR", requires = "spec")]
        out: Option<PathBuf>,
        /// Leave out the operations that nothing can be generated from, and tell which and why
        #[arg(long, requires = "spec")]
        skip_unsupported: bool,
        /// What the names of those crates begin with, so that they can stand beside slack-rtm's own: `web` for web-models and web-apis
        #[arg(long, value_name = "NAME", requires = "spec")]
        prefix: Option<Prefix>,
    },
    /// Take operations out of a document of somebody else's into openapi/vendor/
    ///
    /// Takes the operations with every definition that they reach, as OpenAPI 3.0.3 in the form that our own spec has, and records where they are from. What
    /// our spec has already is kept, and referred to. Nothing that was edited by hand is overwritten unless --force says so, and what the linter would refuse
    /// is not written.
    Vendor(crate::vendor::Options),
    /// Report what another version of the upstream document, or of the list of methods, has that our spec has not
    ///
    /// Reads two local files and prints Markdown: the methods that are new, and of the others the arguments, fields and codes. Prints nothing where nothing is.
    WatchUpstream(crate::upstream::Options),
    /// Record the public API of the hand-written crates in tests/public-api/
    ///
    /// Needs a stable toolchain with rustdoc. Fails if an API shows types of a crate that is not allowed there.
    PublicApi(crate::public_api::Options),
    /// Check the rust-version in Cargo.toml against what the dependencies need
    Msrv,
}

/// Runs the command that the arguments name. Failures are told on standard error and give exit code 1; wrong arguments give 2.
#[must_use]
pub fn run() -> ExitCode {
    let workspace = Workspace::current();
    let outcome = match Cli::parse().command {
        Task::Codegen { spec: Some(spec), out: Some(out), skip_unsupported, prefix, .. } => {
            let unsupported = if skip_unsupported { Unsupported::Skip } else { Unsupported::Refuse };
            codegen::export(&workspace, &spec, &out, unsupported, prefix.as_ref())
        }
        Task::Codegen { check, .. } => {
            codegen::run(&workspace, if check { Mode::Check } else { Mode::Write })
        }
        Task::Vendor(options) => crate::vendor::run(&workspace, &options),
        Task::WatchUpstream(options) => crate::upstream::run(&workspace, &options),
        Task::PublicApi(options) => crate::public_api::run(&workspace, &options),
        Task::Msrv => crate::msrv::check(&workspace),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Findings carry a place of their own and need no prefix.
            match error.downcast_ref::<crate::finding::Findings>() {
                Some(findings) => eprintln!("{findings}"),
                None => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}
