//! Checks that the machine keeps its promises, whatever its inputs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::CallBudget;
use slack_rtm_models::{MessageCommand, SocketUrl};

use super::Step;
use crate::call_error::{CallError, CallErrorKind, Called};
use crate::command::Command;
use crate::connection_id::ConnectionId;
use crate::machine::tests::world::{frame, identity, message, refusal, secs, too_many};
use crate::machine::{Action, Config, Input, Machine, Ticket};
use crate::{DisconnectReason, Error, Item, Outcome};

/// Drives the machine as a driver would, and checks every action.
pub(super) struct Checker {
    pub(super) machine: Machine<u64>,
    now: Duration,
    budget: Arc<CallBudget>,
    calls: Vec<Duration>,
    /// Those of the rival among them.
    tokens_calls: Vec<Duration>,
    /// Slack wants no call before.
    closed_until: Duration,
    is_queued: bool,
    has_permit: bool,
    is_calling: Option<Duration>,
    pub(super) open: Vec<ConnectionId>,
    /// Connections by number that were ever dialed, dropped or reported as lost.
    dialed: HashSet<ConnectionId>,
    gone: HashSet<ConnectionId>,
    urls: HashSet<SocketUrl>,
    issued: HashMap<SocketUrl, Duration>,
    ids: HashSet<u64>,
    last_id: u64,
    pub(super) submitted: u64,
    pub(super) resolved: HashSet<u64>,
    written: HashMap<u64, usize>,
    /// Presence subscriptions, which the session sends again after a reconnect.
    subscriptions: HashSet<u64>,
    active: Option<ConnectionId>,
    last_ping: Duration,
    is_late: bool,
    pub(super) is_closed: bool,
    pub(super) is_stopped: bool,
}

impl Checker {
    pub(super) fn new(seed: u64) -> Self {
        let budget = Arc::new(CallBudget::new());
        let mut checker = Self {
            machine: Machine::new(Duration::ZERO, Config::default(), budget.clone(), seed),
            now: Duration::ZERO,
            budget,
            calls: Vec::new(),
            tokens_calls: Vec::new(),
            closed_until: Duration::ZERO,
            is_queued: false,
            has_permit: false,
            is_calling: None,
            open: Vec::new(),
            dialed: HashSet::new(),
            gone: HashSet::new(),
            urls: HashSet::new(),
            issued: HashMap::new(),
            ids: HashSet::new(),
            last_id: 0,
            submitted: 0,
            resolved: HashSet::new(),
            written: HashMap::new(),
            subscriptions: HashSet::new(),
            active: None,
            last_ping: Duration::ZERO,
            is_late: false,
            is_closed: false,
            is_stopped: false,
        };
        checker.run_until_idle();
        checker
    }

    fn run_until_idle(&mut self) {
        self.check_items();
        while let Some(action) = self.machine.poll() {
            assert!(!self.is_stopped || matches!(action, Action::Resolve(..)), "{action:?} after the end");
            match action {
                Action::RequestPermit => {
                    assert!(!self.is_queued && self.is_calling.is_none(), "two attempts at once");
                    self.is_queued = true;
                }
                Action::Call => {
                    assert!(self.is_calling.is_none(), "two calls at once");
                    assert!(std::mem::take(&mut self.has_permit), "a call without a permit");
                    self.is_calling = Some(self.now);
                    self.calls.push(self.now);
                    self.check_budget();
                }
                Action::AbortCall => {
                    assert!(std::mem::take(&mut self.is_queued) || self.is_calling.take().is_some());
                }
                Action::Dial(connection, url) => {
                    assert!(self.now - self.issued[&url] < secs(30.0), "an old address");
                    assert!(self.urls.insert(*url), "an address dialed twice");
                    assert!(self.dialed.insert(connection));
                    self.open.push(connection);
                }
                Action::Write(connection, text) => self.check_write(connection, &text),
                #[cfg(feature = "socket-mode")]
                Action::Ping(..) => unreachable!("RTM has pings of its own"),
                Action::Close(connection) => assert!(self.open.contains(&connection)),
                Action::Drop(connection) => self.end(connection),
                Action::Resolve(ticket, outcome) => {
                    assert!(self.resolved.insert(ticket), "resolved twice");
                    if self.subscriptions.contains(&ticket) {
                        continue;
                    }
                    let writes = self.written.get(&ticket).copied().unwrap_or_default();
                    let expected = usize::from(!matches!(outcome, Outcome::NotSent(_)));
                    assert_eq!(writes, expected, "{outcome:?}");
                }
                Action::Measured(_) => {}
                Action::Stop => self.is_stopped = true,
            }
            self.check_items();
        }
    }

