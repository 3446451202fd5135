//! The policy of a session: what to do when. It does no I/O and has no clock; time is what its caller says, counted from the beginning of the token's budget of
//! calls, which it may share with other sessions.
//!
//! The caller feeds it [`Input`]s, carries out the [`Action`]s that it asks for, and calls [`Machine::tick`] when the deadline has come.

mod active;
mod attempt;
mod config;
mod connecting;
mod echo;
mod fields;
mod frame;
mod gap;
mod handover;
mod keepalive;
mod limiter;
mod protocol;
mod refusals;
mod resume;
mod round_trip;
mod sending;
#[cfg(feature = "socket-mode")]
mod socket_mode;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::CallBudget;
use slack_rtm_models::{SocketUrl, Ts};

use self::active::{Active, Lost};
pub use self::config::Config;
use self::connecting::{Connecting, Step, Wait};
pub(crate) use self::fields::{channel_and_ts, leading_type_and_ts};
pub(crate) use self::frame::Frame;
use self::gap::LastSeen;
use self::handover::Handover;
#[cfg(feature = "socket-mode")]
pub(crate) use self::limiter::Limiter;
pub(crate) use self::protocol::Protocol;
use self::refusals::{Refusals, Verdict};
use self::round_trip::RoundTrip;
use self::sending::Sending;
#[cfg(feature = "socket-mode")]
pub(crate) use self::socket_mode::{SocketInput, SocketMode};
use crate::command::Command;
use crate::health::Vitals;
use crate::{Error, Identity, Item, Loss, NotSent, Outcome, State, numbering};

/// For how many actions there is room in a session at rest: a command and its reply ask for no more, and so allocate nothing for them.
const ACTIONS_AT_REST: usize = 4;

/// The number of a connection, or of an attempt at one. None is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u32);

#[cfg(all(test, feature = "socket-mode"))]
impl ConnectionId {
    pub(crate) const FIRST: Self = Self(1);
}

/// What rtm.connect answered.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) url: SocketUrl,
    pub(crate) identity: Arc<Identity>,
    /// When the server answered, by its own clock, in whole seconds.
    pub(crate) server_time: Option<Ts>,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Input<T> {
    /// It is the session's turn to connect; the turn lasts until the attempt has ended or the connection stands.
    Turn,
    /// The call of rtm.connect has ended.
    Called(Result<Ticket, Error>),
    /// Dialling has ended.
    Dialled(ConnectionId, Result<(), Error>),
    /// A frame came.
    Frame(ConnectionId, Frame),
    /// Something that is no frame came, and shows that the server is there.
    Heard(ConnectionId),
    /// The connection has ended.
    Lost(ConnectionId, Loss),
    /// The connection takes no more for now, or takes more again.
    Congested(ConnectionId, bool),
    /// The machine that all this runs on was suspended for so long, which the time counts.
    Resumed(Duration),
    /// The user has a command; the ticket says whose it is.
    Send(T, Command),
    /// The user wants an end.
    Close,
    /// The queue is full, and that is to end the session.
    Overflow,
    /// Something came that comes over Socket Mode alone.
    #[cfg(feature = "socket-mode")]
    Socket(ConnectionId, SocketInput),
}

/// A time that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// From a ping to its pong.
    RoundTrip(Duration),
    /// From a command to its reply.
    Reply(Duration),
}

