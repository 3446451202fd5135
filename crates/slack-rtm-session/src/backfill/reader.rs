//! Reads one channel, its history and its threads, in order and with bounded memory.
//!
//! Slack returns the newest messages first, and the oldest have to be delivered first. So a time range, the window, is read completely and then delivered in order. The
//! first window is the whole gap; if it does not fit into memory, what was read so far determines the length of the next window.

use std::collections::VecDeque;

use bytes::Bytes;
use slack_rtm_models::ChannelId;

use super::history_message::HistoryMessage;
use super::position::Position;
use super::request::Query;
use super::threads::Threads;
use super::timestamp::Timestamp;
use super::window::{Stage, TimeRange, Window};

/// The result of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to read.
    More,
    /// The window is complete and can be taken.
    Complete,
    /// The channel cannot be read, for this reason.
    Broken(&'static str),
}

/// The reader of one channel.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) channel: ChannelId,
    /// The ranges that remain, oldest first. The last one may have no end.
    ranges: VecDeque<TimeRange>,
    window: Option<Window>,
    threads: Threads,
    /// The maximum length of a window after one was too long, and the newest known message.
    span: Option<(u64, Timestamp)>,
    /// Older messages are ignored, even if they were edited.
    since: Timestamp,
    /// The start of the first window. Older messages were delivered before the gap.
    begun_after: Timestamp,
    /// The first and the last live message that was delivered before the missed ones.
    live: Option<(Timestamp, Timestamp)>,
    /// The last such message over any connection.
    overtaken_until: Option<Timestamp>,
    reads_threads: bool,
    skipped: Skipped,
    /// Whether the start is the timestamp of a message of this channel.
    pub(super) is_seen: bool,
    /// Whether the workspace's plan hides missed messages.
    is_cut: bool,
}

/// What a page says about further pages.
#[derive(Debug)]
pub(super) struct Further {
    pub(super) next: Option<String>,
    /// Whether there are more pages, with or without a cursor.
    pub(super) has_more: bool,
    /// Whether the workspace's plan hides older messages.
    pub(super) is_limited: bool,
}

/// The order of the messages of a page.
#[derive(Debug, Default)]
struct Order {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    oldest: Option<Timestamp>,
    is_mixed: bool,
    count: usize,
    /// The number of messages before the range.
    older: usize,
}

impl Order {
    fn note(&mut self, ts: Timestamp, is_older: bool) {
        self.is_mixed |= self.last.is_some_and(|last| last < ts);
        self.first.get_or_insert(ts);
        self.last = Some(ts);
        self.oldest = Some(self.oldest.map_or(ts, |oldest| oldest.min(ts)));
        self.count += 1;
        self.older += usize::from(is_older);
    }

    /// Returns whether later pages have nothing of the window. If a page does not start with the newest message, only a page without any message of the window
    /// shows it.
    fn reaches_back(&self) -> bool {
        self.older > 0 && (!self.is_mixed || self.older == self.count && self.first >= self.last)
    }
}

/// Counts a number of entries that cannot be read.
#[derive(Debug, Default)]
struct Skipped(usize);

impl Skipped {
    fn read(&mut self, message: Bytes) -> Option<HistoryMessage> {
        let past = HistoryMessage::read(message);
        self.0 += usize::from(past.is_none());
        past
    }
}

impl Reader {
    /// Creates a reader of the messages after `after`. Edits of messages before `since`, the start of the session, are ignored.
    pub(super) fn new(
        channel: ChannelId,
        after: Timestamp,
        since: Timestamp,
        threads: Vec<Timestamp>,
    ) -> Self {
        Self {
            channel,
            ranges: VecDeque::from([TimeRange { after, until: None, is_late: false, looks_back: true }]),
            window: None,
            threads: Threads::new(threads),
            span: None,
            since,
            begun_after: after,
            live: None,
            overtaken_until: None,
            reads_threads: true,
            skipped: Skipped::default(),
            is_seen: true,
            is_cut: false,
        }
    }

    /// Creates a reader of a channel in which no message was seen.
    pub(super) fn unseen(channel: ChannelId, after: Timestamp, since: Timestamp) -> Self {
        Self { is_seen: false, ..Self::new(channel, after, since, Vec::new()) }
    }

    /// Returns the time up to which everything was delivered, or `None` if the channel is complete.
    pub(super) fn position(&self) -> Option<Timestamp> {
        let window = self.window.as_ref().map(|window| window.range.after);
        window.or_else(|| self.ranges.front().map(|range| range.after))
    }

    /// Takes the number of entries that could not be read.
    pub(super) fn take_skipped(&mut self) -> usize {
        std::mem::take(&mut self.skipped.0)
    }

