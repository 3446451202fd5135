//! What a session's task and its handles share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use slack_rtm_apis::SuspendClock;
use tokio::time::Instant;

use crate::health::Vitals;
use crate::queue::Queue;
use crate::{Error, Health};

/// How long the timer is set to at the most: a server may ask for a wait of any length, and an `Instant` ends somewhere.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Shared {
    /// From where time is counted.
    epoch: Instant,
    /// What that clock does not count.
    suspend_clock: Arc<SuspendClock>,
    opened: Duration,
    pub(crate) queue: Queue,
    /// Nanoseconds from the epoch to the last frame, and one; zero for none. Written with every batch of frames, so it is no part of the vitals.
    heard: AtomicU64,
    vitals: Mutex<Option<Vitals>>,
    /// How many commands have no outcome, and how many of them were sent.
    pending: AtomicUsize,
    unacknowledged: AtomicUsize,
    /// How the last attempt to open the session failed, for whoever waits for it.
    last_failure: Mutex<Option<Box<Error>>>,
}

impl Shared {
    pub(crate) fn new(queue: Queue, epoch: Instant, suspend_clock: Arc<SuspendClock>) -> Self {
        let opened = epoch.elapsed() + suspend_clock.total();
        Self {
            epoch,
            suspend_clock,
            opened,
            queue,
            heard: AtomicU64::new(0),
            vitals: Mutex::default(),
            pending: AtomicUsize::new(0),
            unacknowledged: AtomicUsize::new(0),
            last_failure: Mutex::default(),
        }
    }

    /// The time of the session's policy, in which sleeps of the machine count.
    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed() + self.suspend_clock.total()
    }

    /// Looks whether the machine has slept, and returns how long it has in all.
    pub(crate) fn slept(&self) -> Duration {
        self.suspend_clock.measure()
    }

    /// The time of a deadline, or of a look at the clock before one that is far away.
    pub(crate) fn instant(&self, deadline: Duration) -> Instant {
        let running = deadline.min(self.now() + LONGEST_SLEEP).saturating_sub(self.suspend_clock.total());
        self.epoch + running
    }

    /// Notes that something came at this time.
    pub(crate) fn heard(&self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX - 1);
        self.heard.store(nanos + 1, Ordering::Relaxed);
    }

    /// A command is on its way to the session's task.
    pub(crate) fn submitted(&self) {
        self.pending.fetch_add(1, Ordering::Relaxed);
    }

    /// A command has its outcome.
    pub(crate) fn settled(&self) {
        // With the runtime's end there is nobody left who counts.
        let _ =
            self.pending.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |pending| pending.checked_sub(1));
    }

    /// No command will get an outcome any more.
    pub(crate) fn settled_all(&self) {
        self.pending.store(0, Ordering::Relaxed);
    }

    pub(crate) fn set_unacknowledged(&self, count: usize) {
        self.unacknowledged.store(count, Ordering::Relaxed);
    }

    /// The commands that were not sent yet, and those that were sent and not acknowledged.
    pub(crate) fn unsettled(&self) -> (usize, usize) {
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
        let (unsent, unacknowledged) = self.unsettled();
        let mut health = Health::new(now, self.opened, vitals, last_frame, level);
        health.pending = unsent + unacknowledged;
        health.unacknowledged = unacknowledged;
        health
    }
}
