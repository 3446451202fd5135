//! Waiting until every command has its outcome.

use std::fmt;

use tokio::sync::oneshot;

/// The error of [`Sender::drain`](crate::Sender::drain): its time has passed, and some commands still have no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainTimeout {
    /// The number of commands that were not sent yet.
    pub unsent: usize,
    /// The number of commands that were sent and not acknowledged yet.
    pub unacknowledged: usize,
}

impl fmt::Display for DrainTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unsent, unacknowledged } = self;
        write!(f, "time is up, with {unsent} commands not sent and {unacknowledged} not acknowledged")
    }
}

impl std::error::Error for DrainTimeout {}

/// Who waits for all commands up to one of them to have their outcomes, by how many these are.
#[derive(Debug, Default)]
pub(crate) struct Drains(Vec<(u64, oneshot::Sender<()>)>);

impl Drains {
    pub(crate) fn add(&mut self, last: u64, waiter: oneshot::Sender<()>) {
        // Those who do not wait any longer do not pile up.
        self.0.retain(|(_, waiter)| !waiter.is_closed());
        self.0.push((last, waiter));
    }

    /// Tells those that wait for no more than these.
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
    fn whoever_gave_up_is_forgotten_and_the_others_are_told_in_time() {
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
