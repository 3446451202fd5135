//! Measures how long the computer was suspended: the runtime's clock stops during a suspend.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The total grows by at least this much at a time: shorter suspends are counted once they add up to it. A smaller difference between two clocks may only be the time it
/// takes to read them.
const MIN_SUSPEND: Duration = Duration::from_secs(1);

/// The maximum time between two readings of clocks that are compared.
const CLOSE: Duration = Duration::from_millis(1);

/// How often a wait checks for a suspend.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// The total time for which the computer was suspended, such as a laptop whose lid was closed.
///
/// Timers of the runtime stop during a suspend, but a `Retry-After` of Slack does not. The waits between the attempts of a call, and sessions, therefore add this
/// time to that of the runtime. The total is read often and measured rarely; it does not change between measurements, so that time never goes backwards.
///
/// On Linux, Android and Apple's systems two clocks of the system are compared. On Windows the clock of [`Instant`] continues during a suspend. On other systems the
/// total is always zero.
#[derive(Debug)]
pub struct SuspendClock {
    /// The last measurement, in nanoseconds.
    counted: AtomicU64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Two clocks of the system, with their first readings.
    System { running: Instant, counting: Option<Duration> },
    /// The value that [`SuspendClock::suspend`] sets, in nanoseconds.
    Manual(AtomicU64),
}

impl SuspendClock {
    /// Returns the clock of the computer, which all clients of the process share by default.
    #[must_use]
    pub fn of_process() -> Arc<Self> {
        static SHARED: OnceLock<Arc<SuspendClock>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Self::system())).clone()
    }

    /// Creates a clock for tests: it only counts the time that is passed to [`suspend`](Self::suspend).
    #[must_use]
    pub fn manual() -> Arc<Self> {
        Arc::new(Self { counted: AtomicU64::new(0), source: Source::Manual(AtomicU64::new(0)) })
    }

    fn system() -> Self {
        // `running` is read first here and last in `measure`, so that the result is never too long.
        let running = Instant::now();
        Self { counted: AtomicU64::new(0), source: Source::System { running, counting: counting() } }
    }

    /// Adds a suspend to a [`manual`](Self::manual) clock. It has no effect on the clock of the computer.
    pub fn suspend(&self, time: Duration) {
        if let Source::Manual(nanos) = &self.source {
            nanos.fetch_add(nanos_of(time), Ordering::Relaxed);
        }
    }

    /// Returns the last measurement.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.counted.load(Ordering::Relaxed))
    }

    /// Measures again, and returns the total.
    pub fn measure(&self) -> Duration {
        let total = self.total();
        let measured = self.source.measure();
        if measured < total + MIN_SUSPEND {
            return total;
        }
        let nanos = nanos_of(measured);
        Duration::from_nanos(self.counted.fetch_max(nanos, Ordering::Relaxed).max(nanos))
    }

    /// Waits for this time, including suspends of the computer.
    pub(crate) async fn sleep(&self, time: Duration) {
        let (start, suspended) = (tokio::time::Instant::now(), self.measure());
        loop {
            let passed = start.elapsed() + self.measure().saturating_sub(suspended);
            let left = time.saturating_sub(passed);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(CHECK_INTERVAL)).await;
        }
    }
}

impl Source {
    fn measure(&self) -> Duration {
        match self {
            Self::System { running, counting: Some(first) } => {
                // If the process was preempted between the two readings, read again; in the worst case the result is too short.
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

/// Reads a clock that continues during a suspend, on systems that have one besides that of [`Instant`].
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn counting() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    // On Apple's systems `CLOCK_MONOTONIC` continues, and `Instant` uses another clock.
    #[cfg(target_vendor = "apple")]
    const CLOCK: ClockId = ClockId::Monotonic;
    #[cfg(not(target_vendor = "apple"))]
    const CLOCK: ClockId = ClockId::Boottime;
    clock_gettime(CLOCK).try_into().ok()
}

/// On Windows the clock of [`Instant`] continues during a suspend; elsewhere a session notices a suspend as silence of the server.
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
    fn a_computer_that_is_awake_was_not_suspended() {
        let clock = SuspendClock::system();
        for _ in 0..1_000 {
            assert_eq!((clock.measure(), clock.total()), (Duration::ZERO, Duration::ZERO));
        }
        #[cfg(target_os = "linux")]
        assert!(counting().unwrap() > Duration::ZERO);
        clock.suspend(10 * SECOND);
        assert_eq!(clock.measure(), Duration::ZERO, "it is the computer's");
    }

    #[test]
    fn a_suspend_is_measured_by_two_clocks() {
        // Pretend that `running` was stopped for an hour.
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
        assert_eq!(clock.measure(), measured, "reading the clocks is not a suspend");
    }

    #[test]
    fn the_total_only_grows_and_short_suspends_add_up() {
        let clock = SuspendClock::manual();
        for (time, total) in [(600, 0), (600, 1_200), (10, 1_200), (5_000, 6_210)] {
            clock.suspend(Duration::from_millis(time));
            assert_eq!(clock.measure(), Duration::from_millis(total));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_includes_suspends() {
        for (suspended, waited) in [(0, 300), (100, 200), (299, 5), (400, 5)] {
            let clock = SuspendClock::manual();
            // A suspend before the wait does not count.
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
    async fn a_retry_after_continues_during_a_suspend() {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_next(Answer::rate_limited("50"));
        let clock = SuspendClock::manual();
        let client = Client::builder()
            .token("xoxb-1")
            .base_url(slack.base_url())
            .retry(RetryPolicy::with_max_attempts(2))
            .suspend_clock(clock.clone())
            .build()
            .unwrap();
        let call = tokio::spawn(client.rtm_connect().send());
        while slack.requests().is_empty() {
            tokio::time::sleep(SECOND / 100).await;
        }
        // Let the wait begin.
        tokio::time::sleep(SECOND / 10).await;
        for suspended in [30, 30] {
            assert_eq!(slack.requests().len(), 1, "it is not over yet");
            clock.suspend(SECOND * suspended);
            // The call checks for suspends every few seconds, and no socket is in use meanwhile.
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
