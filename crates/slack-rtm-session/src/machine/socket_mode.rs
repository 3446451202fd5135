//! The policy of Socket Mode: what the machine does there and not over RTM.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_models::RawEvent;

use super::transition::{Farewell, Greeting};
use super::{Action, Config, Machine, Protocol};
use crate::connection_id::ConnectionId;
use crate::socket_mode::{Admission, Answer, Envelope, Hello, PoolState, Reason, WeakEnvelope};
use crate::{AckPolicy, DisconnectReason, Error, Item, OtherConnections};

/// What part of the announced time is left at the most when a connection is replaced, and how long before its end that is at the most.
const SHORTLY_BEFORE: u32 = 4;
const BEFORE_THE_END: Duration = Duration::from_secs(60);

/// What happened that happens over Socket Mode alone.
#[derive(Debug)]
pub(crate) enum SocketInput {
    Envelope(Envelope),
    /// The server wants the connection to end, or refuses it.
    Disconnect(Reason),
    /// The server asks whether we are there; the answer leaves by itself.
    Ping,
    /// The answer to the ping of this number.
    Pong(u64),
}

/// A response is waited for until then.
#[derive(Debug)]
struct Deferred {
    until: Duration,
    connection: ConnectionId,
    envelope: WeakEnvelope,
}

/// The state that RTM does not have.
#[derive(Debug)]
pub(crate) struct SocketMode {
    pool_state: Arc<PoolState>,
    policy: AckPolicy,
    /// Envelopes that the user may still respond to, in the order of their deadlines.
    deferred: VecDeque<Deferred>,
    /// When the server has pinged last, or said hello.
    server_ping: Duration,
    /// When the connection in use is replaced, before the server asks for that.
    replace_at: Option<Duration>,
    /// An old connection that answers are still written to.
    lingering: Option<(ConnectionId, Duration)>,
    /// How often there was no connection at all before the one in use was lost.
    blackouts: u64,
}

impl SocketMode {
    pub(crate) fn new(pool_state: Arc<PoolState>, policy: AckPolicy) -> Self {
        Self {
            pool_state,
            policy,
            deferred: VecDeque::new(),
            server_ping: Duration::ZERO,
            replace_at: None,
            lingering: None,
            blackouts: 0,
        }
    }

    pub(super) fn connected(
        &mut self,
        now: Duration,
        hello: &RawEvent,
        has_old: bool,
        rng: &mut fastrand::Rng,
    ) -> Greeting {
        let hello = Hello::read(hello.as_bytes());
        self.server_ping = now;
        self.replace_at = hello.lasts.map(|lasts| {
            let before = (lasts / SHORTLY_BEFORE).min(BEFORE_THE_END);
            now + lasts.saturating_sub(before.mul_f64(0.5 + rng.f64() / 2.0))
        });
        let (standing, blackouts) = self.pool_state.connected(has_old);
        let ours = standing + u32::from(has_old);
        Greeting {
            is_gap: blackouts != self.blackouts,
            others: hello
                .connections
                .filter(|total| *total > ours)
                .map(|total| OtherConnections { total, ours }),
        }
    }

    pub(super) fn disconnected(&mut self) {
        self.blackouts = self.pool_state.disconnected();
        self.replace_at = None;
    }

    pub(super) fn farewell(&mut self, now: Duration, old: ConnectionId, config: &Config) -> Farewell {
        if self.policy == AckPolicy::Auto && !self.owes(old) {
            return Farewell::AtOnce;
        }
        let until = now + config.response_timeout;
        self.lingering = Some((old, until));
        Farewell::By(until)
    }

