//! How long the machine was suspended: the runtime's clock stands still meanwhile, and the rest of the world goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A shorter suspension is not told from the time that it takes to read two clocks, and changes nothing.
const LEAST: Duration = Duration::from_secs(1);

/// How far apart two readings may be for what lies between them to be exact enough.
const CLOSE: Duration = Duration::from_millis(1);

/// How often a wait looks whether the machine was suspended.
const LOOK: Duration = Duration::from_secs(5);

/// Counts how long the machine was suspended, as a laptop is while its lid is closed.
///
/// Timers of the runtime do not count that time, and Slack does: when it asks for a wait of five minutes, these pass in suspend, too. So the waits of calls and the
/// time of sessions go by this clock in addition to the runtime's. The total is read often and measured now and then; between two measurements it stands still, so
/// that time never goes backwards.
///
/// On Linux, Android and Apple's systems, two clocks of the system are compared. On Windows the clock of [`Instant`] itself goes on in suspend. Elsewhere the total
/// remains zero.
#[derive(Debug)]
pub struct SuspendClock {
    /// In nanoseconds.
    counted: AtomicU64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Two clocks of the system, with what they showed at first.
    System { running: Instant, counting: Option<Duration> },
    /// What a test says, in nanoseconds.
    Manual(AtomicU64),
}

impl SuspendClock {
    /// Returns the clock that all clients and sessions of the process share by default.
    #[must_use]
    pub fn of_process() -> Arc<Self> {
        static SHARED: OnceLock<Arc<SuspendClock>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Self::system())).clone()
    }

    /// Creates a clock that counts what [`suspend`](Self::suspend) says and nothing else, for tests and simulations.
    #[must_use]
    pub fn manual() -> Arc<Self> {
        Arc::new(Self { counted: AtomicU64::new(0), source: Source::Manual(AtomicU64::new(0)) })
    }

    fn system() -> Self {
        // The running clock first, as it is last when both are read again: what is measured is too short by that, and never too long.
        let running = Instant::now();
        Self { counted: AtomicU64::new(0), source: Source::System { running, counting: counting() } }
    }

    /// Adds a suspension to a [`manual`](Self::manual) clock, which the next measurement tells. It does nothing to another clock.
    pub fn suspend(&self, time: Duration) {
        if let Source::Manual(nanos) = &self.source {
            nanos.fetch_add(nanos_of(time), Ordering::Relaxed);
        }
    }

    /// Returns the total as it was measured last.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.counted.load(Ordering::Relaxed))
    }

    /// Measures again, and returns the total. What is shorter than a second is left for a later measurement.
    pub fn measure(&self) -> Duration {
        let total = self.total();
        let measured = self.source.measure();
        if measured < total + LEAST {
            return total;
        }
        let nanos = nanos_of(measured);
        Duration::from_nanos(self.counted.fetch_max(nanos, Ordering::Relaxed).max(nanos))
    }

    /// Waits, and counts the time for which the machine is suspended meanwhile.
    pub(crate) async fn sleep(&self, time: Duration) {
        let (start, suspended) = (tokio::time::Instant::now(), self.measure());
        loop {
            let passed = start.elapsed() + self.measure().saturating_sub(suspended);
            let left = time.saturating_sub(passed);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }
}

impl Source {
    fn measure(&self) -> Duration {
        match self {
            Self::System { running, counting: Some(first) } => {
                // If the process is stopped between the two readings, there is another try; after that, one that is too short.
                let (mut counted, mut ran) = (Duration::ZERO, Duration::ZERO);
                for _ in 0..3 {
                    let before = Instant::now();
                    counted = counting().unwrap_or_default().saturating_sub(*first);
                    ran = running.elapsed();
                    if before.elapsed() < CLOSE {
                        break;
                    }
                }
                counted.saturating_sub(ran)
            }
            Self::System { counting: None, .. } => Duration::ZERO,
            Self::Manual(nanos) => Duration::from_nanos(nanos.load(Ordering::Relaxed)),
        }
    }
}