    /// Takes whether messages turned out to be hidden.
    pub(super) fn take_cut(&mut self) -> bool {
        std::mem::take(&mut self.is_cut)
    }

    /// Stops reading replies.
    pub(super) fn skip_threads(&mut self) {
        self.reads_threads = false;
        if let Some(Window { stage: Stage::Threads(todo), .. }) = &mut self.window {
            todo.clear();
        }
    }

    /// Skips the current thread, which cannot be read.
    pub(super) fn skip_thread(&mut self) {
        if let Some(Window { stage: Stage::Threads(todo), cursor, .. }) = &mut self.window {
            *cursor = None;
            todo.pop_front();
        }
    }

    /// Starts to read the window again.
    pub(super) fn restart(&mut self) {
        if let Some(window) = &mut self.window {
            *window = Window::new(window.range);
        }
    }

    /// Notes a message that was delivered live before the missed ones; newer messages arrive live as well.
    pub(super) fn overtaken(&mut self, Position { ts, thread, .. }: Position<'_>) {
        if let Some(thread) = thread {
            self.threads.answered(thread);
        }
        self.overtaken_until = self.overtaken_until.max(Some(ts));
        match &mut self.live {
            Some((_, last)) => *last = ts.max(*last),
            None => self.live = Some((ts, ts)),
        }
    }

    /// Returns whether newer messages were delivered before the current window.
    pub(super) fn is_late(&self) -> bool {
        self.live.is_some() || self.window.as_ref().is_some_and(|window| window.range.is_late)
    }

    /// Returns the last message of this channel that was delivered live before the missed ones, if there is one.
    pub(super) fn live_until(&self) -> Option<Timestamp> {
        self.overtaken_until
    }

    /// Handles another loss of the connection: messages after the last live one are missed as well.
    pub(super) fn lost_again(&mut self) {
        self.threads.doubt();
        let Some((first, last)) = self.live.take() else {
            // The part of the window without an end may lack messages that were missed since.
            if let Some(window) = self.window.as_mut().filter(|window| window.range.until.is_none()) {
                *window = Window::new(window.range);
            }
            return;
        };
        let end = first.minus(1);
        // A live reply may be older than what was delivered from history before.
        let last = self.position().map_or(last, |read| read.max(last));
        self.ranges.retain_mut(|range| {
            range.until = Some(range.until.map_or(end, |until| until.min(end)));
            range.is_late = true;
            range.until.is_some_and(|until| until > range.after)
        });
        if let Some(window) = &mut self.window {
            let until = window.range.until.map_or(end, |until| until.min(end));
            let range = TimeRange { until: Some(until), is_late: true, ..window.range };
            *window = Window::new(range);
        }
        self.ranges.push_back(TimeRange { after: last, until: None, is_late: false, looks_back: true });
    }

    /// Returns the next request, or `None` if the window or the channel is complete.
    pub(super) fn query(&mut self) -> Option<(Query, Option<String>)> {
        if self.window.is_none() {
            let range = self.ranges.pop_front()?;
            let range = self.shortened(range);
            if range.until.is_none() && self.span.is_some() {
                self.threads.doubt();
            }
            self.window = Some(Window::new(range));
        }
        let window = self.window.as_mut()?;
        if let Stage::Threads(todo) = &window.stage
            && todo.is_empty()
        {
            window.stage = Stage::Done;
        }
        let TimeRange { after, until, looks_back, .. } = window.range;
        let channel = self.channel.clone();
        let query = match &window.stage {
            Stage::History => {
                let latest = window.before.or(until);
                Query::History { channel, oldest: (!looks_back).then_some(after), latest }
            }
            Stage::Threads(todo) => {
                Query::Replies { channel, thread: *todo.front()?, oldest: Some(after), latest: until }
            }
            Stage::Done => return None,
        };
        Some((query, window.cursor.clone()))
    }

    /// Splits a range that is too long, and returns its first part.
    fn shortened(&mut self, range: TimeRange) -> TimeRange {
        let Some((span, newest)) = self.span else { return range };
        let until = range.after.plus(span);
        if until >= range.until.unwrap_or(newest) {
            return range;
        }
        self.ranges.push_front(TimeRange { after: until, looks_back: range.until.is_none(), ..range });
        TimeRange { until: Some(until), ..range }
    }