/// What has to be done, in order.
#[derive(Debug)]
pub(crate) enum Action<T> {
    /// Wait for the session's turn to connect.
    Queue,
    /// Call rtm.connect. If no call follows a turn at once, the turn is over.
    Call,
    /// Forget the call, or the wait for a turn.
    AbortCall,
    /// Dial an address. It may be used this once.
    Dial(ConnectionId, Box<SocketUrl>),
    /// Write a frame.
    Write(ConnectionId, String),
    /// Send a ping of the WebSocket with a number in it.
    #[cfg(feature = "socket-mode")]
    Ping(ConnectionId, u64),
    /// Close a connection politely, and go on reading from it until it has ended.
    Close(ConnectionId),
    /// Drop a connection, or the attempt at it, as it is. There may be none any more.
    Drop(ConnectionId),
    /// Tell what became of a command.
    Resolve(T, Outcome),
    /// Take down how long something took.
    Measured(Measured),
    /// There is nothing left to do, ever.
    Stop,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Machine<T> {
    config: Config,
    protocol: Protocol,
    rng: fastrand::Rng,
    connecting: Connecting,
    identity: Option<Arc<Identity>>,
    server_time: Option<Ts>,
    active: Option<Active>,
    lost: Option<Lost>,
    handover: Handover,
    refusals: Refusals,
    round_trip: RoundTrip,
    seen: LastSeen,
    sending: Sending<T>,
    closing: Option<Duration>,
    is_stopped: bool,
    vitals: Vitals,
    vitals_changed: bool,
    actions: VecDeque<Action<T>>,
    items: Vec<Item>,
}

impl<T> Machine<T> {
    /// A session that begins now, whatever its clock says.
    pub(crate) fn new(now: Duration, config: Config, budget: Arc<CallBudget>, seed: u64) -> Self {
        let config = config.bounded();
        let mut rng = fastrand::Rng::with_seed(seed);
        let connecting = Connecting::new(now, budget);
        let first_id = numbering::spread(rng.u64(..));
        let vitals = Vitals {
            state: State::Connecting,
            since: now,
            round_trip: None,
            reconnects: 0,
            duplicates: 0,
            failures: BTreeMap::new(),
            recent: config.ping_interval + config.pong_timeout,
        };
        let mut machine = Self {
            handover: Handover::new(rng.u64(..)),
            config,
            protocol: Protocol::Rtm,
            rng,
            connecting,
            identity: None,
            server_time: None,
            active: None,
            lost: None,
            refusals: Refusals::default(),
            round_trip: RoundTrip::default(),
            seen: LastSeen::default(),
            sending: Sending::new(first_id),
            closing: None,
            is_stopped: false,
            vitals,
            vitals_changed: true,
            actions: VecDeque::new(),
            items: Vec::new(),
        };
        machine.tick(now);
        machine
    }

    /// Speaks another protocol than RTM. It has to be said before anything happens.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// The next thing to do.
    pub(crate) fn poll(&mut self) -> Option<Action<T>> {
        self.actions.pop_front()
    }

    /// What the user has to be told. Writes that were asked for before belong before it.
    pub(crate) fn items(&mut self) -> std::vec::Drain<'_, Item> {
        self.items.drain(..)
    }

    /// Gives back memory that a burst has taken.
    pub(crate) fn rest(&mut self) {
        self.actions.shrink_to(ACTIONS_AT_REST);
        self.items.shrink_to(0);
    }

    /// What is known of the session's health, if that has changed since it was asked for last.
    pub(crate) fn changed_vitals(&mut self) -> Option<&Vitals> {
        std::mem::take(&mut self.vitals_changed).then_some(&self.vitals)
    }

    /// Sets the id that the next command gets, in place of one that follows from the seed. Nothing may have been sent yet.
    pub(crate) fn number_from(&mut self, id: u64) {
        self.sending.number_from(id);
    }

    /// Whether commands wait for their replies.
    pub(crate) fn awaits_replies(&self) -> bool {
        self.sending.unacknowledged() > 0
    }

    /// Whether there is a connection that has said hello.
    pub(crate) fn is_connected(&self) -> bool {
        self.active.is_some()
    }

