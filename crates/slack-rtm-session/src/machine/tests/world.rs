//! A driver and a server with a simulated clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use slack_rtm_apis::CallBudget;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, ErrorCode, MessageCommand, SocketUrl};

use crate::call_error::{CallError, CallErrorKind};
use crate::command::Command;
use crate::connection_id::ConnectionId;
use crate::machine::{Action, Config, Frame, Input, Machine, Measured, Ticket};
use crate::{DisconnectReason, Error, Identity, Item, Outcome};

/// The behavior of the server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// The answers of the next calls; `None` is success, and so are all later ones.
    pub(super) calls: VecDeque<Option<Error>>,
    /// Whether a permit to connect is given at once.
    pub(super) gives_turns: bool,
    pub(super) takes_calls: bool,
    pub(super) takes_dials: bool,
    pub(super) says_hello: bool,
    pub(super) pongs: bool,
    /// The delay of its answers.
    pub(super) call_after: Duration,
    pub(super) dial_after: Duration,
    pub(super) hello_after: Duration,
    pub(super) pong_after: Duration,
    /// The connection over which the server does not answer.
    pub(super) mute: Option<ConnectionId>,
    pub(super) acks: bool,
    pub(super) closes: bool,
}

pub(super) struct World {
    pub(super) machine: Machine<u64>,
    pub(super) budget: Arc<CallBudget>,
    pub(super) now: Duration,
    pub(super) server: Server,
    /// The inputs in flight.
    later: Vec<(Duration, Input<u64>)>,
    pub(super) queued: usize,
    pub(super) calls: Vec<Duration>,
    pub(super) dials: Vec<(Duration, ConnectionId, SocketUrl)>,
    pub(super) writes: Vec<(Duration, ConnectionId, String)>,
    pub(super) items: Vec<(Duration, Item)>,
    pub(super) outcomes: Vec<(Duration, u64, Outcome)>,
    pub(super) measured: Vec<Measured>,
    pub(super) closes: Vec<(Duration, ConnectionId)>,
    pub(super) drops: Vec<(Duration, ConnectionId)>,
    pub(super) aborts: usize,
    pub(super) stopped: Option<Duration>,
    tickets: u64,
}

pub(super) fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(super) fn frame(json: &str) -> Frame {
    Frame::read(Bytes::copy_from_slice(json.as_bytes()), true, true)
}

