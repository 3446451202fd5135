//! Whether another host had what this one missed.

use std::time::Duration;

/// What another host says of its session of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For how long it has been connected without an interruption; `None` if it is not.
    pub connected_for: Option<Duration>,
    /// How old the oldest event is that it has received and not published; zero if there is none.
    pub lag: Duration,
}

/// What is known so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another host has had everything, and has published it.
    Covered,
    /// That is not known yet.
    Open,
    /// Nobody has had everything: events may be missing.
    Uncovered,
}

/// Asks whether another host was connected for as long as this one was not. All times are lengths by one host's own clock, so clocks are never compared.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// How long this one had heard nothing when it was connected.
    missed: Duration,
    connected: Duration,
    patience: Duration,
}

impl Coverage {
    /// The session was connected now, and had heard nothing for so long; zero for one that begins. What nobody is known to cover after `patience` is uncovered.
    #[must_use]
    pub fn new(now: Duration, missed: Duration, patience: Duration) -> Self {
        Self { missed, connected: now, patience }
    }

    /// Decides by what the other hosts say. `asked` is when they were asked, and `hosts` how many were; one that did not answer is not among the answers.
    #[must_use]
    pub fn decide(&self, asked: Duration, now: Duration, hosts: usize, answers: &[Answer]) -> Verdict {
        let connected_for = asked.saturating_sub(self.connected);
        let needed = self.missed + connected_for;
        let mut is_covered = false;
        for answer in answers {
            if answer.connected_for.is_some_and(|time| time > needed) {
                is_covered = true;
                if answer.lag <= connected_for {
                    return Verdict::Covered;
                }
            }
        }
        let is_over = answers.len() >= hosts || now.saturating_sub(self.connected) >= self.patience;
        if is_over && !is_covered { Verdict::Uncovered } else { Verdict::Open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn answer(connected_for: Option<u64>, lag: u64) -> Answer {
        Answer { connected_for: connected_for.map(Duration::from_secs), lag: Duration::from_secs(lag) }
    }

    #[test]
    fn who_was_connected_all_the_time_and_has_published_covers_it() {
        // Connected at 100, after 7 seconds without a frame; asked at 101.
        let coverage = Coverage::new(100 * SECOND, 7 * SECOND, 2 * SECOND);
        let (asked, now) = (101 * SECOND, 101 * SECOND);
        assert_eq!(coverage.decide(asked, now, 3, &[answer(Some(9), 0)]), Verdict::Covered);
        // As long as the other one was gone is not longer.
        assert_eq!(coverage.decide(asked, now, 3, &[answer(Some(8), 0)]), Verdict::Open);
        assert_eq!(coverage.decide(asked, now, 3, &[answer(None, 0), answer(Some(50), 2)]), Verdict::Open);
        assert_eq!(coverage.decide(asked, now, 3, &[]), Verdict::Open);
        // All have said so.
        assert_eq!(coverage.decide(asked, now, 1, &[answer(Some(8), 0)]), Verdict::Uncovered);
        // Its time is over: who lags is waited for, and nobody else.
        let now = 102 * SECOND;
        assert_eq!(coverage.decide(asked, now, 3, &[answer(Some(8), 0)]), Verdict::Uncovered);
        assert_eq!(coverage.decide(asked, now, 3, &[answer(Some(50), 9)]), Verdict::Open);
        assert_eq!(coverage.decide(now, now, 3, &[answer(Some(50), 2)]), Verdict::Covered);
    }
}
