//! The lines that `listen` reads: JSON objects, each with one command.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use slack_rtm::Sender;
use slack_rtm::models::{MessageCommand, escape};
use slack_rtm::session::Delivery;

/// The longest message of a parse error, in characters; it may quote the line.
const MAX_QUOTED: usize = 200;

/// One command. Ids are plain strings here, because those of the SDK accept numbers too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Command {
    Send(#[serde(deserialize_with = "object")] Send),
    Raw(Raw),
    Typing(#[serde(deserialize_with = "object")] Typing),
    PresenceSub(Vec<String>),
    PresenceQuery(Vec<String>),
    Ack(Ack),
    Respond(#[serde(deserialize_with = "object")] Respond),
    Close(#[serde(deserialize_with = "object")] Close),
}

/// What the reader has processed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ack {
    /// The line with this number, and all lines before it.
    Line(u64),
    /// The envelope with this id.
    Envelope(String),
}

impl<'de> Deserialize<'de> for Ack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Target;

        impl Visitor<'_> for Target {
            type Value = Ack;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a line or the id of an envelope")
            }

            fn visit_u64<E: Error>(self, line: u64) -> Result<Ack, E> {
                Ok(Ack::Line(line))
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Ack, E> {
                Ok(Ack::Envelope(id.to_owned()))
            }
        }

        deserializer.deserialize_any(Target)
    }
}

/// A response to an envelope that accepts one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Respond {
    /// The id of the envelope.
    envelope: String,
    /// The response, which is sent as it is written.
    payload: Box<RawValue>,
}

/// Unknown members are an error: a message without its thread is another message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    /// Is part of the reply, as it is written.
    #[serde(default, rename = "ref")]
    reference: Box<RawValue>,
    channel: String,
    text: String,
    /// The thread to reply in.
    thread_ts: Option<String>,
    /// Whether the text has no markup, so that `&`, `<` and `>` stand for themselves.
    #[serde(default)]
    plain: bool,
    /// Whether the reply shows in the channel as well.
    reply_broadcast: Option<bool>,
}

/// A frame that is sent as it is written, except for its `ref`.
#[derive(Debug)]
pub(super) struct Raw {
    reference: Box<RawValue>,
    frame: Frame,
}

/// An object, with its members in order and as they are written.
#[derive(Debug)]
struct Frame(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut raw = Raw { reference: Box::default(), frame: Frame(Vec::new()) };
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    match key.as_str() {
                        "ref" => raw.reference = value,
                        _ => raw.frame.0.push((key, value)),
                    }
                }
                Ok(raw)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typing {
    channel: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {}

/// Deserializes an object only. The derived code also accepts an array of the members, which is not part of the interface.
fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
}

/// What a command has started.
#[derive(Debug)]
pub(super) enum Started {
    /// A message, whose outcome is always printed.
    Message {
        reference: Box<RawValue>,
        delivery: Delivery,
    },
    /// A frame whose outcome is printed only if it was not sent.
    Other {
        name: &'static str,
        delivery: Delivery,
    },
    Ack(Ack),
    Respond {
        envelope: String,
        payload: Box<RawValue>,
    },
    Close,
}

impl Command {
    /// Parses a line.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        if !line.trim_start().starts_with('{') {
            return Err(r#"not a command: a command is an object such as {"close":{}}"#.to_owned());
        }
        if let Some(problem) = shape(line) {
            return Err(format!("not a command: {problem}"));
        }
        serde_json::from_str(line).map_err(|error| {
            // The parser sees a single line; its number in the input is reported elsewhere.
            let error = error.to_string().replace(" at line 1 column ", " at column ");
            format!("not a command: {}", error.chars().take(MAX_QUOTED).collect::<String>())
        })
    }

    /// Returns why the command cannot be carried out, if its members contradict each other.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Send(Send { reply_broadcast: Some(true), thread_ts: None, .. }) => {
                Some("reply_broadcast needs thread_ts")
            }
            _ => None,
        }
    }

    pub(super) fn start(self, sender: &Sender) -> Started {
        let (name, delivery) = match self {
            Self::Send(Send { reference, channel, text, thread_ts, plain, reply_broadcast }) => {
                let text = if plain { escape(&text).into_owned() } else { text };
                let mut message = MessageCommand::new(0_u64, channel, text);
                message.thread_ts = thread_ts.map(Into::into);
                message.reply_broadcast = reply_broadcast;
                return Started::Message { reference, delivery: sender.send(message) };
            }
            Self::Raw(Raw { reference, frame }) => {
                return Started::Message { reference, delivery: sender.send_raw(&frame) };
            }
            Self::Close(Close {}) => return Started::Close,
            Self::Ack(ack) => return Started::Ack(ack),
            Self::Respond(Respond { envelope, payload }) => return Started::Respond { envelope, payload },
            Self::Typing(typing) => ("typing", sender.typing(typing.channel)),
            Self::PresenceSub(users) => ("presence_sub", sender.presence_sub(users)),
            Self::PresenceQuery(users) => ("presence_query", sender.presence_query(users)),
        };
        Started::Other { name, delivery }
    }
}

