//! The policy of a backfill: the order of delivery, and which messages are skipped because they were delivered before. It has no I/O and no clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use slack_rtm_models::{ChannelId, ChannelIdChangedEvent, RawEvent, TeamId, Ts, UserId};

use super::fill::{Fill, Found, Step};
use super::pacing::Pacing;
use super::position::{Position, position_of, progress};
use super::report::{BackfillReport, MissedMessage, ShortfallReason};
use super::request::{Answer, Request};
use super::timestamp::Timestamp;
use super::watermarks::{MAX_CHANNELS, SKEW, Watermarks};
use super::{Backfill, Checkpoint};
use crate::{Connected, ConnectedKind, DisconnectReason, Gap, Item};

/// The policy of a backfill.
#[derive(Debug)]
pub(super) struct Coordinator {
    settings: Backfill,
    watermarks: Watermarks,
    /// The identity of the session, or of the checkpoint before the session is connected.
    team: Option<TeamId>,
    user: Option<UserId>,
    /// The checkpoint of a session that was closed before a gap was filled. Later messages must not move it, because messages before them are missing.
    frozen: Option<Box<Checkpoint>>,
    /// Whether the session resumes from a checkpoint and was not connected yet.
    is_resuming: bool,
    fill: Option<Box<Fill>>,
    /// The rate limits, created with the first gap.
    pacing: Option<Box<Pacing>>,
    /// Up to which time messages were delivered from history, by channel. The connection may deliver them again.
    filled: HashMap<ChannelId, Timestamp>,
    /// The latest of these times.
    filled_until: Option<Timestamp>,
    out: VecDeque<Out>,
    /// The earliest time of the next call.
    wait_until: Option<Duration>,
    is_calling: bool,
}

/// Something to deliver. A message is converted into an event when it is delivered.
#[derive(Debug)]
enum Out {
    Item(Item),
    Found(Found),
}

impl Coordinator {
    pub(super) fn new(settings: Backfill, checkpoint: Option<&Checkpoint>) -> Self {
        Self {
            pacing: None,
            settings,
            watermarks: checkpoint.map(Checkpoint::watermarks).unwrap_or_default(),
            team: checkpoint.and_then(|checkpoint| checkpoint.team().cloned()),
            user: checkpoint.and_then(|checkpoint| checkpoint.user().cloned()),
            frozen: None,
            is_resuming: checkpoint.is_some_and(|checkpoint| !checkpoint.is_empty()),
            fill: None,
            filled: HashMap::new(),
            filled_until: None,
            out: VecDeque::new(),
            wait_until: None,
            is_calling: false,
        }
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        if let Some(frozen) = &self.frozen {
            return Checkpoint::clone(frozen);
        }
        // While a gap is being filled, channels without a watermark have made no progress.
        let newest = self.fill.as_ref().map_or(self.watermarks.newest(), |fill| fill.unseen_from());
        Checkpoint::new(&self.watermarks, newest, self.team.clone(), self.user.clone())
    }

    /// Handles an item of the session, and returns it if it can be delivered at once, as nearly all can.
    pub(super) fn on_item(&mut self, clock: impl FnOnce() -> Duration, mut item: Item) -> Option<Item> {
        match &item {
            Item::Event(event) => return self.on_event(event).then_some(item),
            Item::Malformed(_) | Item::Retry(_) | Item::Disconnected(_) => return Some(item),
            _ => {}
        }
        let now = clock();
        match &mut item {
            Item::Connected(connected) => {
                let is_resuming = std::mem::take(&mut self.is_resuming);
                let is_foreign = is_resuming && !self.is_same(connected);
                if is_foreign {
                    self.watermarks = Watermarks::default();
                }
                self.on_connected(connected);
                if is_resuming && connected.kind == ConnectedKind::First {
                    let out = if is_foreign {
                        Item::Backfilled(Box::new(BackfillReport::nothing(ShortfallReason::OtherIdentity)))
                    } else {
                        let gap = Item::Gap(Box::new(self.gap()));
                        self.begin(now);
                        gap
                    };
                    self.out.push_back(Out::Item(out));
                }
            }
            Item::Gap(gap) => {
                (gap.channels, gap.is_complete) = self.seen();
                self.begin(now);
            }
            Item::Lagged(_) if self.settings.fill_lags => self.begin(now),
            Item::Closed(_) => {
                if self.fill.is_some() {
                    self.freeze();
                }
                if let Some(fill) = &mut self.fill {
                    fill.give_up(&ShortfallReason::Closed);
                    self.is_calling = false;
                    self.advance(now);
                    self.out.push_back(Out::Item(item));
                    return self.take();
                }
            }
            _ => {}
        }
        Some(item)
    }

