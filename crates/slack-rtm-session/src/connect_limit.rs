//! Limits how many sessions of a process connect at the same time.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The default limit.
///
/// With a round trip of 100 ms, a call and a dial take about 0.6 s, so 64 at a time reconnect 2,000 sessions in about 20 s. That is about a hundred TLS handshakes a
/// second, which take a tenth of a CPU core and do not delay the pings of connected sessions. A NAT or a proxy on the way sees 64 new connections at once, and not
/// thousands.
const DEFAULT: usize = 64;

/// Limits how many sessions connect at the same time, so that thousands of sessions that lose their connections at once do not all reconnect at once.
///
/// A session waits for a permit before it calls for an address, and returns the permit when its WebSocket is open or the attempt has failed. A permit covers the call, DNS,
/// TCP, the proxy, TLS and the upgrade, but not the wait for hello. Permits are given out in the order of waiting. Open connections do not count.
///
/// All sessions of a process share one limit of 64, unless [`SessionBuilder::connect_limit`](crate::SessionBuilder::connect_limit) sets another. Clones share their limit.
///
/// ```
/// use slack_rtm_session::{ConnectLimit, SessionBuilder};
///
/// # fn f(clients: Vec<slack_rtm_apis::Client>) {
/// let limit = ConnectLimit::new(16);
/// for client in clients {
///     let session = SessionBuilder::new(client).connect_limit(&limit).start();
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ConnectLimit {
    permits: Arc<Semaphore>,
}

/// The permit of a session to connect; it is returned on drop.
#[derive(Debug)]
pub(crate) struct ConnectPermit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl ConnectLimit {
    /// Creates a limit of `max` sessions at a time, and of at least one.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))) }
    }

    /// Returns the limit that all sessions of the process share.
    pub(crate) fn of_process() -> Self {
        static SHARED: OnceLock<ConnectLimit> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(DEFAULT)).clone()
    }

    /// Takes a permit if one is free and nobody waits.
    pub(crate) fn try_acquire(&self) -> Option<ConnectPermit> {
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        Some(ConnectPermit { _permit: Some(permit) })
    }

    /// Waits for a permit. Dropping the future leaves the queue.
    pub(crate) async fn acquire(self) -> ConnectPermit {
        // The semaphore is never closed.
        ConnectPermit { _permit: self.permits.acquire_owned().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn permits_are_limited_and_given_in_order() {
        let limit = ConnectLimit::new(2);
        let (first, second) = (limit.try_acquire().unwrap(), limit.try_acquire().unwrap());
        assert!(limit.try_acquire().is_none());
        let (left, mut waiting) = (limit.clone().acquire(), Box::pin(limit.clone().acquire()));
        let mut left = Box::pin(left);
        for permit in [&mut left, &mut waiting] {
            assert!(timeout(Duration::ZERO, permit).await.is_err());
        }
        drop(first);
        // The one in front leaves.
        drop(left);
        assert!(limit.try_acquire().is_none(), "a permit is not given out of order");
        let third = waiting.await;
        drop((second, third));
        assert!(limit.try_acquire().is_some());
    }

    #[tokio::test]
    async fn any_number_is_accepted() {
        let least = ConnectLimit::new(0);
        let permit = least.try_acquire();
        assert!(permit.is_some() && least.try_acquire().is_none());
        assert!(ConnectLimit::new(usize::MAX).try_acquire().is_some());
        let [one, other] = [ConnectLimit::of_process(), ConnectLimit::of_process()];
        assert!(Arc::ptr_eq(&one.permits, &other.permits));
    }
}
