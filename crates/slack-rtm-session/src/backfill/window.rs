//! A stretch of time that is read as a whole: how far that has come, and what was found.

use std::collections::{BTreeMap, VecDeque};

use super::history_message::HistoryMessage;
use super::timestamp::Timestamp;

/// A stretch of time: from after one moment up to another, which is part of it, or up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRange {
    pub(super) after: Timestamp,
    pub(super) until: Option<Timestamp>,
    /// Whether newer messages have been delivered.
    pub(super) is_late: bool,
    /// Whether to look at what came before it: at threads that were answered in, and messages that were edited, meanwhile.
    pub(super) looks_back: bool,
}

impl TimeRange {
    pub(super) fn has(&self, ts: Timestamp) -> bool {
        ts > self.after && self.until.is_none_or(|until| ts <= until)
    }
}

/// What is to be handed out, by its place in time.
pub(super) type Found = BTreeMap<Timestamp, HistoryMessage>;

/// How far the window has been read.
#[derive(Debug)]
pub(super) enum Stage {
    History,
    Threads(VecDeque<Timestamp>),
    Done,
}

#[derive(Debug)]
pub(super) struct Window {
    pub(super) range: TimeRange,
    pub(super) stage: Stage,
    pub(super) cursor: Option<String>,
    /// Where to go on from when Slack says that there is more and gives no cursor.
    pub(super) before: Option<Timestamp>,
    /// How many messages were seen that came before the window.
    pub(super) older: usize,
    /// Messages that came before the window, and were edited since. There are two pages of them at the most.
    pub(super) edited: Found,
    pub(super) found: Found,
    pub(super) bytes: usize,
}

impl Window {
    pub(super) fn new(range: TimeRange) -> Self {
        Self {
            range,
            stage: Stage::History,
            cursor: None,
            before: None,
            older: 0,
            edited: Found::new(),
            found: Found::new(),
            bytes: 0,
        }
    }

    pub(super) fn keep(&mut self, past: HistoryMessage) {
        self.bytes += past.len();
        if let Some(twin) = self.found.insert(past.ts, past) {
            self.bytes -= twin.len();
        }
    }

    /// Whether enough of what came before was looked at, given how many messages a page has: half of them at the least.
    pub(super) fn has_looked_back(&self, page: usize) -> bool {
        !self.range.looks_back || self.older * 2 >= page
    }
}
