//! A task that was kept from running reads what has come meanwhile before it judges that nothing has.

use std::time::Duration;

/// A deadline that is seen this late passed while the task could not run: the process was stopped, or somebody blocked its thread.
const LATE: Duration = Duration::from_millis(100);

/// How long to wait then. The runtime looks at its sockets before it tells that this has passed; what it knew of them before may be older than the deadline.
const PAUSE: Duration = Duration::from_millis(20);

/// When what is due is done.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    until: Option<Duration>,
}

impl CatchUp {
    /// Whether what is due at a deadline is done now. If the deadline was slept through, it is done a moment later, unless it has moved by then.
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

    /// When to look again, if something was slept through.
    pub(crate) fn until(&self) -> Option<Duration> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_slept_through_is_done_after_another_look() {
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
        // What came moves the deadline.
        assert!(!catch_up.is_due(at(9_000), Some(at(8_000))));
        assert!(!catch_up.is_due(at(9_001), Some(at(12_000))));
        assert_eq!(catch_up.until(), None);
        assert!(catch_up.is_due(at(12_000), Some(at(12_000))));
    }
}
