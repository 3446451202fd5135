//! The active connection: its frames, its end, and its successor.

use std::time::Duration;

use slack_rtm_models::RawEvent;

use super::echo::Echo;
use super::frame::Meaning;
use super::keepalive::{Due, Keepalive};
use super::refusals::Verdict;
use super::round_trip::RoundTrip;
use super::transition::Farewell;
use super::{Action, Config, Frame, Machine, Measured, Step, Wait};
use crate::connection_id::ConnectionId;
use crate::{Connected, ConnectedKind, DisconnectReason, Error, Gap, Item, MalformedFrame, State};

/// A connection that has said hello.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) connection: ConnectionId,
    since: Duration,
    last_heard: Duration,
    /// Since when writes are blocked.
    congested_since: Option<Duration>,
    pub(super) keepalive: Keepalive,
}

impl Active {
    /// Returns when the connection counts as lost because writes are blocked.
    fn write_deadline(&self, config: &Config) -> Option<Duration> {
        self.congested_since.map(|since| since + config.write_timeout)
    }

    /// Returns the next deadline of the connection.
    pub(super) fn deadline(&self, round_trip: &RoundTrip, config: &Config) -> Duration {
        let keepalive = self.keepalive.deadline(self.last_heard, round_trip, config);
        self.write_deadline(config).map_or(keepalive, |deadline| deadline.min(keepalive))
    }
}

/// A lost connection that has not been replaced yet.
#[derive(Debug)]
pub(super) struct Lost {
    reason: DisconnectReason,
    last_heard: Duration,
}

impl<T> Machine<T> {
    #[inline]
    pub(super) fn on_frame(&mut self, now: Duration, connection: ConnectionId, frame: Frame) {
        if self.heard(connection, now) {
            self.on_active_frame(now, connection, frame);
        } else if self.handover.draining.is_some_and(|draining| draining.connection == connection) {
            self.on_drained_frame(now, frame);
        } else if self.connecting.step.is_greeting(connection) {
            self.on_early_frame(now, connection, frame);
        }
    }

    /// Notes that something arrived; returns whether it was over the active connection.
    #[inline]
    pub(super) fn heard(&mut self, connection: ConnectionId, now: Duration) -> bool {
        let Some(active) = self.active.as_mut().filter(|active| active.connection == connection) else {
            return false;
        };
        active.last_heard = now;
        if self.protocol.any_frame_counts_as_pong() {
            active.keepalive.heard();
        }
        true
    }

    #[inline]
    fn on_active_frame(&mut self, now: Duration, connection: ConnectionId, frame: Frame) {
        match frame.meaning {
            Meaning::Event | Meaning::Hello => self.on_event(now, frame),
            Meaning::Error(ref error) => {
                self.refusals.note_error(now, connection, (**error).clone());
                self.on_event(now, frame);
            }
            Meaning::Reply(reply) => self.sending.replied(now, *reply, &mut self.actions),
            Meaning::Echo(ref echo) => {
                self.on_echo(now, echo);
                self.on_event(now, frame);
            }
            Meaning::Pong(reply_to) => self.on_pong(now, reply_to),
            Meaning::Malformed => self.deliver_malformed(frame.event, true),
            Meaning::Binary => self.deliver_malformed(frame.event, false),
            Meaning::Goodbye => {
                self.on_event(now, frame);
                self.on_goodbye(now);
            }
            Meaning::Migration => {
                self.on_event(now, frame);
                self.actions.push_back(Action::Drop(connection));
                self.on_lost(now, connection, DisconnectReason::Migration);
            }
        }
    }

    fn on_echo(&mut self, now: Duration, echo: &Echo) {
        let own = self.identity.as_ref().map(|identity| &identity.user.id);
        self.sending.echoed(now, echo, own, &mut self.actions);
    }

    #[inline]
    fn on_event(&mut self, now: Duration, frame: Frame) {
        self.seen.note(&frame, self.config.max_channels);
        if self.handover.is_idle() {
            self.deliver(Item::Event(frame.event.into()));
        } else if self.handover.draining.is_none() {
            self.deliver_once(now, frame);
        } else if !self.handover.hold(frame) {
            self.cut_drain(now);
        }
    }

    /// Delivers an event of the active connection, unless it arrived over the previous one as well.
    fn deliver_once(&mut self, now: Duration, frame: Frame) {
        if self.handover.is_repeated(now, &frame) {
            return;
        }
        if self.handover.is_leaving() {
            self.handover.note(&frame);
        }
        self.deliver(Item::Event(frame.event.into()));
    }

    fn deliver_malformed(&mut self, event: RawEvent, is_text: bool) {
        self.deliver(Item::Malformed(MalformedFrame { bytes: event.into_bytes(), is_text }));
    }

