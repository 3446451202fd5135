//! What the user has been given, channel by channel.

use std::collections::{BTreeSet, HashMap};

use slack_rtm_models::ChannelId;

use super::position::Position;
use super::timestamp::Timestamp;

/// How many channels, and how many threads, are remembered: those that were active last.
pub(super) const MAX_CHANNELS: usize = 10_000;
pub(super) const MAX_THREADS: usize = 1_000;

/// How many replies that history gave are remembered, in case they come live too, and how many of them are stored.
const MAX_AHEAD: usize = 65_536;
pub(super) const MAX_STORED_AHEAD: usize = 1_000;

/// Across channels, events may come out of order by so much.
pub(super) const SKEW: u64 = 2_000_000;

/// By how much messages may be ahead of the server's clock, which is read before a connection stands.
const MINUTE: u64 = 60_000_000;

/// It is asked for every event. Its keys are the server's, and bounded in number.
type Map<K> = HashMap<K, Timestamp, foldhash::fast::RandomState>;

/// The last message of each channel that the user has been given, and the threads that were active.
#[derive(Clone, Debug, Default)]
pub(super) struct Watermarks {
    channels: Map<ChannelId>,
    /// Threads with the time of their last activity.
    threads: Map<(ChannelId, Timestamp)>,
    /// The newest message of any channel that came live: up to there the connection has brought what there was in all of them.
    newest: Option<Timestamp>,
    /// The message that `newest` is of.
    doubt: Option<Doubt>,
    /// When the first connection was made: what is older is nobody's business.
    since: Option<Timestamp>,
    /// Replies that history gave. A channel's threads are read one after another, so they say nothing of what else was posted before them. Neither do messages
    /// whose time was ahead of the server's, which are here too.
    ahead: BTreeSet<(ChannelId, Timestamp)>,
}

/// The newest message of all, for as long as nothing has shown that its time is true, and what holds if it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) channel: ChannelId,
    pub(super) ts: Timestamp,
    /// How far its channel, and all channels, had come before.
    pub(super) before: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

impl Watermarks {
    /// The user has been given this message, live.
    pub(super) fn note_live(&mut self, position: Position<'_>) {
        if self.newest.is_some_and(|newest| newest > position.ts.plus(SKEW)) {
            // What comes later is older.
            self.refute();
        }
        self.note_thread(position);
        let before = self.advance(position.channel, position.ts);
        self.forget_ahead(position.channel, before.min(Some(position.ts)));
        if self.newest <= Some(position.ts) {
            let (ts, newest) = (position.ts, self.newest.replace(position.ts));
            match &mut self.doubt {
                Some(doubt) if doubt.channel == position.channel => {
                    (doubt.ts, doubt.before, doubt.newest) = (ts, before, newest);
                }
                doubt => {
                    *doubt = Some(Doubt { channel: ChannelId::new(position.channel), ts, before, newest });
                }
            }
        } else if let Some(doubt) = &mut self.doubt
            && doubt.channel == position.channel
        {
            doubt.before = doubt.before.max(Some(position.ts));
        }
    }

    /// The user has been given this message, live, a while ago, and now everything before it.
    pub(super) fn note_overtaken(&mut self, channel: &str, ts: Timestamp) {
        self.newest = self.newest.max(Some(ts));
        let before = self.advance(channel, ts);
        self.forget_ahead(channel, before.min(Some(ts)));
    }

    /// The user has been given this message, out of a history that was read up to it.
    pub(super) fn note_missed(&mut self, position: Position<'_>) {
        // Other channels were read at other times: it says nothing of them, so it is not the newest of all.
        if position.thread.is_none() {
            self.advance(position.channel, position.ts);
            return;
        }
        self.note_thread(position);
        self.add_ahead(position.channel, position.ts);
    }

    /// The time of the newest message was ahead of the server's: the message was given, and says nothing of others.
    fn refute(&mut self) {
        let Some(Doubt { channel, ts, before, newest }) = self.doubt.take() else { return };
        self.newest = newest;
        self.add_ahead(channel.as_str(), ts);
        match before {
            Some(before) => self.channels.insert(channel, before),
            None => self.channels.remove(&channel),
        };
    }

    /// The server has said what time it is, after all that was given. What claims to be newer is not believed, unless so much does that the clock is wrong.
    pub(super) fn bound(&mut self, now: Timestamp) {
        let is_past = |ts: Option<Timestamp>| ts.is_none_or(|ts| ts <= now.plus(SKEW));
        if self.doubt.as_ref().is_some_and(|doubt| !is_past(Some(doubt.ts)) && is_past(doubt.newest)) {
            self.refute();
        }
        let limit = now.plus(MINUTE);
        let ahead: Vec<_> =
            self.channels.iter().filter(|(_, ts)| **ts > limit).map(|(id, _)| id.clone()).collect();
        let is_newest_ahead = self.newest > Some(limit);
        let past = self.channels.len() - ahead.len() + usize::from(self.newest.is_some() && !is_newest_ahead);
        if past < ahead.len().max(1) {
            return;
        }
        if is_newest_ahead {
            self.newest = self.channels.values().filter(|ts| **ts <= limit).max().copied();
            self.doubt = None;
        }
        for channel in ahead {
            if let Some(ts) = self.channels.remove(&channel) {
                self.add_ahead(channel.as_str(), ts);
            }
            if let Some(newest) = self.newest {
                self.channels.insert(channel, newest.minus(SKEW));
            }
        }
    }

