//! Decides whether another host has received what this one missed.

use std::time::Duration;

/// What another host reports about its session of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// How long the session has been connected without an interruption; `None` if it is not connected.
    pub connected_for: Option<Duration>,
    /// The age of the oldest event that was received and is not stored yet; zero if there is none.
    pub lag: Duration,
    /// Whether the host has yet to take or to recover events, whose age it does not know.
    pub is_behind: bool,
    /// How long after the question the answer arrived. The times in it are those of a moment in between.
    pub answered_in: Duration,
}

/// How much later than this host another one may receive an event, because its connection or its process is slower.
const SETTLE: Duration = Duration::from_secs(2);

/// A decision of [`Coverage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another host has received all events that were sent before this one was connected, and has stored them.
    Covered,
    /// The reports do not decide it yet.
    Undecided,
    /// No host has received all events, so some may be missing.
    Uncovered,
}

/// Decides whether another host was connected for all of the time in which this one was not. Hosts report durations, each measured by its own clock, so no clocks are
/// compared.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// How long this host had received nothing when it was connected.
    missed: Duration,
    connected: Duration,
    timeout: Duration,
}

impl Coverage {
    /// Creates a decision for a session that was connected now, after it had received nothing for `missed`; zero for a new session. Events that no host is known to have
    /// received after `timeout` count as missing.
    #[must_use]
    pub fn new(now: Duration, missed: Duration, timeout: Duration) -> Self {
        Self { missed, connected: now, timeout }
    }

    /// Decides by the reports of the other hosts. `asked` is the time at which they were asked, and `hosts` their number, which includes those that did not answer.
    ///
    /// Of two hosts that connect at nearly the same time, each counts as covered by the other only if that one was certainly connected before: otherwise neither would read
    /// what was sent before both.
    #[must_use]
    pub fn decide(&self, asked: Duration, now: Duration, hosts: usize, reports: &[SessionReport]) -> Verdict {
        let connected_for = asked.saturating_sub(self.connected);
        let needed = self.missed + connected_for;
        let (mut is_covered, mut may_be_covered) = (false, false);
        for report in reports {
            let Some(time) = report.connected_for else { continue };
            may_be_covered |= time > needed;
            if time > needed + report.answered_in {
                is_covered = true;
                // Events that were sent before this host was connected arrive there until `SETTLE` later. This host's own must not be stored before them.
                if !report.is_behind && report.lag + SETTLE <= connected_for {
                    return Verdict::Covered;
                }
            }
        }
        let is_known = reports.len() >= hosts && !may_be_covered;
        let is_over = now.saturating_sub(self.connected) >= self.timeout;
        if (is_known || is_over) && !is_covered { Verdict::Uncovered } else { Verdict::Undecided }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn report(connected_for: Option<u64>, lag: u64) -> SessionReport {
        let connected_for = connected_for.map(Duration::from_secs);
        SessionReport {
            connected_for,
            lag: Duration::from_secs(lag),
            is_behind: false,
            answered_in: Duration::ZERO,
        }
    }

    #[test]
    fn a_host_that_was_connected_all_the_time_and_has_no_lag_covers_the_gap() {
        // Connected at 100, after 7 seconds without a frame; asked at 103.
        let coverage = Coverage::new(100 * SECOND, 7 * SECOND, 4 * SECOND);
        let (asked, now) = (103 * SECOND, 103 * SECOND);
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(11), 1)]), Verdict::Covered);
        // Exactly as long is not enough.
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(10), 0)]), Verdict::Undecided);
        assert_eq!(
            coverage.decide(asked, now, 3, &[report(None, 0), report(Some(50), 2)]),
            Verdict::Undecided
        );
        assert_eq!(coverage.decide(asked, now, 3, &[]), Verdict::Undecided);
        // All hosts have answered.
        assert_eq!(coverage.decide(asked, now, 1, &[report(Some(10), 0)]), Verdict::Uncovered);
        // After the timeout only a host that covers the gap and lags is waited for.
        let now = 104 * SECOND;
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(10), 0)]), Verdict::Uncovered);
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(50), 9)]), Verdict::Undecided);
        assert_eq!(coverage.decide(now, now, 3, &[report(Some(50), 2)]), Verdict::Covered);
    }

    /// A slow host receives later what was sent before the new connection, and does not know of it yet.
    #[test]
    fn a_host_covers_a_gap_only_when_what_was_under_way_has_arrived() {
        let coverage = Coverage::new(100 * SECOND, Duration::ZERO, SECOND);
        let decide = |asked: Duration, report| coverage.decide(asked, asked, 1, &[report]);
        for asked in [100 * SECOND, 101 * SECOND, 102 * SECOND - Duration::from_millis(1)] {
            assert_eq!(decide(asked, report(Some(50), 0)), Verdict::Undecided, "{asked:?}");
        }
        assert_eq!(decide(102 * SECOND, report(Some(50), 0)), Verdict::Covered);
        assert_eq!(decide(102 * SECOND, report(Some(50), 1)), Verdict::Undecided);
        // It may have connected after the question.
        let slow = SessionReport { answered_in: 2 * SECOND, ..report(Some(2), 0) };
        assert_eq!(decide(100 * SECOND, slow), Verdict::Undecided);
        assert_eq!(decide(101 * SECOND, slow), Verdict::Uncovered);
        let behind = SessionReport { is_behind: true, ..report(Some(90), 0) };
        assert_eq!(decide(150 * SECOND, behind), Verdict::Undecided);
    }

    proptest! {
        #[test]
        fn two_new_sessions_do_not_cover_each_other(
            connected in [0_u64..50, 0..50],
            asks_after in [0_u64..50, 0..50],
            asking in [0_u64..50, 0..50],
            answering in [0_u64..50, 0..50],
        ) {
            let millis = Duration::from_millis;
            let verdict = |me: usize, other: usize| {
                let asked = connected[me] + asks_after[me];
                let answered_at = asked + asking[me];
                let answered_in = millis(asking[me] + answering[me]);
                let report = SessionReport {
                    connected_for: answered_at.checked_sub(connected[other]).map(millis),
                    lag: Duration::ZERO,
                    is_behind: false,
                    answered_in,
                };
                let coverage = Coverage::new(millis(connected[me]), Duration::ZERO, Duration::ZERO);
                coverage.decide(millis(asked), millis(asked) + answered_in, 1, &[report])
            };
            prop_assert!([verdict(0, 1), verdict(1, 0)].contains(&Verdict::Uncovered));
        }
    }
}
