//! The command `slack-rtm-relay`.

mod demo;
mod http;
mod log;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use slack_rtm_relay::{Config, Error, Name, Relay, Status};

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
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is_config() { 2 } else { 1 })
        }
    }
}

async fn run(arguments: Run) -> Result<(), Error> {
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
    let relay = tokio::select! {
        relay = Relay::builder(config).start() => relay?,
        () = signals.wait() => return Ok(()),
    };
    let serving = server.map(|server| tokio::spawn(server.serve(relay.watch())));
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

async fn status(file: &File) -> Result<(), Error> {
    println!("{}", Status::read(&Config::read(&file.config)?).await?);
    Ok(())
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
