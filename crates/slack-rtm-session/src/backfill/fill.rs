//! Fills one gap: which channels are read, in which order, and within which limits.

mod answers;

use std::collections::HashSet;
use std::time::Duration;

use slack_rtm_models::ChannelId;

use super::Backfill;
use super::history_message::HistoryMessage;
use super::pacing::Pacing;
use super::position::Position;
use super::reader::Reader;
use super::report::{BackfillReport, ShortfallReason};
use super::request::{Query, Request};
use super::shortfalls::Shortfalls;
use super::timestamp::Timestamp;
use super::watermarks::{SKEW, Watermarks};

/// A message to be delivered.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) channel: ChannelId,
    pub(super) past: HistoryMessage,
    /// Whether it is an edit of a message from before the gap.
    pub(super) is_edit: bool,
    pub(super) is_late: bool,
}

/// The next step of a fill.
#[derive(Debug)]
pub(super) enum Step {
    /// Make this call.
    Call(Request),
    /// Wait until this time.
    Wait(Duration),
    /// Deliver these messages.
    Deliver(Vec<Found>),
    /// The channel was read completely. Its live messages were delivered up to this time, if there is one.
    Complete(ChannelId, Option<Timestamp>),
    /// The gap is filled.
    Done(Box<BackfillReport>),
}

/// The list of the channels.
#[derive(Debug)]
enum Listing {
    Open { cursor: Option<String>, ims: HashSet<ChannelId> },
    Closed { ims: HashSet<ChannelId> },
}

#[derive(Debug)]
pub(super) struct Fill {
    started: Duration,
    listing: Listing,
    /// The channels that are not complete yet.
    readers: Vec<Reader>,
    /// The channels that were completed since the connection was last lost.
    done: HashSet<ChannelId>,
    /// The index of the channel that is being read.
    current: Option<usize>,
    in_flight: Option<Request>,
    retries: u32,
    /// How many times a cursor had expired, so that reading started again.
    restarts: u32,
    retry_at: Duration,
    calls: u32,
    /// Whether conversations.history lacks a scope for direct messages.
    ims_are_refused: bool,
    /// The time from which channels are read in which no message was seen: that of the last message in any channel.
    floor: Option<Timestamp>,
    since: Timestamp,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    channels: usize,
    messages: u64,
    shortfalls: Shortfalls,
    pub(super) is_overtaken: bool,
    is_over: bool,
}

impl Fill {
    /// Starts to fill the gap after the watermarks.
    pub(super) fn new(now: Duration, watermarks: &Watermarks) -> Self {
        let since = since(watermarks);
        let readers = watermarks.channels().into_iter().map(|(channel, after)| {
            let threads = watermarks.threads_of(&channel);
            Reader::new(channel, after, since, threads)
        });
        Self {
            started: now,
            listing: Listing::Open { cursor: None, ims: HashSet::new() },
            readers: readers.collect(),
            done: HashSet::new(),
            current: None,
            in_flight: None,
            retries: 0,
            restarts: 0,
            retry_at: Duration::ZERO,
            calls: 0,
            ims_are_refused: false,
            floor: floor(watermarks),
            since,
            from: None,
            to: None,
            channels: 0,
            messages: 0,
            shortfalls: Shortfalls::default(),
            is_overtaken: false,
            is_over: false,
        }
    }

    pub(super) fn started(&self) -> Duration {
        self.started
    }

    pub(super) fn reader(&mut self, channel: &str) -> Option<&mut Reader> {
        self.readers.iter_mut().find(|reader| reader.channel.as_str() == channel)
    }

    /// Returns the time from which the next process has to read the channels without a watermark.
    pub(super) fn unseen_from(&self) -> Option<Timestamp> {
        // After another loss the floor may be later than where the reading of such a channel has come to.
        let unseen = self.readers.iter().filter(|reader| !reader.is_seen);
        let behind = unseen.filter_map(Reader::position).min();
        self.floor.map(|floor| behind.map_or(floor, |behind| behind.min(floor)))
    }

    /// Returns whether the list of channels is still being read.
    pub(super) fn is_listing(&self) -> bool {
        matches!(self.listing, Listing::Open { .. })
    }

    /// Adds the channel of a live message that was not known.
    pub(super) fn add(&mut self, position: Position<'_>) {
        let after = self.floor.unwrap_or_else(|| position.ts.minus(1));
        let mut reader = Reader::unseen(ChannelId::new(position.channel), after, self.since);
        reader.overtaken(position);
        self.readers.push(reader);
    }

    /// Renames a channel whose id has changed.
    pub(super) fn rename(&mut self, old: &ChannelId, new: &ChannelId) {
        if let Some(reader) = self.reader(old.as_str()) {
            reader.channel = new.clone();
        }
    }

    /// Handles another loss of the connection: completed channels have a new gap.
    pub(super) fn lost_again(&mut self, watermarks: &mut Watermarks) {
        // Ignore the answer of the call in progress, because its window may change.
        self.in_flight = None;
        self.done.clear();
        self.current = None;
        self.readers.retain(|reader| {
            let is_read = reader.position().is_none();
            if let Some(ts) = reader.live_until().filter(|_| is_read) {
                watermarks.note_overtaken(reader.channel.as_str(), ts);
            }
            !is_read
        });
        self.readers.iter_mut().for_each(Reader::lost_again);
        for (channel, after) in watermarks.channels() {
            if self.reader(channel.as_str()).is_none() {
                let threads = watermarks.threads_of(&channel);
                self.readers.push(Reader::new(channel, after, self.since, threads));
            }
        }
        if !self.is_listing() {
            self.floor = floor(watermarks);
            self.listing = Listing::Open { cursor: None, ims: HashSet::new() };
        }
    }

