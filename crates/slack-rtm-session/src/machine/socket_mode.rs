//! The part of the state machine that only Socket Mode has.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_models::RawEvent;

use super::transition::{Farewell, Greeting};
use super::{Action, Config, Machine};
use crate::connection_id::ConnectionId;
use crate::socket_mode::{Admission, Answer, Envelope, Hello, PoolState, Reason, WeakEnvelope};
use crate::{AckPolicy, DisconnectReason, Error, Item, OtherConnections};

/// A connection is replaced before the end of the lifetime that hello announces: at most a quarter of the lifetime before, and at most a minute.
const REPLACE_BEFORE_FRACTION: u32 = 4;
const REPLACE_BEFORE_MAX: Duration = Duration::from_secs(60);

/// A frame that only Socket Mode has.
#[derive(Debug)]
pub(crate) enum SocketInput {
    Envelope(Envelope),
    /// The server asks to replace the connection, or refuses it.
    Disconnect(Reason),
    /// A WebSocket ping, which is answered by the WebSocket crate.
    Ping,
    /// The pong to the ping of this number.
    Pong(u64),
}

/// An envelope whose response is waited for.
#[derive(Debug)]
struct Deferred {
    until: Duration,
    connection: ConnectionId,
    envelope: WeakEnvelope,
}

