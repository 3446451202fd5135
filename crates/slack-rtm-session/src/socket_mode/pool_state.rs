//! The state that the connections of one session share: the events that arrived, and the number of open connections.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::dedup::Dedup;
use super::{Admission, Envelope, Key};

/// The state that the connections of one session share.
#[derive(Debug)]
pub(crate) struct PoolState {
    /// Seeds the keys, so that they cannot be predicted.
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    dedup: Dedup,
    /// The number of open connections.
    open: u32,
    /// How many times the last open connection was lost.
    blackouts: u64,
}

impl PoolState {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key of the event with this id: 128 bits, so that two events do not share one.
    pub(crate) fn key(&self, id: &str) -> Key {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (self.seed, salt, id).hash(&mut hasher);
            hasher.finish()
        };
        (Key::from(half(0)) << 64) | Key::from(half(1))
    }

    pub(crate) fn admit(&self, now: Duration, envelope: &Envelope, max: usize) -> Admission {
        // An envelope without an id cannot be recognized as a repetition.
        if !envelope.has_id() {
            return Admission::New;
        }
        self.state().dedup.admit(now, envelope, max)
    }

    pub(crate) fn acked(&self, key: Key) -> Vec<Envelope> {
        self.state().dedup.acked(key)
    }

    pub(crate) fn abandoned(&self, key: Key, serial: u64) -> Option<Envelope> {
        self.state().dedup.abandoned(key, serial)
    }

    /// Counts a new connection, unless it replaces an open one. Returns the number of open connections, and of blackouts.
    pub(crate) fn connected(&self, has_old: bool) -> (u32, u64) {
        let mut state = self.state();
        state.open += u32::from(!has_old);
        (state.open, state.blackouts)
    }

    /// Counts a lost connection. Returns the number of earlier blackouts.
    pub(crate) fn disconnected(&self) -> u64 {
        let mut state = self.state();
        let before = state.blackouts;
        state.open = state.open.saturating_sub(1);
        state.blackouts += u64::from(state.open == 0);
        before
    }
}
