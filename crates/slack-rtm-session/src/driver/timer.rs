//! The one timer of a session's task.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Sleep;

use crate::shared_state::{MAX_SLEEP, SharedState};

/// A timer for a deadline that moves with nearly every frame.
///
/// Resetting it, and even polling it, would be a large part of the cost of a turn, so it does so only when necessary.
pub(super) struct Timer {
    sleep: Pin<Box<Sleep>>,
    /// When it fires, which may be earlier than the deadline.
    armed: Option<Duration>,
    /// The task that it wakes.
    waker: Option<Waker>,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self { sleep: Box::pin(tokio::time::sleep(Duration::ZERO)), armed: None, waker: None }
    }

    /// Polls for the deadline, or for an earlier time: the timer is never moved to a later one.
    pub(super) fn poll(
        &mut self,
        now: Duration,
        deadline: Duration,
        shared: &SharedState,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let deadline = deadline.min(now.saturating_add(MAX_SLEEP));
        let is_kept = self.armed.is_some_and(|armed| armed <= deadline);
        let is_known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if is_kept && is_known && self.armed.is_some_and(|armed| now < armed) {
            return Poll::Pending;
        }
        if !is_kept {
            self.armed = Some(deadline);
            self.sleep.as_mut().reset(shared.instant(deadline));
        }
        let fired = self.sleep.as_mut().poll(cx);
        if fired.is_ready() {
            self.armed = None;
        } else if !is_known {
            self.waker = Some(cx.waker().clone());
        }
        fired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{OverflowPolicy, Queue};
    use slack_rtm_apis::SuspendClock;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use tokio::time::Instant;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_wakes_whoever_polled_it_last_by_the_earliest_deadline() {
        let shared = SharedState::new(
            Queue::new(1_000, OverflowPolicy::default()),
            Instant::now(),
            SuspendClock::manual(),
        );
        let counts = [(); 2].map(|()| Arc::new(Count(AtomicUsize::new(0))));
        let wakers = [0, 1].map(|index| Waker::from(counts[index].clone()));
        let woken = || [0, 1].map(|index| counts[index].0.load(Ordering::Relaxed));
        let mut timer = Timer::new();
        let mut poll = |by: usize, deadline| {
            timer.poll(shared.now(), deadline, &shared, &mut Context::from_waker(&wakers[by])).is_ready()
        };
        assert!(!poll(0, 10 * SECOND) && !poll(0, 5 * SECOND) && !poll(0, 20 * SECOND));
        tokio::time::sleep(4 * SECOND).await;
        assert!(!poll(0, 20 * SECOND) && !poll(1, 20 * SECOND));
        assert_eq!(woken(), [0, 0]);
        tokio::time::sleep(SECOND + SECOND / 100).await;
        assert_eq!(woken(), [0, 1], "the second one polled it last");
        assert!(poll(1, 20 * SECOND), "it was set to less");
        assert!(!poll(1, 20 * SECOND));
        tokio::time::sleep(20 * SECOND).await;
        assert!(poll(0, 20 * SECOND), "whoever polls it then");
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_waits_are_looked_at_now_and_then() {
        let shared = SharedState::new(
            Queue::new(1_000, OverflowPolicy::default()),
            Instant::now(),
            SuspendClock::manual(),
        );
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut timer = Timer::new();
        let mut poll =
            || timer.poll(shared.now(), Duration::MAX, &shared, &mut Context::from_waker(&waker)).is_ready();
        for _ in 0..3 {
            assert!(!poll() && !poll());
            tokio::time::sleep(MAX_SLEEP + SECOND).await;
            assert!(poll());
        }
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
    }
}
