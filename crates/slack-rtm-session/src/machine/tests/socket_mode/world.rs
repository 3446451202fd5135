//! A driver with its queue and its user, and a Slack, with a simulated clock.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use slack_rtm_apis::CallBudget;

use super::super::world::{identity, secs};
use crate::machine::{
    Action, Config, ConnectionId, Input, Machine, Protocol, SocketInput, SocketMode, Ticket,
};
use crate::socket_mode::{Mailbox, Pool, PoolMember, PoolState};
use crate::websocket::Received;
use crate::{AckPolicy, DisconnectReason, Error, Item};

/// A written acknowledgement.
#[derive(Clone, Debug)]
pub(super) struct Ack {
    pub(super) at: Duration,
    pub(super) connection: ConnectionId,
    pub(super) envelope: String,
    pub(super) payload: serde_json::Value,
}

/// A machine and its environment.
pub(super) struct World {
    pub(super) machine: Machine<u64>,
    pub(super) member: PoolMember,
    pub(super) now: Duration,
    pub(super) hello: String,
    /// The frames that the next connections receive instead of hello.
    pub(super) instead: VecDeque<&'static str>,
    pub(super) pongs: bool,
    pub(super) server_pings: bool,
    /// Whether the queue has room.
    pub(super) has_room: bool,
    pub(super) calls: Vec<Duration>,
    pub(super) dials: Vec<(Duration, ConnectionId)>,
    pub(super) acks: Vec<Ack>,
    pub(super) items: Vec<(Duration, Item)>,
    pub(super) closes: Vec<(Duration, ConnectionId)>,
    pub(super) drops: Vec<(Duration, ConnectionId)>,
    /// When each envelope arrived, and over which connection.
    pub(super) brought: HashMap<String, (Duration, ConnectionId)>,
    next_server_ping: Duration,
}

impl World {
    pub(super) fn new(policy: AckPolicy) -> Self {
        Self::with(1, policy, Arc::new(PoolState::new(7)), Config::default())
    }

    pub(super) fn with(seed: u64, policy: AckPolicy, pool_state: Arc<PoolState>, config: Config) -> Self {
        let mut machine = Machine::new(Duration::ZERO, config, Arc::new(CallBudget::new()), seed);
        machine.set_protocol(Protocol::SocketMode(Box::new(SocketMode::new(pool_state.clone(), policy))));
        let member = PoolMember {
            index: 0,
            pool: Arc::new(Pool::new(1)),
            pool_state,
            mailbox: Arc::new(Mailbox::default()),
            policy,
            has_left: false,
        };
        let mut world = Self {
            machine,
            member,
            now: Duration::ZERO,
            hello: r#"{"type":"hello","num_connections":1,"debug_info":{}}"#.to_owned(),
            instead: VecDeque::new(),
            pongs: true,
            server_pings: true,
            has_room: true,
            calls: Vec::new(),
            dials: Vec::new(),
            acks: Vec::new(),
            items: Vec::new(),
            closes: Vec::new(),
            drops: Vec::new(),
            brought: HashMap::new(),
            next_server_ping: secs(10.0),
        };
        world.run_until_idle();
        world
    }

    pub(super) fn input(&mut self, input: Input<u64>) {
        self.machine.handle(self.now, input);
        self.run_until_idle();
    }

    pub(super) fn text(&mut self, connection: ConnectionId, json: &str) {
        let received = Received::Text(Bytes::copy_from_slice(json.as_bytes()));
        let input = self.member.input(connection, received);
        self.input(input);
    }

    /// Delivers an event in an envelope.
    pub(super) fn event(&mut self, connection: ConnectionId, envelope: &str, event: &str) {
        self.brought.insert(envelope.to_owned(), (self.now, connection));
        let json = format!(
            r#"{{"type":"events_api","envelope_id":"{envelope}","payload":{{"event_id":"{event}","event":{{"type":"message","channel":"C1","ts":"1.0","text":"{event}"}}}},"accepts_response_payload":false}}"#
        );
        self.text(connection, &json);
    }

