//! Recognizes repeated deliveries of recent events.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::{Envelope, Key};

/// For how long a repetition is recognized.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// The maximum number of repetitions of one event that are kept, to be acknowledged with it.
const MAX_REPETITIONS: usize = 4;

/// Whether an envelope is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    New,
    /// The event was delivered before. If it was acknowledged, the repetition is acknowledged as well; otherwise it is kept, and acknowledged with the first envelope.
    Repeated {
        is_acked: bool,
    },
}

/// The events of the last minutes, bounded in time and number. A repetition of an event that was forgotten is delivered again.
#[derive(Debug, Default)]
pub(super) struct Dedup {
    entries: HashMap<Key, Entry>,
    order: VecDeque<(Duration, Key)>,
}

#[derive(Debug)]
struct Entry {
    since: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The queue or the user holds the envelope with the serial number `holder`; these repetitions have arrived since.
    Held {
        holder: u64,
        repetitions: Vec<Envelope>,
    },
    Acked,
}

impl Dedup {
    pub(super) fn admit(&mut self, now: Duration, envelope: &Envelope, max: usize) -> Admission {
        while let Some((since, key)) = self.order.front().copied()
            && (now >= since + WINDOW || self.order.len() > max.max(1))
        {
            self.order.pop_front();
            if self.entries.get(&key).is_some_and(|entry| entry.since == since) {
                self.entries.remove(&key);
            }
        }
        let key = envelope.key();
        match self.entries.get_mut(&key) {
            Some(Entry { state: State::Acked, .. }) => Admission::Repeated { is_acked: true },
            Some(Entry { state: State::Held { repetitions, .. }, .. }) => {
                if repetitions.len() >= MAX_REPETITIONS {
                    repetitions.remove(0);
                }
                repetitions.push(envelope.clone());
                Admission::Repeated { is_acked: false }
            }
            None => {
                let state = State::Held { holder: envelope.serial(), repetitions: Vec::new() };
                self.entries.insert(key, Entry { since: now, state });
                self.order.push_back((now, key));
                Admission::New
            }
        }
    }

    /// Notes that an event was acknowledged; returns its repetitions, which have to be acknowledged as well.
    pub(super) fn acked(&mut self, key: Key) -> Vec<Envelope> {
        let Some(entry) = self.entries.get_mut(&key) else { return Vec::new() };
        match std::mem::replace(&mut entry.state, State::Acked) {
            State::Held { repetitions, .. } => repetitions,
            State::Acked => Vec::new(),
        }
    }

    /// Notes that an envelope was dropped; returns a repetition to deliver in its place, if there is one.
    pub(super) fn abandoned(&mut self, key: Key, serial: u64) -> Option<Envelope> {
        let entry = self.entries.get_mut(&key)?;
        let State::Held { holder, repetitions } = &mut entry.state else { return None };
        if *holder != serial {
            return None;
        }
        match repetitions.pop() {
            Some(next) => {
                *holder = next.serial();
                Some(next)
            }
            None => {
                self.entries.remove(&key);
                None
            }
        }
    }
}
