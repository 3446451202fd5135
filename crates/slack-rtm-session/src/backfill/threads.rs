//! The threads of one channel that may have replies.

use std::collections::{BTreeMap, VecDeque};

use super::history_message::HistoryMessage;
use super::timestamp::Timestamp;
use super::window::TimeRange;

/// How many threads are asked for replies again when the end of a long gap is read.
const MAX_DOUBTED: usize = 100;

/// The threads by their first message, with the time of the last reply where that is known.
#[derive(Debug)]
pub(super) struct Threads(BTreeMap<Timestamp, Option<Timestamp>>);

impl Threads {
    /// Threads of which nothing is known but that they were active.
    pub(super) fn new(active: Vec<Timestamp>) -> Self {
        Self(active.into_iter().map(|thread| (thread, None)).collect())
    }

    /// A reply came live.
    pub(super) fn answered(&mut self, thread: Timestamp) {
        self.0.insert(thread, None);
    }

    /// Remembers the threads that a message shows to be alive, and those that it shows to be quiet.
    pub(super) fn note(&mut self, past: &HistoryMessage) {
        if past.is_reply() {
            if let Some(thread) = past.thread {
                self.0.entry(thread).or_default();
            }
        } else if let Some(latest) = past.latest_reply {
            self.0.insert(past.ts, Some(latest));
        } else if past.has_replies {
            self.0.entry(past.ts).or_default();
        }
    }

    /// What is known was read with earlier windows: the threads that were active last may have got replies since.
    pub(super) fn doubt(&mut self) {
        let mut known: Vec<_> =
            self.0.iter().filter_map(|(thread, latest)| Some(((*latest)?, *thread))).collect();
        known.sort_unstable();
        for (_, thread) in known.into_iter().rev().take(MAX_DOUBTED) {
            self.0.insert(thread, None);
        }
    }

    /// Those that may have replies in a stretch of time.
    pub(super) fn active_in(&self, range: TimeRange) -> VecDeque<Timestamp> {
        let may_have = |(thread, latest): &(&Timestamp, &Option<Timestamp>)| {
            range.until.is_none_or(|until| **thread <= until)
                && latest.is_none_or(|latest| latest > range.after)
        };
        self.0.iter().filter(may_have).map(|(thread, _)| *thread).collect()
    }
}
