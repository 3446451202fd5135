//! The budget of a token for calls of rtm.connect, shared by all sessions.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The period of the budget: a minute and some margin, because calls can arrive at the server at shorter intervals than they were made.
const PERIOD: Duration = Duration::from_millis(61_000);

/// A rate limiter for calls of rtm.connect with one token.
///
/// Slack limits rtm.connect to about one call per minute and token with short bursts, and blocks the method for a while after too many calls. All sessions of a
/// client and its clones share one budget, so that together they stay within the limit. Two clients with the same token can share a budget through
/// [`ClientBuilder::call_budget`](crate::ClientBuilder::call_budget), and several processes through a [`SharedBudget`].
///
/// Calls outside of a session (`Client::rtm_connect`) are not counted.
///
/// Times are durations since the creation of the budget. Those of sessions include the time for which the computer was suspended.
///
/// ```
/// use std::sync::Arc;
/// use slack_rtm_apis::{CallBudget, Client};
///
/// # fn f() -> Result<(), slack_rtm_apis::ConfigError> {
/// let budget = Arc::new(CallBudget::new());
/// let client: Client = Client::builder().token("xoxb-1").call_budget(budget.clone()).build()?;
/// assert!(Arc::ptr_eq(client.call_budget(), &budget));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CallBudget {
    epoch: Instant,
    state: Mutex<State>,
    shared: Option<Arc<dyn SharedBudget>>,
}

/// The future that [`SharedBudget::acquire`] returns.
pub type AcquireFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Duration>> + Send + 'a>>;

/// A budget that several processes share, such as the hosts of a cluster with sessions of the same token. It is passed to [`CallBudget::with_shared`].
///
/// A session acquires a call from it right before it calls rtm.connect, after it acquired one from the budget of its own process.
pub trait SharedBudget: fmt::Debug + Send + Sync + 'static {
    /// Acquires one of `per_minute` calls per minute over all processes. A session drops the future after the timeout of rtm.connect.
    ///
    /// # Errors
    /// Returns the time to wait before the next attempt, if no call is available or its availability cannot be determined.
    fn acquire(&self, per_minute: usize) -> AcquireFuture<'_>;

    /// Blocks all processes for a time, because Slack responded with a rate limit. The method must not block the thread, and it handles its own failures.
    fn block_for(&self, wait: Duration);
}

#[derive(Debug, Default)]
struct State {
    /// The times of the last calls.
    calls: VecDeque<Duration>,
    /// The number of calls to keep: the highest rate of any caller.
    max_calls: usize,
    /// The end of the rate limit that Slack imposed.
    blocked_until: Duration,
}

impl CallBudget {
    /// Creates a budget without previous calls.
    #[must_use]
    pub fn new() -> Self {
        Self { epoch: Instant::now(), state: Mutex::default(), shared: None }
    }

    /// Creates a budget without previous calls, whose sessions also acquire their calls from a budget of several processes.
    #[must_use]
    pub fn with_shared(shared: Arc<dyn SharedBudget>) -> Self {
        Self { shared: Some(shared), ..Self::new() }
    }

    /// Returns the budget of several processes, if there is one.
    #[must_use]
    pub fn shared(&self) -> Option<&Arc<dyn SharedBudget>> {
        self.shared.as_ref()
    }

    /// Returns the time of creation.
    #[must_use]
    pub fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Acquires one of `per_minute` calls per minute, at least one. The call must be made immediately.
    ///
    /// # Errors
    /// Returns the time at which a call will be available, if there is none now.
    pub fn try_acquire(&self, now: Duration, per_minute: usize) -> Result<(), Duration> {
        let mut state = self.state();
        let available_at = state.available_at(per_minute);
        if now < available_at {
            tracing::debug!(wait = ?available_at.saturating_sub(now), "the call budget of rtm.connect is exhausted");
            return Err(available_at);
        }
        state.max_calls = state.max_calls.max(per_minute.max(1));
        state.calls.push_back(now);
        while state.calls.len() > state.max_calls
            || state.calls.front().is_some_and(|call| *call + PERIOD <= now)
        {
            state.calls.pop_front();
        }
        Ok(())
    }

    /// Returns the time at which the next call will be available, provided that no other session acquires it.
    #[must_use]
    pub fn available_at(&self, per_minute: usize) -> Duration {
        self.state().available_at(per_minute)
    }

    /// Blocks all calls for a time, because Slack responded with a rate limit.
    pub fn block_for(&self, now: Duration, wait: Duration) {
        let mut state = self.state();
        state.blocked_until = state.blocked_until.max(now.saturating_add(wait));
        drop(state);
        if let Some(shared) = &self.shared {
            shared.block_for(wait);
        }
    }

    /// Locks the state. A poisoned lock is ignored, since every update is atomic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CallBudget {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn available_at(&self, per_minute: usize) -> Duration {
        let oldest = self.calls.len().checked_sub(per_minute.max(1)).and_then(|index| self.calls.get(index));
        oldest.map_or(Duration::ZERO, |call| *call + PERIOD).max(self.blocked_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn no_minute_has_more_calls_than_the_rate() {
        let budget = CallBudget::new();
        let mut made = Vec::new();
        // Two callers with different rates that try continuously.
        for tenth in 0..6_000 {
            let now = SECOND * tenth / 10;
            for per_minute in [6, 2] {
                if budget.try_acquire(now, per_minute).is_ok() {
                    assert!(now >= budget.available_at(usize::MAX));
                    made.push(now);
                }
            }
        }
        assert!(made.len() >= 58, "{}", made.len());
        assert!(made.windows(7).all(|seven| seven[6] - seven[0] > 60 * SECOND), "{made:?}");
        assert!(budget.state().calls.len() <= 6);
    }

    #[tokio::test]
    async fn it_returns_when_the_next_call_is_available() {
        let budget = CallBudget::new();
        assert_eq!(budget.try_acquire(SECOND, 0), Ok(()));
        let again = budget.try_acquire(2 * SECOND, 0).unwrap_err();
        assert_eq!((again, budget.available_at(1)), (62 * SECOND, again));
        assert_eq!(budget.try_acquire(again, 1), Ok(()));
    }

    #[tokio::test]
    async fn a_rate_limit_blocks_all_callers() {
        let budget = CallBudget::new();
        budget.block_for(2 * SECOND, 28 * SECOND);
        budget.block_for(3 * SECOND, 7 * SECOND);
        assert_eq!(budget.try_acquire(29 * SECOND, 6), Err(30 * SECOND));
        assert_eq!(budget.try_acquire(30 * SECOND, 6), Ok(()));
        budget.block_for(SECOND, Duration::MAX);
        assert_eq!(budget.try_acquire(SECOND * u32::MAX, usize::MAX), Err(Duration::MAX));
    }
}
