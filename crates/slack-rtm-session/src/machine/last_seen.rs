//! The last timestamp of each channel, for [`Gap`](crate::Gap).

use std::collections::HashMap;

use slack_rtm_models::{ChannelId, RawEvent, Ts};

use super::{Frame, frame};

/// Accessed for every message, hence the fast hasher. Its keys come from the server, and their number is bounded.
type Map = HashMap<ChannelId, Ts, foldhash::fast::RandomState>;

/// A bounded map in two generations: when the younger half is full, the older half is discarded.
#[derive(Debug, Default)]
pub(super) struct LastSeen {
    young: Map,
    old: Map,
    forgot: bool,
}

impl LastSeen {
    /// Notes a frame if it is a message. With a `max` of zero the frame is not parsed.
    #[inline]
    pub(super) fn note(&mut self, frame: &Frame, max: usize) {
        self.note_event(&frame.event, max);
    }

    /// Notes an event in the same way.
    pub(super) fn note_event(&mut self, event: &RawEvent, max: usize) {
        if max == 0 {
            self.forgot = true;
        } else if let Some((channel, ts)) = frame::channel_and_ts(event) {
            self.note_message(channel, ts, max);
        }
    }

    fn note_message(&mut self, channel: &str, ts: &str, max: usize) {
        if let Some(last) = self.young.get_mut(channel) {
            // Timestamps have equal length, so they can be compared as text.
            if last.as_str() < ts {
                *last = Ts::new(ts);
            }
            return;
        }
        if self.young.len() >= max.div_ceil(2).max(1) {
            self.forgot |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        let before = self.old.remove(channel).filter(|last| last.as_str() > ts);
        self.young.insert(ChannelId::new(channel), before.unwrap_or_else(|| Ts::new(ts)));
    }

    /// Returns the channels in order, and whether none was discarded.
    pub(super) fn all(&self) -> (Vec<(ChannelId, Ts)>, bool) {
        let pairs = self.young.iter().chain(&self.old);
        let mut channels: Vec<_> = pairs.map(|(channel, ts)| (channel.clone(), ts.clone())).collect();
        channels.sort();
        (channels, !self.forgot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_latest_timestamps_and_is_bounded() {
        let mut seen = LastSeen::default();
        for (channel, ts) in [("C1", "2.0"), ("C2", "5.0"), ("C1", "1.0"), ("C1", "3.0"), ("C2", "4.0")] {
            seen.note_message(channel, ts, 4);
        }
        let pairs = |seen: &LastSeen| {
            seen.all().0.iter().map(|(channel, ts)| format!("{channel} {ts}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&seen), ["C1 3.0", "C2 5.0"]);
        seen.note_message("C3", "1.0", 4);
        seen.note_message("C2", "4.5", 4);
        assert_eq!(pairs(&seen), ["C1 3.0", "C2 5.0", "C3 1.0"]);
        assert!(seen.all().1);
        for number in 10..100 {
            seen.note_message(&format!("C{number}"), "1.0", 4);
            assert!(seen.all().0.len() <= 4);
        }
        assert!(!seen.all().1);
    }
}
