//! A message from history, and its conversion into an event.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use slack_rtm_models::{ChannelId, RawEvent, decode};

use super::timestamp::Timestamp;
use crate::machine::leading_type_and_ts;

/// A message that was read from history.
#[derive(Clone, Debug)]
pub(super) struct HistoryMessage {
    pub(super) ts: Timestamp,
    /// The thread that it is in, even if it is the thread's first message.
    pub(super) thread: Option<Timestamp>,
    /// The time of the last reply, if Slack says so.
    pub(super) latest_reply: Option<Timestamp>,
    pub(super) edited: Option<Timestamp>,
    /// Its JSON, which is a part of the page's buffer.
    raw: Bytes,
    /// Whether it has or may have replies.
    pub(super) has_replies: bool,
    /// Whether it is the placeholder of a deleted message whose thread still exists.
    pub(super) is_tombstone: bool,
    has_type: bool,
    names_channel: bool,
}

/// Keys, and one value, that most messages do not have. Of a message without any of them only the timestamp is read.
static KEYS: LazyLock<[Finder<'static>; 6]> = LazyLock::new(|| {
    [
        r#""channel""#,
        r#""edited""#,
        r#""latest_reply""#,
        r#""reply_count""#,
        r#""thread_ts""#,
        r#""tombstone""#,
    ]
    .map(Finder::new)
});

/// The members that are read of other messages. A member of an unexpected type counts as absent.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    ts: &'a RawValue,
    #[serde(default, rename = "type")]
    kind: Option<IgnoredAny>,
    #[serde(default, borrow)]
    subtype: Option<&'a RawValue>,
    #[serde(default, borrow)]
    channel: Option<&'a RawValue>,
    #[serde(default, borrow)]
    thread_ts: Option<&'a RawValue>,
    #[serde(default, borrow)]
    latest_reply: Option<&'a RawValue>,
    #[serde(default, borrow)]
    reply_count: Option<&'a RawValue>,
    #[serde(default, borrow)]
    edited: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Edited {
    ts: String,
}

/// Reads a timestamp; anything else is `None`.
fn stamp(json: Option<&RawValue>) -> Option<Timestamp> {
    Timestamp::parse(&decode::<String>(json?.get().as_bytes()).ok()?)
}

