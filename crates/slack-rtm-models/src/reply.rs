//! Replies, the frames that answer a command and have no `type`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::recovery::decode_bytes;
use crate::{Ack, AckError, DecodeError, EventError, False, RawEvent, RawJson, True, tag};

/// The kind of a frame, as far as it is known without decoding the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameKind {
    /// A frame with a `type`: an event, known or not. `pong` is one.
    Event,
    /// A reply to a command. Decode it with [`Reply::from_raw`].
    Reply,
    /// Neither of them, or not a JSON object.
    Other,
}

/// The answer to a command.
///
/// ```
/// use slack_rtm_models::Reply;
///
/// let reply = Reply::from_json(r#"{"ok":true,"reply_to":7,"ts":"1700000123.000200"}"#)?;
/// assert_eq!(reply.reply_to(), Some(7));
/// assert!(matches!(reply, Reply::Ack(ack) if ack.ts.is_some()));
///
/// let reply = Reply::from_json(r#"{"ok":false,"reply_to":8,"error":{"code":-1,"msg":"slow down"}}"#)?;
/// assert!(matches!(reply, Reply::Error(refused) if refused.code() == Some(-1)));
/// # Ok::<(), slack_rtm_models::EventError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The command was accepted.
    Ack(Ack),
    /// The command was refused.
    Error(AckError),
}

impl Reply {
    /// Decodes a reply, whose variant depends on `ok`.
    ///
    /// # Errors
    /// Returns an error if the text is not a JSON object, has no `ok` that is a boolean, or acknowledges a command without its id.
    pub fn from_json(json: &str) -> Result<Self, EventError> {
        Self::from_slice(json.as_bytes())
    }

    /// Decodes a reply from bytes, as [`from_json`](Self::from_json) does from text.
    ///
    /// # Errors
    /// Returns an error as [`from_json`](Self::from_json) does, and if the bytes are not UTF-8.
    pub fn from_slice(json: &[u8]) -> Result<Self, EventError> {
        Self::decode(json).map_err(|source| EventError::new(None, json, source))
    }

    /// Decodes the reply in a frame; `None` if the frame is not a reply. For a frame with a type, it costs no more than a search for `reply_to`.
    ///
    /// Slack may send the last reply of a lost connection again on the next one, with a type. A frame with both `ok` and `reply_to` therefore counts as a reply.
    #[must_use]
    pub fn from_raw(frame: &RawEvent) -> Option<Self> {
        let may_be = frame.event_type().is_none() || frame.kind() == FrameKind::Reply;
        may_be.then(|| Self::decode(frame.as_bytes()).ok())?
    }

    fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        match tag::value(json, OK).and_then(flag) {
            Some(true) => decode_bytes(json).map(Self::Ack),
            Some(false) => decode_bytes(json).map(|mut refused: AckError| {
                // Some servers send only the message in place of an object with a code and a message.
                if let (None, Some(words @ [b'"', ..])) = (&refused.error, tag::value(json, "error")) {
                    refused.error = decode_bytes(&[b"{\"msg\":", words, b"}"].concat()).ok();
                }
                Self::Error(refused)
            }),
            None => {
                // For input that is not JSON, report that instead.
                crate::decode::<RawJson>(json)?;
                Err(DecodeError::no_reply())
            }
        }
    }

    /// Returns the `id` of the command, if the reply has it.
    #[must_use]
    pub fn reply_to(&self) -> Option<u64> {
        match self {
            Self::Ack(ack) => Some(ack.reply_to),
            Self::Error(refused) => refused.reply_to,
        }
    }

    /// Returns whether the command was accepted.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ack(_))
    }
}

impl AckError {
    /// Returns the code of the error, such as -1 for too many messages and 2 for a message without text.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.error.as_ref()?.code
    }

    /// Returns Slack's message for the error; empty if there is none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.error.as_ref().and_then(|error| error.msg.as_deref()).unwrap_or_default()
    }
}

impl RawEvent {
    /// Returns the kind of the frame. The rest of the frame is not checked, so it may still fail to decode.
    ///
    /// ```
    /// use slack_rtm_models::{FrameKind, RawEvent};
    ///
    /// assert_eq!(RawEvent::new(r#"{"type":"hello"}"#).kind(), FrameKind::Event);
    /// assert_eq!(RawEvent::new(r#"{"ok":true,"reply_to":1}"#).kind(), FrameKind::Reply);
    /// assert_eq!(RawEvent::new("[]").kind(), FrameKind::Other);
    /// ```
    #[must_use]
    pub fn kind(&self) -> FrameKind {
        let answers = || tag::value(self.as_bytes(), OK).and_then(flag).is_some();
        match self.event_type() {
            Some(_) if self.reply_to().is_some() && answers() => FrameKind::Reply,
            Some(_) => FrameKind::Event,
            None if answers() => FrameKind::Reply,
            None => FrameKind::Other,
        }
    }

