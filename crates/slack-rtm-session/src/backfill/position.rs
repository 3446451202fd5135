//! The position of an event in the history of its channel.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use slack_rtm_models::{RawEvent, RawJson};

use super::timestamp::Timestamp;
use crate::machine::{channel_and_ts, finder};

/// The position of a message in the history of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position<'a> {
    pub(super) channel: &'a str,
    pub(super) ts: Timestamp,
    /// The thread that it is in, if it is a reply.
    pub(super) thread: Option<Timestamp>,
}

static THREAD: LazyLock<Finder<'static>> = LazyLock::new(|| finder(r#""thread_ts""#));

/// Other keys that most messages do not have.
static KEYS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [r#""hidden""#, r#""is_ephemeral""#, r#""subtype""#].map(Finder::new));

/// The members that distinguish messages. A member of an unexpected type counts as absent.
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

/// Returns the position of an event in history. Only messages have one, except those about another message and those that only one user sees.
pub(super) fn position_of(event: &RawEvent) -> Option<Position<'_>> {
    let position = moment(event)?;
    let json = event.as_bytes();
    if THREAD.find(json).is_none() && KEYS.iter().all(|key| key.find(json).is_none()) {
        return Some(position);
    }
    let header: Header = slack_rtm_models::decode(json).ok()?;
    let subtype = text_of(header.subtype.as_ref());
    if is_true(header.hidden.as_ref())
        || is_true(header.is_ephemeral.as_ref())
        || subtype.is_some_and(|subtype| subtype.starts_with("message_"))
    {
        return None;
    }
    let thread = text_of(header.thread_ts.as_ref()).and_then(|thread| Timestamp::parse(&thread));
    Some(Position { thread: thread.filter(|thread| *thread != position.ts), ..position })
}

/// Returns the time of an event in its channel, up to which older events have arrived. It also accepts messages that history does not contain, unless they are in a
/// thread. Faster than [`position_of`].
pub(super) fn progress(event: &RawEvent) -> Option<Position<'_>> {
    let moment = moment(event)?;
    if THREAD.find(event.as_bytes()).is_none() { Some(moment) } else { position_of(event) }
}

/// Returns the channel and the time of a message.
fn moment(event: &RawEvent) -> Option<Position<'_>> {
    if !event.has_type("message") {
        return None;
    }
    let json = event.as_bytes();
    let [channel, ts] = channel_and_ts(json)?;
    let value = |range: Range<u32>| json.get(range.start as usize..range.end as usize);
    let channel = std::str::from_utf8(value(channel)?).ok()?;
    let ts = Timestamp::parse_bytes(value(ts)?)?;
    Some(Position { channel, ts, thread: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &'static str) -> RawEvent {
        RawEvent::new(json)
    }

    #[test]
    fn only_messages_of_their_own_have_a_place() {
        let place_of = |json| {
            position_of(&event(json)).map(|position| (position.ts.to_string(), position.thread.is_some()))
        };
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
            let progress =
                progress(&event(json)).map(|position| (position.ts.to_string(), position.thread.is_some()));
            assert!(expected.is_none() || progress == expected, "{json}: {progress:?}");
        }
    }
}
