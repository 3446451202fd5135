//! Classifies the frames of RTM.

use std::ops::Range;

use bytes::Bytes;
use serde::de::IgnoredAny;
use slack_rtm_models::{Ack, FrameKind, RawEvent, Reply};

use super::echo::Echo;
use super::json_scan;
use crate::server_error::ServerError;

/// A frame with its meaning.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(super) event: RawEvent,
    pub(super) meaning: Meaning,
}

/// What a frame means to a session. No variant has content smaller than a word, because every frame is moved with its meaning: copied in parts that overlap, it makes
/// the processor wait.
#[derive(Debug, PartialEq)]
pub(crate) enum Meaning {
    Hello,
    Goodbye,
    Migration,
    /// An error of the server.
    Error(Box<ServerError>),
    Pong(u64),
    /// A reply to a command.
    Reply(Box<Reply>),
    /// A message that a command of this session may have posted; if so it is also the reply to it.
    Echo(Box<Echo>),
    Event,
    /// Text that is not a JSON object.
    Malformed,
    /// A binary frame, which RTM does not have.
    Binary,
}

impl Frame {
    /// Classifies a frame without decoding it. Echoes are recognized only if commands wait for their replies.
    #[inline]
    pub(crate) fn read(bytes: Bytes, is_text: bool, awaits_replies: bool) -> Self {
        let event = RawEvent::new(bytes);
        if !is_text {
            return Self { event, meaning: Meaning::Binary };
        }
        // The fast path for nearly all frames. Only messages can be echoes.
        if event.has_type("message") {
            let echo = if awaits_replies { echo(&event) } else { None };
            return Self { event, meaning: echo.unwrap_or(Meaning::Event) };
        }
        let meaning = meaning(&event);
        Self { event, meaning }
    }

    /// Creates a frame from text that is not JSON.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn malformed(bytes: Bytes) -> Self {
        Self { event: RawEvent::new(bytes), meaning: Meaning::Malformed }
    }

    /// Returns the channel and the timestamp of a message.
    pub(super) fn channel_and_ts(&self) -> Option<(&str, &str)> {
        channel_and_ts(&self.event)
    }

    pub(super) fn len(&self) -> usize {
        self.event.as_bytes().len()
    }
}

/// Returns the channel and the timestamp of a message.
#[inline]
pub(super) fn channel_and_ts(event: &RawEvent) -> Option<(&str, &str)> {
    if !event.has_type("message") {
        return None;
    }
    let [channel, ts] = json_scan::channel_and_ts(event.as_bytes())?;
    let text = |range: Range<u32>| {
        std::str::from_utf8(event.as_bytes().get(range.start as usize..range.end as usize)?).ok()
    };
    Some((text(channel)?, text(ts)?))
}

/// Classifies a frame that is not a message.
fn meaning(event: &RawEvent) -> Meaning {
    match event.event_type() {
        Some("hello") => Meaning::Hello,
        Some("goodbye") => Meaning::Goodbye,
        Some("team_migration_started") => Meaning::Migration,
        Some("error") => Meaning::Error(Box::new(ServerError::read(event))),
        Some("pong") => event.reply_to().map_or(Meaning::Event, Meaning::Pong),
        Some(_) => Meaning::Event,
        None => match Reply::from_raw(event) {
            Some(reply) if reply.reply_to().is_some() => Meaning::Reply(Box::new(reply)),
            Some(Reply::Error(_)) => {
                ServerError::untyped(event).map_or(Meaning::Event, |error| Meaning::Error(Box::new(error)))
            }
            _ if is_object(event.as_bytes()) => Meaning::Event,
            _ => Meaning::Malformed,
        },
    }
}

fn echo(event: &RawEvent) -> Option<Meaning> {
    let reply_to = event.reply_to()?;
    let reply = if event.kind() == FrameKind::Reply {
        Reply::from_raw(event)?
    } else {
        let mut ack = Ack::new(reply_to);
        if let Some((channel, ts)) = channel_and_ts(event) {
            (ack.channel, ack.ts) = (Some(channel.into()), Some(ts.into()));
        }
        Reply::Ack(ack)
    };
    Some(Meaning::Echo(Box::new(Echo::new(reply, event))))
}

/// Returns whether the text is a JSON object. It parses the whole text, so it is called for rare frames only.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{') && slack_rtm_models::decode::<IgnoredAny>(json).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &'static str) -> Frame {
        Frame::read(Bytes::from_static(json.as_bytes()), true, true)
    }

    #[test]
    fn frames_are_classified() {
        for (json, meaning) in [
            (r#"{"type":"hello","x":1}"#, Meaning::Hello),
            (r#"{"type":"goodbye"}"#, Meaning::Goodbye),
            (r#"{"type":"team_migration_started"}"#, Meaning::Migration),
            (
                r#"{"type":"error","error":{"code":1,"msg":"old"}}"#,
                Meaning::Error(Box::new(ServerError { number: Some(1), message: "old".into(), code: None })),
            ),
            (r#"{"type":"error"}"#, Meaning::Error(Box::default())),
            (r#"{"ok":false}"#, Meaning::Event),
            (r#"{"type":"pong","reply_to":5}"#, Meaning::Pong(5)),
            (r#"{"type":"pong"}"#, Meaning::Event),
            (r#"{"type":"message","ts":5}"#, Meaning::Event),
            (r#"{"type":"brand_new"}"#, Meaning::Event),
            (r#"{"type":7}"#, Meaning::Event),
            ("{}", Meaning::Event),
            (r#"{"ok":true}"#, Meaning::Event),
            ("", Meaning::Malformed),
            ("[1]", Meaning::Malformed),
            ("{}\0", Meaning::Malformed),
            (r#"{"a"#, Meaning::Malformed),
        ] {
            assert_eq!(read(json).meaning, meaning, "{json}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Frame::read(deep.into(), true, true).meaning, Meaning::Malformed);
        assert_eq!(Frame::read(Bytes::from_static(b"{}"), false, true).meaning, Meaning::Binary);
    }

    #[test]
    fn replies_and_echoes_are_read() {
        let Meaning::Reply(reply) = read(r#"{"ok":true,"reply_to":5,"ts":"1.2"}"#).meaning else { panic!() };
        assert_eq!(reply.reply_to(), Some(5));
        let echo = read(r#"{"type":"message","channel":"C1","reply_to":5,"ts":"1.2"}"#);
        assert_eq!(echo.channel_and_ts(), Some(("C1", "1.2")));
        let Meaning::Echo(echo) = echo.meaning else { panic!() };
        assert!(
            matches!(echo.reply, Reply::Ack(ack) if ack.reply_to == 5 && ack.ts.as_ref().unwrap() == "1.2")
        );
    }
}