    fn on_connected(&mut self, connected: &Connected) {
        self.team = Some(connected.identity.team.id.clone());
        self.user = Some(connected.identity.user.id.clone());
        if let Some(now) = connected.server_time.as_ref().and_then(Timestamp::of) {
            self.watermarks.begin(now);
            // Messages before a handover may be newer than the server's time, which was read earlier.
            if connected.kind != ConnectedKind::HandedOver {
                self.watermarks.bound(now);
            }
        }
    }

    /// Returns whether the connection has the identity of the checkpoint.
    fn is_same(&self, connected: &Connected) -> bool {
        let identity = &connected.identity;
        self.team.as_ref().is_none_or(|team| *team == identity.team.id)
            && self.user.as_ref().is_none_or(|user| *user == identity.user.id)
    }

    /// Returns the gap between the checkpoint and now.
    fn gap(&self) -> Gap {
        let (channels, is_complete) = self.seen();
        Gap { channels, is_complete, duration: Duration::ZERO, reason: DisconnectReason::Restart }
    }

    /// Returns the last message of each channel, and whether these are all channels.
    fn seen(&self) -> (Vec<(ChannelId, Ts)>, bool) {
        let channels = self.watermarks.channels();
        let is_complete = channels.len() < MAX_CHANNELS;
        (channels.into_iter().map(|(channel, ts)| (channel, ts.to_ts())).collect(), is_complete)
    }

    fn begin(&mut self, now: Duration) {
        if let Some(fill) = &mut self.fill {
            fill.lost_again(&mut self.watermarks);
            self.is_calling = false;
            return;
        }
        self.fill = Some(Box::new(Fill::new(now, &self.watermarks)));
        self.pacing.get_or_insert_with(|| Box::new(Pacing::new(now, &self.settings)));
        self.wait_until = None;
    }

    /// Returns whether to deliver an event, which is not the case if it was delivered from history.
    fn on_event(&mut self, event: &RawEvent) -> bool {
        if self.fill.is_none() && self.filled.is_empty() {
            // The fast path for the usual case: no gap is being filled, and only replies can be repeated.
            let Some(position) = progress(event) else {
                self.on_other(event);
                return true;
            };
            let is_new =
                position.thread.is_none() || !self.watermarks.is_ahead(position.channel, position.ts);
            self.watermarks.note_live(position);
            return is_new;
        }
        let Some(position) = position_of(event) else {
            self.on_other(event);
            return true;
        };
        if self.is_repeated(position) {
            // Keep the watermarks while a gap is being filled: they filter what is read from history.
            if self.fill.is_none() {
                self.watermarks.note_live(position);
            }
            return false;
        }
        if let Some(fill) = &mut self.fill {
            // Remember the thread in any case.
            if let Some(thread) = position.thread {
                self.watermarks.add_thread(position.channel, thread, position.ts);
            }
            if let Some(reader) = fill.reader(position.channel) {
                // The channel makes no progress until its missed messages have been delivered.
                reader.overtaken(position);
                return true;
            }
            if fill.is_listing() {
                // The channel is not known yet.
                fill.add(position);
                return true;
            }
        }
        self.watermarks.note_live(position);
        true
    }

    fn on_other(&mut self, event: &RawEvent) {
        if !event.has_type("channel_id_changed") {
            return;
        }
        let Ok(ChannelIdChangedEvent { old_channel_id, new_channel_id, .. }) = event.decode() else { return };
        self.watermarks.rename(&old_channel_id, &new_channel_id);
        if let Some(fill) = &mut self.fill {
            fill.rename(&old_channel_id, &new_channel_id);
        }
        if let Some(filled) = self.filled.remove(&old_channel_id) {
            self.filled.insert(new_channel_id, filled);
        }
    }

    /// Not every thread is read, so a reply is a repetition only if the reply itself was delivered.
    fn is_repeated(&mut self, position: Position<'_>) -> bool {
        if position.thread.is_some() {
            return self.watermarks.is_ahead(position.channel, position.ts);
        }
        if self.filled_until.is_some_and(|until| position.ts > until.plus(SKEW)) {
            // The connection is past the messages from history in all channels.
            self.filled.clear();
            self.filled_until = None;
        }
        match self.filled.get(position.channel) {
            Some(filled) if position.ts <= *filled => true,
            // The connection is past the messages from history.
            Some(_) => {
                self.filled.remove(position.channel);
                false
            }
            None => false,
        }
    }

    /// Returns the next item to deliver, if there is one.
    pub(super) fn take(&mut self) -> Option<Item> {
        loop {
            match self.out.pop_front()? {
                Out::Item(item) => return Some(item),
                Out::Found(found) => {
                    if let Some(missed) = self.deliver(found) {
                        return Some(Item::Missed(Box::new(missed)));
                    }
                }
            }
        }
    }

