//! The threads of one channel that may have replies.

use std::collections::{BTreeMap, VecDeque};

use super::history_message::HistoryMessage;
use super::timestamp::Timestamp;
use super::window::TimeRange;

/// The maximum number of threads that are read again at the end of a long gap.
const MAX_DOUBTED: usize = 100;

/// The time of the last reply, if it is known, by the first message of the thread.
#[derive(Debug)]
pub(super) struct Threads(BTreeMap<Timestamp, Option<Timestamp>>);

impl Threads {
    /// Starts with threads that were active, and whose last replies are unknown.
    pub(super) fn new(active: Vec<Timestamp>) -> Self {
        Self(active.into_iter().map(|thread| (thread, None)).collect())
    }

    /// Notes a live reply, after which the last reply from history is unknown.
    pub(super) fn answered(&mut self, thread: Timestamp) {
        self.0.insert(thread, None);
    }

    /// Notes what a message says about its thread.
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

    /// Forgets the last replies of the threads that were active last: they were read in earlier windows, and there may be newer ones.
    pub(super) fn doubt(&mut self) {
        let mut known: Vec<_> =
            self.0.iter().filter_map(|(thread, latest)| Some(((*latest)?, *thread))).collect();
        known.sort_unstable();
        for (_, thread) in known.into_iter().rev().take(MAX_DOUBTED) {
            self.0.insert(thread, None);
        }
    }

    /// Returns the threads that may have replies in a time range.
    pub(super) fn active_in(&self, range: TimeRange) -> VecDeque<Timestamp> {
        let may_have = |(thread, latest): &(&Timestamp, &Option<Timestamp>)| {
            range.until.is_none_or(|until| **thread <= until)
                && latest.is_none_or(|latest| latest > range.after)
        };
        self.0.iter().filter(may_have).map(|(thread, _)| *thread).collect()
    }
}
