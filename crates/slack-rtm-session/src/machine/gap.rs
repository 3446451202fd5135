//! The last timestamp of each channel, for whoever has to fill a gap.

use std::collections::HashMap;

use slack_rtm_models::{ChannelId, RawEvent, Ts};

use super::{Frame, frame};

/// Asked for every message; its keys are the server's, and bounded in number.
type Map = HashMap<ChannelId, Ts, foldhash::fast::RandomState>;

/// Bounded: when the younger half is full, the older one goes.
#[derive(Debug, Default)]
pub(super) struct LastSeen {
    young: Map,
    old: Map,
    forgot: bool,
}

impl LastSeen {
    /// Notes a frame, if it is a message. With no channels to remember it is not even looked at.
    #[inline]
    pub(super) fn note(&mut self, frame: &Frame, most: usize) {
        self.note_event(&frame.event, most);
    }

    /// Notes an event in the same way.
    pub(super) fn note_event(&mut self, event: &RawEvent, most: usize) {
        if most == 0 {
            self.forgot = true;
        } else if let Some((channel, ts)) = frame::place(event) {
            self.note_message(channel, ts, most);
        }
    }

    fn note_message(&mut self, channel: &str, ts: &str, most: usize) {
        if let Some(last) = self.young.get_mut(channel) {
            // They sort as text, within a channel.
            if last.as_str() < ts {
                *last = Ts::new(ts);
            }
            return;
        }
        if self.young.len() >= most.div_ceil(2).max(1) {
            self.forgot |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        let before = self.old.remove(channel).filter(|last| last.as_str() > ts);
        self.young.insert(ChannelId::new(channel), before.unwrap_or_else(|| Ts::new(ts)));
    }

    /// The channels in order, and whether they are all that were seen.
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
    fn it_keeps_the_latest_and_is_bounded() {
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
