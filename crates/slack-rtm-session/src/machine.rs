//! The state machine of a session. It has no I/O and no clock: its caller passes the time, which is counted from the creation of the token's call budget, so that
//! sessions which share the budget share the origin of time.
//!
//! The caller passes [`Input`]s, performs the [`Action`]s, and calls [`Machine::tick`] at the deadline.

mod active;
mod attempt;
mod config;
mod connecting;
mod echo;
mod frame;
mod handover;
mod json_scan;
mod keepalive;
mod last_seen;
mod protocol;
mod rate_limit;
mod refusals;
mod resume;
mod round_trip;
mod sending;
#[cfg(feature = "socket-mode")]
mod socket_mode;
#[cfg(test)]
mod tests;
mod transition;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::CallBudget;
use slack_rtm_models::{SocketUrl, Ts};

use self::active::{Active, Lost};
pub use self::config::Config;
use self::connecting::{Connecting, Step, Wait};
pub(crate) use self::frame::Frame;
use self::handover::Handover;
pub(crate) use self::json_scan::{channel_and_ts, finder, leading_type_and_ts};
use self::last_seen::LastSeen;
pub(crate) use self::protocol::Protocol;
#[cfg(feature = "socket-mode")]
pub(crate) use self::rate_limit::RateLimiter;
use self::refusals::{Refusals, Verdict};
use self::round_trip::RoundTrip;
use self::sending::Sending;
#[cfg(feature = "socket-mode")]
pub(crate) use self::socket_mode::{SocketInput, SocketMode};
use crate::command::Command;
use crate::connection_id::ConnectionId;
use crate::health::Vitals;
use crate::{DisconnectReason, Error, Identity, Item, NotSent, Outcome, State, command_id};

/// The capacity for actions that an idle session keeps. It suffices for a command and its reply, so that they do not allocate.
const IDLE_ACTIONS: usize = 4;

/// The answer of the call for an address.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) url: SocketUrl,
    pub(crate) identity: Arc<Identity>,
    /// When the server answered, by its own clock, in whole seconds.
    pub(crate) server_time: Option<Ts>,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Input<T> {
    /// The session has a permit to connect, which it keeps until the WebSocket is open or the attempt has failed.
    Permit,
    /// The call for an address has ended.
    Called(Result<Ticket, Error>),
    /// The dial has ended.
    Dialed(ConnectionId, Result<(), Error>),
    /// A frame arrived. The driver of RTM calls [`Machine::receive`].
    #[cfg(any(test, feature = "socket-mode"))]
    Frame(ConnectionId, Frame),
    /// Something else arrived that shows that the server is alive, such as a WebSocket ping.
    Heard(ConnectionId),
    /// The connection has ended.
    Lost(ConnectionId, DisconnectReason),
    /// Writes to the connection are blocked, or no longer blocked.
    Congested(ConnectionId, bool),
    /// The computer was suspended for this long. The time passed to the machine includes it.
    Resumed(Duration),
    /// The user sends a command. The ticket identifies it in [`Action::Resolve`].
    Send(T, Command),
    /// The user closes the session.
    Close,
    /// The queue is full, and the overflow policy ends the session.
    Overflow,
    /// A frame that only Socket Mode has.
    #[cfg(feature = "socket-mode")]
    Socket(ConnectionId, SocketInput),
}

/// A measured duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// From a ping to its pong.
    RoundTrip(Duration),
    /// From a command to its reply.
    Reply(Duration),
}

/// Something that the caller has to do, in order.
#[derive(Debug)]
pub(crate) enum Action<T> {
    /// Wait for a permit to connect.
    RequestPermit,
    /// Call for an address. If this does not directly follow [`Input::Permit`], the permit is returned.
    Call,
    /// Cancel the call, or the wait for a permit.
    AbortCall,
    /// Dial an address, which can be used once.
    Dial(ConnectionId, Box<SocketUrl>),
    /// Write a frame.
    Write(ConnectionId, String),
    /// Send a WebSocket ping with a number as its payload.
    #[cfg(feature = "socket-mode")]
    Ping(ConnectionId, u64),
    /// Send a close frame, and keep reading until the connection has ended.
    Close(ConnectionId),
    /// Drop a connection or the dial of one. It may be gone already.
    Drop(ConnectionId),
    /// Return the outcome of a command.
    Resolve(T, Outcome),
    /// Record a duration in the metrics.
    Measured(Measured),
    /// End the task of the session.
    Stop,
}

