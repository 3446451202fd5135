//! Trying a call again.

use std::time::Duration;

use crate::Operation;

/// When and how often a call is sent again. By default a call is sent once.
///
/// Sent again are calls that failed on the way (no connection, a timeout, HTTP 408 and 5xx), that Slack refused with a code that is known to pass, and that were
/// rate limited. Never sent again are those with any other code.
///
/// A call that must not be carried out twice ([`Operation::IS_IDEMPOTENT`] is false, as for a POST that posts a message) is sent again only where Slack has
/// certainly not carried it out: there was no connection, a rate limit, HTTP 4xx, or a code that tells so. A timeout, a lost connection, HTTP 5xx, `internal_error`
/// and `fatal_error` leave that open, and then the error goes to the caller. [`repeat_non_idempotent`](Self::repeat_non_idempotent) lifts this.
///
/// A wait includes the time for which the computer is suspended ([`SuspendClock`](crate::SuspendClock)).
///
/// The wait before the nth retry is chosen at random between nothing and `base * 2^n`, at most `cap` (full jitter). After a rate limit it is what Slack asked
/// for, and up to a tenth more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many times the call is sent at the most, the first one included. Default: 3.
    pub max_attempts: u32,
    /// The bound of the first wait. Default: 500 ms.
    pub base: Duration,
    /// The bound of any wait. Default: 30 s.
    pub cap: Duration,
    /// The longest `Retry-After` that is waited for; a longer one is given to the caller at once. Default: 60 s.
    pub max_retry_after: Duration,
    /// Whether a call that is not idempotent is sent again although Slack may have carried it out. Default: false.
    pub repeat_non_idempotent: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(60),
            repeat_non_idempotent: false,
        }
    }
}

impl RetryPolicy {
    /// With this number of attempts and every default.
    #[must_use]
    pub fn attempts(max_attempts: u32) -> Self {
        Self { max_attempts, ..Self::default() }
    }

    /// Sets the bound of the first wait.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets the bound of any wait.
    #[must_use]
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Sets the longest `Retry-After` that is waited for.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Sets whether a call that is not idempotent is sent again although Slack may have carried it out.
    #[must_use]
    pub fn repeat_non_idempotent(mut self, repeat: bool) -> Self {
        self.repeat_non_idempotent = repeat;
        self
    }

    pub(crate) fn may_repeat<O: Operation>(&self) -> bool {
        O::IS_IDEMPOTENT || self.repeat_non_idempotent
    }

    /// The wait after a failure; `None` to give up.
    ///
    /// `failed` counts the attempts that failed, from 1. `random` is in `0.0..1.0`.
    pub(crate) fn wait(&self, failed: u32, failure: Failure, random: f64) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        match failure {
            Failure::Final => None,
            Failure::RateLimited(wait) if wait > self.max_retry_after => None,
            Failure::RateLimited(wait) => {
                // In whole milliseconds: a wait from the wire may be as long as a `Duration` can be.
                let share =
                    Duration::from_millis((wait.as_millis().min(600_000) as f64 * random / 10.0) as u64);
                Some(wait.saturating_add(share))
            }
            Failure::Transient => {
                let bound = self.base.saturating_mul(1 << (failed - 1).min(30)).min(self.cap);
                // Below a day, which is where a fraction of a second counts.
                Some(if bound < Duration::from_secs(86_400) { bound.mul_f64(random) } else { bound })
            }
        }
    }
}

/// What a failure means for trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It would only happen again.
    Final,
    /// It may pass.
    Transient,
    /// It passes after this time.
    RateLimited(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_to_the_cap_and_attempts_end() {
        let policy = RetryPolicy::attempts(100).base(SECOND).cap(10 * SECOND).max_retry_after(SECOND);
        let bounds: Vec<u64> =
            (1..=6).map(|n| policy.wait(n, Failure::Transient, 1.0).unwrap().as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(policy.wait(99, Failure::Transient, 1.0), Some(10 * SECOND));
        assert_eq!(policy.wait(100, Failure::Transient, 1.0), None);
        assert_eq!(policy.wait(1, Failure::Transient, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn a_rate_limit_is_waited_out_and_not_undercut() {
        let policy = RetryPolicy::default();
        for random in [0.0, 0.5, 0.999] {
            let wait = policy.wait(1, Failure::RateLimited(2 * SECOND), random).unwrap();
            assert!(wait >= 2 * SECOND && wait <= 3 * SECOND, "{wait:?}");
        }
        assert_eq!(policy.wait(1, Failure::RateLimited(61 * SECOND), 0.0), None);
    }

    #[test]
    fn the_longest_waits_do_no_harm() {
        let policy = RetryPolicy::attempts(u32::MAX)
            .base(Duration::MAX)
            .cap(Duration::MAX)
            .max_retry_after(Duration::MAX);
        assert_eq!(policy.wait(1, Failure::RateLimited(Duration::MAX), 0.9), Some(Duration::MAX));
        assert!(policy.wait(u32::MAX - 1, Failure::Transient, 0.999).is_some());
    }

    #[test]
    fn what_cannot_heal_is_not_tried_again() {
        assert_eq!(RetryPolicy::default().wait(1, Failure::Final, 0.0), None);
        assert_eq!(RetryPolicy::attempts(1).wait(1, Failure::Transient, 0.0), None);
    }
}