    /// Returns the `id` of the command that the frame refers to. Replies and `pong` have one, and sometimes the event that your own command caused.
    #[must_use]
    pub fn reply_to(&self) -> Option<u64> {
        // Nearly every frame is an event without it: a search for the bytes is much cheaper than walking over all the fields.
        if self.event_type().is_some() {
            memchr::memmem::find(self.as_bytes(), b"\"reply_to\"")?;
        }
        let value = tag::value(self.as_bytes(), "reply_to")?;
        std::str::from_utf8(value).ok()?.trim_matches('"').parse().ok()
    }
}

/// The key by which the two kinds of replies are told apart.
const OK: &str = "ok";

/// Reads a boolean as [`True`] and [`False`] do.
fn flag(json: &[u8]) -> Option<bool> {
    match json {
        b"true" => return Some(true),
        b"false" => return Some(false),
        _ => {}
    }
    serde_json::from_slice::<True>(json)
        .map(bool::from)
        .or_else(|_| serde_json::from_slice::<False>(json).map(bool::from))
        .ok()
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ack(ack) => ack.serialize(serializer),
            Self::Error(refused) => refused.serialize(serializer),
        }
    }
}

/// Supports JSON only, as [`Event`](crate::Event) does.
impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::decode(raw.as_str().as_bytes()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(json: &'static str) -> FrameKind {
        RawEvent::new(json).kind()
    }

    #[test]
    fn frames_are_told_apart() {
        for json in [
            r#"{"ok":true,"reply_to":1}"#,
            r#"{"reply_to":"1","ok":1}"#,
            r#"{"ok":false,"error":{}}"#,
            r#"{"type":"message","text":"x","reply_to":1,"ok":true}"#,
            r#"{"type":null,"ok":false}"#,
        ] {
            assert_eq!(kind(json), FrameKind::Reply, "{json}");
        }
        for json in [
            r#"{"type":"pong","reply_to":1}"#,
            r#"{"type":"message","text":"\"reply_to\":1","ok":true}"#,
            r#"{"type":"x","inner":{"reply_to":1,"ok":true}}"#,
            r#"{"type":"x","ok":true}"#,
            r#"{"type":"x","reply_to":1,"ok":{}}"#,
        ] {
            assert_eq!(kind(json), FrameKind::Event, "{json}");
        }
        for json in ["", "{}", "[]", r#"{"reply_to":1}"#, r#"{"ok":"maybe"}"#, r#"{"ok""#] {
            assert_eq!(kind(json), FrameKind::Other, "{json}");
        }
    }

    #[test]
    fn reply_to_is_found_wherever_it_is() {
        let reply_to = |json: &'static str| RawEvent::new(json).reply_to();
        assert_eq!(reply_to(r#"{"type":"pong", "time" : 5 ,"reply_to" : 12 }"#), Some(12));
        assert_eq!(reply_to(r#"{"reply_to":"1553324756489"}"#), Some(1_553_324_756_489));
        assert_eq!(reply_to(r#"{"type":"x","a":{"reply_to":1}}"#), None);
        assert_eq!(reply_to(r#"{"reply_to":-1}"#), None);
    }

    #[test]
    fn a_refusal_is_one_whatever_its_error_is() {
        let refused = |json: &str| match Reply::from_json(json) {
            Ok(Reply::Error(refused)) => refused,
            other => panic!("{json}: {other:?}"),
        };
        let error = refused(r#"{"ok":false,"reply_to":2,"error":{"code":"2","msg":"no text"}}"#);
        assert_eq!((error.reply_to, error.code(), error.message()), (Some(2), Some(2), "no text"));
        for (json, message) in [
            (r#"{"ok":false}"#, ""),
            // The words alone, in place of number and words.
            (r#"{"ok":0,"error":"msg_too_long"}"#, "msg_too_long"),
            (r#"{"ok":"0","error":{"code":"x","msg":7}}"#, "7"),
            (r#"{"ok":false,"error":null}"#, ""),
        ] {
            assert_eq!((refused(json).code(), refused(json).message()), (None, message), "{json}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for json in ["", "[]", "{}", r#"{"ok":null}"#, r#"{"ok":true}"#, r#"{"ok":false"#] {
            let error = Reply::from_json(json).unwrap_err();
            assert_eq!(error.raw(), json);
            assert!(serde_json::from_str::<Reply>(json).is_err());
        }
        assert!(Reply::from_json("{}").unwrap_err().is_json());
        assert!(!Reply::from_json(r#"{"ok":false"#).unwrap_err().is_json());
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        for json in [
            r#"{"ok":true,"reply_to":1,"ts":"1.2","text":"x"}"#,
            r#"{"ok":false,"reply_to":1,"error":{"code":2,"msg":"x"}}"#,
        ] {
            let reply: Reply = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&reply).unwrap(), json);
            assert_eq!(Reply::from_raw(&RawEvent::new(json)), Some(reply));
        }
    }
}
