//! When to make the next attempt to connect: backoff, the token's call budget, and the step of the current attempt.

use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::CallBudget;

use super::Config;
use super::config::ADDRESS_LIFETIME;
use super::round_trip::{RoundTrip, lengthened};
use crate::connection_id::ConnectionId;

/// The maximum random addition to a wait that the server asked for.
const RETRY_AFTER_SPREAD: Duration = Duration::from_millis(500);

/// The maximum wait after the start of a migration.
const MIGRATION_WAIT: Duration = Duration::from_millis(900);

/// The step of the current attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There is no attempt.
    Idle,
    /// Waiting until the next call. After a suspend of the computer, the call is made as soon as it is `allowed`.
    Waiting { until: Duration, allowed: Duration },
    /// Waiting for a permit to connect.
    AwaitingPermit,
    /// Waiting for the answer of the call.
    Calling { since: Duration },
    /// Dialing an address. It was called for at `called`, from when its lifetime counts.
    Dialing { connection: ConnectionId, since: Duration, called: Duration },
    /// The WebSocket is open; waiting for hello.
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
    /// Not at all if the last connection was stable, otherwise the backoff.
    AtOnce,
    /// The backoff, which grows with the number of attempts.
    Backoff,
    /// As long as the server asked for.
    Asked(Duration),
    /// This long, and up to a third longer.
    Spaced(Duration),
    /// The backoff, but less than a second.
    Migration,
}

/// The current attempt to connect, and the plan for the next one.
#[derive(Debug)]
pub(super) struct Connecting {
    pub(super) step: Step,
    /// The call budget, which other sessions of the token share.
    budget: Arc<CallBudget>,
    /// The number of attempts since the last stable connection.
    attempts: u32,
    /// The number of timeouts of dials and hellos since the last hello.
    timeouts: u32,
    connections: u32,
}

impl Connecting {
    /// Starts with a call at once.
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

    /// Counts a timeout of a dial or of hello.
    pub(super) fn timed_out(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }

    /// Ends the attempt: the server has said hello.
    pub(super) fn greeted(&mut self) {
        self.step = Step::Idle;
        self.timeouts = 0;
    }

    /// Resets the backoff after a suspend of the computer, and ends a wait for it.
    pub(super) fn resumed(&mut self, now: Duration) {
        self.attempts = 0;
        self.timeouts = 0;
        if let Step::Waiting { until, allowed } = &mut self.step {
            *until = (*allowed).max(now).min(*until);
        }
    }

    /// Resets the backoff after a stable connection.
    pub(super) fn stable(&mut self) {
        self.attempts = 0;
    }

    /// Closes the token's budget for a while, for all of its sessions.
    pub(super) fn close_budget(&self, now: Duration, wait: Duration) {
        if !wait.is_zero() {
            self.budget.block_for(now, wait);
        }
    }

    /// Plans the next call, and returns the time until then.
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
            // `Retry-After: 0` is no wait, so the backoff applies.
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

    /// Starts to wait for a permit if the budget has a call left; otherwise waits for the budget and returns `false`.
    pub(super) fn queue(&mut self, now: Duration, config: &Config) -> bool {
        let until = self.budget.available_at(config.calls_per_minute);
        self.step = if now < until { Step::Waiting { until, allowed: until } } else { Step::AwaitingPermit };
        self.step == Step::AwaitingPermit
    }

    /// Takes a call from the budget; if it has none left, waits for it and returns `false`.
    pub(super) fn call(&mut self, now: Duration, config: &Config) -> bool {
        let taken = self.budget.try_acquire(now, config.calls_per_minute);
        self.step = match taken {
            Ok(()) => Step::Calling { since: now },
            Err(until) => Step::Waiting { until, allowed: until },
        };
        taken.is_ok()
    }

    /// Starts to dial an address that was called for at `called`, and returns the number of the new connection.
    pub(super) fn dialed(&mut self, now: Duration, called: Duration) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        self.step = Step::Dialing { connection, since: now, called };
        connection
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self.step {
            Step::Dialing { connection, .. } | Step::Greeting { connection, .. } => Some(connection),
            Step::Idle | Step::Waiting { .. } | Step::AwaitingPermit | Step::Calling { .. } => None,
        }
    }

    pub(super) fn deadline(&self, round_trip: &RoundTrip, config: &Config) -> Option<Duration> {
        match self.step {
            // The sessions that hold permits have deadlines, so a permit becomes free in time.
            Step::Idle | Step::AwaitingPermit => None,
            Step::Waiting { until, .. } => Some(until),
            Step::Calling { since } => Some(since + config.call_timeout),
            Step::Dialing { since, called, .. } => {
                // Four round trips: DNS, TCP, TLS and the upgrade.
                let limit = config.dial_timeout.max(round_trip.expected(config) * 4);
                let until = since + lengthened(limit, self.timeouts, config.max_dial_timeout);
                Some(until.min(called + ADDRESS_LIFETIME).max(since + config.dial_timeout))
            }
            Step::Greeting { since, .. } => {
                let limit = config.hello_timeout.max(round_trip.expected(config) * 2);
                let limit = lengthened(limit, self.timeouts, config.max_hello_timeout);
                Some(since + limit.max(config.hello_timeout))
            }
        }
    }
}

/// Returns the maximum wait before the next attempt.
fn backoff(attempts: u32, config: &Config) -> Duration {
    let factor = config.backoff_factor.max(1).saturating_pow(attempts);
    config.backoff_base.saturating_mul(factor).min(config.backoff_cap)
}