    /// Converts a missed message for delivery, and advances the watermarks.
    fn deliver(&mut self, Found { channel, past, is_edit, is_late }: Found) -> Option<MissedMessage> {
        let is_edited = past.edited.is_some();
        if is_edit {
            return Some(MissedMessage { event: past.into_edit(&channel)?, channel, is_edited, is_late });
        }
        let thread = past.thread.filter(|_| past.is_reply());
        let position = Position { channel: channel.as_str(), ts: past.ts, thread };
        if !is_late && thread.is_none() {
            self.filled_until = self.filled_until.max(Some(position.ts));
            match self.filled.get_mut(position.channel) {
                Some(filled) => *filled = position.ts.max(*filled),
                None => {
                    self.filled.insert(channel.clone(), position.ts);
                }
            }
        }
        self.watermarks.note_missed(position);
        Some(MissedMessage { event: past.into_event(&channel), channel, is_edited, is_late })
    }

    /// Returns whether to read items of the session now.
    pub(super) fn wants_live(&self, now: Duration) -> bool {
        self.fill.as_ref().is_none_or(|fill| now >= fill.started() + self.settings.hold_live)
    }

    /// Returns the next call, if it can be made now. `None` while a call is in progress.
    pub(super) fn next_call(&mut self, now: Duration) -> Option<Request> {
        if self.is_calling || !self.out.is_empty() || self.wait_until.is_some_and(|until| now < until) {
            return None;
        }
        self.advance(now)
    }

    /// Returns the next deadline.
    pub(super) fn deadline(&self, now: Duration) -> Option<Duration> {
        let fill = self.fill.as_ref()?;
        let hold = Some(fill.started() + self.settings.hold_live).filter(|hold| *hold > now);
        let limit = Some(fill.started() + self.settings.max_duration).filter(|_| self.is_calling);
        let wait = self.wait_until.filter(|_| !self.is_calling);
        [hold, wait, limit].into_iter().flatten().min()
    }

    /// Handles the answer of a call.
    pub(super) fn answered(&mut self, now: Duration, answer: Answer) {
        self.is_calling = false;
        let (Some(fill), Some(pacing)) = (&mut self.fill, &mut self.pacing) else { return };
        if let Some(step) = fill.answered(now, answer, &self.settings, pacing) {
            self.apply(step);
        }
    }

    /// Gives up if the session is closing or the maximum time has passed.
    pub(super) fn abort(&mut self, now: Duration, is_closing: bool) {
        if is_closing && self.fill.is_some() {
            self.freeze();
        }
        let Some(fill) = &mut self.fill else { return };
        if is_closing || now >= fill.started() + self.settings.max_duration {
            fill.give_up(if is_closing { &ShortfallReason::Closed } else { &ShortfallReason::TimedOut });
            self.is_calling = false;
            self.wait_until = None;
            self.advance(now);
        }
    }

    /// Freezes the checkpoint, so that the next process fills the rest of the gap.
    fn freeze(&mut self) {
        let checkpoint = self.checkpoint();
        self.frozen.get_or_insert_with(|| Box::new(checkpoint));
    }

    /// Returns whether there is anything to do besides passing on the session's items.
    pub(super) fn is_busy(&self) -> bool {
        self.fill.is_some() || !self.out.is_empty()
    }

    pub(super) fn is_calling(&self) -> bool {
        self.is_calling
    }

    pub(super) fn has_items(&self) -> bool {
        !self.out.is_empty()
    }

    fn advance(&mut self, now: Duration) -> Option<Request> {
        self.wait_until = None;
        while self.out.is_empty() {
            let (fill, pacing) = (self.fill.as_mut()?, self.pacing.as_mut()?);
            if now >= fill.started() + self.settings.hold_live {
                fill.is_overtaken = true;
            }
            match fill.step(now, &self.settings, pacing) {
                Step::Call(request) => {
                    self.is_calling = true;
                    return Some(request);
                }
                Step::Wait(until) => {
                    self.wait_until = Some(until);
                    return None;
                }
                step => self.apply(step),
            }
        }
        None
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Deliver(found) => {
                let is_new = |found: &Found| !self.watermarks.is_ahead(found.channel.as_str(), found.past.ts);
                self.out.extend(found.into_iter().filter(is_new).map(Out::Found));
            }
            Step::Complete(channel, live_until) => {
                if let Some(ts) = live_until {
                    self.watermarks.note_overtaken(channel.as_str(), ts);
                }
            }
            Step::Done(filled) => {
                self.fill = None;
                self.out.push_back(Out::Item(Item::Backfilled(filled)));
            }
            Step::Call(_) | Step::Wait(_) => {}
        }
    }
}
