//! How often rtm.connect may be called with a token, whoever calls it.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The budget's period, with some room: what the server sees may be closer together than what we did.
const PERIOD: Duration = Duration::from_millis(61_000);

/// When a token's address may be fetched again. Slack limits rtm.connect to about one call a minute with some bursts, for each token, and closes it for a while
/// where that is overdone. All sessions of a client and its clones take their calls out of this one budget, so however many they are, and whatever the server
/// does, they make no storm together. Two clients that are built with the same token share one if they are given it
/// ([`ClientBuilder::call_budget`](crate::ClientBuilder::call_budget)).
///
/// Calls that are made without a session (`Client::rtm_connect`) do not count.
///
/// Sessions in other processes count where the budget is made [with a part that they share](Self::with_shared).
///
/// Times are since the budget's beginning. Those of sessions count the time for which the machine was suspended, as Slack does.
#[derive(Debug)]
pub struct CallBudget {
    epoch: Instant,
    state: Mutex<State>,
    shared: Option<Arc<dyn SharedBudget>>,
}

/// What [`SharedBudget::take`] returns.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Result<(), Duration>> + Send + 'a>>;

/// The part of a token's budget that several processes hold together, such as the hosts of a cluster that all have sessions of the token. Give it to
/// [`CallBudget::with_shared`].
///
/// A session asks it right before it calls rtm.connect, after its own process's budget has a call left.
pub trait SharedBudget: fmt::Debug + Send + Sync + 'static {
    /// Takes one call out, of which a minute has `per_minute` over all processes. A session waits for the answer no longer than for that of rtm.connect itself, and
    /// drops the future then.
    ///
    /// # Errors
    /// If there is none left, or nobody knows: how long to wait before it is worth asking again.
    fn take(&self, per_minute: usize) -> Taking<'_>;

    /// Slack said that the calls are too many: there is none for so long, in any process. It must not wait; a failure to tell the others is its own affair.
    fn close(&self, wait: Duration);
}

#[derive(Debug, Default)]
struct State {
    /// The last calls.
    calls: VecDeque<Duration>,
    /// How many of them anybody wants to know.
    max: usize,
    /// Slack wants none before.
    closed_until: Duration,
}

impl CallBudget {
    /// A budget that begins now, of which nothing was taken yet.
    #[must_use]
    pub fn new() -> Self {
        Self { epoch: Instant::now(), state: Mutex::default(), shared: None }
    }

    /// Creates a budget of which nothing was taken yet, and whose calls have to be taken out of a budget of several processes, too.
    #[must_use]
    pub fn with_shared(shared: Arc<dyn SharedBudget>) -> Self {
        Self { shared: Some(shared), ..Self::new() }
    }

    /// Returns the part that several processes hold together, if there is one.
    #[must_use]
    pub fn shared(&self) -> Option<&Arc<dyn SharedBudget>> {
        self.shared.as_ref()
    }

    /// When the budget began.
    #[must_use]
    pub fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Takes one call out, which is then made at once; a minute has `per_minute` of them, and at least one.
    ///
    /// # Errors
    /// If there is none left: from when on it is worth asking again.
    pub fn take(&self, now: Duration, per_minute: usize) -> Result<(), Duration> {
        let mut state = self.state();
        let free_from = state.free_from(per_minute);
        if now < free_from {
            tracing::debug!(wait = ?free_from.saturating_sub(now), "rtm.connect was called too often with this token");
            return Err(free_from);
        }
        state.max = state.max.max(per_minute.max(1));
        state.calls.push_back(now);
        while state.calls.len() > state.max || state.calls.front().is_some_and(|call| *call + PERIOD <= now) {
            state.calls.pop_front();
        }
        Ok(())
    }

    /// From when on there is a call to be taken out, if nobody else takes it.
    #[must_use]
    pub fn free_from(&self, per_minute: usize) -> Duration {
        self.state().free_from(per_minute)
    }

    /// Slack said that the calls are too many: there are none for so long from now on.
    pub fn close(&self, now: Duration, wait: Duration) {
        let mut state = self.state();
        state.closed_until = state.closed_until.max(now.saturating_add(wait));
        drop(state);
        if let Some(shared) = &self.shared {
            shared.close(wait);
        }
    }

    /// A panic elsewhere leaves it as it was.
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
    fn free_from(&self, per_minute: usize) -> Duration {
        let oldest = self.calls.len().checked_sub(per_minute.max(1)).and_then(|index| self.calls.get(index));
        oldest.map_or(Duration::ZERO, |call| *call + PERIOD).max(self.closed_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn no_minute_has_more_calls_than_it_may() {
        let budget = CallBudget::new();
        let mut made = Vec::new();
        // Two who may call at different rates, and try all the time.
        for tenth in 0..6_000 {
            let now = SECOND * tenth / 10;
            for per_minute in [6, 2] {
                if budget.take(now, per_minute).is_ok() {
                    assert!(now >= budget.free_from(usize::MAX));
                    made.push(now);
                }
            }
        }
        assert!(made.len() >= 58, "{}", made.len());
        assert!(made.windows(7).all(|seven| seven[6] - seven[0] > 60 * SECOND), "{made:?}");
        assert!(budget.state().calls.len() <= 6);
    }

    #[tokio::test]
    async fn it_tells_when_to_ask_again() {
        let budget = CallBudget::new();
        assert_eq!(budget.take(SECOND, 0), Ok(()));
        let again = budget.take(2 * SECOND, 0).unwrap_err();
        assert_eq!((again, budget.free_from(1)), (62 * SECOND, again));
        assert_eq!(budget.take(again, 1), Ok(()));
    }

    #[tokio::test]
    async fn while_slack_says_so_it_is_closed_for_all() {
        let budget = CallBudget::new();
        budget.close(2 * SECOND, 28 * SECOND);
        budget.close(3 * SECOND, 7 * SECOND);
        assert_eq!(budget.take(29 * SECOND, 6), Err(30 * SECOND));
        assert_eq!(budget.take(30 * SECOND, 6), Ok(()));
        budget.close(SECOND, Duration::MAX);
        assert_eq!(budget.take(SECOND * u32::MAX, usize::MAX), Err(Duration::MAX));
    }
}
