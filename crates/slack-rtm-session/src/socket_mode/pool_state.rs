//! What the connections of one session share: which events came, and how many connections stand.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::dedup::Dedup;
use super::{Admission, Envelope, Key};

#[derive(Debug)]
pub(crate) struct PoolState {
    /// Makes the keys unforeseeable.
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    dedup: Dedup,
    /// How many connections are in use.
    standing: u32,
    /// How often there was none after there had been one.
    blackouts: u64,
}

impl PoolState {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What tells an event with this id from others: 128 bits, so that two of them never share one.
    pub(crate) fn key(&self, id: &str) -> Key {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (self.seed, salt, id).hash(&mut hasher);
            hasher.finish()
        };
        (Key::from(half(0)) << 64) | Key::from(half(1))
    }

    pub(crate) fn admit(&self, now: Duration, envelope: &Envelope, max: usize) -> Admission {
        // Without any id nothing can be a repetition.
        if !envelope.is_tellable() {
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

    /// A connection stands, in place of another one or not. Returns how many do now, and how often there was none.
    pub(crate) fn connected(&self, has_old: bool) -> (u32, u64) {
        let mut state = self.state();
        state.standing += u32::from(!has_old);
        (state.standing, state.blackouts)
    }

    /// A connection is gone. Returns how often there was none before that.
    pub(crate) fn disconnected(&self) -> u64 {
        let mut state = self.state();
        let before = state.blackouts;
        state.standing = state.standing.saturating_sub(1);
        state.blackouts += u64::from(state.standing == 0);
        before
    }
}