/// The state machine of a session.
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
    /// Creates the machine of a session that begins at this time.
    pub(crate) fn new(now: Duration, config: Config, budget: Arc<CallBudget>, seed: u64) -> Self {
        let config = config.bounded();
        let mut rng = fastrand::Rng::with_seed(seed);
        let connecting = Connecting::new(now, budget);
        let first_id = command_id::first_id_from(rng.u64(..));
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

    /// Sets the protocol; the default is RTM. Call this before anything else.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// Returns the next action.
    pub(crate) fn poll(&mut self) -> Option<Action<T>> {
        self.actions.pop_front()
    }

    /// Returns the items for the user, to be taken. Perform the pending actions first.
    pub(crate) fn items(&mut self) -> &mut Vec<Item> {
        &mut self.items
    }

    /// Releases memory that a burst of frames has used.
    pub(crate) fn shrink(&mut self) {
        self.actions.shrink_to(IDLE_ACTIONS);
        self.items.shrink_to(0);
    }

    /// Returns the vitals if they have changed since the last call.
    pub(crate) fn changed_vitals(&mut self) -> Option<&Vitals> {
        std::mem::take(&mut self.vitals_changed).then_some(&self.vitals)
    }

    /// Sets the id of the next command, which otherwise depends on the seed. Call this before anything is sent.
    pub(crate) fn number_from(&mut self, id: u64) {
        self.sending.number_from(id);
    }

    /// Returns whether commands wait for their replies.
    pub(crate) fn awaits_replies(&self) -> bool {
        self.sending.unacknowledged() > 0
    }

    /// Returns whether the session is connected.
    pub(crate) fn is_connected(&self) -> bool {
        self.active.is_some()
    }

    /// Returns the number of commands that wait for their replies.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.sending.unacknowledged()
    }

    /// Returns the number of commands that were submitted so far.
    pub(crate) fn submitted(&self) -> u64 {
        self.sending.submitted()
    }

    /// Returns up to which command, by number, all have their outcomes. Perform the pending actions first.
    pub(crate) fn resolved(&self) -> u64 {
        self.sending.resolved()
    }

    /// Handles an input.
    #[inline]
    pub(crate) fn handle(&mut self, now: Duration, input: Input<T>) {
        if self.is_stopped {
            if let Input::Send(ticket, _) = input {
                self.actions.push_back(Action::Resolve(ticket, Outcome::NotSent(NotSent::Closed)));
            }
            return;
        }
        match input {
            #[cfg(any(test, feature = "socket-mode"))]
            Input::Frame(connection, frame) => self.receive(now, connection, frame),
            Input::Heard(connection) => drop(self.heard(connection, now)),
            Input::Permit => self.on_permit(now),
            Input::Called(answer) => self.on_called(now, answer),
            Input::Dialed(connection, answer) => self.on_dialed(now, connection, answer),
            Input::Lost(connection, reason) => self.on_lost(now, connection, reason),
            Input::Congested(connection, congested) => self.on_congested(now, connection, congested),
            Input::Resumed(suspended) => self.on_resumed(now, suspended),
            Input::Send(ticket, command) => self.on_send(now, ticket, command),
            Input::Close => self.on_close(now),
            Input::Overflow => self.stop(now, Error::Overflow),
            #[cfg(feature = "socket-mode")]
            Input::Socket(connection, input) => self.on_socket_input(now, connection, input),
        }
    }

    /// Handles a frame. It is not moved into an [`Input`] and out of it again, since nearly all that a session handles are frames.
    #[inline]
    pub(crate) fn receive(&mut self, now: Duration, connection: ConnectionId, frame: Frame) {
        if !self.is_stopped {
            self.on_frame(now, connection, frame);
        }
    }

    /// Returns when to call [`tick`](Self::tick) next, if nothing happens before.
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

    /// Returns how long to wait for an acknowledgement: at least as long as a pong takes.
    fn ack_limit(&self) -> Duration {
        self.config.ack_timeout.max(self.round_trip.expected(&self.config))
    }

    /// Acts on the deadlines that have passed.
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
        self.ack_all_deferred();
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