/// Returns what is wrong with the line as a whole, before the command itself is parsed.
fn shape(line: &str) -> Option<&'static str> {
    let mut objects = serde_json::Deserializer::from_str(line).into_iter::<BTreeMap<String, IgnoredAny>>();
    let members = objects.next()?.ok()?.len();
    if line[objects.byte_offset()..].trim_start().starts_with('{') {
        return Some("the line has two objects; write each on its own line");
    }
    match members {
        0 => Some(r#"the object is empty; write a command such as {"close":{}}"#),
        1 => None,
        _ => Some("the object has two commands; write each as an object on its own line"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands() {
        for (reference, expected) in [
            (r#""ref":{"n":1},"#, r#"{"n":1}"#),
            (r#""ref": 12345678901234567890123.50e400 ,"#, "12345678901234567890123.50e400"),
            (r#""ref":null,"#, "null"),
            (r#""ref":"\u00e9","#, r#""\u00e9""#),
            ("", "null"),
        ] {
            let line = format!(r#"{{"send":{{{reference}"channel":"C1","text":"hi"}}}}"#);
            let Ok(Command::Send(send)) = Command::parse(&line) else { panic!("{line}") };
            assert_eq!((send.reference.get(), &*send.text), (expected, "hi"));
            assert_eq!(send.channel, "C1");
        }
        for line in [
            r#"{"typing":{"channel":"C1"}}"#,
            r#"{"presence_sub":["U1"]}"#,
            r#"{"presence_query":[]}"#,
            r#"{"ack":5}"#,
            r#"{"ack":"8d2c5f0a-0000-4000-8000-000000000000"}"#,
            r#"{"respond":{"envelope":"8d2c","payload":{"text":"hi"}}}"#,
            r#"{"send":{"channel":"C1","text":"","thread_ts":"1.2"}}"#,
            r#" { "close" : { } } "#,
        ] {
            assert!(Command::parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn other_json_is_not_a_command() {
        for line in ["[]", "null", "\"close\"", "close", "1"] {
            let message = Command::parse(line).unwrap_err();
            assert_eq!(message, r#"not a command: a command is an object such as {"close":{}}"#);
        }
        let message = Command::parse(r#"{"close":[]}"#).unwrap_err();
        assert!(message.contains("expected an object"), "{message}");
    }

    #[test]
    fn a_line_has_one_command() {
        for (line, expected) in [
            (r#"{"close":{}}{"close":{}}"#, "two objects"),
            (r#"{"send":{"channel":"C1","text":"}{"}} {"typing":{"channel":"C1"}}"#, "two objects"),
            (r#"{"close":{},"typing":{"channel":"C1"}}"#, "two commands"),
            ("{}", "empty"),
            (r#"{"close":{}}}"#, "trailing characters"),
        ] {
            let message = Command::parse(line).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }

    #[test]
    fn a_raw_frame_is_what_was_written() {
        let line =
            r#"{"raw":{"type":"x","ref":7,"n":1.50e3,"big":123456789012345678901,"a":[ 1 ],"type2":null}}"#;
        let Ok(Command::Raw(raw)) = Command::parse(line) else { panic!("{line}") };
        assert_eq!(raw.reference.get(), "7");
        let frame = serde_json::to_string(&raw.frame).unwrap();
        assert_eq!(frame, r#"{"type":"x","n":1.50e3,"big":123456789012345678901,"a":[ 1 ],"type2":null}"#);
        assert!(Command::parse(r#"{"raw":[]}"#).is_err() && Command::parse(r#"{"raw":"x"}"#).is_err());
    }

    #[test]
    fn a_broadcast_is_of_a_reply() {
        let parse = |members: &str| {
            Command::parse(&format!(r#"{{"send":{{"channel":"C1","text":"x"{members}}}}}"#)).unwrap()
        };
        assert!(parse(r#","reply_broadcast":true"#).problem().is_some());
        assert!(parse(r#","reply_broadcast":false"#).problem().is_none());
        assert!(parse(r#","reply_broadcast":true,"thread_ts":"1.000001""#).problem().is_none());
    }

    #[test]
    fn malformed_commands_are_errors() {
        for line in [
            "{",
            "[]",
            "{}",
            "null",
            "\0",
            r#"{"sned":{}}"#,
            r#"{"send":{"channel":"C1"}}"#,
            r#"{"send":{"channel":1,"text":"x"}}"#,
            r#"{"send":{"channel":"C1","text":"x","thread":"1.2"}}"#,
            r#"{"presence_sub":"U1"}"#,
            r#"{"presence_query":[1]}"#,
            r#"{"close":null}"#,
            r#"{"ack":-1}"#,
            r#"{"ack":null}"#,
            r#"{"respond":{"envelope":"8d2c"}}"#,
            r#"{"respond":{"payload":{}}}"#,
            r#"{"respond":["8d2c",{}]}"#,
            r#"{"close":[]}"#,
            r#"{"typing":["C1"]}"#,
            r#"{"send":[1,"C1","x",null]}"#,
            r#""close""#,
            r#"{"close":{},"typing":{"channel":"C"}}"#,
            r#"{"close":{}}{"close":{}}"#,
        ] {
            assert!(Command::parse(line).is_err(), "{line}");
        }
    }
}
