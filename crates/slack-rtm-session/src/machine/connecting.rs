//! When to call rtm.connect: backoff, the token's budget, and how far an attempt has come.

use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::CallBudget;

use super::config::TICKET_LIFE;
use super::round_trip::{RoundTrip, lengthened};
use super::{Config, ConnectionId};

/// The most that is added to a wait that the server asked for.
const RETRY_AFTER_SPREAD: Duration = Duration::from_millis(500);

/// The most that is waited for before the first call after a migration has begun.
const MIGRATION_WAIT: Duration = Duration::from_millis(900);

/// How far an attempt to connect has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// No attempt is under way.
    Idle,
    /// The next call is due then. If the machine sleeps meanwhile, it is due as soon as it is allowed.
    Waiting { until: Duration, allowed: Duration },
    /// It is another session's turn to connect.
    Queued,
    /// rtm.connect was called.
    Calling { since: Duration },
    /// The address is being dialled; it is not older than the call.
    Dialling { connection: ConnectionId, since: Duration, called: Duration },
    /// The socket stands; hello is missing.
    Greeting { connection: ConnectionId, since: Duration },
}

impl Step {
    pub(super) fn is_greeting(self, connection: ConnectionId) -> bool {
        matches!(self, Self::Greeting { connection: greeting, .. } if greeting == connection)
    }
}

/// How long to wait before a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// Not at all, if the last connection was stable.
    AtOnce,
    /// As the number of attempts demands.
    Backoff,
    /// As the server asked.
    Asked(Duration),
    /// So long, and up to a third longer.
    Spaced(Duration),
    /// As backoff has it, and less than a second.
    Migration,
}

#[derive(Debug)]
pub(super) struct Connecting {
    pub(super) step: Step,
    /// Other sessions of the same token take calls out of it as well.
    budget: Arc<CallBudget>,
    /// Attempts since the last stable connection.
    attempts: u32,
    /// Dials and hellos that took too long, since the last hello.
    timeouts: u32,
    connections: u32,
}

impl Connecting {
    /// With the first call due at once.
    pub(super) fn new(now: Duration, budget: Arc<CallBudget>) -> Self {
        Self {
            step: Step::Waiting { until: now, allowed: now },
            budget,
            attempts: 0,
            timeouts: 0,
            connections: 0,
        }
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// A dial or a hello took too long.
    pub(super) fn timed_out(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }

    /// The server has said hello.
    pub(super) fn greeted(&mut self) {
        self.step = Step::Idle;
        self.timeouts = 0;
    }

    /// The machine has slept: the backoff starts anew, and what is left of it is not waited for.
    pub(super) fn resumed(&mut self, now: Duration) {
        self.attempts = 0;
        self.timeouts = 0;
        if let Step::Waiting { until, allowed } = &mut self.step {
            *until = (*allowed).max(now).min(*until);
        }
    }

    /// The last connection stood long enough.
    pub(super) fn stable(&mut self) {
        self.attempts = 0;
    }

    /// Slack wants no call with this token for a while, from whatever session.
    pub(super) fn close_budget(&self, now: Duration, wait: Duration) {
        if !wait.is_zero() {
            self.budget.block_for(now, wait);
        }
    }

    /// Plans the next call, and returns how long it is until then.
    pub(super) fn plan(
        &mut self,
        now: Duration,
        wait: Wait,
        config: &Config,
        rng: &mut fastrand::Rng,
    ) -> Duration {
        let backoff = backoff(self.attempts, config).mul_f64(rng.f64());
        let delay = match wait {
            Wait::AtOnce if self.attempts == 0 => Duration::ZERO,
            Wait::AtOnce | Wait::Backoff => backoff,
            // That asks for nothing.
            Wait::Asked(Duration::ZERO) => backoff,
            Wait::Asked(asked) => asked.saturating_add(RETRY_AFTER_SPREAD.mul_f64(rng.f64())),
            Wait::Spaced(wait) => wait.saturating_add((wait / 3).mul_f64(rng.f64())),
            Wait::Migration => backoff.min(MIGRATION_WAIT),
        };
        self.attempts = self.attempts.saturating_add(1);
        let until = now.saturating_add(delay).max(self.budget.available_at(config.calls_per_minute));
        let allowed = match wait {
            Wait::Asked(_) | Wait::Spaced(_) => until,
            Wait::AtOnce | Wait::Backoff | Wait::Migration => now,
        };
        self.step = Step::Waiting { until, allowed };
        until.saturating_sub(now)
    }

    /// Whether a call is left for this session's turn; if not, it is put off.
    pub(super) fn queue(&mut self, now: Duration, config: &Config) -> bool {
        let until = self.budget.available_at(config.calls_per_minute);
        self.step = if now < until { Step::Waiting { until, allowed: until } } else { Step::Queued };
        self.step == Step::Queued
    }

    /// Whether a call can be made now; if not, it is put off.
    pub(super) fn call(&mut self, now: Duration, config: &Config) -> bool {
        let taken = self.budget.try_acquire(now, config.calls_per_minute);
        self.step = match taken {
            Ok(()) => Step::Calling { since: now },
            Err(until) => Step::Waiting { until, allowed: until },
        };
        taken.is_ok()
    }

    /// The number of a connection that is about to be dialled, at an address that was called for then.
    pub(super) fn dialled(&mut self, now: Duration, called: Duration) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        self.step = Step::Dialling { connection, since: now, called };
        connection
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self.step {
            Step::Dialling { connection, .. } | Step::Greeting { connection, .. } => Some(connection),
            Step::Idle | Step::Waiting { .. } | Step::Queued | Step::Calling { .. } => None,
        }
    }

    pub(super) fn deadline(&self, round_trip: &RoundTrip, config: &Config) -> Option<Duration> {
        match self.step {
            // A turn has its end, by the limits of whoever has it.
            Step::Idle | Step::Queued => None,
            Step::Waiting { until, .. } => Some(until),
            Step::Calling { since } => Some(since + config.call_timeout),
            Step::Dialling { since, called, .. } => {
                // DNS, TCP, TLS and the upgrade.
                let limit = config.dial_timeout.max(round_trip.expected(config) * 4);
                let until = since + lengthened(limit, self.timeouts, config.max_dial_timeout);
                Some(until.min(called + TICKET_LIFE).max(since + config.dial_timeout))
            }
            Step::Greeting { since, .. } => {
                let limit = config.hello_timeout.max(round_trip.expected(config) * 2);
                let limit = lengthened(limit, self.timeouts, config.max_hello_timeout);
                Some(since + limit.max(config.hello_timeout))
            }
        }
    }
}

/// The longest wait of an attempt.
fn backoff(attempts: u32, config: &Config) -> Duration {
    let factor = config.backoff_factor.max(1).saturating_pow(attempts);
    config.backoff_base.saturating_mul(factor).min(config.backoff_cap)
}
