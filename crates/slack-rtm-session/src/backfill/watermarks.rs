//! Which messages were delivered, by channel.

use std::collections::HashMap;

use slack_rtm_models::ChannelId;

use super::ahead::Ahead;
use super::position::Position;
use super::timestamp::Timestamp;

/// The maximum numbers of channels and of threads that are remembered; those that were active last are kept.
pub(super) const MAX_CHANNELS: usize = 10_000;
pub(super) const MAX_THREADS: usize = 1_000;

/// The maximum number of messages ahead of their channels that are stored in a checkpoint.
pub(super) const MAX_STORED_AHEAD: usize = 1_000;

/// By how many microseconds events of different channels may arrive out of order.
pub(super) const SKEW: u64 = 2_000_000;

/// By how many microseconds messages may be ahead of the server's time, which is read before the connection is open.
const MINUTE: u64 = 60_000_000;

/// Accessed for every event, hence the fast hasher. Its keys come from the server, and their number is bounded.
type Map<K> = HashMap<K, Timestamp, foldhash::fast::RandomState>;

/// The last delivered message of each channel, and the active threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Watermarks {
    channels: Map<ChannelId>,
    /// The time of the last activity, by thread.
    threads: Map<(ChannelId, Timestamp)>,
    /// The newest live message of any channel: up to this time the connection has delivered the messages of all channels.
    newest: Option<Timestamp>,
    /// The message of `newest`, while its timestamp may be wrong.
    doubt: Option<Doubt>,
    /// The time of the first connection. Older messages are not read.
    since: Option<Timestamp>,
    ahead: Ahead,
}

/// The newest message, until its timestamp is confirmed, and the values to restore if the timestamp turns out to be in the future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) channel: ChannelId,
    pub(super) ts: Timestamp,
    /// The previous progress of its channel, and of all channels.
    pub(super) before: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

impl Watermarks {
    /// Notes a message that was delivered live.
    pub(super) fn note_live(&mut self, position: Position<'_>) {
        if self.newest.is_some_and(|newest| newest > position.ts.plus(SKEW)) {
            // An older message arrived later, so the timestamp of `newest` is in the future.
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

    /// Notes a message that was delivered live earlier, now that everything before it has been delivered.
    pub(super) fn note_overtaken(&mut self, channel: &str, ts: Timestamp) {
        self.newest = self.newest.max(Some(ts));
        let before = self.advance(channel, ts);
        self.forget_ahead(channel, before.min(Some(ts)));
    }

    /// Notes a message that was delivered from history.
    pub(super) fn note_missed(&mut self, position: Position<'_>) {
        // Other channels were read at other times, so it does not change `newest`.
        if position.thread.is_none() {
            self.advance(position.channel, position.ts);
            return;
        }
        self.note_thread(position);
        self.add_ahead(position.channel, position.ts);
    }

    /// Undoes the progress that a message with a timestamp in the future has made.
    fn refute(&mut self) {
        let Some(Doubt { channel, ts, before, newest }) = self.doubt.take() else { return };
        self.newest = newest;
        self.add_ahead(channel.as_str(), ts);
        match before {
            Some(before) => self.channels.insert(channel, before),
            None => self.channels.remove(&channel),
        };
    }

    /// Compares the progress with the server's time, which is later than all delivered messages. Timestamps in the future do not count, unless there are so many
    /// that the server's clock must be wrong.
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

    /// Renames a channel whose id has changed.
    pub(super) fn rename(&mut self, old: &ChannelId, new: &ChannelId) {
        if let Some(ts) = self.channels.remove(old) {
            self.advance(new.as_str(), ts);
        }
        let renamed = |id: ChannelId| if id == *old { new.clone() } else { id };
        let threads = std::mem::take(&mut self.threads).into_iter();
        self.threads = threads.map(|((channel, thread), last)| ((renamed(channel), thread), last)).collect();
        self.ahead.rename(old, new);
        if let Some(doubt) = self.doubt.as_mut().filter(|doubt| doubt.channel == *old) {
            doubt.channel = new.clone();
        }
    }

    pub(super) fn add_ahead(&mut self, channel: &str, ts: Timestamp) {
        self.ahead.add(channel, ts);
    }

    /// Returns whether this message was delivered before the older ones.
    pub(super) fn is_ahead(&self, channel: &str, ts: Timestamp) -> bool {
        self.ahead.contains(channel, ts)
    }

    /// Forgets messages that are older than the progress of their channel.
    fn forget_ahead(&mut self, channel: &str, mark: Option<Timestamp>) {
        if let Some(mark) = mark {
            self.ahead.forget_before(channel, mark);
        }
    }

    /// Returns the messages that are newer than the progress of their channel, in order.
    pub(super) fn ahead(&self) -> Vec<(ChannelId, Timestamp)> {
        let is_newer = |(channel, ts): &(&ChannelId, Timestamp)| {
            self.channels.get(channel.as_str()).is_none_or(|last| last < ts)
        };
        let newer = self.ahead.all().into_iter().filter(is_newer).take(MAX_STORED_AHEAD);
        newer.map(|(channel, ts)| (channel.clone(), ts)).collect()
    }

    /// Notes the activity of a thread.
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

    /// Sets the progress of a channel, and returns the previous one.
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

    /// Sets the server's time of the first connection.
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

    /// Returns the channels in order.
    pub(super) fn channels(&self) -> Vec<(ChannelId, Timestamp)> {
        let mut channels: Vec<_> = newest_of(&self.channels, MAX_CHANNELS);
        channels.sort_unstable();
        channels
    }

    /// Returns the threads in order.
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
        // The same in a channel that was seen before.
        live(&mut watermarks, "C1", 6_000);
        live(&mut watermarks, "C1", 120);
        assert_eq!((watermarks.channel("C1"), watermarks.newest()), (Some(at(120)), Some(at(120))));
        // A small difference between channels is normal.
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
        // Several messages, as from a checkpoint, where only the other channels show that they are in the future.
        live(&mut watermarks, "C2", 150);
        live(&mut watermarks, "C3", 6_000);
        live(&mut watermarks, "C3", 6_001);
        watermarks.bound(at(200));
        assert_eq!((watermarks.channel("C3"), watermarks.newest()), (Some(at(148)), Some(at(150))));
        assert_eq!(watermarks.channel("C2"), Some(at(150)));
        // If all messages are in the future, the server's clock is wrong.
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
