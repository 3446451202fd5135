//! What the user has been given, channel by channel.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use slack_rtm_models::{ChannelId, RawEvent, RawJson};

use super::stamp::Stamp;
use crate::machine::channel_and_ts;

/// How many channels, and how many threads, are remembered: those that were active last.
pub(super) const MAX_CHANNELS: usize = 10_000;
pub(super) const MAX_THREADS: usize = 1_000;

/// How many replies that history gave are remembered, in case they come live too, and how many of them are stored.
const MAX_AHEAD: usize = 65_536;
pub(super) const MAX_STORED_AHEAD: usize = 1_000;

/// A message that has its own place in the history of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) channel: &'a str,
    pub(super) ts: Stamp,
    /// The thread that it is in, if it is a reply.
    pub(super) thread: Option<Stamp>,
}

/// The keys of which most messages have none: with none of them a message is a plain one, and nothing is decoded.
static KEYS: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| [r#""hidden""#, r#""is_ephemeral""#, r#""subtype""#, r#""thread_ts""#].map(Finder::new));

/// What tells messages apart. What has another shape counts as absent.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    hidden: Option<RawJson>,
    #[serde(default)]
    is_ephemeral: Option<RawJson>,
    #[serde(default)]
    subtype: Option<RawJson>,
    #[serde(default)]
    thread_ts: Option<RawJson>,
}

fn is_true(json: Option<&RawJson>) -> bool {
    json.is_some_and(|json| matches!(json.as_str(), "true" | "1"))
}

fn text_of(json: Option<&RawJson>) -> Option<String> {
    json?.decode().ok()
}

/// Where an event has its place in history. Only messages have one; those that tell of another message have none, nor have those that one user alone sees.
pub(super) fn place(event: &RawEvent) -> Option<Place<'_>> {
    if event.event_type() != Some("message") {
        return None;
    }
    let json = event.as_bytes();
    let [channel, ts] = channel_and_ts(json)?;
    let text = |start: usize, end: usize| std::str::from_utf8(json.get(start..end)?).ok();
    let channel = text(channel.start as usize, channel.end as usize)?;
    let ts = Stamp::parse(text(ts.start as usize, ts.end as usize)?)?;
    if KEYS.iter().all(|key| key.find(json).is_none()) {
        return Some(Place { channel, ts, thread: None });
    }
    let header: Header = slack_rtm_models::decode(json).ok()?;
    let subtype = text_of(header.subtype.as_ref());
    if is_true(header.hidden.as_ref())
        || is_true(header.is_ephemeral.as_ref())
        || subtype.is_some_and(|subtype| subtype.starts_with("message_"))
    {
        return None;
    }
    let thread = text_of(header.thread_ts.as_ref()).and_then(|thread| Stamp::parse(&thread));
    Some(Place { channel, ts, thread: thread.filter(|thread| *thread != ts) })
}

/// The last message of each channel that the user has been given, and the threads that were active.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    channels: HashMap<ChannelId, Stamp>,
    /// Threads with the time of their last activity.
    threads: HashMap<(ChannelId, Stamp), Stamp>,
    /// The newest message of any channel that came live: up to there the connection has brought what there was in all of them.
    newest: Option<Stamp>,
    /// When the first connection was made: what is older is nobody's business.
    since: Option<Stamp>,
    /// Replies that history gave. A channel's threads are read one after another, so they say nothing of what else was posted before them.
    ahead: BTreeSet<(ChannelId, Stamp)>,
}

impl Marks {
    /// The user has been given this message, live.
    pub(super) fn note_live(&mut self, place: Place<'_>) {
        if !self.ahead.is_empty() {
            let channel = ChannelId::new(place.channel);
            let behind = self.ahead.range((channel.clone(), Stamp::ZERO)..(channel, place.ts));
            let behind: Vec<_> = behind.cloned().collect();
            for reply in &behind {
                self.ahead.remove(reply);
            }
        }
        self.note(place);
    }

    /// The user has been given this message, out of a history that was read up to it.
    pub(super) fn note_missed(&mut self, place: Place<'_>) {
        // Other channels were read at other times: it says nothing of them, so it is not the newest of all.
        if place.thread.is_none() {
            return self.advance(place.channel, place.ts);
        }
        self.note_thread(place);
        self.add_ahead(place.channel, place.ts);
    }

    pub(super) fn add_ahead(&mut self, channel: &str, ts: Stamp) {
        if self.ahead.len() < MAX_AHEAD {
            self.ahead.insert((ChannelId::new(channel), ts));
        }
    }

    /// Whether history gave this reply.
    pub(super) fn is_ahead(&self, channel: &str, ts: Stamp) -> bool {
        !self.ahead.is_empty() && self.ahead.contains(&(ChannelId::new(channel), ts))
    }

    /// The replies that are newer than their channel's last message, in their order.
    pub(super) fn ahead(&self) -> Vec<(ChannelId, Stamp)> {
        let is_newer = |(channel, ts): &&(ChannelId, Stamp)| {
            self.channels.get(channel.as_str()).is_none_or(|last| last < ts)
        };
        self.ahead.iter().filter(is_newer).take(MAX_STORED_AHEAD).cloned().collect()
    }

    /// The user has been given this message.
    pub(super) fn note(&mut self, place: Place<'_>) {
        self.newest = self.newest.max(Some(place.ts));
        self.note_thread(place);
        self.advance(place.channel, place.ts);
    }

