//! A token's calls of rtm.connect over all hosts.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::kv;
use slack_rtm::apis::{AcquireFuture, SharedBudget};
use tokio::time::Instant;

use crate::Name;
use crate::nats::{self, Written};

/// How often a closed budget is said to be closed: its key is gone after a minute.
const REMINDER: Duration = Duration::from_secs(20);

/// The calls of a token, as keys of a bucket whose entries last for a minute: a call is made by whoever creates one of the keys, so the server alone decides, by its
/// own clock. If nobody answers, no call is made.
pub(crate) struct CallSlots {
    store: kv::Store,
    token: Name,
    closed_until: Arc<Mutex<Option<Instant>>>,
}

impl CallSlots {
    pub(crate) fn new(store: kv::Store, token: Name) -> Self {
        Self { store, token, closed_until: Arc::default() }
    }

    async fn take(&self, per_minute: usize) -> Result<(), Duration> {
        // Some time, so that many who wait do not ask at once.
        let later = Duration::from_millis(2_000 + fastrand::u64(..2_000));
        let closed = format!("{}.closed", self.token);
        if !matches!(self.store.get(&closed).await, Ok(None)) {
            return Err(later);
        }
        let per_minute = per_minute.max(1);
        // Not from the same one on, or all hosts would meet at it.
        let first = fastrand::usize(..per_minute);
        for index in 0..per_minute {
            let key = format!("{}.{}", self.token, (first + index) % per_minute);
            match nats::create(&self.store, &key, "").await {
                Written::Revision(_) => return Ok(()),
                Written::Refused => {}
                Written::Unknown => return Err(later),
            }
        }
        Err(later)
    }
}

impl fmt::Debug for CallSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSlots").field("token", &self.token).finish_non_exhaustive()
    }
}

impl SharedBudget for CallSlots {
    fn acquire(&self, per_minute: usize) -> AcquireFuture<'_> {
        Box::pin(self.take(per_minute))
    }

    fn block_for(&self, wait: Duration) {
        let until = Instant::now() + wait.min(Duration::from_secs(24 * 60 * 60));
        let before = {
            let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            let before = closed.filter(|before| *before > Instant::now());
            *closed = Some(before.map_or(until, |before| before.max(until)));
            before
        };
        if before.is_some() {
            return;
        }
        let (store, closed_until) = (self.store.clone(), self.closed_until.clone());
        let key = format!("{}.closed", self.token);
        tokio::spawn(async move {
            loop {
                let until = *closed_until.lock().unwrap_or_else(PoisonError::into_inner);
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                let Some(left) = left.filter(|left| !left.is_zero()) else { break };
                // Whom it does not reach learns it from Slack.
                let _ = tokio::time::timeout(nats::TIMEOUT, store.put(&key, "".into())).await;
                tokio::time::sleep(left.min(REMINDER)).await;
            }
            let _ = tokio::time::timeout(nats::TIMEOUT, store.delete(&key)).await;
        });
    }
}
