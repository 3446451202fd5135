//! The handover from one connection to the next, without a gap, without repetitions and in order.
//!
//! After the server's goodbye, the events of the old connection are remembered. Events of the new connection are held until the old one has ended, which keeps the order;
//! those that arrived over the old one as well are then skipped, once for each time that they arrived.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use memchr::memmem;

use super::Frame;
use crate::connection_id::ConnectionId;

/// The maximum number of events that are remembered.
const MAX_SEEN: usize = 8_192;

/// The maximum size of the frames that are held, in bytes.
const MAX_HELD: usize = 1 << 20;

/// How many bytes from `"subtype":` on distinguish subtypes.
const SUBTYPE_SAMPLE: usize = 32;

/// For how long after the end of the old connection the new one may repeat its events.
const REPEAT_WINDOW: Duration = Duration::from_secs(10);

/// An old connection that is about to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draining {
    pub(super) connection: ConnectionId,
    pub(super) until: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Handover {
    /// Seeds the hashes, so that nobody can construct an event that is taken for another one.
    seed: u64,
    /// The server has said goodbye.
    is_leaving: bool,
    pub(super) draining: Option<Draining>,
    /// How often each event arrived over the old connection: events with a timestamp, and events without one.
    seen: HashMap<u64, u32>,
    seen_timeless: HashMap<u64, u32>,
    /// Until when events of the new connection are compared with those.
    compare_until: Option<Duration>,
    held: VecDeque<Frame>,
    held_bytes: usize,
}

impl Handover {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Returns whether events can be delivered without a check.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_leaving && self.draining.is_none() && self.compare_until.is_none()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Starts a handover: the server has said goodbye.
    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.compare_until = None;
        self.seen.clear();
        self.seen_timeless.clear();
    }

    /// The new connection is open: from here on both connections may receive the same events, including those without a timestamp.
    pub(super) fn overlap(&mut self) {
        self.seen_timeless.clear();
    }

    /// Resets the handover.
    pub(super) fn forget(&mut self) {
        self.is_leaving = false;
        self.compare_until = None;
        self.seen = HashMap::new();
        self.seen_timeless = HashMap::new();
    }

    /// The old connection has ended before the new one was ready. Its events stay remembered, because the new connection may begin by repeating them.
    pub(super) fn interrupted(&mut self) {
        self.is_leaving = false;
        self.compare_until = None;
        self.seen_timeless = HashMap::new();
    }

    /// There is a new connection after a time without one.
    pub(super) fn resumed(&mut self, now: Duration) {
        if self.seen.is_empty() {
            self.forget();
        } else {
            self.compare_until = Some(now + REPEAT_WINDOW);
        }
    }

    /// The new connection is ready; the old one may take until `until` to end.
    pub(super) fn drain(&mut self, connection: ConnectionId, until: Duration) {
        self.is_leaving = false;
        self.draining = Some(Draining { connection, until });
    }

    /// The old connection has ended.
    pub(super) fn drained(&mut self, now: Duration) {
        self.draining = None;
        self.compare_until = Some(now + REPEAT_WINDOW);
    }

    /// Remembers an event of the old connection.
    pub(super) fn note(&mut self, frame: &Frame) {
        let (key, timeless) = self.key(frame);
        let seen = if timeless { &mut self.seen_timeless } else { &mut self.seen };
        if seen.len() < MAX_SEEN {
            *seen.entry(key).or_default() += 1;
        }
    }

    /// Returns whether an event of the new connection arrived over the old one as well.
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

    /// Holds a frame of the new connection. Returns `false` if too much is held; the frame is held nevertheless.
    pub(super) fn hold(&mut self, frame: Frame) -> bool {
        self.held_bytes += frame.len() + size_of::<Frame>();
        self.held.push_back(frame);
        self.held_bytes <= MAX_HELD
    }

    pub(super) fn release(&mut self) -> VecDeque<Frame> {
        self.held_bytes = 0;
        // Repetitions of events without a timestamp can be recognized only while both connections were open, which is when the held events arrived.
        std::mem::take(&mut self.held)
    }

    /// The held events have been compared.
    pub(super) fn released(&mut self) {
        self.seen_timeless = HashMap::new();
    }

    /// Returns a hash that identifies an event, and whether the event has no timestamp.
    fn key(&self, frame: &Frame) -> (u64, bool) {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        let json = frame.event.as_bytes();
        if let Some((channel, ts)) = frame.channel_and_ts() {
            (channel, ts).hash(&mut hasher);
            // A reply in a thread is also announced by a `message_replied` frame, which has the timestamp of the parent.
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
