//! A stretch of time that is read as a whole: how far that has come, and what was found.

use std::collections::{BTreeMap, VecDeque};

use super::past::Past;
use super::stamp::Stamp;

/// A stretch of time: from after one moment up to another, which is part of it, or up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) after: Stamp,
    pub(super) until: Option<Stamp>,
    /// Whether newer messages have been delivered.
    pub(super) is_late: bool,
    /// Whether to look at what came before it: at threads that were answered in, and messages that were edited, meanwhile.
    pub(super) looks_back: bool,
}

impl Range {
    pub(super) fn has(&self, ts: Stamp) -> bool {
        ts > self.after && self.until.is_none_or(|until| ts <= until)
    }
}

/// What is to be handed out, by its place in time.
pub(super) type Found = BTreeMap<Stamp, Past>;

/// How far the window has been read.
#[derive(Debug)]
pub(super) enum Stage {
    History,
    Threads(VecDeque<Stamp>),
    Done,
}

#[derive(Debug)]
pub(super) struct Window {
    pub(super) range: Range,
    pub(super) stage: Stage,
    pub(super) cursor: Option<String>,
    /// Where to go on from when Slack says that there is more and gives no cursor.
    pub(super) before: Option<Stamp>,
    /// How many messages were seen that came before the window.
    pub(super) older: usize,
    /// Messages that came before the window, and were edited since. There are two pages of them at the most.
    pub(super) edited: Found,
    pub(super) found: Found,
    pub(super) bytes: usize,
}

impl Window {
    pub(super) fn new(range: Range) -> Self {
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

    pub(super) fn keep(&mut self, past: Past) {
        self.bytes += past.len();
        if let Some(twin) = self.found.insert(past.ts, past) {
            self.bytes -= twin.len();
        }
    }

    /// The times of the oldest and the newest message that were found.
    pub(super) fn extent(&self) -> Option<(Stamp, Stamp)> {
        let (first, _) = self.found.first_key_value()?;
        let (last, _) = self.found.last_key_value()?;
        Some((*first, *last))
    }

    /// Returns whether what was missed takes more than twice as many bytes as it may, if it was posted at the rate of what has been read. The newest quarter of what
    /// may be held shows that well enough; to read the rest of it only to read it again later would take many calls.
    pub(super) fn will_not_fit(&self, most: usize) -> bool {
        let Some((first, last)) = self.extent() else { return false };
        let is_known = matches!(self.stage, Stage::History) && self.bytes > most / 4 && first < last;
        let (read, all) = (u128::from(last.since(first)), u128::from(last.since(self.range.after)));
        is_known && all * self.bytes as u128 > read * 2 * most as u128
    }

    /// Whether enough of what came before was looked at, given how many messages a page has: half of them at the least.
    pub(super) fn has_looked_back(&self, page: usize) -> bool {
        !self.range.looks_back || self.older * 2 >= page
    }
}