    /// How many commands were written and wait for their replies.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.sending.unacknowledged()
    }

    /// How many commands were taken in so far.
    pub(crate) fn submitted(&self) -> u64 {
        self.sending.submitted()
    }

    /// How many of them have an outcome, before the first one that has none. Outcomes that are to be told come before.
    pub(crate) fn settled(&self) -> u64 {
        self.sending.settled()
    }

    /// Takes in what happened.
    #[inline]
    pub(crate) fn handle(&mut self, now: Duration, input: Input<T>) {
        if self.is_stopped {
            if let Input::Send(ticket, _) = input {
                self.actions.push_back(Action::Resolve(ticket, Outcome::NotSent(NotSent::Closed)));
            }
            return;
        }
        match input {
            Input::Frame(connection, frame) => self.on_frame(now, connection, frame),
            Input::Heard(connection) => drop(self.heard(connection, now)),
            Input::Turn => self.on_turn(now),
            Input::Called(answer) => self.on_called(now, answer),
            Input::Dialled(connection, answer) => self.on_dialled(now, connection, answer),
            Input::Lost(connection, loss) => self.on_lost(now, connection, loss),
            Input::Congested(connection, congested) => self.on_congested(now, connection, congested),
            Input::Resumed(slept) => self.on_resumed(now, slept),
            Input::Send(ticket, command) => self.on_send(now, ticket, command),
            Input::Close => self.on_close(now),
            Input::Overflow => self.stop(now, Error::Overflow),
            #[cfg(feature = "socket-mode")]
            Input::Socket(connection, input) => self.on_socket_input(now, connection, input),
        }
    }

    /// When [`tick`](Self::tick) has something to do, if nothing happens before.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        if self.is_stopped {
            return None;
        }
        let active = self.active.as_ref();
        [
            self.connecting.deadline(&self.round_trip, &self.config),
            active.map(|active| active.deadline(&self.round_trip, &self.config)),
            self.handover.draining.map(|draining| draining.until),
            self.sending.deadline(self.may_send().is_some(), self.ack_limit(), &self.config),
            self.closing,
            self.protocol.deadline(active.is_some() && self.closing.is_none(), &self.config),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// How long an acknowledgement may take: it goes the way of a pong.
    fn ack_limit(&self) -> Duration {
        self.config.ack_timeout.max(self.round_trip.expected(&self.config))
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.is_stopped {
            return;
        }
        if self.closing.is_some_and(|until| now >= until) {
            return self.stop(now, Error::Closed);
        }
        self.tick_connecting(now);
        self.tick_keepalive(now);
        #[cfg(feature = "socket-mode")]
        self.tick_socket_mode(now);
        if self.handover.draining.is_some_and(|draining| now >= draining.until) {
            self.cut_drain(now);
        }
        let active = self.active.as_ref().map(|active| active.connection);
        self.sending.expire(now, active, self.ack_limit(), &mut self.actions);
        self.flush(now);
    }

    fn on_send(&mut self, now: Duration, ticket: T, command: Command) {
        if self.closing.is_some() {
            self.actions.push_back(Action::Resolve(ticket, Outcome::NotSent(NotSent::Closed)));
            return;
        }
        let is_connected = self.active.is_some();
        self.sending.submit(now, ticket, command, is_connected, &self.config, &mut self.actions);
        self.flush(now);
    }

    fn on_close(&mut self, now: Duration) {
        if self.closing.is_some() {
            return;
        }
        self.sending.close(&mut self.actions);
        #[cfg(feature = "socket-mode")]
        self.settle_envelopes();
        self.abort_attempt();
        match &self.active {
            Some(active) => {
                self.actions.push_back(Action::Close(active.connection));
                self.closing = Some(now + self.config.close_timeout);
            }
            None => self.stop(now, Error::Closed),
        }
    }

    fn stop(&mut self, now: Duration, error: Error) {
        self.abort_attempt();
        self.cut_drain(now);
        if let Some(active) = self.active.take() {
            self.actions.push_back(Action::Drop(active.connection));
            self.protocol.disconnected();
        }
        self.sending.stop(&mut self.actions);
        self.deliver(Item::Closed(error));
        self.actions.push_back(Action::Stop);
        self.enter(now, State::Closed);
        self.is_stopped = true;
    }

    fn deliver(&mut self, item: Item) {
        self.items.push(item);
    }

    fn count(&mut self, failure: &'static str) {
        *self.vitals.failures.entry(failure).or_default() += 1;
        self.vitals_changed = true;
    }

    fn enter(&mut self, now: Duration, state: State) {
        self.vitals.state = state;
        self.vitals.since = now;
        self.vitals_changed = true;
    }
}
