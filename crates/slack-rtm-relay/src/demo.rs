//! `slack-rtm-relay demo`: two hosts with a fake Slack and a NATS server on this machine.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use slack_rtm_relay::config::NatsConfig;
use slack_rtm_relay::{Config, Error, Name, Relay, Subscriber};
use slack_rtm_test::FakeSlack;
use tokio::process::Child;

use crate::http::usage;
use crate::{Failure, Signals, log, output};

const CHANNEL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";
const TEXTS: [&str; 3] = ["Good morning!", "Has anybody seen the build?", "It is green again."];

/// How long the server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The nats-server program; the default is the one that `SLACK_RTM_NATS_SERVER` names, or nats-server in the `PATH`
    #[arg(long, value_name = "FILE")]
    nats_server: Option<PathBuf>,
    /// Stop after this number of events
    #[arg(long, value_name = "N")]
    events: Option<u64>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    log::init(false);
    let program = arguments.nats_server.clone();
    let program = program.or_else(|| std::env::var_os("SLACK_RTM_NATS_SERVER").map(PathBuf::from));
    let program = program.unwrap_or_else(|| PathBuf::from("nats-server"));
    let mut signals = Signals::listen().map_err(usage)?;
    let folder = tempfile::tempdir().map_err(usage)?;
    let (_server, url) = start(&program, folder.path()).await?;
    let slack = FakeSlack::start().await.map_err(usage)?;

    let token = folder.path().join("token");
    std::fs::write(&token, "xoxb-demo").map_err(usage)?;
    let mut relays = Vec::new();
    for host in ["one", "two"] {
        let text = format!(
            "host = \"{host}\"\n[nats]\nservers = [\"{url}\"]\n[[tokens]]\nname = \"demo\"\nfile = {:?}\napi_url = \"{}\"\n",
            token.display().to_string(),
            slack.base_url()
        );
        relays.push(Relay::builder(Config::parse(&text)?).start().await?);
    }
    slack.wait_for_connections(2).await.map_err(usage)?;
    let print = |text: String| output::line(text).map_err(Failure::Output);
    if !print("two hosts receive every event, and the stream stores it once".to_owned())? {
        return Ok(());
    }

    let name = Name::new("demo").map_err(usage)?;
    let mut events = Subscriber::builder(name).nats(NatsConfig::new(vec![url])).open().await?;
    let listen = async {
        let mut count = 0;
        while arguments.events.is_none_or(|events| count < events)
            && let Some(delivery) = events.next().await
        {
            let delivery = delivery?;
            if let Some(event) = delivery.event()
                && !print(format!("{} {}", delivery.id(), event.as_str()))?
            {
                break;
            }
            delivery.ack().await?;
            count += 1;
        }
        Ok(())
    };
    let talk = async {
        for text in TEXTS.iter().cycle() {
            tokio::time::sleep(Duration::from_millis(700)).await;
            slack.user(ALICE).says(CHANNEL, text).await;
        }
    };
    let outcome = tokio::select! {
        outcome = listen => outcome,
        () = talk => Ok(()),
        () = signals.wait() => Ok(()),
    };
    let leaving = relays.into_iter().map(Relay::leave);
    let _ = tokio::time::timeout(Duration::from_secs(3), futures_util::future::join_all(leaving)).await;
    outcome
}

/// Starts a NATS server on a free port. It is killed when the child is dropped.
async fn start(program: &Path, folder: &Path) -> Result<(Child, String), Error> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(usage)?
        .port();
    let mut command = tokio::process::Command::new(program);
    // Ctrl-C in a terminal signals the whole group, and the hosts need the server in order to leave.
    #[cfg(unix)]
    command.process_group(0);
    let mut server = command
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"])
        .arg(folder.join("nats"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Error::usage(format!(
                "{} cannot be started: {error}; install nats-server, or name it with --nats-server",
                program.display()
            ))
        })?;
    let listens = async {
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            if let Some(status) = server.try_wait().map_err(usage)? {
                return Err(Error::usage(format!("{} has ended: {status}", program.display())));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    tokio::time::timeout(START_TIMEOUT, listens)
        .await
        .map_err(|_| Error::usage("the NATS server did not start in time"))??;
    Ok((server, format!("nats://127.0.0.1:{port}")))
}
