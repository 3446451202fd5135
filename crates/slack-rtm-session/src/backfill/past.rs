//! A message of a channel's history, and its way back into the shape of a frame.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use slack_rtm_models::{ChannelId, RawEvent, RawJson};

use super::stamp::Stamp;

/// A message that was read from history.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) ts: Stamp,
    /// The thread that it is in, also where it began that thread.
    pub(super) thread: Option<Stamp>,
    /// When the last reply to it was written, where Slack says so.
    pub(super) latest_reply: Option<Stamp>,
    /// Whether it has, or may have, replies.
    pub(super) has_replies: bool,
    pub(super) edited: Option<Stamp>,
    raw: RawJson,
    has_type: bool,
    named_channel: Option<RawJson>,
}

#[derive(Deserialize)]
struct Header {
    ts: RawJson,
    #[serde(default, rename = "type")]
    kind: Option<IgnoredAny>,
    #[serde(default)]
    channel: Option<RawJson>,
    #[serde(default)]
    thread_ts: Option<RawJson>,
    #[serde(default)]
    latest_reply: Option<RawJson>,
    #[serde(default)]
    reply_count: Option<RawJson>,
    #[serde(default)]
    edited: Option<RawJson>,
}

#[derive(Deserialize)]
struct Edited {
    ts: String,
}

/// A timestamp; anything else counts as none.
fn stamp(json: Option<&RawJson>) -> Option<Stamp> {
    Stamp::parse(&json?.decode::<String>().ok()?)
}

impl Past {
    /// Reads what is needed of a message. `None` if it has no timestamp, or is no object.
    pub(super) fn read(raw: RawJson) -> Option<Self> {
        let header: Header = raw.decode().ok()?;
        let edited = header.edited.and_then(|edited| edited.decode::<Edited>().ok());
        let latest_reply = stamp(header.latest_reply.as_ref());
        let count = header.reply_count.map(|count| count.as_str().trim_matches('"') != "0");
        Some(Self {
            // A number is read by its text, which is exact.
            ts: Stamp::parse(header.ts.as_str().trim_matches('"'))?,
            thread: stamp(header.thread_ts.as_ref()),
            has_replies: count.unwrap_or(latest_reply.is_some()),
            latest_reply,
            edited: edited.and_then(|edited| Stamp::parse(&edited.ts)),
            has_type: header.kind.is_some(),
            named_channel: header.channel,
            raw,
        })
    }

    /// How much memory it takes.
    pub(super) fn len(&self) -> usize {
        self.raw.as_str().len() + 128
    }

    /// Whether it is a reply in another message's thread.
    pub(super) fn is_reply(&self) -> bool {
        self.thread.is_some_and(|thread| thread != self.ts)
    }

    /// The message as the server would have sent it.
    pub(super) fn into_event(self, channel: &ChannelId) -> RawEvent {
        RawEvent::new(Bytes::from(self.frame(channel)))
    }

    /// The edit of a message that had been delivered before, as the server would have told it.
    pub(super) fn into_edit(self, channel: &ChannelId) -> Option<RawEvent> {
        let edited = self.edited?;
        let channel = quoted(channel.as_str());
        let json = format!(
            r#"{{"type":"message","subtype":"message_changed","hidden":true,"channel":{channel},"ts":"{edited}","message":{}}}"#,
            self.raw.as_str()
        );
        Some(RawEvent::new(Bytes::from(json)))
    }

    fn frame(&self, channel: &ChannelId) -> String {
        const TYPE: &str = r#""type":"message","#;
        let inner = self.raw.as_str().trim_start().strip_prefix('{').unwrap_or_default();
        let (head, rest) = match inner.strip_prefix(TYPE) {
            Some(rest) => (TYPE, rest),
            None if self.has_type => ("", inner),
            None => (TYPE, inner),
        };
        let channel = quoted(channel.as_str());
        match &self.named_channel {
            None => format!(r#"{{{head}"channel":{channel},{rest}"#),
            Some(named) if named.as_str() == channel => format!("{{{head}{rest}"),
            // It was asked for in one channel, and says that it is in another.
            Some(_) => {
                let mut message: serde_json::Value = self.raw.decode().unwrap_or_default();
                message["type"] = "message".into();
                message["channel"] = serde_json::from_str(&channel).unwrap_or_default();
                message.to_string()
            }
        }
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::Event;

    fn past(json: &str) -> Past {
        Past::read(RawJson::new(json).unwrap()).unwrap()
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
        assert_eq!(past(r#"{"ts":1700000000.000100}"#).ts, Stamp::parse("1700000000.000100").unwrap());
        let elsewhere = past(r#"{"ts":"5.0","channel":{"id":"CWRONG"},"text":"x"}"#).into_event(&channel());
        let Ok(Event::Message(message)) = elsewhere.decode_event() else { panic!() };
        assert_eq!((message.channel.unwrap().as_str(), message.text.as_deref()), ("C01GENERAL0", Some("x")));
        for json in ["[]", "5", "{}", r#"{"ts":null}"#, r#"{"ts":"soon"}"#] {
            assert!(Past::read(RawJson::new(json).unwrap()).is_none(), "{json}");
        }
        let odd = past(r#"{"ts":"5.0","thread_ts":7,"latest_reply":null,"reply_count":"0","edited":true}"#);
        assert!(
            odd.thread.is_none() && odd.latest_reply.is_none() && !odd.has_replies && odd.edited.is_none()
        );
        assert!(past(r#"{"ts":"5.0","reply_count":2}"#).has_replies);
        assert!(past(r#"{"ts":"5.0","latest_reply":"6.0"}"#).has_replies);
    }
}