    /// Handles a frame of the old connection of a handover.
    fn on_drained_frame(&mut self, now: Duration, frame: Frame) {
        match frame.meaning {
            Meaning::Reply(reply) => return self.sending.replied(now, *reply, &mut self.actions),
            Meaning::Echo(ref echo) => self.on_echo(now, echo),
            Meaning::Pong(_) | Meaning::Goodbye => return,
            Meaning::Malformed => return self.deliver_malformed(frame.event, true),
            Meaning::Binary => return self.deliver_malformed(frame.event, false),
            Meaning::Event | Meaning::Hello | Meaning::Migration | Meaning::Error(..) => {}
        }
        self.seen.note(&frame, self.config.max_channels);
        self.handover.note(&frame);
        self.deliver(Item::Event(frame.event.into()));
    }

    /// Handles a frame of a connection that has not said hello.
    fn on_early_frame(&mut self, now: Duration, connection: ConnectionId, frame: Frame) {
        match frame.meaning {
            Meaning::Hello => self.promote(now, connection, frame.event),
            Meaning::Error(error) => self.fail(now, Error::server(*error)),
            Meaning::Goodbye => self.fail(now, Error::Disconnected(DisconnectReason::Goodbye)),
            Meaning::Migration => self.fail(now, Error::Disconnected(DisconnectReason::Migration)),
            Meaning::Reply(reply) => self.sending.replied(now, *reply, &mut self.actions),
            Meaning::Malformed => self.deliver_malformed(frame.event, true),
            Meaning::Binary => self.deliver_malformed(frame.event, false),
            Meaning::Pong(_) => {}
            // Hello should be the first frame. Events that arrive before it are held until it arrives.
            Meaning::Event | Meaning::Echo(_) => {
                if !self.handover.hold(frame) {
                    self.fail(now, Error::Disconnected(DisconnectReason::FrameTooLarge));
                }
            }
        }
    }

    /// Makes a connection that has said hello the active one.
    fn promote(&mut self, now: Duration, connection: ConnectionId, hello: RawEvent) {
        let Some(identity) = self.identity.clone() else { return };
        self.cut_drain(now);
        let keepalive = Keepalive::new(now, &self.round_trip, &self.config, &mut self.rng);
        let active = Active { connection, since: now, last_heard: now, congested_since: None, keepalive };
        let old = self.active.replace(active);
        let lost = self.lost.take();
        let greeting = self.protocol.connected(now, &hello, old.is_some(), &mut self.rng);
        self.connecting.greeted();
        self.refusals.connected();
        let kind = match (&old, &lost) {
            (Some(_), _) => ConnectedKind::HandedOver,
            (None, Some(_)) => ConnectedKind::Reconnected,
            (None, None) => ConnectedKind::First,
        };
        self.vitals.reconnects += u64::from(kind != ConnectedKind::First);
        self.vitals.round_trip = None;
        self.enter(now, State::Connected);
        self.sending.resume(now, connection, &self.config, &mut self.actions);
        let server_time = self.server_time.clone();
        self.deliver(Item::Connected(Box::new(Connected { identity, kind, hello, server_time })));
        #[cfg(feature = "socket-mode")]
        if let Some(others) = greeting.others {
            self.deliver(Item::OtherConnections(others));
        }
        if let Some(Lost { reason, last_heard }) = lost
            && greeting.is_gap
        {
            let (channels, is_complete) = self.seen.all();
            let duration = now.saturating_sub(last_heard);
            self.deliver(Item::Gap(Box::new(Gap { channels, is_complete, duration, reason })));
        }
        if let Some(old) = old {
            let limit = self.config.drain_timeout.max(self.round_trip.expected(&self.config));
            let ends = match self.protocol.farewell(now, old.connection, &self.config) {
                Farewell::AtOnce => {
                    self.actions.push_back(Action::Close(old.connection));
                    now
                }
                #[cfg(feature = "socket-mode")]
                Farewell::By(until) => until,
            };
            self.handover.drain(old.connection, ends + limit);
        } else {
            self.handover.resumed(now);
            self.deliver_held(now);
        }
        self.flush(now);
    }

    /// Delivers the events that were held until the old connection of a handover has ended.
    pub(super) fn end_drain(&mut self, now: Duration) {
        self.handover.drained(now);
        self.deliver_held(now);
        self.handover.released();
    }

    /// Drops the old connection of a handover.
    pub(super) fn cut_drain(&mut self, now: Duration) {
        if let Some(draining) = self.handover.draining {
            self.actions.push_back(Action::Drop(draining.connection));
            self.end_drain(now);
        }
    }

    fn deliver_held(&mut self, now: Duration) {
        for frame in self.handover.release() {
            self.seen.note(&frame, self.config.max_channels);
            self.deliver_once(now, frame);
        }
    }

    pub(super) fn on_goodbye(&mut self, now: Duration) {
        if self.closing.is_some() || self.handover.is_leaving() {
            return;
        }
        self.cut_drain(now);
        self.handover.leave();
        if self.connecting.step == Step::Idle {
            self.check_stable(now);
            self.connecting.plan(now, Wait::AtOnce, &self.config, &mut self.rng);
            self.tick_connecting(now);
        }
    }

