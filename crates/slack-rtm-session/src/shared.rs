//! What a session's task and its handles share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Health;
use crate::health::Vitals;
use crate::queue::Queue;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) start: Instant,
    pub(crate) queue: Queue,
    /// Nanoseconds from the start to the last frame, and one; zero for none. Written with every batch of frames, so it is no part of the vitals.
    heard: AtomicU64,
    vitals: Mutex<Option<Vitals>>,
}

impl Shared {
    pub(crate) fn new(queue: Queue) -> Self {
        Self { start: Instant::now(), queue, heard: AtomicU64::new(0), vitals: Mutex::default() }
    }

    /// Something came now.
    pub(crate) fn heard(&self) -> Duration {
        let now = self.start.elapsed();
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX - 1);
        self.heard.store(nanos + 1, Ordering::Relaxed);
        now
    }

    pub(crate) fn set_vitals(&self, vitals: &Vitals) {
        *self.vitals.lock().unwrap_or_else(PoisonError::into_inner) = Some(vitals.clone());
    }

    pub(crate) fn health(&self) -> Health {
        let now = self.start.elapsed();
        let heard = self.heard.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_nanos);
        let last_frame = heard.map(|heard| now.saturating_sub(heard));
        let level = self.queue.level();
        let vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Health::new(now, vitals, last_frame, level)
    }
}