    /// Returns the next step. Must not be called while a call is in progress.
    pub(super) fn step(&mut self, now: Duration, settings: &Backfill, pacing: &mut Pacing) -> Step {
        loop {
            if self.is_over {
                return Step::Done(Box::new(self.report()));
            }
            if now >= self.started + settings.max_duration {
                self.give_up(&ShortfallReason::TimedOut);
                continue;
            }
            let Some(request) = self.request(pacing.page_size) else {
                // The window may be complete because its last thread could not be read.
                if self.reading().is_some_and(|reader| reader.is_complete()) {
                    return self.deliver(settings.buffer_bytes);
                }
                match self.finish_channel() {
                    Some(step) => return step,
                    None => {
                        self.is_over = true;
                        continue;
                    }
                }
            };
            if self.calls >= settings.max_calls {
                self.give_up(&ShortfallReason::TooManyCalls);
                continue;
            }
            let subject = request.subject();
            let at = pacing.of(subject).ready_at(now).max(self.retry_at);
            let limit = self.started + settings.max_duration;
            if at > now {
                return Step::Wait(at.min(limit));
            }
            pacing.of(subject).called(now);
            self.calls += 1;
            self.in_flight = Some(request.clone());
            return Step::Call(request);
        }
    }

    /// Returns the next request. `None` if the current channel is complete, or if there is no channel.
    fn request(&mut self, page_size: u32) -> Option<Request> {
        if let Listing::Open { cursor, .. } = &self.listing {
            return Some(Request { query: Query::Channels, cursor: cursor.clone(), limit: 200 });
        }
        if self.current.is_none() {
            self.drop_refused();
            // Read the channel that is furthest behind, so that no channel delays the others.
            let behind = self.readers.iter().enumerate().min_by_key(|(_, reader)| reader.position());
            self.current = Some(behind?.0);
        }
        let reader = self.readers.get_mut(self.current?)?;
        let (query, cursor) = reader.query()?;
        Some(Request { query, cursor, limit: page_size })
    }

    /// Drops direct messages if the scope for them is missing.
    fn drop_refused(&mut self) {
        if self.ims_are_refused
            && let Listing::Closed { ims } = &self.listing
        {
            let before = self.readers.len();
            self.readers.retain(|reader| !ims.contains(&reader.channel));
            self.shortfalls.add_without_scope(before - self.readers.len());
        }
    }

    /// Completes the current channel.
    fn finish_channel(&mut self) -> Option<Step> {
        let index = self.current.take()?;
        if index >= self.readers.len() {
            return None;
        }
        let reader = self.readers.swap_remove(index);
        self.channels += 1;
        self.done.insert(reader.channel.clone());
        Some(Step::Complete(reader.channel.clone(), reader.live_until()))
    }

    fn reading(&mut self) -> Option<&mut Reader> {
        self.readers.get_mut(self.current?)
    }

    /// Delivers the complete window of the current channel.
    fn deliver(&mut self, max: usize) -> Step {
        let Some(reader) = self.reading() else { return Step::Deliver(Vec::new()) };
        let after = reader.position().unwrap_or(Timestamp::ZERO);
        let is_late = reader.is_late();
        let channel = reader.channel.clone();
        let pasts = reader.take(max);
        let found = pasts.into_iter().map(|past| Found {
            is_edit: reader.is_edit(&past, after),
            channel: channel.clone(),
            past,
            is_late,
        });
        let found: Vec<_> = found.collect();
        let is_read = reader.position().is_none();
        self.from = Some(self.from.map_or(after, |from| from.min(after)));
        self.to = self.to.max(found.iter().filter(|found| !found.is_edit).map(|found| found.past.ts).max());
        self.messages += found.len() as u64;
        // Another channel may be further behind now.
        if !is_read {
            self.current = None;
        }
        Step::Deliver(found)
    }

    fn close_listing(&mut self) {
        if let Listing::Open { ims, .. } = &mut self.listing {
            self.listing = Listing::Closed { ims: std::mem::take(ims) };
        }
    }

    /// Stops reading, and reports what is missing.
    pub(super) fn give_up(&mut self, reason: &ShortfallReason) {
        self.is_over = true;
        self.in_flight = None;
        if self.is_listing() && self.readers.is_empty() {
            self.shortfalls.add(reason.clone(), None, None);
        }
        for reader in std::mem::take(&mut self.readers) {
            self.shortfalls.add(reason.clone(), Some(reader.channel.clone()), reader.position());
        }
    }

    fn report(&mut self) -> BackfillReport {
        BackfillReport {
            from: self.from.map(Timestamp::to_ts),
            to: self.to.map(Timestamp::to_ts),
            channels: self.channels,
            messages: self.messages,
            is_overtaken: self.is_overtaken,
            incomplete: self.shortfalls.take(),
        }
    }
}

/// Returns the time from which channels are read in which no message was seen.
fn floor(watermarks: &Watermarks) -> Option<Timestamp> {
    watermarks.newest().map_or(watermarks.since().map(|since| since.minus(1)), |newest| {
        Some(newest.minus(SKEW).max(since(watermarks)))
    })
}

/// Returns when the session began. A time that is later than the messages is ignored, because the server's clock is wrong.
fn since(watermarks: &Watermarks) -> Timestamp {
    watermarks.since().filter(|since| Some(*since) <= watermarks.newest()).unwrap_or(Timestamp::ZERO)
}