    /// A channel has another id now.
    pub(super) fn rename(&mut self, old: &ChannelId, new: &ChannelId) {
        if let Some(ts) = self.channels.remove(old) {
            self.advance(new.as_str(), ts);
        }
        let renamed = |id: ChannelId| if id == *old { new.clone() } else { id };
        let threads = std::mem::take(&mut self.threads).into_iter();
        self.threads = threads.map(|((channel, thread), last)| ((renamed(channel), thread), last)).collect();
        let ahead = std::mem::take(&mut self.ahead).into_iter();
        self.ahead = ahead.map(|(channel, ts)| (renamed(channel), ts)).collect();
        if let Some(doubt) = self.doubt.as_mut().filter(|doubt| doubt.channel == *old) {
            doubt.channel = new.clone();
        }
    }

    pub(super) fn add_ahead(&mut self, channel: &str, ts: Timestamp) {
        if self.ahead.len() < MAX_AHEAD {
            self.ahead.insert((ChannelId::new(channel), ts));
        }
    }

    /// Whether this message was given, although not everything before it was.
    pub(super) fn is_ahead(&self, channel: &str, ts: Timestamp) -> bool {
        !self.ahead.is_empty() && self.ahead.contains(&(ChannelId::new(channel), ts))
    }

    /// What the channel had passed before its last message need not be remembered.
    fn forget_ahead(&mut self, channel: &str, mark: Option<Timestamp>) {
        let Some(mark) = mark.filter(|_| !self.ahead.is_empty()) else { return };
        let channel = ChannelId::new(channel);
        let behind = self.ahead.range((channel.clone(), Timestamp::ZERO)..(channel, mark));
        let behind: Vec<_> = behind.cloned().collect();
        for reply in &behind {
            self.ahead.remove(reply);
        }
    }

    /// The messages that are newer than what their channel has come to, in their order.
    pub(super) fn ahead(&self) -> Vec<(ChannelId, Timestamp)> {
        let is_newer = |(channel, ts): &&(ChannelId, Timestamp)| {
            self.channels.get(channel.as_str()).is_none_or(|last| last < ts)
        };
        self.ahead.iter().filter(is_newer).take(MAX_STORED_AHEAD).cloned().collect()
    }

    /// A thread was active then.
    pub(super) fn add_thread(&mut self, channel: &str, thread: Timestamp, last: Timestamp) {
        self.note_thread(Position { channel, ts: last, thread: Some(thread) });
    }

    fn note_thread(&mut self, Position { channel, ts, thread }: Position<'_>) {
        if let Some(thread) = thread {
            let key = (ChannelId::new(channel), thread);
            let last = self.threads.entry(key).or_insert(ts);
            *last = ts.max(*last);
            if self.threads.len() > MAX_THREADS + MAX_THREADS / 4 {
                self.threads = newest_of(&self.threads, MAX_THREADS).into_iter().collect();
            }
        }
    }

    /// Everything in the channel up to this moment has been given. Returns up to where it had been before.
    pub(super) fn advance(&mut self, channel: &str, ts: Timestamp) -> Option<Timestamp> {
        if let Some(last) = self.channels.get_mut(channel) {
            let before = *last;
            *last = ts.max(before);
            return Some(before);
        }
        self.channels.insert(ChannelId::new(channel), ts);
        if self.channels.len() > MAX_CHANNELS + MAX_CHANNELS / 4 {
            self.channels = newest_of(&self.channels, MAX_CHANNELS).into_iter().collect();
        }
        None
    }

    /// The server's time when the first connection was made.
    pub(super) fn begin(&mut self, since: Timestamp) {
        self.since.get_or_insert(since);
    }

    pub(super) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    pub(super) fn set_newest(&mut self, newest: Option<Timestamp>, doubt: Option<Doubt>) {
        self.newest = newest;
        self.doubt = doubt;
    }

    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    pub(super) fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    #[cfg(test)]
    pub(super) fn channel(&self, channel: &str) -> Option<Timestamp> {
        self.channels.get(channel).copied()
    }

    /// The channels that are remembered, in their order.
    pub(super) fn channels(&self) -> Vec<(ChannelId, Timestamp)> {
        let mut channels: Vec<_> = newest_of(&self.channels, MAX_CHANNELS);
        channels.sort_unstable();
        channels
    }

