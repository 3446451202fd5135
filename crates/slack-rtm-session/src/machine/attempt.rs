//! An attempt to connect: the permit, the call, the dial, the hello, and the failure of any of them.

use std::time::Duration;

use super::{Action, Machine, Step, Ticket, Verdict, Wait};
use crate::call_error::{CallError, CallErrorKind};
use crate::connection_id::ConnectionId;
use crate::{DisconnectReason, Error, Item, Retry};

impl<T> Machine<T> {
    pub(super) fn tick_connecting(&mut self, now: Duration) {
        if self.connecting.deadline(&self.round_trip, &self.config).is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.connecting.step {
            Step::Idle | Step::AwaitingPermit => {}
            Step::Waiting { .. } => {
                if self.connecting.queue(now, &self.config) {
                    self.actions.push_back(Action::RequestPermit);
                }
            }
            Step::Calling { .. } => {
                self.actions.push_back(Action::AbortCall);
                self.fail(now, Error::CallTimeout);
            }
            Step::Dialing { .. } => self.fail(now, Error::DialTimeout),
            Step::Greeting { .. } => self.fail(now, Error::HelloTimeout),
        }
    }

    /// Calls for an address with the permit that the session has got. The permit comes before the call, so that no address expires while the session waits for one.
    pub(super) fn on_permit(&mut self, now: Duration) {
        // Another session of the token may have used up the budget meanwhile. Then this session asks for a permit again later.
        if self.connecting.step == Step::AwaitingPermit && self.connecting.call(now, &self.config) {
            self.actions.push_back(Action::Call);
        }
    }

    pub(super) fn on_called(&mut self, now: Duration, answer: Result<Ticket, Error>) {
        let Step::Calling { since } = self.connecting.step else { return };
        self.connecting.step = Step::Idle;
        match answer {
            // The task was delayed past the timeout, so the address may have expired.
            Ok(_) if now >= since + self.config.call_timeout => self.fail(now, Error::CallTimeout),
            Ok(ticket) => {
                self.identity = Some(ticket.identity);
                self.server_time = ticket.server_time;
                let connection = self.connecting.dialed(now, since);
                self.actions.push_back(Action::Dial(connection, Box::new(ticket.url)));
            }
            Err(error) => self.fail(now, error),
        }
    }

    pub(super) fn on_dialed(&mut self, now: Duration, connection: ConnectionId, answer: Result<(), Error>) {
        let Step::Dialing { connection: dialed, .. } = self.connecting.step else { return };
        match answer {
            _ if dialed != connection => {}
            Ok(()) => {
                self.connecting.step = Step::Greeting { connection, since: now };
                self.handover.overlap();
            }
            Err(error) => self.fail(now, error),
        }
    }

    /// Ends the attempt with an error, and plans the next one. An active connection is not affected.
    pub(super) fn fail(&mut self, now: Duration, error: Error) {
        self.actions.extend(self.connecting.connection().map(Action::Drop));
        if matches!(error, Error::DialTimeout | Error::HelloTimeout) {
            self.connecting.timed_out();
        }
        self.count(error.as_str());
        let verdict = match &error {
            Error::Call(_) if error.is_fatal() => self.refusals.on_call_refused(error.code(), &self.config),
            Error::Server { code, .. } => self.refusals.on_server_refused(code.as_ref(), &self.config),
            error if error.is_fatal() => Verdict::Final,
            _ => Verdict::Backoff,
        };
        if verdict == Verdict::Final {
            return self.stop(now, error.into_final());
        }
        let error = error.into_transient();
        if self.handover.draining.is_none() {
            self.handover.release();
        }
        let max = self.config.max_retry_after;
        let wait = match (&error, verdict) {
            (_, Verdict::After(wait)) => Wait::Spaced(wait),
            (Error::Call(CallError { kind: CallErrorKind::RateLimited { retry_after }, .. }), _) => {
                let asked = retry_after.unwrap_or(self.config.default_retry_after).min(max);
                self.connecting.close_budget(now, asked);
                Wait::Asked(asked)
            }
            (Error::Disconnected(DisconnectReason::LinkDisabled), _) => {
                Wait::Spaced(self.config.link_disabled_wait)
            }
            (Error::Call(CallError { kind: CallErrorKind::Deferred { wait: asked }, .. }), _)
            | (Error::UpgradeRefused { retry_after: Some(asked), .. }, _) => Wait::Asked((*asked).min(max)),
            _ => Wait::Backoff,
        };
        let delay = self.connecting.plan(now, wait, &self.config, &mut self.rng);
        let retry = Retry { attempt: self.connecting.attempts(), error, delay };
        self.deliver(Item::Retry(Box::new(retry)));
    }

    pub(super) fn abort_attempt(&mut self) {
        if matches!(self.connecting.step, Step::AwaitingPermit | Step::Calling { .. }) {
            self.actions.push_back(Action::AbortCall);
        }
        self.actions.extend(self.connecting.connection().map(Action::Drop));
        self.connecting.step = Step::Idle;
    }
}
