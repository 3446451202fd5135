//! The rate limits of the calls.

use std::time::Duration;

use super::Backfill;
use super::request::Subject;

/// The burst before the rate applies: Slack's tiers allow short bursts.
const BURST: f64 = 50.0;

const MINUTE: f64 = 60.0;

/// A token bucket for one method, which adapts to refusals.
#[derive(Clone, Debug)]
pub(super) struct MethodPace {
    /// The calls per minute, or `None` for no limit.
    per_minute: Option<f64>,
    tokens: f64,
    refilled: Duration,
    /// The earliest time of the next call.
    blocked_until: Duration,
    since_refusal: u32,
}

impl MethodPace {
    pub(super) fn new(now: Duration, per_minute: Option<u32>) -> Self {
        Self {
            per_minute: per_minute.map(|calls| f64::from(calls.max(1))),
            tokens: BURST.max(per_minute.map_or(0.0, f64::from)),
            refilled: now,
            blocked_until: Duration::ZERO,
            since_refusal: u32::MAX,
        }
    }

    fn refill(&mut self, now: Duration) {
        let Some(per_minute) = self.per_minute else { return };
        let elapsed = now.saturating_sub(self.refilled).as_secs_f64();
        self.refilled = self.refilled.max(now);
        self.tokens = (self.tokens + elapsed * per_minute / MINUTE).min(BURST.max(per_minute));
    }

    /// Returns the earliest time of the next call.
    pub(super) fn ready_at(&mut self, now: Duration) -> Duration {
        self.refill(now);
        let wait = match self.per_minute {
            Some(per_minute) if self.tokens < 1.0 => {
                // One millisecond more, so that rounding never wakes up too early.
                Duration::from_secs_f64((1.0 - self.tokens) * MINUTE / per_minute) + Duration::from_millis(1)
            }
            _ => Duration::ZERO,
        };
        (now + wait).max(self.blocked_until)
    }

    /// Counts a call.
    pub(super) fn called(&mut self, now: Duration) {
        self.refill(now);
        if self.per_minute.is_some() {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        self.since_refusal = self.since_refusal.saturating_add(1);
    }

    /// Handles a rate-limited call. If it happens again after one or two calls, the app has a lower limit than the tier.
    pub(super) fn refused(&mut self, now: Duration, retry_after: Duration) {
        self.blocked_until = self.blocked_until.max(now + retry_after);
        if self.since_refusal <= 2 {
            let per_minute = MINUTE / retry_after.as_secs_f64().max(1.0);
            self.per_minute = Some(self.per_minute.map_or(per_minute, |known| known.min(per_minute)));
        }
        self.since_refusal = 0;
        self.refilled = self.refilled.max(self.blocked_until);
        // One call is allowed after the wait.
        self.tokens = 1.0;
    }
}

/// The rate limits of the three methods, which are kept across gaps.
#[derive(Debug)]
pub(super) struct Pacing {
    channels: MethodPace,
    history: MethodPace,
    replies: MethodPace,
    /// The page size, which Slack limits for some apps.
    pub(super) page_size: u32,
}

impl Pacing {
    pub(super) fn new(now: Duration, settings: &Backfill) -> Self {
        let pace = MethodPace::new(now, settings.calls_per_minute);
        Self { channels: pace.clone(), history: pace.clone(), replies: pace, page_size: settings.page_size }
    }

    pub(super) fn of(&mut self, subject: Subject) -> &mut MethodPace {
        match subject {
            Subject::Channels => &mut self.channels,
            Subject::History => &mut self.history,
            Subject::Replies => &mut self.replies,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pace: &mut MethodPace, from: Duration, until: Duration) -> Vec<Duration> {
        let (mut now, mut calls) = (from, Vec::new());
        loop {
            now = pace.ready_at(now);
            if now >= until {
                return calls;
            }
            pace.called(now);
            calls.push(now);
        }
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_a_burst_the_rate_applies() {
        let mut pace = MethodPace::new(secs(5), Some(50));
        let calls = run(&mut pace, secs(5), secs(65));
        assert_eq!(calls.iter().filter(|at| **at == secs(5)).count(), 50);
        assert!((98..=100).contains(&calls.len()), "{}", calls.len());
        let mut free = MethodPace::new(secs(5), None);
        for _ in 0..10_000 {
            assert_eq!(free.ready_at(secs(5)), secs(5));
            free.called(secs(5));
        }
    }

    #[test]
    fn retry_after_is_obeyed_and_a_lower_rate_is_learnt() {
        for per_minute in [None, Some(50)] {
            let mut pace = MethodPace::new(secs(0), per_minute);
            pace.called(secs(1));
            pace.refused(secs(1), secs(60));
            assert_eq!(pace.ready_at(secs(2)), secs(61));
            pace.called(secs(61));
            // A single refusal may be due to the burst.
            assert!(pace.ready_at(secs(61)) < secs(64));
            pace.called(secs(63));
            pace.refused(secs(63), secs(60));
            let calls = run(&mut pace, secs(64), secs(600));
            assert_eq!(calls[0], secs(123));
            assert_eq!(calls.len(), 8, "one a minute: {calls:?}");
        }
    }
}
