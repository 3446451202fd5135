//! Decides whether another host has received what this one missed.

use std::time::Duration;

/// What another host reports about its session of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// How long the session has been connected without an interruption; `None` if it is not connected.
    pub connected_for: Option<Duration>,
    /// The age of the oldest event that was received and is not stored yet; zero if there is none.
    pub lag: Duration,
}

/// A decision of [`Coverage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another host has received all events, and has stored them.
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
    #[must_use]
    pub fn decide(&self, asked: Duration, now: Duration, hosts: usize, reports: &[SessionReport]) -> Verdict {
        let connected_for = asked.saturating_sub(self.connected);
        let needed = self.missed + connected_for;
        let mut is_covered = false;
        for report in reports {
            if report.connected_for.is_some_and(|time| time > needed) {
                is_covered = true;
                if report.lag <= connected_for {
                    return Verdict::Covered;
                }
            }
        }
        let is_over = reports.len() >= hosts || now.saturating_sub(self.connected) >= self.timeout;
        if is_over && !is_covered { Verdict::Uncovered } else { Verdict::Undecided }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn report(connected_for: Option<u64>, lag: u64) -> SessionReport {
        SessionReport { connected_for: connected_for.map(Duration::from_secs), lag: Duration::from_secs(lag) }
    }

    #[test]
    fn a_host_that_was_connected_all_the_time_and_has_no_lag_covers_the_gap() {
        // Connected at 100, after 7 seconds without a frame; asked at 101.
        let coverage = Coverage::new(100 * SECOND, 7 * SECOND, 2 * SECOND);
        let (asked, now) = (101 * SECOND, 101 * SECOND);
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(9), 0)]), Verdict::Covered);
        // Exactly as long is not enough.
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(8), 0)]), Verdict::Undecided);
        assert_eq!(
            coverage.decide(asked, now, 3, &[report(None, 0), report(Some(50), 2)]),
            Verdict::Undecided
        );
        assert_eq!(coverage.decide(asked, now, 3, &[]), Verdict::Undecided);
        // All hosts have answered.
        assert_eq!(coverage.decide(asked, now, 1, &[report(Some(8), 0)]), Verdict::Uncovered);
        // After the timeout only a host that covers the gap and lags is waited for.
        let now = 102 * SECOND;
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(8), 0)]), Verdict::Uncovered);
        assert_eq!(coverage.decide(asked, now, 3, &[report(Some(50), 9)]), Verdict::Undecided);
        assert_eq!(coverage.decide(now, now, 3, &[report(Some(50), 2)]), Verdict::Covered);
    }
}