    fn check_stable(&mut self, now: Duration) {
        let stable_after = self.config.stable_after;
        if self.active.as_ref().is_some_and(|active| now >= active.since + stable_after) {
            self.connecting.stable();
            self.refusals.stable();
        }
    }

    pub(super) fn on_lost(&mut self, now: Duration, connection: ConnectionId, reason: DisconnectReason) {
        if self.handover.draining.is_some_and(|draining| draining.connection == connection) {
            return self.end_drain(now);
        }
        if self.connecting.connection() == Some(connection) {
            return self.fail(now, Error::from(reason.explained(None)));
        }
        if self.active.as_ref().is_none_or(|active| active.connection != connection) {
            return;
        }
        if self.closing.is_some() {
            return self.stop(now, Error::Closed);
        }
        self.check_stable(now);
        let Some(active) = self.active.take() else { return };
        self.protocol.disconnected();
        let reason = match reason.explained(self.refusals.take_error(now, connection).as_ref()) {
            DisconnectReason::Closed { .. } | DisconnectReason::UnexpectedEof | DisconnectReason::Io(_)
                if self.handover.is_leaving() =>
            {
                DisconnectReason::Goodbye
            }
            reason => reason,
        };
        let was_leaving = self.handover.is_leaving();
        self.cut_drain(now);
        if was_leaving {
            self.handover.interrupted();
        } else {
            self.handover.forget();
        }
        self.lost = Some(Lost { reason: reason.clone(), last_heard: active.last_heard });
        self.count(reason.as_str());
        self.enter(now, State::Reconnecting);
        let verdict = self.refusals.on_server_refused(reason.code(), &self.config);
        let wait = match (verdict, &reason) {
            (Verdict::Final, _) => {
                self.deliver(Item::Disconnected(reason.clone()));
                return self.stop(now, Error::from(reason).into_final());
            }
            (Verdict::After(wait), _) => Wait::Spaced(wait),
            (Verdict::Backoff, DisconnectReason::Migration) => Wait::Migration,
            (Verdict::Backoff, DisconnectReason::LinkDisabled) => {
                Wait::Spaced(self.config.link_disabled_wait)
            }
            (Verdict::Backoff, DisconnectReason::Suspended) => Wait::AtOnce,
            (Verdict::Backoff, _) => Wait::Backoff,
        };
        self.deliver(Item::Disconnected(reason));
        if self.connecting.step == Step::Idle {
            self.connecting.plan(now, wait, &self.config, &mut self.rng);
        }
    }

    pub(super) fn tick_keepalive(&mut self, now: Duration) {
        let Some(active) = &mut self.active else { return };
        let connection = active.connection;
        if active.write_deadline(&self.config).is_some_and(|deadline| now >= deadline) {
            self.actions.push_back(Action::Drop(connection));
            return self.on_lost(now, connection, DisconnectReason::WriteTimeout);
        }
        match active.keepalive.due(now, active.last_heard, &self.round_trip, &self.config) {
            Some(Due::Ping) => {
                let id = self.sending.next_id();
                active.keepalive.pinged(now, id, &self.config);
                self.actions.push_back(self.protocol.ping(connection, id));
            }
            Some(Due::Dead) => {
                self.round_trip.timed_out();
                self.actions.push_back(Action::Drop(connection));
                self.on_lost(now, connection, DisconnectReason::PongTimeout);
            }
            None => {}
        }
    }

    pub(super) fn on_pong(&mut self, now: Duration, reply_to: u64) {
        let Some(active) = &mut self.active else { return };
        if let Some(round_trip) = active.keepalive.pong(now, reply_to) {
            self.actions.push_back(Action::Measured(Measured::RoundTrip(round_trip)));
            self.round_trip.measured(round_trip);
            self.vitals.round_trip = Some(round_trip);
            self.vitals.recent = self.config.ping_interval + self.round_trip.pong_limit(&self.config);
            self.vitals_changed = true;
        }
    }

    pub(super) fn on_congested(&mut self, now: Duration, connection: ConnectionId, congested: bool) {
        if let Some(active) = self.active.as_mut().filter(|active| active.connection == connection) {
            active.congested_since = congested.then_some(now);
            self.flush(now);
        }
    }

    /// Returns the connection over which commands can be sent now.
    pub(super) fn may_send(&self) -> Option<ConnectionId> {
        let active = self.active.as_ref().filter(|active| active.congested_since.is_none())?;
        self.closing.is_none().then_some(active.connection)
    }

    pub(super) fn flush(&mut self, now: Duration) {
        if let Some(connection) = self.may_send() {
            self.sending.flush(now, connection, &self.config, &mut self.actions);
        }
    }
}
