//! Messages that were delivered before older ones of their channels.

use std::collections::{BTreeSet, HashMap};

use slack_rtm_models::ChannelId;

use super::timestamp::Timestamp;

/// The maximum number of messages that are remembered.
const MAX: usize = 65_536;

/// Messages that do not count as progress of their channels: replies from history, because threads are read one after another, and messages whose timestamps are in
/// the future. They are looked up for every event, so an event of another channel must cost nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    channels: HashMap<ChannelId, BTreeSet<Timestamp>, foldhash::fast::RandomState>,
    len: usize,
}

impl Ahead {
    /// Adds a message, unless too many are remembered already.
    pub(super) fn add(&mut self, channel: &str, ts: Timestamp) {
        if self.len >= MAX {
            return;
        }
        let is_new = match self.channels.get_mut(channel) {
            Some(messages) => messages.insert(ts),
            None => self.channels.insert(ChannelId::new(channel), BTreeSet::from([ts])).is_none(),
        };
        self.len += usize::from(is_new);
    }

    pub(super) fn contains(&self, channel: &str, ts: Timestamp) -> bool {
        self.channels.get(channel).is_some_and(|messages| messages.contains(&ts))
    }

    /// Forgets the messages of a channel before `mark`.
    #[inline]
    pub(super) fn forget_before(&mut self, channel: &str, mark: Timestamp) {
        if self.channels.is_empty() {
            return;
        }
        let Some(messages) = self.channels.get_mut(channel) else { return };
        if messages.first().is_some_and(|first| *first >= mark) {
            return;
        }
        let kept = messages.split_off(&mark);
        self.len -= std::mem::replace(messages, kept).len();
        if messages.is_empty() {
            self.channels.remove(channel);
        }
    }

    /// Renames a channel whose id has changed.
    pub(super) fn rename(&mut self, old: &ChannelId, new: &ChannelId) {
        let Some(renamed) = self.channels.remove(old) else { return };
        self.len -= renamed.len();
        for ts in renamed {
            self.add(new.as_str(), ts);
        }
    }

    /// Returns the messages in the order of their channels and times.
    pub(super) fn all(&self) -> Vec<(&ChannelId, Timestamp)> {
        let mut channels: Vec<_> = self.channels.iter().collect();
        channels.sort_unstable_by_key(|(channel, _)| *channel);
        channels.into_iter().flat_map(|(channel, all)| all.iter().map(move |ts| (channel, *ts))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::ZERO.plus(seconds * 1_000_000)
    }

    fn texts(ahead: &Ahead) -> Vec<String> {
        ahead.all().into_iter().map(|(channel, ts)| format!("{channel} {ts}")).collect()
    }

    #[test]
    fn messages_are_forgotten_by_channel_and_counted() {
        let mut ahead = Ahead::default();
        for (channel, seconds) in [("C2", 7), ("C1", 5), ("C1", 9), ("C1", 5)] {
            ahead.add(channel, at(seconds));
        }
        assert_eq!(texts(&ahead), ["C1 5.000000", "C1 9.000000", "C2 7.000000"]);
        assert!(ahead.contains("C1", at(9)) && !ahead.contains("C2", at(9)) && !ahead.contains("C3", at(9)));
        ahead.forget_before("C1", at(5));
        ahead.forget_before("C3", at(100));
        assert_eq!(ahead.len, 3);
        ahead.forget_before("C1", at(6));
        assert_eq!((texts(&ahead), ahead.len), (vec!["C1 9.000000".to_owned(), "C2 7.000000".to_owned()], 2));
        ahead.rename(&ChannelId::new("C1"), &ChannelId::new("C2"));
        assert_eq!((texts(&ahead), ahead.len), (vec!["C2 7.000000".to_owned(), "C2 9.000000".to_owned()], 2));
        ahead.forget_before("C2", at(100));
        assert!(ahead.len == 0 && ahead.channels.is_empty());
    }

    #[test]
    fn it_is_bounded() {
        let mut ahead = Ahead::default();
        for number in 0..2 * MAX {
            ahead.add(&format!("C{}", number % 1_000), Timestamp::ZERO.plus(number as u64));
        }
        assert_eq!((ahead.len, ahead.all().len()), (MAX, MAX));
    }
}
