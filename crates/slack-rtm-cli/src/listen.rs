//! `slack-rtm listen`.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;
use serde_json::value::RawValue;
use slack_rtm::models::RawEvent;
use slack_rtm::session::ConnectedKind;
use slack_rtm::{Client, Events, Item, Sender};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};
use tokio::task::JoinSet;

use crate::command::{Command, Started};
use crate::line::Line;
use crate::{demo, exit, output, setup};

/// Write every event as a line of JSON, and read commands as lines of JSON
///
/// Each line that is written is an object with a `kind`: state, event, gap, lagged, odd, error or reply. Commands are read from standard input, one a line:
///
///   {"send":{"ref":1,"channel":"C01GENERAL0","text":"hello"}}
///   {"typing":{"channel":"C01GENERAL0"}}
///   {"presence_sub":["U01ALICE000"]}
///   {"presence_query":["U01ALICE000"]}
///   {"close":{}}
///
/// The end of the input does not end it; the command close, SIGINT and SIGTERM do.
///
/// Try it without a token:  slack-rtm listen --demo | jq .
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Only events of these types; others are not even decoded
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// For people: a short line for each event in place of JSON
    #[arg(long)]
    pretty: bool,
    /// Listen to a fake Slack in this process; needs no token
    #[arg(long)]
    demo: bool,
    /// Presence changes only of the users that presence_sub names
    #[arg(long)]
    presence_sub: bool,
}

/// Runs until the session ends.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    if arguments.demo {
        let slack = match demo::start().await {
            Ok(slack) => slack,
            Err(error) => {
                eprintln!("error: the demo cannot start: {error}");
                return ExitCode::from(exit::FAILED);
            }
        };
        let client = Client::builder()
            .token("xoxb-demo")
            .base_url(slack.base_url())
            .user_agent(setup::user_agent())
            .build();
        return match client {
            Ok(client) => tokio::select! {
                code = listen(&client, &arguments) => code,
                () = demo::talk(&slack) => ExitCode::SUCCESS,
            },
            Err(error) => usage(&error),
        };
    }
    match setup::client() {
        Ok(client) => listen(&client, &arguments).await,
        Err(error) => usage(&error),
    }
}

fn usage(error: &slack_rtm::ConfigError) -> ExitCode {
    eprintln!("error: {}", exit::describe(error));
    ExitCode::from(exit::USAGE)
}

async fn listen(client: &Client, arguments: &Arguments) -> ExitCode {
    let mut builder = client.session();
    if arguments.presence_sub {
        builder = builder.presence_sub(true);
    }
    let (sender, events) = builder.start().split();
    let writer =
        Writer { pretty: arguments.pretty, colour: io::stdout().is_terminal(), types: &arguments.types };
    // A closed standard output is the reader's way to end it.
    drive(sender, events, &writer).await.unwrap_or(ExitCode::SUCCESS)
}

async fn drive(sender: Sender, mut events: Events, writer: &Writer<'_>) -> io::Result<ExitCode> {
    let mut input = Some(BufReader::new(tokio::io::stdin()).lines());
    let mut read = 0;
    let mut deliveries = JoinSet::new();
    let mut code = ExitCode::SUCCESS;
    writer.line(&Line::state("connecting"))?;
    let mut stop = Box::pin(signal());
    let mut stopped = false;
    loop {
        tokio::select! {
            item = events.next() => match item {
                Some(Item::Closed(error)) => {
                    if !error.is_closed() {
                        eprintln!("error: {}", exit::describe(&error));
                        writer.line(&Line::error(&error))?;
                    }
                    code = exit::code(&error);
                    writer.line(&Line::state_because("closed", &error, None))?;
                }
                Some(item) => writer.item(item)?,
                None => break,
            },
            line = next_line(&mut input) => {
                read += 1;
                match line {
                    Some(line) => match Command::parse(&line).map(|command| command.start(&sender)) {
                        Ok(Started::Told(reference, delivery)) => {
                            deliveries.spawn(async move { (reference, delivery.await) });
                        }
                        Ok(Started::Untold) => {}
                        Ok(Started::Close) => close(&sender),
                        Err(message) => writer.line(&Line::Error { code: None, message, fatal: false, line: Some(read) })?,
                    },
                    None => input = None,
                }
            }
            Some(Ok((reference, outcome))) = deliveries.join_next() => writer.line(&Line::reply(reference, &outcome))?,
            () = &mut stop, if !stopped => {
                stopped = true;
                close(&sender);
            }
        }
    }
    while let Some(Ok((reference, outcome))) = deliveries.join_next().await {
        writer.line(&Line::reply(reference, &outcome))?;
    }
    Ok(code)
}

