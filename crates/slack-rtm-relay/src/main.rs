//! The command `slack-rtm-relay`.

mod demo;
mod http;
mod log;
mod output;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use slack_rtm_relay::{Config, Error, Name, Relay, Status};
use tokio::sync::watch;

/// Receive the events of many Slack workspaces on several hosts, and store each once in NATS JetStream
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a host until SIGTERM or SIGINT
    Run(Run),
    /// Print the hosts, the leases and the stream
    Status(File),
    /// Run two hosts with a fake Slack and a NATS server on this machine, and print the events
    Demo(demo::Arguments),
}

#[derive(Debug, Args)]
struct File {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct Run {
    #[command(flatten)]
    file: File,
    /// The name of this host, which overrides the configuration
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// The format of the log on standard error, which `RUST_LOG` filters
    #[arg(long, value_enum, default_value = "text")]
    log: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// Lines of text
    Text,
    /// A JSON object per line
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(arguments) => run(arguments).await,
        Command::Status(file) => status(&file).await,
        Command::Demo(arguments) => demo::run(&arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error may be closed or on a full disk, which must not hide the exit code.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::from(if failure.is_config() { 2 } else { 1 })
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Relay(Error),
    /// Standard output cannot be written.
    Output(std::io::Error),
}

impl Failure {
    fn is_config(&self) -> bool {
        matches!(self, Self::Relay(error) if error.is_config())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Relay(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay(error) => error.fmt(f),
            Self::Output(error) => write!(f, "standard output cannot be written: {error}"),
        }
    }
}

async fn run(arguments: Run) -> Result<(), Failure> {
    let mut config = Config::read(&arguments.file.config)?;
    if let Some(host) = arguments.host {
        config.host = Name::new(host).map_err(http::usage)?;
    }
    log::init(matches!(arguments.log, LogFormat::Json));
    let mut signals = Signals::listen().map_err(http::usage)?;
    let metrics = http::metrics()?;
    let server = match config.listen {
        Some(address) => Some(http::Server::bind(address, metrics).await?),
        None => None,
    };
    let (started, relay) = watch::channel(None);
    let serving = server.map(|server| tokio::spawn(server.serve(relay)));
    let relay = tokio::select! {
        relay = Relay::builder(config).start() => relay?,
        () = signals.wait() => return Ok(()),
    };
    started.send_replace(Some(relay.watch()));
    signals.wait().await;
    tokio::select! {
        () = relay.leave() => {}
        // A second signal stops the host at once.
        () = signals.wait() => {}
    }
    if let Some(serving) = serving {
        serving.abort();
    }
    Ok(())
}

async fn status(file: &File) -> Result<(), Failure> {
    let status = Status::read(&Config::read(&file.config)?).await?;
    output::line(status).map(drop).map_err(Failure::Output)
}

/// The signals that terminate the program.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn wait(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