/// The state that only Socket Mode has.
#[derive(Debug)]
pub(crate) struct SocketMode {
    pool_state: Arc<PoolState>,
    policy: AckPolicy,
    /// The envelopes that the user may still respond to, in the order of their deadlines.
    deferred: VecDeque<Deferred>,
    /// The time of the server's last ping, or of hello.
    server_ping: Duration,
    /// When to replace the active connection, before the server asks for it.
    replace_at: Option<Duration>,
    /// The old connection of a handover, while acknowledgements are still written to it.
    lingering: Option<(ConnectionId, Duration)>,
    /// The value of [`PoolState`]'s count of blackouts when the last connection was lost.
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
        self.replace_at = hello.lifetime.map(|lifetime| {
            let before = (lifetime / REPLACE_BEFORE_FRACTION).min(REPLACE_BEFORE_MAX);
            now + lifetime.saturating_sub(before.mul_f64(0.5 + rng.f64() / 2.0))
        });
        let (open, blackouts) = self.pool_state.connected(has_old);
        let ours = open + u32::from(has_old);
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
        if self.policy == AckPolicy::Auto && !self.has_deferred(old) {
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

    /// Returns whether responses to envelopes of a connection are waited for.
    fn has_deferred(&self, connection: ConnectionId) -> bool {
        self.deferred.iter().any(|deferred| deferred.connection == connection && deferred.envelope.is_open())
    }
}

impl<T> Machine<T> {
    pub(super) fn on_socket_input(&mut self, now: Duration, connection: ConnectionId, input: SocketInput) {
        let is_active = self.heard(connection, now);
        match input {
            SocketInput::Envelope(envelope) => self.on_envelope(now, connection, is_active, envelope),
            SocketInput::Disconnect(reason) => self.on_disconnect(now, connection, is_active, reason),
            SocketInput::Ping if is_active => {
                if let Some(mode) = self.protocol.socket_mode() {
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
        // It cannot be acknowledged any more, so Slack delivers it over another connection.
        if !is_known || self.closing.is_some() {
            return;
        }
        let kept = self.config.max_event_ids;
        let Some(mode) = self.protocol.socket_mode() else { return };
        match mode.pool_state.admit(now, &envelope, kept) {
            Admission::New => self.deliver_envelope(now, envelope),
            Admission::Repeated { is_acked } => {
                self.vitals.duplicates += 1;
                self.vitals_changed = true;
                if is_acked && let Some(frame) = envelope.claim() {
                    self.write_ack(connection, frame);
                }
            }
        }
    }

    fn deliver_envelope(&mut self, now: Duration, envelope: Envelope) {
        let until = now + self.config.response_timeout;
        let Some(mode) = self.protocol.socket_mode() else { return };
        if mode.policy == AckPolicy::Auto && envelope.accepts_response() {
            let deferred =
                Deferred { until, connection: envelope.connection(), envelope: envelope.downgrade() };
            mode.deferred.push_back(deferred);
        }
        let item = Item::from_envelope(envelope);
        if let Item::Event(event) = &item {
            self.seen.note_event(event, self.config.max_channels);
        }
        self.deliver(item);
    }

    /// Writes an acknowledgement to the connection over which the envelope arrived, if it is still open; otherwise Slack delivers the envelope again.
    fn write_ack(&mut self, connection: ConnectionId, frame: String) {
        let is_active = self.active.as_ref().is_some_and(|active| active.connection == connection);
        let is_open = is_active || self.connecting.step.is_greeting(connection);
        let is_old = self.handover.draining.is_some_and(|draining| draining.connection == connection);
        let lingers = is_old
            && self
                .protocol
                .socket_mode()
                .is_some_and(|mode| mode.lingering.is_some_and(|(old, _)| old == connection));
        if (is_open && self.closing.is_none()) || lingers {
            self.actions.push_back(Action::Write(connection, frame));
        }
    }

    /// Handles the acknowledgement of an envelope, or that it was dropped without one.
    pub(crate) fn on_answer(&mut self, now: Duration, answer: Answer) {
        if self.is_stopped {
            return;
        }
        let Some(mode) = self.protocol.socket_mode() else { return };
        match answer {
            Answer::Ack { connection, key, frame } => {
                let repetitions = mode.pool_state.acked(key);
                self.write_ack(connection, frame);
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
            // Closing the old connection makes room for the new one.
            if is_too_many && self.handover.is_leaving() {
                self.drop_active(now, DisconnectReason::TooManyConnections);
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
                self.drop_active(now, reason);
            }
        }
    }

    /// Drops the active connection.
    fn drop_active(&mut self, now: Duration, reason: DisconnectReason) {
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
        let Some(mode) = self.protocol.socket_mode() else { return };
        let is_deaf = is_connected && now >= mode.server_ping + server_ping_timeout;
        let is_due = is_connected && mode.replace_at.take_if(|at| now >= *at).is_some();
        let mut overdue = Vec::new();
        while mode.deferred.front().is_some_and(|deferred| now >= deferred.until) {
            overdue.extend(mode.deferred.pop_front());
        }
        for deferred in overdue {
            self.ack_deferred(&deferred);
        }
        self.end_linger(now);
        if is_deaf {
            self.drop_active(now, DisconnectReason::PingTimeout);
        } else if is_due {
            self.on_goodbye(now);
        }
    }

    /// Acknowledges an envelope without a response, because the user has not responded in time.
    fn ack_deferred(&mut self, deferred: &Deferred) {
        let Some(envelope) = deferred.envelope.upgrade() else { return };
        let Some(frame) = envelope.claim() else { return };
        let Some(mode) = self.protocol.socket_mode() else { return };
        let repetitions = mode.pool_state.acked(envelope.key());
        self.write_ack(deferred.connection, frame);
        repetitions.iter().for_each(Envelope::ack);
    }

    /// Acknowledges all envelopes that wait for a response, before the connections are closed.
    pub(super) fn ack_all_deferred(&mut self) {
        let Some(mode) = self.protocol.socket_mode() else { return };
        for deferred in std::mem::take(&mut mode.deferred) {
            self.ack_deferred(&deferred);
        }
    }

    /// Closes the old connection of a handover when all of its envelopes are acknowledged.
    fn end_linger(&mut self, now: Duration) {
        let drain_timeout = self.config.drain_timeout;
        let Some(mode) = self.protocol.socket_mode() else { return };
        let Some((old, until)) = mode.lingering else { return };
        if now < until && (mode.policy == AckPolicy::Manual || mode.has_deferred(old)) {
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