/// Ends the session while events are still read.
fn close(sender: &Sender) {
    let sender = sender.clone();
    tokio::spawn(async move { sender.close().await });
}

/// The next line of the input that is not blank; never, once the input has ended.
async fn next_line(input: &mut Option<Lines<BufReader<Stdin>>>) -> Option<String> {
    match input {
        // A line that is no UTF-8 is no command either.
        Some(lines) => match lines.next_line().await {
            Ok(line) => line,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Some("\u{fffd}".to_owned()),
            Err(_) => None,
        },
        None => std::future::pending().await,
    }
}

/// Whichever comes first of SIGINT and SIGTERM.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

struct Writer<'a> {
    pretty: bool,
    colour: bool,
    types: &'a [String],
}

impl Writer<'_> {
    fn line(&self, line: &Line) -> io::Result<()> {
        if !self.pretty {
            return output::line(line);
        }
        let json = serde_json::to_value(line)?;
        let kind = json["kind"].as_str().unwrap_or_default();
        let rest: Vec<String> = json
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "kind")
            .map(|(key, value)| {
                format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        self.short(kind, &rest.join(" "))
    }

    fn short(&self, kind: &str, rest: &str) -> io::Result<()> {
        let (dim, off) = if self.colour { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        output::text(&format!("{dim}{kind:<18}{off} {rest}"))
    }

    fn item(&self, item: Item) -> io::Result<()> {
        match item {
            Item::Event(event) => self.event(&event),
            Item::Odd(odd) => self.line(&Line::Odd { raw: String::from_utf8_lossy(&odd.bytes).into_owned() }),
            Item::Connected(connected) => {
                let reason = match connected.kind {
                    ConnectedKind::HandedOver => Some("handed over after a goodbye".to_owned()),
                    _ => None,
                };
                self.line(&Line::State {
                    state: "connected",
                    reason,
                    attempt: None,
                    user: Some(connected.identity.user.id.to_string()),
                    team: Some(connected.identity.team.id.to_string()),
                })?;
                self.event(&connected.hello)
            }
            Item::Disconnected(loss) => self.line(&Line::state_because("reconnecting", &loss, None)),
            Item::Retry(retry) => {
                self.line(&Line::error(&retry.error))?;
                self.line(&Line::state_because("reconnecting", &retry.error, Some(retry.attempt)))
            }
            Item::Gap(gap) => self.line(&Line::gap(&gap)),
            Item::Lagged(dropped) => self.line(&Line::Lagged { dropped }),
            _ => Ok(()),
        }
    }

    fn event(&self, event: &RawEvent) -> io::Result<()> {
        let event_type = event.event_type().unwrap_or_default();
        if !self.types.is_empty() && !self.types.iter().any(|wanted| wanted == event_type) {
            return Ok(());
        }
        if self.pretty {
            return self.short(event_type, &summary(event));
        }
        // The frame's own text, on one line whatever its own white space: between tokens a line end is white space, and inside a string it is escaped.
        let text = event.as_str().replace(['\n', '\r'], " ");
        match RawValue::from_string(text) {
            Ok(event) => self.line(&Line::Event { event }),
            Err(_) => self.line(&Line::Odd { raw: event.as_str().into_owned() }),
        }
    }
}

/// What a person wants to see of an event.
fn summary(event: &RawEvent) -> String {
    let frame: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap_or_default();
    let parts = ["channel", "user", "ts", "text"].into_iter().filter_map(|key| frame[key].as_str());
    parts.collect::<Vec<_>>().join("  ").replace(char::is_control, " ")
}