    /// Returns whether the window is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.window.as_ref().is_some_and(|window| matches!(window.stage, Stage::Done))
    }

    /// Handles a page; `max` is the maximum size of a window in bytes.
    pub(super) fn on_page(
        &mut self,
        messages: Vec<Bytes>,
        Further { next, has_more, is_limited }: Further,
        max: usize,
    ) -> Progress {
        let Some(window) = &mut self.window else { return Progress::More };
        if next.is_some() && next == window.cursor {
            return Progress::Broken("it gave the same cursor twice");
        }
        let in_history = matches!(window.stage, Stage::History);
        let mut order = Order::default();
        for past in messages.into_iter().filter_map(|message| self.skipped.read(message)) {
            let is_missed = window.range.has(past.ts);
            order.note(past.ts, past.ts <= window.range.after);
            if in_history {
                self.threads.note(&past);
            }
            if is_missed && !past.is_tombstone {
                window.keep(past);
            } else if in_history
                && window.range.looks_back
                && past.ts <= self.begun_after
                && past.ts > self.since
                && let Some(edited) = past.edited
                // Slack returns the time of an edit in whole seconds.
                && edited >= window.range.after.floor()
            {
                window.edited.insert(past.ts, past);
            }
        }
        window.older += order.older;
        // A page in descending order that reaches known messages is the last one of interest.
        let has_all = in_history && order.reaches_back() && window.has_looked_back(order.count);
        if next.is_none() && has_more && !has_all {
            let before = order
                .oldest
                .map(|oldest| oldest.minus(1))
                .filter(|before| in_history && window.before.is_none_or(|known| *before < known));
            if before.is_none() {
                return Progress::Broken("it has more and does not give it");
            }
            (window.cursor, window.before) = (None, before);
        } else if next.is_none() || has_all {
            window.cursor = None;
            // The last seen message and all older ones are hidden.
            self.is_cut |=
                is_limited && self.is_seen && in_history && window.range.looks_back && window.older == 0;
            self.end_of_pages(in_history);
        } else {
            window.cursor = next;
        }
        self.progress(max)
    }

    fn end_of_pages(&mut self, in_history: bool) {
        let Some(window) = &mut self.window else { return };
        if in_history {
            let reads = self.reads_threads;
            let todo = if reads { self.threads.active_in(window.range) } else { VecDeque::new() };
            window.stage = Stage::Threads(todo);
        } else if let Stage::Threads(todo) = &mut window.stage {
            todo.pop_front();
        }
    }

    fn progress(&mut self, max: usize) -> Progress {
        let Some(window) = &self.window else { return Progress::More };
        let is_done = matches!(&window.stage, Stage::Threads(todo) if todo.is_empty());
        if is_done {
            return Progress::Complete;
        }
        if window.bytes > max || window.will_not_fit(max) {
            self.halve(max);
        }
        Progress::More
    }

    /// Shortens a window that does not fit into memory, and reads it again.
    fn halve(&mut self, max: usize) {
        let Some(window) = &self.window else { return };
        let Some((first, last)) = window.extent() else { return };
        let range = window.range;
        let after = range.after;
        // If the oldest part is unknown, assume that the messages are as dense there as in the part that was read, and leave some room.
        let length = match window.stage {
            Stage::History if last > first => {
                let fits = u128::from(last.since(first)) * max as u128 / window.bytes.max(1) as u128;
                u64::try_from(fits).unwrap_or(u64::MAX) / 4 * 3
            }
            _ => last.since(after) / 2,
        };
        let end = after.plus(length.max(1));
        if end >= last {
            // The window cannot be shorter than one timestamp.
            return;
        }
        let newest = self.span.map_or(last, |(_, newest)| newest.max(last));
        self.span = Some((length.max(1), newest));
        self.ranges.push_front(TimeRange { after: end, looks_back: range.until.is_none(), ..range });
        self.window = Some(Window::new(TimeRange { until: Some(end), ..range }));
    }

    /// Takes the messages of a complete window in order; `max` is the maximum size of a window in bytes.
    pub(super) fn take(&mut self, max: usize) -> Vec<HistoryMessage> {
        let Some(window) = self.window.take() else { return Vec::new() };
        if let Some((span, _)) = &mut self.span
            && window.bytes < max / 4
        {
            *span = span.saturating_mul(2);
        }
        let first_live = self.live.map(|(first, _)| first);
        let found = window.found.into_iter().filter(|(ts, _)| first_live.is_none_or(|live| *ts < live));
        let found = window.edited.into_iter().chain(found).map(|(_, past)| past).collect();
        if first_live.is_some_and(|live| self.ranges.front().is_none_or(|range| range.after >= live)) {
            self.ranges.clear();
        }
        found
    }

    /// Returns whether a message is an edit of a message from before the gap.
    pub(super) fn is_edit(&self, past: &HistoryMessage, after: Timestamp) -> bool {
        past.ts <= after
    }
}
