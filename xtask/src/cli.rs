//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::codegen::prefix::Prefix;
use crate::codegen::{self, Mode, Unsupported};
use crate::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Development tasks of the slack-rtm workspace"
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Regenerate crates/slack-rtm-models and crates/slack-rtm-apis from openapi/
    ///
    /// Runs openapi-generator-cli, in the version that codegen/config.yaml pins. Needs `java` (11 or later) or `python3` with pip. Missing tools are
    /// downloaded once and cached.
    Codegen {
        /// Change nothing; print a diff and fail if the generated code is not up to date with the spec
        #[arg(long)]
        check: bool,
        /// Generate from another document, OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0, in YAML or JSON
        #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "check")]
        spec: Option<PathBuf>,
        /// The folder for the two generated crates: a new one, or one that this command created
        #[arg(long, value_name = "DIR", requires = "spec")]
        out: Option<PathBuf>,
        /// Leave out the operations that cannot be generated, and list them with the reasons
        #[arg(long, requires = "spec")]
        skip_unsupported: bool,
        /// The prefix of the names of the crates, so that a program can use them beside slack-rtm's own: `web` for web-models and web-apis
        #[arg(long, value_name = "NAME", requires = "spec")]
        prefix: Option<Prefix>,
    },
    /// Copy operations from another document into openapi/vendor/
    ///
    /// Copies the operations with every definition that they reach, as OpenAPI 3.0.3 in the form of our own spec, and records their source. Definitions that our
    /// spec has already are kept, and referred to. A file that was edited by hand is overwritten only with --force, and nothing is written if the linter refuses
    /// the result.
    Vendor(crate::vendor::Options),
    /// Report what is new in another version of the upstream document, or in the list of methods
    ///
    /// Reads two local files and prints Markdown: the new methods, and the new arguments, fields and codes of the others. Prints nothing if nothing is new.
    WatchUpstream(crate::upstream::Options),
    /// Record the public API of the hand-written crates in tests/public-api/
    ///
    /// Needs a stable toolchain with rustdoc. Fails if an API shows types of a crate that is not allowed there.
    PublicApi(crate::public_api::Options),
    /// Check the rust-version in Cargo.toml against what the dependencies need
    Msrv,
}

/// Runs the command that the arguments name. Prints failures to standard error and returns exit code 1; the exit code for wrong arguments is 2.
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
            // Findings begin with their location and need no prefix.
            match error.downcast_ref::<crate::finding::Findings>() {
                Some(findings) => eprintln!("{findings}"),
                None => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}
