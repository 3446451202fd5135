//! Waits until commands have their outcomes.

use std::fmt;

use tokio::sync::oneshot;

/// The error of [`Sender::drain`](crate::Sender::drain): some commands had no outcome when the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainTimeout {
    /// The number of commands that had not been sent.
    pub unsent: usize,
    /// The number of commands that had been sent and not acknowledged.
    pub unacknowledged: usize,
}

impl fmt::Display for DrainTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unsent, unacknowledged } = self;
        write!(f, "the drain timed out with {unsent} commands not sent and {unacknowledged} not acknowledged")
    }
}

impl std::error::Error for DrainTimeout {}

/// The waiting calls of `drain`, each with the number of the last command that it waits for.
#[derive(Debug, Default)]
pub(crate) struct Drains(Vec<(u64, oneshot::Sender<()>)>);

impl Drains {
    pub(crate) fn add(&mut self, last: u64, waiter: oneshot::Sender<()>) {
        // Calls that were dropped must not accumulate.
        self.0.retain(|(_, waiter)| !waiter.is_closed());
        self.0.push((last, waiter));
    }

    /// Completes the calls whose commands all have their outcomes: those up to number `resolved`.
    pub(crate) fn complete(&mut self, resolved: u64) {
        for (_, waiter) in self.0.extract_if(.., |(last, _)| *last <= resolved) {
            let _ = waiter.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_waiters_are_removed_and_the_others_complete_in_order() {
        let mut drains = Drains::default();
        for _ in 0..100 {
            drains.add(5, oneshot::channel().0);
        }
        assert_eq!(drains.0.len(), 1);
        let ((one, mut first), (two, mut second)) = (oneshot::channel(), oneshot::channel());
        drains.add(2, one);
        drains.add(4, two);
        drains.complete(3);
        assert!(first.try_recv().is_ok() && second.try_recv().is_err());
        drains.complete(4);
        assert!(second.try_recv().is_ok());
    }
}
