//! The policy of a backfill: what is delivered when, and what is left out because it was delivered before. No I/O and no clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use slack_rtm_models::{ChannelId, RawEvent, TeamId, UserId};

use super::fill::{Fill, Found, Step};
use super::marks::{Marks, Place, place};
use super::pace::Paces;
use super::report::{Missed, ShortfallReason};
use super::request::{Answer, Request};
use super::stamp::Stamp;
use super::{Backfill, Checkpoint};
use crate::{ConnectedKind, Gap, Item, Loss};

/// See the module.
#[derive(Debug)]
pub(super) struct Gapless {
    settings: Backfill,
    marks: Marks,
    /// As whom the session is, or was in the process before, connected.
    team: Option<TeamId>,
    user: Option<UserId>,
    /// How far the session had come when it was closed in the middle of a gap: what came after that is not all there was.
    frozen: Option<Checkpoint>,
    /// There is a checkpoint, and no connection yet.
    is_resuming: bool,
    fill: Option<Box<Fill>>,
    paces: Paces,
    /// Up to where history was read, in channels in which something was found: the connection may repeat that.
    filled: HashMap<ChannelId, Stamp>,
    out: VecDeque<Item>,
    /// When the next call may be made.
    wait_until: Option<Duration>,
    is_calling: bool,
}

impl Gapless {
    pub(super) fn new(now: Duration, settings: Backfill, checkpoint: Option<&Checkpoint>) -> Self {
        Self {
            paces: Paces::new(now, &settings),
            settings,
            marks: checkpoint.map(Checkpoint::marks).unwrap_or_default(),
            team: checkpoint.and_then(|checkpoint| checkpoint.team().cloned()),
            user: checkpoint.and_then(|checkpoint| checkpoint.user().cloned()),
            frozen: None,
            is_resuming: checkpoint.is_some_and(|checkpoint| !checkpoint.is_empty()),
            fill: None,
            filled: HashMap::new(),
            out: VecDeque::new(),
            wait_until: None,
            is_calling: false,
        }
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        if let Some(frozen) = &self.frozen {
            return frozen.clone();
        }
        // While a gap is being filled, channels that have no mark are no further than they were.
        let newest = self.fill.as_ref().map_or(self.marks.newest(), |fill| fill.floor());
        Checkpoint::new(&self.marks, newest, self.team.clone(), self.user.clone())
    }

    /// Takes an item of the session. Nearly all are handed back at once.
    pub(super) fn on_item(&mut self, clock: impl FnOnce() -> Duration, item: Item) -> Option<Item> {
        match &item {
            Item::Event(event) => return self.on_event(event).then_some(item),
            Item::Odd(_) | Item::Retry(_) | Item::Disconnected(_) => return Some(item),
            _ => {}
        }
        let now = clock();
        match &item {
            Item::Connected(connected) => {
                self.team = Some(connected.identity.team.id.clone());
                self.user = Some(connected.identity.user.id.clone());
                if let Some(since) = connected.server_time.as_ref().and_then(Stamp::of) {
                    self.marks.begin(since);
                }
                if std::mem::take(&mut self.is_resuming) && connected.kind == ConnectedKind::First {
                    self.out.push_back(item);
                    self.out.push_back(Item::Gap(Box::new(self.gap())));
                    self.begin(now);
                    return self.out.pop_front();
                }
            }
            Item::Gap(_) => self.begin(now),
            Item::Lagged(_) if self.settings.fill_lags => self.begin(now),
            Item::Closed(_) => {
                if self.fill.is_some() {
                    self.freeze();
                }
                if let Some(fill) = &mut self.fill {
                    fill.give_up(&ShortfallReason::Closed);
                    self.is_calling = false;
                    self.advance(now);
                    self.out.push_back(item);
                    return self.out.pop_front();
                }
            }
            _ => {}
        }
        Some(item)
    }

    /// The time between the checkpoint and now.
    fn gap(&self) -> Gap {
        let channels = self.marks.channels().into_iter().map(|(channel, ts)| (channel, ts.to_ts()));
        Gap { channels: channels.collect(), is_complete: true, lasted: Duration::ZERO, loss: Loss::Restart }
    }

    fn begin(&mut self, now: Duration) {
        if let Some(fill) = &mut self.fill {
            fill.lost_again(&mut self.marks);
            self.is_calling = false;
            return;
        }
        self.fill = Some(Box::new(Fill::new(now, &self.marks)));
        self.wait_until = None;
    }