    /// The threads that are remembered, in their order.
    pub(super) fn threads(&self) -> Vec<((ChannelId, Timestamp), Timestamp)> {
        let mut threads: Vec<_> = newest_of(&self.threads, MAX_THREADS);
        threads.sort_unstable();
        threads
    }

    pub(super) fn threads_of(&self, channel: &ChannelId) -> Vec<Timestamp> {
        self.threads.keys().filter(|(of, _)| of == channel).map(|(_, thread)| *thread).collect()
    }
}

fn newest_of<K: Clone + Ord>(entries: &Map<K>, max: usize) -> Vec<(K, Timestamp)> {
    let mut entries: Vec<_> = entries.iter().map(|(key, ts)| (key.clone(), *ts)).collect();
    if entries.len() > max {
        entries.select_nth_unstable_by(max, |a, b| b.1.cmp(&a.1));
        entries.truncate(max);
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::ZERO.plus(seconds * 1_000_000)
    }

    fn live(watermarks: &mut Watermarks, channel: &str, seconds: u64) {
        watermarks.note_live(Position { channel, ts: at(seconds), thread: None });
    }

    #[test]
    fn it_is_bounded_and_keeps_what_was_active_last() {
        let mut watermarks = Watermarks::default();
        for number in 0..30_000_u64 {
            let ts = Timestamp::ZERO.plus(number);
            watermarks.note_live(Position { channel: &format!("C{number}"), ts, thread: Some(ts.minus(1)) });
        }
        let channels = watermarks.channels();
        assert_eq!(channels.len(), MAX_CHANNELS);
        assert!(channels.iter().all(|(_, ts)| *ts >= Timestamp::ZERO.plus(20_000)));
        assert_eq!(watermarks.threads().len(), MAX_THREADS);
        watermarks.note_live(Position { channel: "C29999", ts: Timestamp::ZERO.plus(5), thread: None });
        assert_eq!(watermarks.channel("C29999"), Some(Timestamp::ZERO.plus(29_999)), "it does not go back");
    }

    #[test]
    fn a_message_from_the_future_is_believed_until_something_older_comes() {
        let mut watermarks = Watermarks::default();
        live(&mut watermarks, "C1", 100);
        live(&mut watermarks, "C2", 5_000);
        assert_eq!((watermarks.channel("C2"), watermarks.newest()), (Some(at(5_000)), Some(at(5_000))));
        live(&mut watermarks, "C1", 110);
        assert_eq!((watermarks.channel("C2"), watermarks.newest()), (None, Some(at(110))));
        assert!(watermarks.is_ahead("C2", at(5_000)), "it was given");
        // In a channel that was seen before, too.
        live(&mut watermarks, "C1", 6_000);
        live(&mut watermarks, "C1", 120);
        assert_eq!((watermarks.channel("C1"), watermarks.newest()), (Some(at(120)), Some(at(120))));
        // What comes a little out of order says nothing.
        live(&mut watermarks, "C2", 121);
        live(&mut watermarks, "C1", 120);
        assert_eq!((watermarks.channel("C2"), watermarks.newest()), (Some(at(121)), Some(at(121))));
    }

    #[test]
    fn the_servers_clock_bounds_what_is_believed() {
        let mut watermarks = Watermarks::default();
        live(&mut watermarks, "C1", 100);
        live(&mut watermarks, "C1", 5_000);
        watermarks.bound(at(200));
        assert_eq!((watermarks.channel("C1"), watermarks.newest()), (Some(at(100)), Some(at(100))));
        assert!(watermarks.is_ahead("C1", at(5_000)));
        // Several of them, or those of a checkpoint, of which nothing is known but that others are older.
        live(&mut watermarks, "C2", 150);
        live(&mut watermarks, "C3", 6_000);
        live(&mut watermarks, "C3", 6_001);
        watermarks.bound(at(200));
        assert_eq!((watermarks.channel("C3"), watermarks.newest()), (Some(at(148)), Some(at(150))));
        assert_eq!(watermarks.channel("C2"), Some(at(150)));
        // A server whose clock is behind all its messages is not believed.
        watermarks.bound(at(50));
        assert_eq!((watermarks.channel("C2"), watermarks.newest()), (Some(at(150)), Some(at(150))));
    }

    #[test]
    fn a_channel_with_another_id_keeps_its_mark() {
        let mut watermarks = Watermarks::default();
        watermarks.note_live(Position { channel: "G1", ts: at(5), thread: Some(at(4)) });
        watermarks.add_ahead("G1", at(9));
        watermarks.rename(&ChannelId::new("G1"), &ChannelId::new("C1"));
        assert_eq!((watermarks.channel("G1"), watermarks.channel("C1")), (None, Some(at(5))));
        assert_eq!(watermarks.threads_of(&ChannelId::new("C1")), [at(4)]);
        assert!(watermarks.is_ahead("C1", at(9)));
        live(&mut watermarks, "C2", 1);
        assert_eq!(watermarks.channel("C1"), None, "it was doubted under its old name");
    }
}