fn nanos_of(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads a clock that goes on while the machine is suspended, where there is one beside that of [`Instant`].
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn counting() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    // Apple's goes on, unlike that of `Instant`, which is another one there.
    #[cfg(target_vendor = "apple")]
    const CLOCK: ClockId = ClockId::Monotonic;
    #[cfg(not(target_vendor = "apple"))]
    const CLOCK: ClockId = ClockId::Boottime;
    clock_gettime(CLOCK).try_into().ok()
}

/// On Windows the clock of [`Instant`] itself goes on; elsewhere there is none.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn counting() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, RetryPolicy};
    use slack_rtm_test::{Answer, FakeSlack};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_machine_that_is_awake_is_not_suspended() {
        let clock = SuspendClock::system();
        for _ in 0..1_000 {
            assert_eq!((clock.measure(), clock.total()), (Duration::ZERO, Duration::ZERO));
        }
        #[cfg(target_os = "linux")]
        assert!(counting().unwrap() > Duration::ZERO);
        clock.suspend(10 * SECOND);
        assert_eq!(clock.measure(), Duration::ZERO, "it is the system's");
    }

    #[test]
    fn a_suspension_that_counted_while_the_clock_stood_is_measured() {
        // As if the running clock had begun an hour later than the other one.
        let counting = counting().map(|now| now.saturating_sub(3_600 * SECOND));
        let Some(counting) = counting.filter(|first| !first.is_zero()) else {
            return;
        };
        let source = Source::System { running: Instant::now(), counting: Some(counting) };
        let clock = SuspendClock { counted: AtomicU64::new(0), source };
        assert_eq!(clock.total(), Duration::ZERO);
        let measured = clock.measure();
        assert!(measured > 3_599 * SECOND && measured < 3_601 * SECOND, "{measured:?}");
        assert_eq!(clock.total(), measured);
        assert_eq!(clock.measure(), measured, "what it takes to read the clocks is no suspension");
    }

    #[test]
    fn the_total_only_grows_and_short_suspensions_add_up() {
        let clock = SuspendClock::manual();
        for (time, total) in [(600, 0), (600, 1_200), (10, 1_200), (5_000, 6_210)] {
            clock.suspend(Duration::from_millis(time));
            assert_eq!(clock.measure(), Duration::from_millis(total));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_counts_what_was_slept_through() {
        for (suspended, waited) in [(0, 300), (100, 200), (299, 5), (400, 5)] {
            let clock = SuspendClock::manual();
            // What was before the wait is no part of it.
            clock.suspend(1_000 * SECOND);
            let start = tokio::time::Instant::now();
            let wait = clock.sleep(300 * SECOND);
            let meanwhile = async {
                tokio::time::sleep(SECOND).await;
                clock.suspend(SECOND * suspended);
            };
            tokio::join!(wait, meanwhile);
            let ran = start.elapsed();
            assert!(ran >= SECOND * waited && ran < SECOND * (waited + 1), "{suspended}: {ran:?}");
        }
        SuspendClock::manual().sleep(Duration::ZERO).await;
    }

    #[tokio::test]
    async fn a_retry_after_goes_on_in_suspend() {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_next(Answer::rate_limited("50"));
        let clock = SuspendClock::manual();
        let client = Client::builder()
            .token("xoxb-1")
            .base_url(slack.base_url())
            .retry(RetryPolicy::attempts(2))
            .suspend_clock(clock.clone())
            .build()
            .unwrap();
        let call = tokio::spawn(client.rtm_connect().send());
        while slack.requests().is_empty() {
            tokio::time::sleep(SECOND / 100).await;
        }
        // Until the wait has begun.
        tokio::time::sleep(SECOND / 10).await;
        for suspended in [30, 30] {
            assert_eq!(slack.requests().len(), 1, "it is not over yet");
            clock.suspend(SECOND * suspended);
            // It looks at the clock now and then; nobody waits for a socket meanwhile.
            tokio::time::pause();
            tokio::time::advance(6 * SECOND).await;
            tokio::time::resume();
            tokio::time::sleep(SECOND / 10).await;
        }
        let answer = tokio::time::timeout(10 * SECOND, call).await.expect("it waits on");
        assert!(answer.unwrap().is_ok());
        assert_eq!(slack.requests().len(), 2);
    }
}
