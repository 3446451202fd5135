//! How long the machine has slept: the runtime's clock stands still while it is suspended, and the rest of the world goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A sleep that is shorter is not told from the time that it takes to read two clocks, and changes nothing.
const LEAST: Duration = Duration::from_secs(1);

/// How far apart two readings may be for what lies between them to be exact enough.
const CLOSE: Duration = Duration::from_millis(1);

/// All sleeps so far together. It is read often and measured now and then; between two measurements it stands still, so that time never goes backwards.
#[derive(Debug)]
pub(crate) struct SuspendClock {
    /// In nanoseconds.
    counted: AtomicU64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Two clocks of the system, with what they showed at first.
    System { running: Instant, counting: Option<Duration> },
    /// What a test says, in nanoseconds.
    #[cfg(test)]
    Given(AtomicU64),
}

impl SuspendClock {
    /// Returns what all sessions of the process count by.
    pub(crate) fn of_process() -> Arc<Self> {
        static SHARED: OnceLock<Arc<SuspendClock>> = OnceLock::new();
        SHARED.get_or_init(|| Arc::new(Self::new())).clone()
    }

    fn new() -> Self {
        // The running clock first, as it is last when both are read again: what is measured is too short by that, and never too long.
        let running = Instant::now();
        Self { counted: AtomicU64::new(0), source: Source::System { running, counting: counting() } }
    }

    /// Returns what was measured last.
    pub(crate) fn total(&self) -> Duration {
        Duration::from_nanos(self.counted.load(Ordering::Relaxed))
    }

    /// Measures again, and returns the total.
    pub(crate) fn measure(&self) -> Duration {
        let total = self.total();
        let measured = self.source.measure();
        if measured < total + LEAST {
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
            #[cfg(test)]
            Self::Given(nanos) => Duration::from_nanos(nanos.load(Ordering::Relaxed)),
        }
    }
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

/// On Windows the clock of [`Instant`] itself goes on; elsewhere a sleep is found out as a silence of the server.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn counting() -> Option<Duration> {
    None
}

#[cfg(test)]
impl SuspendClock {
    /// Those that a test makes up.
    pub(crate) fn given() -> Arc<Self> {
        Arc::new(Self { counted: AtomicU64::new(0), source: Source::Given(AtomicU64::new(0)) })
    }

    /// The machine sleeps.
    pub(crate) fn sleep(&self, time: Duration) {
        let Source::Given(nanos) = &self.source else { panic!("these are the system's") };
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
    fn a_machine_that_is_awake_does_not_sleep() {
        let sleeps = SuspendClock::new();
        for _ in 0..1_000 {
            assert_eq!((sleeps.measure(), sleeps.total()), (Duration::ZERO, Duration::ZERO));
        }
        #[cfg(target_os = "linux")]
        assert!(counting().unwrap() > Duration::ZERO);
    }

    #[test]
    fn a_sleep_that_counted_while_the_clock_stood_is_measured() {
        // As if the running clock had begun an hour later than the other one.
        let counting = counting().map(|now| now.saturating_sub(3_600 * SECOND));
        let Some(counting) = counting.filter(|first| !first.is_zero()) else {
            return;
        };
        let source = Source::System { running: Instant::now(), counting: Some(counting) };
        let sleeps = SuspendClock { counted: AtomicU64::new(0), source };
        assert_eq!(sleeps.total(), Duration::ZERO);
        let measured = sleeps.measure();
        assert!(measured > 3_599 * SECOND && measured < 3_601 * SECOND, "{measured:?}");
        assert_eq!(sleeps.total(), measured);
        assert_eq!(sleeps.measure(), measured, "what it takes to read the clocks is no sleep");
    }

    #[test]
    fn the_total_only_grows_and_short_sleeps_add_up() {
        let sleeps = SuspendClock::given();
        for (sleep, total) in [(600, 0), (600, 1_200), (10, 1_200), (5_000, 6_210)] {
            sleeps.sleep(Duration::from_millis(sleep));
            assert_eq!(sleeps.measure(), Duration::from_millis(total));
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
    async fn a_session_connects_after_a_sleep_and_tells_how_long_the_gap_was() {
        let slack = FakeSlack::start().await.unwrap();
        let sleeps = SuspendClock::given();
        let mut session = builder(&slack).launch(None, sleeps.clone());
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        sleeps.sleep(3_600 * SECOND);
        assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::Suspended)));
        let Item::Connected(connected) = next(&mut session).await else { panic!("no connection") };
        assert_eq!(connected.kind, ConnectedKind::Reconnected);
        let Item::Gap(gap) = next(&mut session).await else { panic!("no gap") };
        assert!(gap.duration >= 3_600 * SECOND && gap.duration < 3_620 * SECOND, "{gap:?}");
        // It goes on as ever, by timers that fire when they should.
        slack.wait_for_frames("ping", 3).await.unwrap();
        assert_eq!(slack.dials().len(), 2);
        assert!(session.sender().health().is_ready());
    }

    #[tokio::test]
    async fn a_wait_that_slack_asked_for_goes_on_while_the_machine_sleeps() {
        let slack = FakeSlack::start().await.unwrap();
        slack.answer_next(Answer::rate_limited("300"));
        let sleeps = SuspendClock::given();
        let mut session = builder(&slack).launch(None, sleeps.clone());
        let Item::Retry(retry) = next(&mut session).await else { panic!("no retry") };
        assert!(matches!(retry.error, Error::Call(_)) && retry.delay >= 300 * SECOND);
        for slept in [200, 101] {
            assert_eq!(slack.requests().len(), 1, "it is not over yet");
            sleeps.sleep(SECOND * slept);
            // It looks at the clock now and then; nobody waits for a socket meanwhile.
            tokio::time::pause();
            tokio::time::advance(6 * SECOND).await;
            tokio::time::resume();
        }
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        assert_eq!(slack.requests().len(), 2);
    }
}
