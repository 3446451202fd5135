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
    turns: Arc<Semaphore>,
}

/// The permit of a session to connect; it is returned on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl ConnectLimit {
    /// Creates a limit of `max` sessions at a time, and of at least one.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))) }
    }

    /// Returns the limit that all sessions of the process share.
    pub(crate) fn of_process() -> Self {
        static SHARED: OnceLock<ConnectLimit> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(DEFAULT)).clone()
    }

    /// Takes a permit if one is free and nobody waits.
    pub(crate) fn try_turn(&self) -> Option<Turn> {
        let permit = self.turns.clone().try_acquire_owned().ok()?;
        Some(Turn { _permit: Some(permit) })
    }

    /// Waits for a permit. Dropping the future leaves the queue.
    pub(crate) async fn turn(self) -> Turn {
        // The semaphore is never closed.
        Turn { _permit: self.turns.acquire_owned().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn turns_are_bounded_and_go_to_whoever_waits_longest() {
        let limit = ConnectLimit::new(2);
        let (first, second) = (limit.try_turn().unwrap(), limit.try_turn().unwrap());
        assert!(limit.try_turn().is_none());
        let (left, mut waiting) = (limit.clone().turn(), Box::pin(limit.clone().turn()));
        let mut left = Box::pin(left);
        for turn in [&mut left, &mut waiting] {
            assert!(timeout(Duration::ZERO, turn).await.is_err());
        }
        drop(first);
        // The one in front leaves.
        drop(left);
        assert!(limit.try_turn().is_none(), "nobody overtakes");
        let third = waiting.await;
        drop((second, third));
        assert!(limit.try_turn().is_some());
    }

    #[tokio::test]
    async fn any_number_is_a_limit() {
        let least = ConnectLimit::new(0);
        let turn = least.try_turn();
        assert!(turn.is_some() && least.try_turn().is_none());
        assert!(ConnectLimit::new(usize::MAX).try_turn().is_some());
        let [one, other] = [ConnectLimit::of_process(), ConnectLimit::of_process()];
        assert!(Arc::ptr_eq(&one.turns, &other.turns));
    }
}
