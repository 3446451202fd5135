//! The state that a session's task shares with its sender and its events.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use slack_rtm_apis::SuspendClock;
use tokio::time::Instant;

use crate::health::Vitals;
use crate::queue::Queue;
use crate::{Error, Health};

/// The longest time that the timer is set to: a server may ask for a wait of any length, and `Instant` arithmetic can overflow.
pub(crate) const MAX_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct SharedState {
    /// The origin of the session's time.
    epoch: Instant,
    /// The time that `epoch` does not include.
    suspended: Arc<SuspendClock>,
    opened: Duration,
    pub(crate) queue: Queue,
    /// Nanoseconds from the epoch to the last frame, plus one; zero before the first. It changes with every batch of frames, so it is kept apart from the vitals.
    heard: AtomicU64,
    vitals: Mutex<Option<Vitals>>,
    /// The number of commands that have no outcome, and the number of those that were sent.
    pending: AtomicUsize,
    unacknowledged: AtomicUsize,
    /// The error of the last attempt to open the session, for [`Error::OpenTimeout`].
    last_failure: Mutex<Option<Box<Error>>>,
}

impl SharedState {
    pub(crate) fn new(queue: Queue, epoch: Instant, suspended: Arc<SuspendClock>) -> Self {
        let opened = epoch.elapsed() + suspended.total();
        Self {
            epoch,
            suspended,
            opened,
            queue,
            heard: AtomicU64::new(0),
            vitals: Mutex::default(),
            pending: AtomicUsize::new(0),
            unacknowledged: AtomicUsize::new(0),
            last_failure: Mutex::default(),
        }
    }

    /// Returns the session's time, which includes suspends of the computer.
    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed() + self.suspended.total()
    }

    /// Measures and returns how long the computer was suspended in total.
    pub(crate) fn suspended(&self) -> Duration {
        self.suspended.measure()
    }

    /// Converts a deadline into an `Instant`, or into an earlier one if it is far away.
    pub(crate) fn instant(&self, deadline: Duration) -> Instant {
        let running = deadline.min(self.now() + MAX_SLEEP).saturating_sub(self.suspended.total());
        self.epoch + running
    }

    /// Notes that a frame arrived at this time.
    pub(crate) fn heard(&self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX - 1);
        self.heard.store(nanos + 1, Ordering::Relaxed);
    }

    /// Counts a command that is on its way to the session's task.
    pub(crate) fn command_submitted(&self) {
        self.pending.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a command that has its outcome.
    pub(crate) fn command_resolved(&self) {
        // When the runtime shuts down, the count may already be zero.
        let _ =
            self.pending.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |pending| pending.checked_sub(1));
    }

    /// Resets the count: no command will get an outcome any more.
    pub(crate) fn all_commands_resolved(&self) {
        self.pending.store(0, Ordering::Relaxed);
    }

    pub(crate) fn set_unacknowledged(&self, count: usize) {
        self.unacknowledged.store(count, Ordering::Relaxed);
    }

    /// Returns the number of commands that were not sent, and of those that were sent and not acknowledged.
    pub(crate) fn open_commands(&self) -> (usize, usize) {
        let pending = self.pending.load(Ordering::Relaxed);
        let unacknowledged = self.unacknowledged.load(Ordering::Relaxed).min(pending);
        (pending - unacknowledged, unacknowledged)
    }

    pub(crate) fn set_last_failure(&self, error: &Error) {
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(error.clone()));
    }

    pub(crate) fn last_failure(&self) -> Option<Box<Error>> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_vitals(&self, vitals: &Vitals) {
        *self.vitals.lock().unwrap_or_else(PoisonError::into_inner) = Some(vitals.clone());
    }

    pub(crate) fn health(&self) -> Health {
        let now = self.now();
        let heard = self.heard.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_nanos);
        let last_frame = heard.map(|heard| now.saturating_sub(heard));
        let level = self.queue.level();
        let vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (unsent, unacknowledged) = self.open_commands();
        let mut health = Health::new(now, self.opened, vitals, last_frame, level);
        health.pending = unsent + unacknowledged;
        health.unacknowledged = unacknowledged;
        health
    }
}