    /// A call of the token's was made.
    fn check_budget(&mut self) {
        assert!(self.now >= self.closed_until, "a call that Slack does not want");
        self.tokens_calls.push(self.now);
        let minute = self.tokens_calls.iter().filter(|call| self.now - **call <= secs(60.0)).count();
        assert!(minute <= 6, "{minute} calls in a minute");
    }

    fn check_items(&mut self) {
        let items: Vec<_> = self.machine.items().drain(..).collect();
        items.iter().for_each(|item| self.check_item(item));
    }

    fn end(&mut self, connection: ConnectionId) {
        self.open.retain(|open| *open != connection);
        self.gone.insert(connection);
        self.active.take_if(|active| *active == connection);
    }

    fn check_write(&mut self, connection: ConnectionId, text: &str) {
        assert!(
            self.open.contains(&connection) && !self.gone.contains(&connection),
            "written to a dead connection"
        );
        let sent: serde_json::Value = serde_json::from_str(text).unwrap();
        let id = sent["id"].as_u64().unwrap();
        assert!(self.ids.insert(id) && id > self.last_id, "an id used twice");
        self.last_id = id;
        match sent["type"].as_str().unwrap() {
            "ping" => self.last_ping = self.now,
            "message" => {
                let ticket = sent["text"].as_str().unwrap().parse().unwrap();
                *self.written.entry(ticket).or_default() += 1;
            }
            // Typing indicators have their number in the channel; presence subscriptions have none.
            "typing" => {
                let ticket = sent["channel"].as_str().unwrap().split('X').nth(1).unwrap().parse().unwrap();
                *self.written.entry(ticket).or_default() += 1;
            }
            _ => {}
        }
    }

    fn check_item(&mut self, item: &Item) {
        assert!(!self.is_closed, "{item:?} after the end");
        match item {
            Item::Closed(_) => self.is_closed = true,
            Item::Connected(_) => {
                self.last_ping = self.now;
                self.active = self.open.last().copied();
            }
            Item::Disconnected(_) => self.active = None,
            _ => {}
        }
    }

    pub(super) fn input(&mut self, input: Input<u64>) {
        self.machine.handle(self.now, input);
        self.run_until_idle();
    }

    pub(super) fn pass(&mut self, millis: u32) {
        let end = self.now + Duration::from_millis(millis.into());
        let mut idle = 0;
        while let Some(deadline) = self.machine.deadline().filter(|deadline| *deadline <= end) {
            idle = if deadline > self.now { 0 } else { idle + 1 };
            assert!(idle < 10, "a deadline stays due");
            self.now = self.now.max(deadline);
            self.machine.tick(self.now);
            self.run_until_idle();
            self.check_pings();
            self.is_late = false;
        }
        self.now = end;
        self.check_pings();
    }

    fn check_pings(&self) {
        if self.active.is_some() && !self.is_late && !self.is_stopped {
            assert!(self.now - self.last_ping <= secs(5.0), "no ping");
        }
    }

    fn pick(&self, which: u8) -> Option<ConnectionId> {
        let index = usize::from(which).checked_rem(self.open.len())?;
        self.open.get(index).copied()
    }

