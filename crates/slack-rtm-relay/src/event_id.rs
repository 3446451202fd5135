//! The ids of events, by which the stream recognizes that two frames are the same event.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use sha2::{Digest, Sha256};
use slack_rtm::models::RawEvent;

/// The types of frames without an id: frames about one connection, and transient events that cannot be told apart.
const TYPES_WITHOUT_ID: &[&str] = &[
    "goodbye",
    "hello",
    "manual_presence_change",
    "ping",
    "pong",
    "pref_change",
    "presence_change",
    "presence_query",
    "reconnect_url",
    "user_typing",
];

/// The keys of a frame that may differ between connections.
const CONNECTION_KEYS: &[&str] = &["cache_ts", "cache_version", "id", "reply_to"];

/// Identifies events. Frames with the same id are the same event, whichever connections they arrived over. A frame without an id is not stored.
///
/// Closures implement it. This one changes the id of one type of event, and leaves the others to [`canonical_id`]:
///
/// ```
/// use slack_rtm_relay::{Identify, canonical_id};
/// use slack_rtm::models::RawEvent;
///
/// let identify = |team: &str, event: &RawEvent| match event.event_type() {
///     Some("emoji_changed") => None,
///     _ => canonical_id(team, event),
/// };
/// let event = RawEvent::new(r#"{"type":"emoji_changed","subtype":"add","event_ts":"1700000000.000100"}"#);
/// assert_eq!(identify.identify("T01ACME0000", &event), None);
/// ```
pub trait Identify: Send + Sync + 'static {
    /// Returns the id of an event that arrived over a connection to this workspace, or `None` if it has none. Ids must be unique across all workspaces of the stream.
    fn identify(&self, team: &str, event: &RawEvent) -> Option<String>;
}

impl<F: Fn(&str, &RawEvent) -> Option<String> + Send + Sync + 'static> Identify for F {
    fn identify(&self, team: &str, event: &RawEvent) -> Option<String> {
        self(team, event)
    }
}

