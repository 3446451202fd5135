//! Measures how long the computer was suspended: the runtime's clock stops during a suspend.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Shorter suspends are ignored: they make no difference, and are hard to distinguish from the time it takes to read two clocks.
const MIN_SUSPEND: Duration = Duration::from_secs(1);

/// The maximum time between two readings of clocks that are compared.
const CLOSE: Duration = Duration::from_millis(1);

/// The total time for which the computer was suspended. It is read often and measured rarely; it does not change between measurements, so that time never goes backwards.
#[derive(Debug)]
pub(crate) struct SuspendClock {
    /// The last measurement, in nanoseconds.
    counted: AtomicU64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Two clocks of the system, with their first readings.
    System { running: Instant, counting: Option<Duration> },
    /// The value that a test sets, in nanoseconds.
    #[cfg(test)]
    Manual(AtomicU64),
}

impl SuspendClock {
    /// Returns the clock that all sessions of the process share.
    pub(crate) fn of_process() -> Arc<Self> {
        static SHARED: OnceLock<Arc<SuspendClock>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Self::new())).clone()
    }

    fn new() -> Self {
        // `running` is read first here and last in `measure`, so that the result is never too long.
        let running = Instant::now();
        Self { counted: AtomicU64::new(0), source: Source::System { running, counting: counting() } }
    }

    /// Returns the last measurement.
    pub(crate) fn total(&self) -> Duration {
        Duration::from_nanos(self.counted.load(Ordering::Relaxed))
    }

    /// Measures again, and returns the total.
    pub(crate) fn measure(&self) -> Duration {
        let total = self.total();
        let measured = self.source.measure();
        if measured < total + MIN_SUSPEND {
            return total;
        }
        let nanos = u64::try_from(measured.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.counted.fetch_max(nanos, Ordering::Relaxed).max(nanos))
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
            #[cfg(test)]
            Self::Manual(nanos) => Duration::from_nanos(nanos.load(Ordering::Relaxed)),
        }
    }
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

/// On Windows the clock of [`Instant`] continues during a suspend; elsewhere a suspend shows as silence of the server.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn counting() -> Option<Duration> {
    None
}

#[cfg(test)]
impl SuspendClock {
    /// Creates a clock that a test controls.
    pub(crate) fn manual() -> Arc<Self> {
        Arc::new(Self { counted: AtomicU64::new(0), source: Source::Manual(AtomicU64::new(0)) })
    }

    /// Suspends the computer for this time.
    pub(crate) fn suspend(&self, time: Duration) {
        let Source::Manual(nanos) = &self.source else { panic!("this clock is the system's") };
        nanos.fetch_add(time.as_nanos().try_into().unwrap(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConnectedKind, DisconnectReason, Error, Item, Session, SessionBuilder};
    use slack_rtm_test::{Answer, FakeSlack};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_computer_that_is_awake_was_not_suspended() {
        let clock = SuspendClock::new();
        for _ in 0..1_000 {
            assert_eq!((clock.measure(), clock.total()), (Duration::ZERO, Duration::ZERO));
        }
        #[cfg(target_os = "linux")]
        assert!(counting().unwrap() > Duration::ZERO);
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
        for (sleep, total) in [(600, 0), (600, 1_200), (10, 1_200), (5_000, 6_210)] {
            clock.suspend(Duration::from_millis(sleep));
            assert_eq!(clock.measure(), Duration::from_millis(total));
        }
    }

    fn builder(slack: &FakeSlack) -> SessionBuilder {
        let client = slack_rtm_apis::Client::builder().token("xoxb-1").base_url(slack.base_url()).build();
        Session::builder(client.unwrap()).ping_interval(Duration::from_millis(100))
    }

    async fn next(session: &mut Session) -> Item {
        tokio::time::timeout(10 * SECOND, session.next()).await.expect("nothing comes").expect("the end")
    }

    #[tokio::test]
    async fn a_session_reconnects_after_a_suspend_and_reports_the_duration_of_the_gap() {
        let slack = FakeSlack::start().await.unwrap();
        let clock = SuspendClock::manual();
        let mut session = builder(&slack).launch(None, clock.clone());
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        clock.suspend(3_600 * SECOND);
        assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::Suspended)));
        let Item::Connected(connected) = next(&mut session).await else { panic!("no connection") };
        assert_eq!(connected.kind, ConnectedKind::Reconnected);
        let Item::Gap(gap) = next(&mut session).await else { panic!("no gap") };
        assert!(gap.duration >= 3_600 * SECOND && gap.duration < 3_620 * SECOND, "{gap:?}");
        // Timers keep firing at the right times.
        slack.wait_for_frames("ping", 3).await.unwrap();
        assert_eq!(slack.dials().len(), 2);
        assert!(session.sender().health().is_ready());
    }

    #[tokio::test]
    async fn a_retry_after_continues_during_a_suspend() {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_next(Answer::rate_limited("300"));
        let clock = SuspendClock::manual();
        let mut session = builder(&slack).launch(None, clock.clone());
        let Item::Retry(retry) = next(&mut session).await else { panic!("no retry") };
        assert!(matches!(retry.error, Error::Call(_)) && retry.delay >= 300 * SECOND);
        for slept in [200, 101] {
            assert_eq!(slack.requests().len(), 1, "it is not over yet");
            clock.suspend(SECOND * slept);
            // The session checks for suspends every few seconds, and no socket is in use meanwhile.
            tokio::time::pause();
            tokio::time::advance(6 * SECOND).await;
            tokio::time::resume();
        }
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        assert_eq!(slack.requests().len(), 2);
    }
}