impl HistoryMessage {
    /// Reads a message. `None` if it is not an object or has no timestamp.
    pub(super) fn read(raw: Bytes) -> Option<Self> {
        if KEYS.iter().all(|key| key.find(&raw).is_none())
            && let Some([_, ts]) = leading_type_and_ts(&raw)
        {
            let ts = std::str::from_utf8(raw.get(ts.start as usize..ts.end as usize)?).ok()?;
            return Some(Self {
                ts: Timestamp::parse(ts)?,
                thread: None,
                latest_reply: None,
                edited: None,
                raw,
                has_replies: false,
                is_tombstone: false,
                has_type: true,
                names_channel: false,
            });
        }
        let header: Header<'_> = decode(&raw).ok()?;
        let edited = header.edited.and_then(|edited| decode::<Edited>(edited.get().as_bytes()).ok());
        let latest_reply = stamp(header.latest_reply);
        let count = header.reply_count.map(|count| count.get().trim_matches('"') != "0");
        Some(Self {
            // A number is parsed from its text, which is exact.
            ts: Timestamp::parse(header.ts.get().trim_matches('"'))?,
            thread: stamp(header.thread_ts),
            has_replies: count.unwrap_or(latest_reply.is_some()),
            latest_reply,
            edited: edited.and_then(|edited| Timestamp::parse(&edited.ts)),
            is_tombstone: header.subtype.is_some_and(|subtype| subtype.get() == r#""tombstone""#),
            has_type: header.kind.is_some(),
            names_channel: header.channel.is_some(),
            raw,
        })
    }

    /// Returns how much memory it takes, in bytes.
    pub(super) fn len(&self) -> usize {
        self.raw.len() + 128
    }

    /// Returns whether it is a reply in the thread of another message.
    pub(super) fn is_reply(&self) -> bool {
        self.thread.is_some_and(|thread| thread != self.ts)
    }

    /// Converts the message into the event that the server would have sent.
    pub(super) fn into_event(self, channel: &ChannelId) -> RawEvent {
        RawEvent::new(Bytes::from(self.frame(channel)))
    }

    /// Converts the edit of a message that was delivered before into the event that the server would have sent.
    pub(super) fn into_edit(self, channel: &ChannelId) -> Option<RawEvent> {
        let edited = self.edited?;
        let channel = quoted(channel.as_str());
        let json = format!(
            r#"{{"type":"message","subtype":"message_changed","hidden":true,"channel":{channel},"ts":"{edited}","message":{}}}"#,
            self.text()
        );
        Some(RawEvent::new(Bytes::from(json)))
    }

    /// Returns the JSON as text. It was parsed before, so it is UTF-8.
    fn text(&self) -> &str {
        std::str::from_utf8(&self.raw).unwrap_or("null")
    }

    fn frame(&self, channel: &ChannelId) -> String {
        const TYPE: &str = r#""type":"message","#;
        let inner = self.text().trim_start().strip_prefix('{').unwrap_or_default();
        if self.names_channel {
            return self.frame_of(channel, inner);
        }
        let (head, rest) = match inner.strip_prefix(TYPE) {
            Some(rest) => (TYPE, rest),
            None if self.has_type => ("", inner),
            None => (TYPE, inner),
        };
        let channel = channel.as_str();
        let mut frame = String::with_capacity(self.raw.len() + channel.len() + 64);
        frame.push('{');
        frame.push_str(head);
        frame.push_str(r#""channel":"#);
        if channel.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            frame.push('"');
            frame.push_str(channel);
            frame.push('"');
        } else {
            frame.push_str(&quoted(channel));
        }
        frame.push(',');
        frame.push_str(rest);
        frame
    }

    /// Converts a message that names its channel. The channel that was read takes precedence.
    fn frame_of(&self, channel: &ChannelId, inner: &str) -> String {
        let mut message: serde_json::Value = decode(&self.raw).unwrap_or_default();
        if message["channel"] == channel.as_str() {
            let head = if self.has_type { "" } else { r#""type":"message","# };
            return format!("{{{head}{inner}");
        }
        message["type"] = "message".into();
        message["channel"] = channel.as_str().into();
        message.to_string()
    }
}

/// Encodes a string as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::Event;

    fn past(json: &str) -> HistoryMessage {
        HistoryMessage::read(Bytes::from(json.to_owned())).unwrap()
    }

    fn channel() -> ChannelId {
        ChannelId::new("C01GENERAL0")
    }

    #[test]
    fn a_message_gets_the_shape_of_a_frame_and_loses_nothing() {
        for json in [
            r#"{"type":"message","user":"U01ALICE000","text":"a \"b\"","ts":"1700000000.000100","new":{"x":[1.0]}}"#,
            r#"{"user":"U01ALICE000","text":"a \"b\"","ts":"1700000000.000100","new":{"x":[1.0]}}"#,
            r#" { "new":{"x":[1.0]},"text":"a \"b\"","user":"U01ALICE000","type":"message","ts":"1700000000.000100" } "#,
            r#"{"ts":"1700000000.000100","channel":"C01GENERAL0","type":"message","new":{"x":[1.0]},"user":"U01ALICE000","text":"a \"b\""}"#,
        ] {
            let event = past(json).into_event(&channel());
            assert_eq!(event.event_type(), Some("message"), "{}", event.as_str());
            let Ok(Event::Message(message)) = event.decode_event() else { panic!("{}", event.as_str()) };
            assert_eq!(message.channel.unwrap(), "C01GENERAL0");
            assert_eq!(message.text.as_deref(), Some(r#"a "b""#));
            assert!(event.as_str().contains(r#""new":{"x":[1.0]}"#));
            let keys: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap();
            assert_eq!(keys.as_object().unwrap().len(), 6);
        }
        let odd = ChannelId::new("C\"\\");
        let event = past(r#"{"ts":"1.0"}"#).into_event(&odd);
        let Ok(Event::Message(message)) = event.decode_event() else { panic!() };
        assert_eq!(message.channel.unwrap(), odd);
    }

    #[test]
    fn a_plain_message_is_read_as_any_other() {
        for json in [
            r#"{"type":"message","user":"U01ALICE000","text":"a, \"ts\":\"9.0\"","ts":"5.000001","blocks":[{"ts":"7.0"}]}"#,
            r#"{"type":"message","blocks":[{"type":"x","ts":"7.0"}],"ts":"5.000001"}"#,
            r#"{"blocks":[],"type":"message","ts":"5.000001"}"#,
            r#"{"user":"U01ALICE000","ts":"5.000001","text":"x"}"#,
        ] {
            let (past, whole) = (past(json), past(&json.replace("{\"", "{\"edited\":null,\"")));
            assert_eq!(past.ts, Timestamp::parse("5.000001").unwrap(), "{json}");
            assert_eq!((past.ts, past.has_type), (whole.ts, whole.has_type), "{json}");
            assert!(!past.is_reply() && past.edited.is_none() && !past.names_channel);
        }
    }

    #[test]
    fn an_edit_has_the_shape_of_a_changed_message() {
        let json = r#"{"type":"message","text":"new","ts":"1700000000.000100","edited":{"user":"U01ALICE000","ts":"1700000009.000000"}}"#;
        let event = past(json).into_edit(&channel()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap();
        assert_eq!(json["subtype"], "message_changed");
        assert_eq!(json["ts"], "1700000009.000000");
        assert_eq!(json["message"]["text"], "new");
        assert!(event.decode_event().is_ok());
    }

    #[test]
    fn what_has_another_shape_is_left_out() {
        assert_eq!(past(r#"{"ts":1700000000.000100}"#).ts, Timestamp::parse("1700000000.000100").unwrap());
        let elsewhere = past(r#"{"ts":"5.0","channel":{"id":"CWRONG"},"text":"x"}"#).into_event(&channel());
        let Ok(Event::Message(message)) = elsewhere.decode_event() else { panic!() };
        assert_eq!((message.channel.unwrap().as_str(), message.text.as_deref()), ("C01GENERAL0", Some("x")));
        for json in
            ["[]", "5", "{}", r#"{"ts":null}"#, r#"{"ts":"soon"}"#, r#"{"type":"message","ts":"soon"}"#]
        {
            assert!(HistoryMessage::read(Bytes::from_static(json.as_bytes())).is_none(), "{json}");
        }
        let odd = past(r#"{"ts":"5.0","thread_ts":7,"latest_reply":null,"reply_count":"0","edited":true}"#);
        assert!(
            odd.thread.is_none() && odd.latest_reply.is_none() && !odd.has_replies && odd.edited.is_none()
        );
        assert!(past(r#"{"ts":"5.0","reply_count":2}"#).has_replies);
        assert!(past(r#"{"ts":"5.0","latest_reply":"6.0"}"#).has_replies);
        let tombstone =
            past(r#"{"type":"message","subtype":"tombstone","ts":"5.0","thread_ts":"5.0","reply_count":1}"#);
        assert!(tombstone.is_tombstone && tombstone.has_replies && !tombstone.is_reply());
        assert!(!past(r#"{"type":"message","text":"\"tombstone\"","ts":"5.0"}"#).is_tombstone);
    }
}
