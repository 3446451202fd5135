//! The window of a reader: a time range that is read completely before its messages are delivered.

use std::collections::{BTreeMap, VecDeque};

use super::history_message::HistoryMessage;
use super::timestamp::Timestamp;

/// A time range. The start is exclusive, the end inclusive; without an end it lasts until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRange {
    pub(super) after: Timestamp,
    pub(super) until: Option<Timestamp>,
    /// Whether newer messages of the channel have been delivered.
    pub(super) is_late: bool,
    /// Whether to look at messages before the range as well, for new replies in their threads and for edits.
    pub(super) looks_back: bool,
}

impl TimeRange {
    pub(super) fn has(&self, ts: Timestamp) -> bool {
        ts > self.after && self.until.is_none_or(|until| ts <= until)
    }
}

/// Messages by timestamp.
pub(super) type Found = BTreeMap<Timestamp, HistoryMessage>;

/// The progress of reading a window.
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
    /// Where to continue if Slack says that there are more messages but returns no cursor.
    pub(super) before: Option<Timestamp>,
    /// The number of messages before the range that were seen.
    pub(super) older: usize,
    /// Messages from before the range that were edited since. They are at most two pages.
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

    /// Returns the times of the oldest and the newest message that were found.
    pub(super) fn extent(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, _) = self.found.first_key_value()?;
        let (last, _) = self.found.last_key_value()?;
        Some((*first, *last))
    }

    /// Returns whether the window would take more than twice as many bytes as `max` if its messages were as dense as those that were read.
    ///
    /// It is decided after a quarter of `max`, because everything that was read of a window that does not fit has to be read again.
    pub(super) fn will_not_fit(&self, max: usize) -> bool {
        let Some((first, last)) = self.extent() else { return false };
        let is_known = matches!(self.stage, Stage::History) && self.bytes > max / 4 && first < last;
        let (read, all) = (u128::from(last.since(first)), u128::from(last.since(self.range.after)));
        is_known && all * self.bytes as u128 > read * 2 * max as u128
    }

    /// Returns whether enough messages before the range were looked at: at least half a page.
    pub(super) fn has_looked_back(&self, page: usize) -> bool {
        !self.range.looks_back || self.older * 2 >= page
    }
}