    /// Whether an event is to be delivered: not if history has given it already.
    fn on_event(&mut self, event: &RawEvent) -> bool {
        let Some(place) = place(event) else { return true };
        if self.is_repeated(place) {
            // What is being read may have it once more, and is compared with the marks.
            if self.fill.is_none() {
                self.marks.note_live(place);
            }
            return false;
        }
        if let Some(fill) = &mut self.fill {
            if let Some(reader) = fill.reader(place.channel) {
                // What was missed comes later, and until then the channel is no further than it was.
                reader.overtaken(place.ts);
                return true;
            }
            if fill.is_listing() {
                // It is not known yet that there is such a channel.
                fill.add(place);
                return true;
            }
        }
        self.marks.note_live(place);
        true
    }

    /// Not every thread is read, so a reply counts only if it was seen itself.
    fn is_repeated(&mut self, place: Place<'_>) -> bool {
        if place.thread.is_some() {
            return self.marks.is_ahead(place.channel, place.ts);
        }
        if self.filled.is_empty() {
            return false;
        }
        match self.filled.get(place.channel) {
            Some(filled) if place.ts <= *filled => true,
            // The connection is past what history gave.
            Some(_) => {
                self.filled.remove(place.channel);
                false
            }
            None => false,
        }
    }

    /// What is to be delivered next, if that is known.
    pub(super) fn take(&mut self) -> Option<Item> {
        let item = self.out.pop_front()?;
        if let Item::Missed(missed) = &item
            && let Some(place) = place(&missed.event)
        {
            self.note_missed(place, missed.is_late);
        }
        Some(item)
    }

    /// The user has a missed message in hand.
    fn note_missed(&mut self, place: Place<'_>, is_late: bool) {
        if !is_late && place.thread.is_none() {
            let filled = self.filled.entry(ChannelId::new(place.channel)).or_insert(place.ts);
            *filled = place.ts.max(*filled);
        }
        self.marks.note_missed(place);
    }

    /// Whether the session's own items are wanted now.
    pub(super) fn wants_live(&self, now: Duration) -> bool {
        self.fill.as_ref().is_none_or(|fill| now >= fill.started() + self.settings.hold_live)
    }

    /// The next call to make, if one is due; `None` as well while one is under way.
    pub(super) fn next_call(&mut self, now: Duration) -> Option<Request> {
        if self.is_calling || !self.out.is_empty() || self.wait_until.is_some_and(|until| now < until) {
            return None;
        }
        self.advance(now)
    }

    /// When to look again, if nothing happens before.
    pub(super) fn deadline(&self, now: Duration) -> Option<Duration> {
        let fill = self.fill.as_ref()?;
        let hold = Some(fill.started() + self.settings.hold_live).filter(|hold| *hold > now);
        let limit = Some(fill.started() + self.settings.max_duration).filter(|_| self.is_calling);
        let wait = self.wait_until.filter(|_| !self.is_calling);
        [hold, wait, limit].into_iter().flatten().min()
    }

    /// A call has ended.
    pub(super) fn answered(&mut self, now: Duration, answer: Answer) {
        self.is_calling = false;
        let Some(fill) = &mut self.fill else { return };
        if let Some(step) = fill.answered(now, answer, &self.settings, &mut self.paces) {
            self.apply(step);
        }
    }

    /// The session is closing, or the call takes longer than the whole may take.
    pub(super) fn abort(&mut self, now: Duration, is_closing: bool) {
        if is_closing && self.fill.is_some() {
            self.freeze();
        }
        let Some(fill) = &mut self.fill else { return };
        if is_closing || now >= fill.started() + self.settings.max_duration {
            fill.give_up(if is_closing { &ShortfallReason::Closed } else { &ShortfallReason::TooLong });
            self.is_calling = false;
            self.wait_until = None;
            self.advance(now);
        }
    }

    /// A gap that is not filled any more is still a gap for the next process.
    fn freeze(&mut self) {
        let checkpoint = self.checkpoint();
        self.frozen.get_or_insert(checkpoint);
    }

    /// Whether there is anything to do besides handing on the session's items.
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
            let fill = self.fill.as_mut()?;
            if now >= fill.started() + self.settings.hold_live {
                fill.is_overtaken = true;
            }
            match fill.step(now, &self.settings, &mut self.paces) {
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
                let is_new = |found: &Found| !self.marks.is_ahead(found.channel.as_str(), found.past.ts);
                self.out.extend(found.into_iter().filter(is_new).filter_map(missed));
            }
            Step::Complete(channel, live_until) => {
                if let Some(ts) = live_until {
                    self.marks.note_live(Place { channel: channel.as_str(), ts, thread: None });
                }
            }
            Step::Done(filled) => {
                self.fill = None;
                self.out.push_back(Item::Filled(filled));
            }
            Step::Call(_) | Step::Wait(_) => {}
        }
    }
}

fn missed(found: Found) -> Option<Item> {
    let Found { channel, past, is_edit, is_late } = found;
    let is_edited = past.edited.is_some();
    let event = if is_edit { past.into_edit(&channel)? } else { past.into_event(&channel) };
    Some(Item::Missed(Box::new(Missed { channel, event, is_edited, is_late })))
}