    pub(super) fn deadline(&self, is_connected: bool, config: &Config) -> Option<Duration> {
        let of_connection = is_connected.then_some(self.server_ping + config.server_ping_timeout);
        [
            of_connection,
            self.replace_at.filter(|_| is_connected),
            self.deferred.front().map(|deferred| deferred.until),
            self.lingering.map(|(_, until)| until),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether a response to something that came over a connection is waited for.
    fn owes(&self, connection: ConnectionId) -> bool {
        self.deferred.iter().any(|deferred| deferred.connection == connection && deferred.envelope.is_open())
    }
}

impl<T> Machine<T> {
    fn socket_mode(&mut self) -> Option<&mut SocketMode> {
        match &mut self.protocol {
            Protocol::Rtm => None,
            Protocol::SocketMode(mode) => Some(mode),
        }
    }

    pub(super) fn on_socket_input(&mut self, now: Duration, connection: ConnectionId, input: SocketInput) {
        let is_active = self.heard(connection, now);
        match input {
            SocketInput::Envelope(envelope) => self.on_envelope(now, connection, is_active, envelope),
            SocketInput::Disconnect(reason) => self.on_disconnect(now, connection, is_active, reason),
            SocketInput::Ping if is_active => {
                if let Some(mode) = self.socket_mode() {
                    mode.server_ping = now;
                }
            }
            SocketInput::Pong(id) if is_active => self.on_pong_frame(now, id),
            SocketInput::Ping | SocketInput::Pong(_) => {}
        }
    }

    fn on_envelope(&mut self, now: Duration, connection: ConnectionId, is_active: bool, envelope: Envelope) {
        let is_known = is_active
            || self.connecting.step.is_greeting(connection)
            || self.handover.draining.is_some_and(|draining| draining.connection == connection);
        // It is not acknowledged any more, so whoever is connected then gets it.
        if !is_known || self.closing.is_some() {
            return;
        }
        let kept = self.config.max_event_ids;
        let Some(mode) = self.socket_mode() else { return };
        match mode.pool_state.admit(now, &envelope, kept) {
            Admission::New => self.deliver_envelope(now, envelope),
            Admission::Repeated { is_acked } => {
                self.vitals.duplicates += 1;
                self.vitals_changed = true;
                if is_acked && let Some(frame) = envelope.claim() {
                    self.answer(connection, frame);
                }
            }
        }
    }

    fn deliver_envelope(&mut self, now: Duration, envelope: Envelope) {
        let until = now + self.config.response_timeout;
        let Some(mode) = self.socket_mode() else { return };
        if mode.policy == AckPolicy::Auto && envelope.accepts_response() {
            let deferred =
                Deferred { until, connection: envelope.connection(), envelope: envelope.downgrade() };
            mode.deferred.push_back(deferred);
        }
        let item = Item::from(envelope);
        if let Item::Event(event) = &item {
            self.seen.note_event(event, self.config.max_channels);
        }
        self.deliver(item);
    }

    /// Writes an acknowledgement to the connection that brought the envelope, if that still takes any; otherwise Slack delivers it again.
    fn answer(&mut self, connection: ConnectionId, frame: String) {
        let is_active = self.active.as_ref().is_some_and(|active| active.connection == connection);
        let is_open = is_active || self.connecting.step.is_greeting(connection);
        let is_old = self.handover.draining.is_some_and(|draining| draining.connection == connection);
        let lingers = is_old
            && self
                .socket_mode()
                .is_some_and(|mode| mode.lingering.is_some_and(|(old, _)| old == connection));
        if (is_open && self.closing.is_none()) || lingers {
            self.actions.push_back(Action::Write(connection, frame));
        }
    }

    /// An envelope was answered by its user, or for them; or it never will be.
    pub(crate) fn on_answer(&mut self, now: Duration, answer: Answer) {
        if self.is_stopped {
            return;
        }
        let Some(mode) = self.socket_mode() else { return };
        match answer {
            Answer::Ack { connection, key, frame } => {
                let repetitions = mode.pool_state.acked(key);
                self.answer(connection, frame);
                repetitions.iter().for_each(Envelope::ack);
                self.end_linger(now);
            }
            Answer::Abandoned { key, serial } => {
                if let Some(repetition) = mode.pool_state.abandoned(key, serial) {
                    self.deliver_envelope(now, repetition);
                }
            }
        }
    }

    fn on_disconnect(&mut self, now: Duration, connection: ConnectionId, is_active: bool, frame: Reason) {
        let reason = match frame {
            Reason::Refresh => None,
            Reason::LinkDisabled => Some(DisconnectReason::LinkDisabled),
            Reason::TooManyConnections => Some(DisconnectReason::TooManyConnections),
        };
        if self.connecting.step.is_greeting(connection) {
            let is_too_many = reason == Some(DisconnectReason::TooManyConnections);
            self.fail(now, Error::Disconnected(reason.unwrap_or(DisconnectReason::Goodbye)));
            // There is room for the new connection when the old one is gone.
            if is_too_many && self.handover.is_leaving() {
                self.break_off(now, DisconnectReason::TooManyConnections);
            }
            return;
        }
        if !is_active || self.closing.is_some() {
            return;
        }
        match reason {
            None => self.on_goodbye(now),
            Some(reason) => {
                if reason == DisconnectReason::LinkDisabled {
                    self.abort_attempt();
                }
                self.break_off(now, reason);
            }
        }
    }

    /// Gives the connection in use up.
    fn break_off(&mut self, now: Duration, reason: DisconnectReason) {
        if let Some(connection) = self.active.as_ref().map(|active| active.connection) {
            self.actions.push_back(Action::Drop(connection));
            self.on_lost(now, connection, reason);
        }
    }

    fn on_pong_frame(&mut self, now: Duration, id: u64) {
        if let Some(active) = &mut self.active {
            active.keepalive.heard();
            self.on_pong(now, id);
        }
    }

    pub(super) fn tick_socket_mode(&mut self, now: Duration) {
        let server_ping_timeout = self.config.server_ping_timeout;
        let is_connected = self.active.is_some() && self.closing.is_none();
        let Some(mode) = self.socket_mode() else { return };
        let is_deaf = is_connected && now >= mode.server_ping + server_ping_timeout;
        let is_due = is_connected && mode.replace_at.take_if(|at| now >= *at).is_some();
        let mut overdue = Vec::new();
        while mode.deferred.front().is_some_and(|deferred| now >= deferred.until) {
            overdue.extend(mode.deferred.pop_front());
        }
        for deferred in overdue {
            self.answer_late(&deferred);
        }
        self.end_linger(now);
        if is_deaf {
            self.break_off(now, DisconnectReason::PingTimeout);
        } else if is_due {
            self.on_goodbye(now);
        }
    }

    /// Nobody has responded in time: a bare acknowledgement has to do.
    fn answer_late(&mut self, deferred: &Deferred) {
        let Some(envelope) = deferred.envelope.upgrade() else { return };
        let Some(frame) = envelope.claim() else { return };
        let Some(mode) = self.socket_mode() else { return };
        let repetitions = mode.pool_state.acked(envelope.key());
        self.answer(deferred.connection, frame);
        repetitions.iter().for_each(Envelope::ack);
    }

    /// Before the connections are closed, what waits for a response is acknowledged.
    pub(super) fn ack_deferred(&mut self) {
        let Some(mode) = self.socket_mode() else { return };
        for deferred in std::mem::take(&mut mode.deferred) {
            self.answer_late(&deferred);
        }
    }

    /// Closes the old connection of a handover when nothing is left to be answered there.
    fn end_linger(&mut self, now: Duration) {
        let drain_timeout = self.config.drain_timeout;
        let Some(mode) = self.socket_mode() else { return };
        let Some((old, until)) = mode.lingering else { return };
        if now < until && (mode.policy == AckPolicy::Manual || mode.owes(old)) {
            return;
        }
        mode.lingering = None;
        if let Some(draining) = self.handover.draining.as_mut().filter(|draining| draining.connection == old)
        {
            draining.until = now + drain_timeout;
            self.actions.push_back(Action::Close(old));
        }
    }
}