    /// Delivers a slash command in an envelope.
    pub(super) fn command(&mut self, connection: ConnectionId, envelope: &str) {
        self.brought.insert(envelope.to_owned(), (self.now, connection));
        let json = format!(
            r#"{{"type":"slash_commands","envelope_id":"{envelope}","payload":{{"command":"/x"}},"accepts_response_payload":true}}"#
        );
        self.text(connection, &json);
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId, reason: &str) {
        self.text(connection, &format!(r#"{{"type":"disconnect","reason":"{reason}"}}"#));
    }

    /// Lets time pass with a server that pings, and acts on deadlines in time.
    pub(super) fn run(&mut self, seconds: f64) {
        let end = self.now + secs(seconds);
        let mut idle = 0;
        loop {
            let due = self.machine.deadline().filter(|deadline| *deadline <= end);
            let next = due.into_iter().chain([self.next_server_ping]).min().filter(|next| *next <= end);
            let Some(next) = next else { break };
            idle = if next > self.now { 0 } else { idle + 1 };
            assert!(idle < 10, "a deadline stays due: {:?}", self.machine);
            self.now = self.now.max(next);
            if self.now >= self.next_server_ping {
                self.next_server_ping = self.now + secs(10.0);
                if self.server_pings {
                    for (_, connection) in self.dials.clone() {
                        self.machine.handle(self.now, Input::Socket(connection, SocketInput::Ping));
                    }
                }
            }
            self.machine.tick(self.now);
            self.run_until_idle();
        }
        self.now = end;
    }

    pub(super) fn run_until_idle(&mut self) {
        loop {
            while let Some(action) = self.machine.poll() {
                self.act(action);
            }
            for item in self.machine.items().drain(..).collect::<Vec<_>>() {
                if self.has_room
                    || !matches!(item, Item::Event(_) | Item::SlashCommand(_) | Item::Envelope(_))
                {
                    item.queued();
                    self.items.push((self.now, item));
                }
            }
            let answers = self.member.answers(&Context::from_waker(Waker::noop()));
            if answers.is_empty() {
                break;
            }
            for answer in answers {
                self.machine.on_answer(self.now, answer);
            }
        }
    }

    fn act(&mut self, action: Action<u64>) {
        let now = self.now;
        match action {
            Action::Call => {
                self.calls.push(now);
                let url = url::Url::parse(&format!("wss://x.example/{}", self.calls.len())).unwrap();
                let ticket = Ticket { url: url.into(), identity: identity(), server_time: None };
                self.machine.handle(now, Input::Called(Ok(ticket)));
            }
            Action::Dial(connection, _) => {
                self.dials.push((now, connection));
                self.machine.handle(now, Input::Dialed(connection, Ok(())));
                let first = self.instead.pop_front().map_or_else(|| self.hello.clone(), str::to_owned);
                let received = Received::Text(first.into());
                self.machine.handle(now, self.member.input(connection, received));
            }
            Action::Write(connection, text) => {
                let ack: serde_json::Value = serde_json::from_str(&text).unwrap();
                let envelope = ack["envelope_id"].as_str().unwrap().to_owned();
                assert!(!self.closes.iter().chain(&self.drops).any(|(_, gone)| *gone == connection));
                assert!(!self.acks.iter().any(|before| before.envelope == envelope), "acked twice");
                if let Some((_, brought_by)) = self.brought.get(&envelope) {
                    assert_eq!(*brought_by, connection, "acked on another connection");
                }
                self.acks.push(Ack { at: now, connection, envelope, payload: ack["payload"].clone() });
            }
            Action::Ping(connection, id) => {
                if self.pongs {
                    self.machine.handle(now, Input::Socket(connection, SocketInput::Pong(id)));
                }
            }
            Action::Close(connection) => self.closes.push((now, connection)),
            Action::Drop(connection) => self.drops.push((now, connection)),
            Action::RequestPermit => self.machine.handle(now, Input::Permit),
            Action::AbortCall | Action::Measured(_) | Action::Resolve(..) | Action::Stop => {}
        }
    }

    /// Returns the connection that was dialed last.
    pub(super) fn last(&self) -> ConnectionId {
        self.dials.last().unwrap().1
    }

    pub(super) fn lose(&mut self, connection: ConnectionId) {
        self.input(Input::Lost(connection, DisconnectReason::UnexpectedEof));
    }

    /// Returns the acknowledged envelopes in order.
    pub(super) fn acked(&self) -> Vec<&str> {
        self.acks.iter().map(|ack| ack.envelope.as_str()).collect()
    }

    /// Returns the items as one word each, and events as their text.
    pub(super) fn story(&self) -> Vec<String> {
        self.items.iter().map(|(_, item)| word(item)).collect()
    }

    /// Returns how many times each event was delivered.
    pub(super) fn handed_out(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for (_, item) in &self.items {
            if let Item::Event(_) = item {
                *counts.entry(word(item)).or_default() += 1;
            }
        }
        counts
    }

    /// Returns the connections that are open for the server.
    pub(super) fn open(&self) -> Vec<ConnectionId> {
        let gone: HashSet<_> = self.closes.iter().chain(&self.drops).map(|(_, gone)| *gone).collect();
        self.dials.iter().map(|(_, connection)| *connection).filter(|open| !gone.contains(open)).collect()
    }
}

pub(super) fn word(item: &Item) -> String {
    match item {
        Item::Event(event) => {
            let json: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap();
            json["text"].as_str().or(json["type"].as_str()).unwrap_or("?").to_owned()
        }
        Item::Interaction(_) => "interaction".to_owned(),
        Item::SlashCommand(_) => "command".to_owned(),
        Item::Envelope(_) => "envelope".to_owned(),
        Item::OtherConnections(others) => format!("{} of {}", others.ours, others.total),
        Item::Malformed(_) => "malformed".to_owned(),
        Item::Connected(connected) => format!("{:?}", connected.kind),
        Item::Disconnected(reason) => reason.as_str().to_owned(),
        Item::Retry(retry) => format!("retry {}", retry.error.as_str()),
        Item::Gap(_) => "gap".to_owned(),
        Item::Closed(Error::Closed) => "closed".to_owned(),
        other => format!("{other:?}"),
    }
}