pub(super) fn message(channel: &str, ts: &str) -> String {
    format!(r#"{{"type":"message","channel":"{channel}","text":"x","ts":"{ts}"}}"#)
}

pub(super) fn identity() -> Arc<Identity> {
    let team = ConnectedTeam::new("T1", "Acme", "acme");
    Arc::new(Identity::new(ConnectedUser::new("U1", "robot"), team))
}

/// The error of a call that was refused.
pub(super) fn refusal(code: &str) -> Error {
    let code = ErrorCode::from(code);
    let kind = match &code {
        ErrorCode::Ratelimited => CallErrorKind::RateLimited { retry_after: None },
        code if code.is_fatal() => CallErrorKind::Fatal,
        _ => CallErrorKind::Transient,
    };
    Error::Call(CallError {
        method: crate::call_error::Called::RtmConnect,
        code: Some(code),
        status: Some(200),
        kind,
        source: Arc::new(std::fmt::Error),
    })
}

pub(super) fn too_many(retry_after: f64) -> Error {
    let kind = CallErrorKind::RateLimited { retry_after: Some(secs(retry_after)) };
    Error::Call(CallError {
        method: crate::call_error::Called::RtmConnect,
        code: None,
        status: None,
        kind,
        source: Arc::new(std::fmt::Error),
    })
}

impl World {
    /// A server without faults.
    pub(super) fn new(seed: u64) -> Self {
        Self::with(seed, Config::default(), |_| {})
    }

    pub(super) fn with(seed: u64, config: Config, server: impl FnOnce(&mut Server)) -> Self {
        let mut behaviour = Server {
            calls: VecDeque::new(),
            gives_turns: true,
            takes_calls: true,
            takes_dials: true,
            says_hello: true,
            pongs: true,
            call_after: Duration::ZERO,
            dial_after: Duration::ZERO,
            hello_after: Duration::ZERO,
            pong_after: Duration::ZERO,
            mute: None,
            acks: true,
            closes: true,
        };
        server(&mut behaviour);
        let budget = Arc::new(CallBudget::new());
        let mut world = Self {
            machine: Machine::new(Duration::ZERO, config, budget.clone(), seed),
            budget,
            now: Duration::ZERO,
            server: behaviour,
            later: Vec::new(),
            queued: 0,
            calls: Vec::new(),
            dials: Vec::new(),
            writes: Vec::new(),
            items: Vec::new(),
            outcomes: Vec::new(),
            measured: Vec::new(),
            closes: Vec::new(),
            drops: Vec::new(),
            aborts: 0,
            stopped: None,
            tickets: 0,
        };
        world.run_until_idle();
        world
    }

    pub(super) fn input(&mut self, input: Input<u64>) {
        self.machine.handle(self.now, input);
        self.run_until_idle();
    }

    /// Lets time pass, and acts on deadlines in time.
    pub(super) fn run(&mut self, seconds: f64) {
        let end = self.now + secs(seconds);
        let mut idle = 0;
        loop {
            let arrival = self.later.iter().map(|(at, _)| *at).min();
            let next = [arrival, self.machine.deadline()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            if let Some(index) = self.later.iter().position(|(at, _)| *at == next) {
                self.now = next;
                let (_, input) = self.later.remove(index);
                self.input(input);
                continue;
            }
            idle = if next > self.now { 0 } else { idle + 1 };
            assert!(idle < 10, "a deadline stays due: {:?}", self.machine);
            self.now = self.now.max(next);
            self.machine.tick(self.now);
            self.run_until_idle();
        }
        self.now = end;
    }

    fn run_until_idle(&mut self) {
        self.take_items();
        while let Some(action) = self.machine.poll() {
            let now = self.now;
            match action {
                Action::RequestPermit => {
                    self.queued += 1;
                    if self.server.gives_turns {
                        self.machine.handle(now, Input::Permit);
                    }
                }
                Action::Call => {
                    self.calls.push(now);
                    if self.server.takes_calls {
                        let answer = self.server.calls.pop_front().flatten();
                        let url = url::Url::parse(&format!("wss://x.example/{}", self.calls.len())).unwrap();
                        let ticket = Ticket { url: url.into(), identity: identity(), server_time: None };
                        self.after(self.server.call_after, Input::Called(answer.map_or(Ok(ticket), Err)));
                    }
                }
                Action::AbortCall => self.aborts += 1,
                Action::Dial(connection, url) => {
                    self.dials.push((now, connection, *url));
                    if self.server.takes_dials {
                        let Server { dial_after, hello_after, .. } = self.server;
                        self.after(dial_after, Input::Dialed(connection, Ok(())));
                        if self.server.says_hello {
                            let hello = Input::Frame(connection, frame(r#"{"type":"hello"}"#));
                            self.after(dial_after + hello_after, hello);
                        }
                    }
                }
                Action::Write(connection, text) => {
                    self.answer(connection, &text);
                    self.writes.push((now, connection, text));
                }
                Action::Close(connection) => {
                    self.closes.push((now, connection));
                    if self.server.closes {
                        let reason = DisconnectReason::Closed { code: Some(1000), reason: "".into() };
                        self.machine.handle(now, Input::Lost(connection, reason));
                    }
                }
                #[cfg(feature = "socket-mode")]
                Action::Ping(..) => unreachable!("RTM has pings of its own"),
                Action::Drop(connection) => self.drops.push((now, connection)),
                Action::Resolve(ticket, outcome) => self.outcomes.push((now, ticket, outcome)),
                Action::Measured(measured) => self.measured.push(measured),
                Action::Stop => self.stopped = Some(now),
            }
            self.take_items();
        }
    }

    fn take_items(&mut self) {
        let now = self.now;
        self.items.extend(self.machine.items().drain(..).map(|item| (now, item)));
    }

    fn answer(&mut self, connection: ConnectionId, text: &str) {
        if self.server.mute == Some(connection) {
            return;
        }
        let sent: serde_json::Value = serde_json::from_str(text).unwrap();
        let id = &sent["id"];
        let answer = match sent["type"].as_str().unwrap() {
            "ping" if self.server.pongs => format!(r#"{{"type":"pong","reply_to":{id}}}"#),
            "message" if self.server.acks => format!(r#"{{"ok":true,"reply_to":{id},"ts":"{id}.0"}}"#),
            _ => return,
        };
        let delay = if text.contains("ping") { self.server.pong_after } else { Duration::ZERO };
        self.after(delay, Input::Frame(connection, frame(&answer)));
    }

    /// Schedules an input.
    fn after(&mut self, delay: Duration, input: Input<u64>) {
        if delay.is_zero() {
            self.machine.handle(self.now, input);
        } else {
            self.later.push((self.now + delay, input));
        }
    }

    /// Suspends the computer, and drops the inputs in flight.
    pub(super) fn suspend(&mut self, seconds: f64) {
        self.now += secs(seconds);
        self.later.clear();
        self.input(Input::Resumed(secs(seconds)));
    }

    /// Returns the connection that was dialed last.
    pub(super) fn last(&self) -> ConnectionId {
        self.dials.last().unwrap().1
    }

    pub(super) fn frame(&mut self, connection: ConnectionId, json: &str) {
        self.input(Input::Frame(connection, frame(json)));
    }

    pub(super) fn hello(&mut self, connection: ConnectionId) {
        self.frame(connection, r#"{"type":"hello"}"#);
    }

    pub(super) fn lose(&mut self) {
        self.input(Input::Lost(self.last(), DisconnectReason::UnexpectedEof));
    }

    pub(super) fn send(&mut self, text: &str) -> u64 {
        self.submit(Command::message(&MessageCommand::new(0_u64, "C1", text)).unwrap())
    }

    pub(super) fn submit(&mut self, command: Command) -> u64 {
        self.tickets += 1;
        self.input(Input::Send(self.tickets, command));
        self.tickets
    }

    pub(super) fn outcome(&self, ticket: u64) -> Option<&Outcome> {
        let mut found = self.outcomes.iter().filter(|(_, of, _)| *of == ticket);
        let outcome = found.next().map(|(_, _, outcome)| outcome);
        assert!(found.next().is_none(), "a command resolved twice");
        outcome
    }

    /// Returns the items as one word each, and events as their channel and timestamp.
    pub(super) fn story(&self) -> Vec<String> {
        self.items.iter().map(|(_, item)| word(item)).collect()
    }

    pub(super) fn written(&self, kind: &str) -> Vec<(Duration, ConnectionId, serde_json::Value)> {
        let parsed = self.writes.iter().map(|(at, connection, text)| {
            (*at, *connection, serde_json::from_str::<serde_json::Value>(text).unwrap())
        });
        parsed.filter(|(_, _, sent)| sent["type"] == kind).collect()
    }
}

fn word(item: &Item) -> String {
    match item {
        Item::Event(event) => {
            let json: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap();
            match json["ts"].as_str() {
                Some(ts) => format!("{} {ts}", json["channel"].as_str().unwrap()),
                None => json["type"].as_str().unwrap_or("?").to_owned(),
            }
        }
        Item::Malformed(_) => "malformed".to_owned(),
        Item::Connected(connected) => format!("{:?}", connected.kind),
        Item::Disconnected(reason) => reason.as_str().to_owned(),
        Item::Retry(retry) => format!("retry {}", retry.error.as_str()),
        Item::Gap(_) => "gap".to_owned(),
        Item::Lagged(_) => "lagged".to_owned(),
        Item::Missed(_) | Item::Backfilled(_) => "backfill".to_owned(),
        Item::Closed(error) => format!("closed {}", error.as_str()),
        #[cfg(feature = "socket-mode")]
        Item::Interaction(_) | Item::SlashCommand(_) | Item::Envelope(_) | Item::OtherConnections(_) => {
            unreachable!("RTM has none")
        }
    }
}
