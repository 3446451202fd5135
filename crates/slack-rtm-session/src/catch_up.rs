//! Lets a task that was delayed read what has arrived before it acts on a missed deadline.

use std::time::Duration;

/// A deadline that is noticed this late has passed while the task could not run, because the process was stopped or its thread was blocked.
const LATE: Duration = Duration::from_millis(100);

/// How long to wait then. The runtime polls its sockets before this time has passed, so that frames which arrived before the deadline are read.
const PAUSE: Duration = Duration::from_millis(20);

/// Decides when a deadline is acted on.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    until: Option<Duration>,
}

impl CatchUp {
    /// Returns whether to act on the deadline now. If it was missed by much, the answer is yes only after a short pause, unless the deadline has moved by then.
    pub(crate) fn is_due(&mut self, now: Duration, deadline: Option<Duration>) -> bool {
        let Some(deadline) = deadline.filter(|deadline| *deadline <= now) else {
            self.until = None;
            return false;
        };
        match self.until {
            None if now > deadline.saturating_add(LATE) => {
                self.until = Some(now + PAUSE);
                false
            }
            Some(until) if now < until => false,
            _ => {
                self.until = None;
                true
            }
        }
    }

    /// Returns the end of the pause, if there is one.
    pub(crate) fn until(&self) -> Option<Duration> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_deadline_is_acted_on_after_a_pause() {
        let at = Duration::from_millis;
        let mut catch_up = CatchUp::default();
        assert!(!catch_up.is_due(at(999), Some(at(1_000))) && !catch_up.is_due(at(999), None));
        assert!(catch_up.is_due(at(1_000), Some(at(1_000))), "on time");
        assert!(catch_up.is_due(at(1_100), Some(at(1_000))), "a little late");
        assert!(!catch_up.is_due(at(7_000), Some(at(1_000))));
        assert_eq!(catch_up.until(), Some(at(7_020)));
        assert!(!catch_up.is_due(at(7_019), Some(at(1_000))));
        assert!(catch_up.is_due(at(7_020), Some(at(1_000))));
        assert_eq!(catch_up.until(), None);
        // A frame that arrived moves the deadline.
        assert!(!catch_up.is_due(at(9_000), Some(at(8_000))));
        assert!(!catch_up.is_due(at(9_001), Some(at(12_000))));
        assert_eq!(catch_up.until(), None);
        assert!(catch_up.is_due(at(12_000), Some(at(12_000))));
    }
}
