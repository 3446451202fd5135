//! The calls of rtm.connect of a token, counted over all hosts.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use slack_rtm::apis::{AcquireFuture, SharedBudget};
use tokio::time::Instant;

use crate::Name;
use crate::nats::{self, Nats, WriteResult};

/// How often the key of a closed budget is written again: an entry of the bucket expires after a minute.
const CLOSED_REFRESH: Duration = Duration::from_secs(20);

/// A call budget in a bucket whose entries expire after a minute. Each call needs a key that it creates itself, and there are `per_minute` keys, so the server alone
/// counts, by its own clock. Without an answer from the server no call is made.
pub(crate) struct KvCallBudget {
    nats: Nats,
    token: Name,
    closed_until: Arc<Mutex<Option<Instant>>>,
}

impl KvCallBudget {
    pub(crate) fn new(nats: Nats, token: Name) -> Self {
        Self { nats, token, closed_until: Arc::default() }
    }

    async fn take(&self, per_minute: usize) -> Result<(), Duration> {
        // The jitter keeps hosts that wait from asking at the same moment.
        let later = Duration::from_millis(2_000 + fastrand::u64(..2_000));
        let closed = format!("{}.closed", self.token);
        if !matches!(self.nats.calls.get(&closed).await, Ok(None)) {
            return Err(later);
        }
        let per_minute = per_minute.max(1);
        // A random first key keeps hosts from competing for the same one.
        let first = fastrand::usize(..per_minute);
        for index in 0..per_minute {
            let key = format!("{}.{}", self.token, (first + index) % per_minute);
            match nats::create(&self.nats.calls, &key, "").await {
                WriteResult::Revision(_) => return Ok(()),
                WriteResult::Conflict => {}
                WriteResult::Unknown => return Err(later),
            }
        }
        Err(later)
    }
}

impl fmt::Debug for KvCallBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KvCallBudget").field("token", &self.token).finish_non_exhaustive()
    }
}

impl SharedBudget for KvCallBudget {
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
        let (nats, closed_until) = (self.nats.clone(), self.closed_until.clone());
        let key = format!("{}.closed", self.token);
        tokio::spawn(async move {
            loop {
                let until = *closed_until.lock().unwrap_or_else(PoisonError::into_inner);
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                let Some(left) = left.filter(|left| !left.is_zero()) else { break };
                // A host that does not see the key learns from Slack's own refusal.
                let _ = tokio::time::timeout(nats::TIMEOUT, nats.calls.put(&key, "".into())).await;
                tokio::time::sleep(left.min(CLOSED_REFRESH)).await;
            }
            let _ = tokio::time::timeout(nats::TIMEOUT, nats.calls.delete(&key)).await;
        });
    }
}