    fn note_thread(&mut self, Place { channel, ts, thread }: Place<'_>) {
        if let Some(thread) = thread {
            let key = (ChannelId::new(channel), thread);
            let last = self.threads.entry(key).or_insert(ts);
            *last = ts.max(*last);
            if self.threads.len() > MAX_THREADS + MAX_THREADS / 4 {
                self.threads = newest_of(&self.threads, MAX_THREADS).into_iter().collect();
            }
        }
    }

    /// Everything in the channel up to this moment has been given.
    pub(super) fn advance(&mut self, channel: &str, ts: Stamp) {
        if let Some(last) = self.channels.get_mut(channel) {
            *last = ts.max(*last);
            return;
        }
        self.channels.insert(ChannelId::new(channel), ts);
        if self.channels.len() > MAX_CHANNELS + MAX_CHANNELS / 4 {
            self.channels = newest_of(&self.channels, MAX_CHANNELS).into_iter().collect();
        }
    }

    /// The same threads, and no channel yet.
    pub(super) fn without_channels(self) -> Self {
        Self { channels: HashMap::new(), ..self }
    }

    /// The server's time when the first connection was made.
    pub(super) fn begin(&mut self, since: Stamp) {
        self.since.get_or_insert(since);
    }

    pub(super) fn since(&self) -> Option<Stamp> {
        self.since
    }

    pub(super) fn set_newest(&mut self, newest: Option<Stamp>) {
        self.newest = newest;
    }

    pub(super) fn newest(&self) -> Option<Stamp> {
        self.newest
    }

    #[cfg(test)]
    pub(super) fn channel(&self, channel: &str) -> Option<Stamp> {
        self.channels.get(channel).copied()
    }

    /// The channels that are remembered, in their order.
    pub(super) fn channels(&self) -> Vec<(ChannelId, Stamp)> {
        let mut channels: Vec<_> = newest_of(&self.channels, MAX_CHANNELS);
        channels.sort_unstable();
        channels
    }

    /// The threads that are remembered, in their order.
    pub(super) fn threads(&self) -> Vec<((ChannelId, Stamp), Stamp)> {
        let mut threads: Vec<_> = newest_of(&self.threads, MAX_THREADS);
        threads.sort_unstable();
        threads
    }

    pub(super) fn threads_of(&self, channel: &ChannelId) -> Vec<Stamp> {
        self.threads.keys().filter(|(of, _)| of == channel).map(|(_, thread)| *thread).collect()
    }
}

fn newest_of<K: Clone + Ord>(entries: &HashMap<K, Stamp>, most: usize) -> Vec<(K, Stamp)> {
    let mut entries: Vec<_> = entries.iter().map(|(key, ts)| (key.clone(), *ts)).collect();
    if entries.len() > most {
        entries.select_nth_unstable_by(most, |a, b| b.1.cmp(&a.1));
        entries.truncate(most);
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &'static str) -> RawEvent {
        RawEvent::new(json)
    }

    #[test]
    fn only_messages_of_their_own_have_a_place() {
        let place_of = |json| place(&event(json)).map(|place| (place.ts.to_string(), place.thread.is_some()));
        let found = |reply| Some(("5.000000".to_owned(), reply));
        for (json, expected) in [
            (r#"{"type":"message","channel":"C1","ts":"5.0"}"#, found(false)),
            (r#"{"type":"message","channel":"C1","ts":"5.0","thread_ts":"5.0"}"#, found(false)),
            (r#"{"type":"message","channel":"C1","ts":"5.0","thread_ts":"4.0"}"#, found(true)),
            (r#"{"type":"message","subtype":"me_message","channel":"C1","ts":"5.0"}"#, found(false)),
            (r#"{"type":"message","subtype":"message_changed","channel":"C1","ts":"5.0"}"#, None),
            (r#"{"type":"message","hidden":true,"channel":"C1","ts":"5.0"}"#, None),
            (r#"{"type": "message", "hidden" : true, "channel": "C1", "ts": "5.0"}"#, None),
            (r#"{"type": "message", "is_ephemeral" : true, "channel": "C1", "ts": "5.0"}"#, None),
            (r#"{"type": "message", "thread_ts" : "4.0", "channel": "C1", "ts": "5.0"}"#, found(true)),
            (
                r#"{"type":"message","channel":"C1","ts":"5.0","root":{"thread_ts":"4.0","hidden":true}}"#,
                found(false),
            ),
            (r#"{"type":"message","thread_ts":7,"hidden":"x","channel":"C1","ts":"5.0"}"#, found(false)),
            (r#"{"type":"message","is_ephemeral":true,"channel":"C1","ts":"5.0"}"#, None),
            (r#"{"type":"message","channel":"C1","ts":"soon"}"#, None),
            (r#"{"type":"reaction_added","channel":"C1","ts":"5.0"}"#, None),
        ] {
            assert_eq!(place_of(json), expected, "{json}");
        }
    }

    #[test]
    fn it_is_bounded_and_keeps_what_was_active_last() {
        let mut marks = Marks::default();
        for number in 0..30_000_u64 {
            let ts = Stamp::ZERO.plus(number);
            marks.note(Place { channel: &format!("C{number}"), ts, thread: Some(ts.minus(1)) });
        }
        let channels = marks.channels();
        assert_eq!(channels.len(), MAX_CHANNELS);
        assert!(channels.iter().all(|(_, ts)| *ts >= Stamp::ZERO.plus(20_000)));
        assert_eq!(marks.threads().len(), MAX_THREADS);
        marks.note(Place { channel: "C29999", ts: Stamp::ZERO.plus(5), thread: None });
        assert_eq!(marks.channel("C29999"), Some(Stamp::ZERO.plus(29_999)), "it does not go back");
    }
}
