//! From one connection to the next without a gap: new before old, nothing twice, in order.
//!
//! From the server's goodbye on, what comes over the old connection is remembered. What comes over the new one waits until the old one has ended, which keeps
//! the order; what came over the old one already is then left out, once for each time that it came.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use memchr::memmem;

use super::Frame;
use crate::connection_id::ConnectionId;

/// How many events are remembered.
const MAX_SEEN: usize = 8_192;

/// How many bytes of frames may wait.
const MAX_HELD: usize = 1 << 20;

/// How much is looked at to tell subtypes apart.
const SUBTYPE_SAMPLE: usize = 32;

/// For how long after the old connection's end the new one may repeat what came over the old one.
const ECHO_WINDOW: Duration = Duration::from_secs(10);

/// An old connection that is about to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draining {
    pub(super) connection: ConnectionId,
    pub(super) until: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Handover {
    /// Makes the keys unforeseeable, so that nobody can have an event taken for another one.
    seed: u64,
    /// The server has said goodbye.
    is_leaving: bool,
    pub(super) draining: Option<Draining>,
    /// What came over the old connection, and how often: for events that have a time, and for those that have none.
    seen: HashMap<u64, u32>,
    seen_timeless: HashMap<u64, u32>,
    /// Until when the new connection is compared with what was seen.
    compare_until: Option<Duration>,
    held: VecDeque<Frame>,
    held_bytes: usize,
}

impl Handover {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether frames can pass as they come.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_leaving && self.draining.is_none() && self.compare_until.is_none()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// The server has said goodbye.
    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.compare_until = None;
        self.seen.clear();
        self.seen_timeless.clear();
    }

    /// The new connection is about to say hello: from here on both may have the same events, even those without a time.
    pub(super) fn overlap(&mut self) {
        self.seen_timeless.clear();
    }

    /// There is no old connection any more, and nothing to compare with.
    pub(super) fn forget(&mut self) {
        self.is_leaving = false;
        self.compare_until = None;
        self.seen = HashMap::new();
        self.seen_timeless = HashMap::new();
    }

    /// The old connection has ended before there was a new one. What came over it is remembered all the same: the new one may begin with it.
    pub(super) fn interrupted(&mut self) {
        self.is_leaving = false;
        self.compare_until = None;
        self.seen_timeless = HashMap::new();
    }

    /// The first connection after an end stands.
    pub(super) fn resumed(&mut self, now: Duration) {
        if self.seen.is_empty() {
            self.forget();
        } else {
            self.compare_until = Some(now + ECHO_WINDOW);
        }
    }

    /// The new connection stands, and the old one has some time to end.
    pub(super) fn drain(&mut self, connection: ConnectionId, until: Duration) {
        self.is_leaving = false;
        self.draining = Some(Draining { connection, until });
    }

    /// The old connection is gone.
    pub(super) fn drained(&mut self, now: Duration) {
        self.draining = None;
        self.compare_until = Some(now + ECHO_WINDOW);
    }

    /// Something came over the old connection.
    pub(super) fn note(&mut self, frame: &Frame) {
        let (key, timeless) = self.key(frame);
        let seen = if timeless { &mut self.seen_timeless } else { &mut self.seen };
        if seen.len() < MAX_SEEN {
            *seen.entry(key).or_default() += 1;
        }
    }

    /// Whether what came over the new connection has come over the old one.
    pub(super) fn is_repeated(&mut self, now: Duration, frame: &Frame) -> bool {
        match self.compare_until {
            None => return false,
            Some(until) if now >= until => {
                self.forget();
                return false;
            }
            Some(_) => {}
        }
        let (key, timeless) = self.key(frame);
        let seen = if timeless { &mut self.seen_timeless } else { &mut self.seen };
        match seen.get_mut(&key) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Keeps a frame of the new connection back. `false` if too much waits already; it is kept all the same.
    pub(super) fn hold(&mut self, frame: Frame) -> bool {
        self.held_bytes += frame.len() + size_of::<Frame>();
        self.held.push_back(frame);
        self.held_bytes <= MAX_HELD
    }

    pub(super) fn release(&mut self) -> VecDeque<Frame> {
        self.held_bytes = 0;
        // What has no time can be told from a repetition only while both connections stood, and what was held came then.
        std::mem::take(&mut self.held)
    }

    /// What was held has been compared.
    pub(super) fn released(&mut self) {
        self.seen_timeless = HashMap::new();
    }

    /// What tells an event from others, and whether that is without a time.
    fn key(&self, frame: &Frame) -> (u64, bool) {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        let json = frame.event.as_bytes();
        if let Some((channel, ts)) = frame.place() {
            (channel, ts).hash(&mut hasher);
            // A reply in a thread is told by a frame that has its parent's timestamp.
            if let Some(at) = memmem::find(json, b"\"subtype\":") {
                json.iter().skip(at).take(SUBTYPE_SAMPLE).for_each(|byte| byte.hash(&mut hasher));
            }
            return (hasher.finish(), false);
        }
        json.hash(&mut hasher);
        let has_time = [b"\"ts\":", b"_ts\":"].iter().any(|key| memmem::find(json, *key).is_some());
        (hasher.finish(), !has_time)
    }
}