/// Returns the id of an event, which is the same over every connection.
///
/// | event | id |
/// | --- | --- |
/// | a message | `team.channel.ts` |
/// | an edit (`message_changed` in the second of the message's `edited.ts`) | `team.channel.edited_ts.message_changed.ts.edited_ts.content`, where `content` is a hash of the text, the blocks, the attachments and the ids of files |
/// | another change, a deletion, any other hidden message | `team.channel.event_ts.subtype`, or `ts` without an `event_ts`; then `deleted_ts`, or the message's `ts` and `edited.ts` |
/// | a reaction | `team.type.event_ts.user.item.reaction`, where the item is channel and ts, or a file |
/// | any other event with an `event_ts` | `team.type.event_ts`, then the channel and the user if it has them |
/// | any other event | `team.type.` and a hash of the frame without the keys that differ between connections |
/// | typing, presence, preferences, hello, goodbye, pong, `reconnect_url` | `None` |
///
/// The id of an edit is that of the change which [`Backfill`](slack_rtm::Backfill) makes of an edited message in history, so an edit that is received and also read
/// from history is stored once.
///
/// A field with characters that Slack's ids do not have is replaced by its hash.
///
/// Equal frames without a time are one event: a setting that is changed, changed back, and changed again within the stream's duplicate window is stored twice, not
/// three times.
///
/// ```
/// use slack_rtm_relay::canonical_id;
/// use slack_rtm::models::RawEvent;
///
/// let message = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","ts":"1700000000.000100","text":"hi"}"#);
/// assert_eq!(canonical_id("T01ACME0000", &message).as_deref(), Some("T01ACME0000.C01GENERAL0.1700000000.000100"));
/// let typing = RawEvent::new(r#"{"type":"user_typing","channel":"C01GENERAL0","user":"U01ALICE000"}"#);
/// assert_eq!(canonical_id("T01ACME0000", &typing), None);
/// ```
#[must_use]
pub fn canonical_id(team: &str, event: &RawEvent) -> Option<String> {
    let kind = event.event_type()?;
    if TYPES_WITHOUT_ID.contains(&kind) {
        return None;
    }
    let mut id = Id::new(team);
    let Ok(fields) = event.decode_as::<Fields>() else {
        // It is not valid JSON, so only the bytes identify it.
        id.part(kind).part(&hex(&Sha256::digest(event.as_bytes())));
        return Some(id.0);
    };
    let moment = fields.event_ts.get().or(fields.ts.get());
    match (kind, fields.channel.get(), fields.ts.get()) {
        ("message", Some(channel), Some(ts)) if !fields.is_hidden() => {
            id.part(channel).part(ts);
            return Some(id.0);
        }
        ("message", Some(channel), Some(ts)) => {
            let moment = moment.unwrap_or(ts);
            let subtype = fields.subtype.get().unwrap_or("hidden");
            let message = ChangedMessage::of(&fields.message);
            let (message_ts, edited) = (message.ts.get(), message.edited.ts.get());
            match (fields.deleted_ts.get(), edited) {
                (Some(deleted), _) => id.part(channel).part(moment).part(subtype).part(deleted),
                (None, Some(edited)) if subtype == "message_changed" && is_same_second(moment, edited) => {
                    id.part(channel).part(edited).part(subtype).parts([message_ts, Some(edited)]);
                    id.part(&content_hash(&fields.message))
                }
                (None, _) => id.part(channel).part(moment).part(subtype).parts([message_ts, edited]),
            };
            return Some(id.0);
        }
        _ => {}
    }
    let Some(moment) = moment.filter(|_| fields.event_ts.get().is_some() || kind == "message") else {
        id.part(kind).part(&hash_of(event));
        return Some(id.0);
    };
    id.part(kind).part(moment);
    if let (Some(reaction), Some(item)) = (fields.reaction.get(), &fields.item) {
        id.parts([fields.user.get(), item.channel.get(), item.ts.get(), item.file.get(), Some(reaction)]);
    } else {
        id.parts([fields.channel.get(), fields.user.get()]);
    }
    Some(id.0)
}

/// Returns an id without the workspace for messages and reactions, so that events in a channel that several workspaces of an organization share are stored once.
///
/// Pass it to [`RelayBuilder::identify`](crate::RelayBuilder::identify). Ids of channels and users are unique over all of Slack. Other events keep the
/// [`canonical_id`]: they may have no channel, and could be confused with those of another workspace.
#[must_use]
pub fn canonical_id_for_shared_channels(team: &str, event: &RawEvent) -> Option<String> {
    let id = canonical_id(team, event)?;
    let is_shared = matches!(event.event_type(), Some("message" | "reaction_added" | "reaction_removed"));
    match id.split_once('.') {
        Some((_, rest)) if is_shared => Some(rest.to_owned()),
        _ => Some(id),
    }
}

/// Returns the channel of an event, and the timestamp of a message.
pub(crate) fn position(event: &RawEvent) -> Position {
    let fields = event.decode_as::<Fields>().unwrap_or_default();
    let is_message = event.event_type() == Some("message") && !fields.is_hidden();
    let channel = fields.channel.0.or(fields.item.and_then(|item| item.channel.0));
    Position { channel, message_ts: fields.ts.0.filter(|_| is_message) }
}

/// The position of an event in history.
#[derive(Debug, Default)]
pub(crate) struct Position {
    pub(crate) channel: Option<String>,
    /// The timestamp, for a message that history has as well.
    pub(crate) message_ts: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    channel: Text,
    ts: Text,
    event_ts: Text,
    subtype: Text,
    hidden: Flag,
    deleted_ts: Text,
    user: Text,
    reaction: Text,
    #[serde(deserialize_with = "lenient")]
    item: Option<Item>,
    message: Value,
}