    pub(super) fn step(&mut self, step: Step) {
        match step {
            Step::Pass(millis) => self.pass(millis),
            Step::Stall(millis) => {
                self.now += Duration::from_millis(millis.into());
                self.is_late = true;
            }
            Step::Suspend(millis) => {
                let suspended = Duration::from_millis(millis.into());
                self.now += suspended;
                self.is_late = true;
                self.input(Input::Resumed(suspended));
            }
            Step::Rival => {
                if self.budget.try_acquire(self.now, 6).is_ok() {
                    self.check_budget();
                }
            }
            Step::Permit => {
                if std::mem::take(&mut self.is_queued) {
                    self.has_permit = true;
                    self.input(Input::Permit);
                    // It is returned, whether it was used or not.
                    self.has_permit = false;
                }
            }
            Step::Called(what) => self.called(what),
            Step::Dialed(which, ok) => {
                if let Some(connection) = self.pick(which) {
                    let answer = if ok {
                        Ok(())
                    } else {
                        Err(Error::UpgradeRefused { status: 503, retry_after: None })
                    };
                    self.input(Input::Dialed(connection, answer));
                }
            }
            Step::Hello(which) => self.frame(which, r#"{"type":"hello"}"#),
            Step::Frame(which, what) => match what % 16 {
                0 => self.frame(which, r#"{"type":"goodbye"}"#),
                1 => self.frame(which, r#"{"type":"team_migration_started"}"#),
                2 => self.frame(which, r#"{"type":"error","error":{"code":1}}"#),
                3 => self.frame(which, "nonsense"),
                4 => {
                    if let Some(connection) = self.pick(which) {
                        self.input(Input::Heard(connection));
                    }
                }
                what => self.frame(which, &message(&format!("C{}", what % 3), &format!("{what}.0"))),
            },
            Step::Reply(which, what) => {
                // One of the last ones, or the one that comes next.
                let id = (self.last_id + 1).saturating_sub(u64::from(what) % 40);
                let json = match what % 3 {
                    0 => format!(r#"{{"ok":false,"reply_to":{id},"error":{{"code":2}}}}"#),
                    1 => format!(r#"{{"type":"pong","reply_to":{id}}}"#),
                    _ if what % 2 == 0 => {
                        format!(
                            r#"{{"type":"message","channel":"C{}","text":"{}","reply_to":{id},"ts":"1.0"}}"#,
                            what % 4,
                            self.submitted
                        )
                    }
                    _ => format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.0"}}"#),
                };
                self.frame(which, &json);
            }
            Step::Lost(which) => {
                if let Some(connection) = self.pick(which) {
                    self.end(connection);
                    self.input(Input::Lost(connection, DisconnectReason::UnexpectedEof));
                }
            }
            Step::Congested(which, on) => {
                if let Some(connection) = self.pick(which) {
                    self.input(Input::Congested(connection, on));
                }
            }
            Step::Send => {
                let text = (self.submitted + 1).to_string();
                self.submit(Command::message(&MessageCommand::new(0_u64, "C1", text)).unwrap());
            }
            Step::Typing(channel) => {
                let channel = format!("C{}X{}", channel % 3, self.submitted + 1);
                self.submit(Command::typing(channel.into()).unwrap());
            }
            Step::Presence => {
                self.subscriptions.insert(self.submitted + 1);
                self.submit(Command::presence_sub(vec!["U1".into()]).unwrap());
            }
            Step::Close => self.input(Input::Close),
        }
    }

    fn submit(&mut self, command: Command) {
        self.submitted += 1;
        self.input(Input::Send(self.submitted, command));
    }

    fn called(&mut self, what: u8) {
        if self.is_calling.take().is_none() {
            return;
        }
        let answer = match what % 16 {
            0 => {
                self.closed_until = self.now + secs(f64::from(what));
                Err(too_many(f64::from(what)))
            }
            1 => Err(refusal("migration_in_progress")),
            2 if what > 200 => Err(refusal("invalid_auth")),
            3 => Err(Error::Call(CallError {
                method: Called::RtmConnect,
                code: None,
                status: None,
                kind: CallErrorKind::Transient,
                source: Arc::new(std::fmt::Error),
            })),
            _ => {
                let url: SocketUrl =
                    url::Url::parse(&format!("wss://x.example/{}", self.calls.len())).unwrap().into();
                // The address counts as old as the call.
                self.issued.insert(url.clone(), *self.calls.last().unwrap());
                Ok(Ticket { url, identity: identity(), server_time: None })
            }
        };
        self.input(Input::Called(answer));
    }

    fn frame(&mut self, which: u8, json: &str) {
        if let Some(connection) = self.pick(which) {
            self.input(Input::Frame(connection, frame(json)));
        }
    }
}
