//! Retries of failed calls.

use std::time::Duration;

use crate::Operation;

/// A policy for the retries of failed calls. Without a policy a call is sent once.
///
/// A call is repeated after a connection failure, a timeout, HTTP 408 and 5xx, a rate limit, and a refusal with a code that is known to be temporary. It is not
/// repeated after a refusal with any other code.
///
/// A call that is not idempotent ([`Operation::IS_IDEMPOTENT`] is false, such as for a POST of a message) is repeated only if Slack certainly did not process it:
/// after a failure to connect, a rate limit, HTTP 4xx, or a refusal with a code that implies it. A timeout, a lost connection, HTTP 5xx, `internal_error` and
/// `fatal_error` are returned to the caller. [`repeat_non_idempotent`](Self::repeat_non_idempotent) lifts this restriction.
///
/// The delay before the nth retry is random between zero and `base_delay * 2^(n-1)`, at most `max_delay` (exponential backoff with full jitter). After a rate
/// limit it is the time that Slack requested plus up to 10 %. Time for which the computer is suspended counts ([`SuspendClock`](crate::SuspendClock)).
///
/// ```
/// use std::time::Duration;
/// use slack_rtm_apis::{Client, RetryPolicy};
///
/// # fn f() -> Result<(), slack_rtm_apis::ConfigError> {
/// let policy = RetryPolicy::with_max_attempts(5).max_delay(Duration::from_secs(10));
/// let client: Client = Client::builder().token("xoxb-1").retry(policy).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first one. The default is 3.
    pub max_attempts: u32,
    /// The maximum delay before the first retry. The default is 500 ms.
    pub base_delay: Duration,
    /// The maximum delay before any retry. The default is 30 s.
    pub max_delay: Duration,
    /// The maximum `Retry-After` to wait for; a rate limit with a longer one is returned to the caller immediately. The default is 60 s.
    pub max_retry_after: Duration,
    /// Whether to repeat a call that is not idempotent although Slack may have processed it. The default is false.
    pub repeat_non_idempotent: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(60),
            repeat_non_idempotent: false,
        }
    }
}

impl RetryPolicy {
    /// Creates a policy with a maximum number of attempts, including the first one, and defaults for everything else.
    #[must_use]
    pub fn with_max_attempts(max_attempts: u32) -> Self {
        Self { max_attempts, ..Self::default() }
    }

    /// Sets the maximum delay before the first retry; the default is 500 ms.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the maximum delay before any retry; the default is 30 s.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the maximum `Retry-After` to wait for; the default is 60 s.
    #[must_use]
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.max_retry_after = wait;
        self
    }

    /// Sets whether to repeat a call that is not idempotent although Slack may have processed it; the default is false.
    #[must_use]
    pub fn repeat_non_idempotent(mut self, repeat: bool) -> Self {
        self.repeat_non_idempotent = repeat;
        self
    }

    pub(crate) fn may_repeat<O: Operation>(&self) -> bool {
        O::IS_IDEMPOTENT || self.repeat_non_idempotent
    }

    /// Returns the delay before the next attempt; `None` to give up.
    ///
    /// `failed` is the number of failed attempts, at least 1. `random` is in `0.0..1.0`.
    pub(crate) fn wait(&self, failed: u32, failure: Failure, random: f64) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        match failure {
            Failure::Final => None,
            Failure::RateLimited(wait) if wait > self.max_retry_after => None,
            Failure::RateLimited(wait) => {
                // Limited, because a wait from the wire can be as long as `Duration::MAX`.
                let share =
                    Duration::from_millis((wait.as_millis().min(600_000) as f64 * random / 10.0) as u64);
                Some(wait.saturating_add(share))
            }
            Failure::Transient => {
                let bound = self.base_delay.saturating_mul(1 << (failed - 1).min(30)).min(self.max_delay);
                // `mul_f64` panics for very long durations.
                Some(if bound < Duration::from_secs(86_400) { bound.mul_f64(random) } else { bound })
            }
        }
    }
}

/// The classification of a failure for a retry policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A retry is futile or not allowed.
    Final,
    /// A retry may succeed.
    Transient,
    /// A retry may succeed after this time.
    RateLimited(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn delays_grow_to_the_maximum_and_attempts_end() {
        let policy = RetryPolicy::with_max_attempts(100)
            .base_delay(SECOND)
            .max_delay(10 * SECOND)
            .max_retry_after(SECOND);
        let bounds: Vec<u64> =
            (1..=6).map(|n| policy.wait(n, Failure::Transient, 1.0).unwrap().as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(policy.wait(99, Failure::Transient, 1.0), Some(10 * SECOND));
        assert_eq!(policy.wait(100, Failure::Transient, 1.0), None);
        assert_eq!(policy.wait(1, Failure::Transient, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn the_delay_after_a_rate_limit_is_at_least_the_requested_one() {
        let policy = RetryPolicy::default();
        for random in [0.0, 0.5, 0.999] {
            let wait = policy.wait(1, Failure::RateLimited(2 * SECOND), random).unwrap();
            assert!(wait >= 2 * SECOND && wait <= 3 * SECOND, "{wait:?}");
        }
        assert_eq!(policy.wait(1, Failure::RateLimited(61 * SECOND), 0.0), None);
    }

    #[test]
    fn the_longest_durations_do_not_overflow() {
        let policy = RetryPolicy::with_max_attempts(u32::MAX)
            .base_delay(Duration::MAX)
            .max_delay(Duration::MAX)
            .max_retry_after(Duration::MAX);
        assert_eq!(policy.wait(1, Failure::RateLimited(Duration::MAX), 0.9), Some(Duration::MAX));
        assert!(policy.wait(u32::MAX - 1, Failure::Transient, 0.999).is_some());
    }

    #[test]
    fn a_final_failure_is_not_retried() {
        assert_eq!(RetryPolicy::default().wait(1, Failure::Final, 0.0), None);
        assert_eq!(RetryPolicy::with_max_attempts(1).wait(1, Failure::Transient, 0.0), None);
    }
}