impl Fields {
    fn is_hidden(&self) -> bool {
        let subtype = self.subtype.get();
        self.hidden.0 || matches!(subtype, Some("message_changed" | "message_deleted" | "message_replied"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    channel: Text,
    ts: Text,
    file: Text,
}

/// The message that a `message_changed` contains.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangedMessage {
    ts: Text,
    #[serde(deserialize_with = "lenient")]
    edited: Edited,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Edited {
    ts: Text,
}

impl ChangedMessage {
    /// A value of an unexpected shape has none of the fields.
    fn of(message: &Value) -> Self {
        Self::deserialize(message).unwrap_or_default()
    }
}

/// Returns whether two timestamps are of the same second. `edited.ts` has no fraction, while the event has one.
fn is_same_second(left: &str, right: &str) -> bool {
    let second = |ts: &str| ts.split('.').next().unwrap_or_default().to_owned();
    second(left) == second(right)
}

/// Returns a hash of what an edit can change. Two edits of a message in one second have different content. Counts of replies and reactions do not take part, since
/// history gives those of the time at which it is read.
fn content_hash(message: &Value) -> String {
    let mut hash = Sha256::new();
    for key in ["text", "blocks", "attachments"] {
        match &message[key] {
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            value => {
                hash.update(key);
                update_hash(&mut hash, value);
            }
        }
    }
    for file in message["files"].as_array().into_iter().flatten() {
        hash.update("file");
        update_hash(&mut hash, &file["id"]);
    }
    hex(&hash.finalize())[..16].to_owned()
}

/// Reads a value of an unexpected shape as absent.
fn lenient<'de, D: Deserializer<'de>, T: Default + serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A string, a number as its digits, or the `id` of an object. Anything else is read as absent.
#[derive(Default)]
struct Text(Option<String>);

impl Text {
    fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

/// `true`, `"true"` or 1.
#[derive(Default)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(Self(matches!(text.get(), Some("true" | "1"))))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(text.to_owned())))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
                Ok(Text(value.then(|| "true".to_owned())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Some(format!("{number:.6}"))))
            }
            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                let mut id = Text(None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "id" => id = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(id)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Builds an id of parts that are separated by dots.
struct Id(String);

impl Id {
    fn new(team: &str) -> Self {
        let mut id = Self(String::with_capacity(64));
        id.part(team);
        id
    }

    fn part(&mut self, text: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push('.');
        }
        // A reaction can be `+1::skin-tone-2`. Other characters must neither end the header nor separate parts.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+:.".contains(&byte);
        if !text.is_empty() && text.len() <= 80 && text.bytes().all(is_plain) {
            self.0.push_str(text);
        } else {
            let _ = write!(self.0, "={}", &hex(&Sha256::digest(text.as_bytes()))[..32]);
        }
        self
    }

    fn parts<'a>(&mut self, texts: impl IntoIterator<Item = Option<&'a str>>) -> &mut Self {
        for text in texts.into_iter().flatten() {
            self.part(text);
        }
        self
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns a hash of a frame without the keys of its connection. The order of keys does not matter.
fn hash_of(event: &RawEvent) -> String {
    let mut hash = Sha256::new();
    match serde_json::from_slice::<BTreeMap<String, Value>>(event.as_bytes()) {
        Ok(mut map) => {
            map.retain(|key, _| !CONNECTION_KEYS.contains(&key.as_str()));
            for (key, value) in &map {
                hash.update(Value::from(key.as_str()).to_string());
                update_hash(&mut hash, value);
            }
        }
        Err(_) => hash.update(event.as_bytes()),
    }
    hex(&hash.finalize())
}

fn update_hash(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => {
            hash.update("{");
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (key, value) in sorted {
                hash.update(Value::from(key.as_str()).to_string());
                update_hash(hash, value);
            }
            hash.update("}");
        }
        Value::Array(items) => {
            hash.update("[");
            items.iter().for_each(|item| update_hash(hash, item));
            hash.update("]");
        }
        plain => hash.update(format!("{plain},")),
    }
}
