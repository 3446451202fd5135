//! Events: decoded at once, or kept as they came until somebody asks.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::repair::{decode_bytes, decode_text};
use crate::tag::{self, Tag};
use crate::{DecodeError, Event, RawJson};

/// An event is moved about a good deal, so large ones are behind a box.
const _: () = assert!(size_of::<Event>() <= 128 && size_of::<Result<Event, EventError>>() <= 128);

/// The key that tells frames apart.
const TYPE: &str = "type";

/// A struct that is one variant of a union, [`Event`] or [`Command`](crate::Command). It is implemented for those of this crate alone; a type of your own is read
/// with [`RawEvent::decode_as`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `slack-rtm-models`",
    label = "not one of the crate's own events",
    note = "to decode a frame into a type of your own that implements `serde::Deserialize`, call `decode_as` in place of `decode`"
)]
pub trait Tagged: Serialize + DeserializeOwned + Sealed {
    /// The union.
    type Union: From<Self>;
    /// The tag's value.
    const TYPE: &'static str;
}

/// Keeps [`Tagged`] to this crate, so that it can grow.
pub trait Sealed {}

/// A way to decode, given the type to decode into.
pub(crate) trait DecodeWith<'de> {
    fn run<T: DeserializeOwned>(self) -> Result<T, DecodeError>;
}

struct Json<'de>(&'de str);

impl<'de> DecodeWith<'de> for Json<'de> {
    fn run<T: DeserializeOwned>(self) -> Result<T, DecodeError> {
        decode_text(self.0)
    }
}

/// A frame of a type that this release does not know, or of none at all.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    event_type: Option<Box<str>>,
    raw: RawJson,
}

impl UnknownEvent {
    /// The `type` of the frame; empty where it has none, or one that is no string.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.event_type.as_deref().unwrap_or_default()
    }

    /// The whole frame.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }
}

/// The type alone: nobody knows what an unknown frame holds.
impl fmt::Debug for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownEvent").field("event_type", &self.event_type).finish_non_exhaustive()
    }
}

impl Serialize for UnknownEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

/// Why a frame does not decode. It has the frame's text, which is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct EventError {
    event_type: Option<Box<str>>,
    raw: Box<str>,
    source: DecodeError,
}

impl EventError {
    pub(crate) fn new(event_type: Option<&str>, raw: &[u8], source: DecodeError) -> Self {
        Self { event_type: event_type.map(Into::into), raw: String::from_utf8_lossy(raw).into(), source }
    }

    pub(crate) fn into_decode_error(self) -> DecodeError {
        self.source
    }

    /// The `type` of the frame, if one was found.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.event_type.as_deref()
    }

    /// The frame as it came, with what is no UTF-8 replaced.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The path of the field that did not fit.
    #[must_use]
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// Whether the frame was JSON at all.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.source.is_json()
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event_type {
            Some(event_type) => write!(f, "a frame of type {event_type:?} does not decode"),
            None => f.write_str("a frame without a type does not decode"),
        }
    }
}

impl fmt::Debug for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventError({self}: {})", self.source)
    }
}

impl std::error::Error for EventError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Event {
    /// Decodes a frame.
    ///
    /// A type that this release does not know gives [`Event::Unknown`]. An optional field whose value has an unexpected shape reads as absent, so that one odd
    /// field does not cost the event; the frame's own text, as [`RawEvent`] keeps it, still has it.
    ///
    /// ```
    /// use slack_rtm_models::Event;
    ///
    /// match Event::from_json(r#"{"type":"user_typing","channel":"C01GENERAL0","user":"U01ALICE000"}"#)? {
    ///     Event::UserTyping(typing) => assert_eq!(typing.channel, "C01GENERAL0"),
    ///     other => panic!("{other:?}"),
    /// }
    /// let unknown = Event::from_json(r#"{"type":"brand_new","x":1}"#)?;
    /// assert_eq!(unknown.event_type(), "brand_new");
    /// # Ok::<(), slack_rtm_models::EventError>(())
    /// ```
    ///
    /// # Errors
    /// If the text is no JSON object, or an event of a known type that lacks what such an event always has.
    pub fn from_json(json: &str) -> Result<Self, EventError> {
        decode_event(json, &tag::find(json.as_bytes(), TYPE))
    }

    /// Decodes a frame, as [`from_json`](Self::from_json) does.
    ///
    /// # Errors
    /// As there, and if the bytes are no UTF-8.
    pub fn from_slice(json: &[u8]) -> Result<Self, EventError> {
        decode_event_bytes(json, &tag::find(json, TYPE))
    }
}

fn decode_event_bytes(json: &[u8], tag: &Tag<'_>) -> Result<Event, EventError> {
    match std::str::from_utf8(json) {
        Ok(text) => decode_event(text, tag),
        Err(_) => Err(EventError::new(tag.text(), json, DecodeError::not_text(json))),
    }
}

fn decode_event(json: &str, tag: &Tag<'_>) -> Result<Event, EventError> {
    let event_type = tag.text();
    let known = event_type.and_then(|event_type| Event::decode_tagged(event_type, Json(json)));
    let outcome = known.unwrap_or_else(|| {
        let raw: RawJson = crate::decode(json.as_bytes())?;
        match tag {
            Tag::NotAnObject => Err(DecodeError::not_an_object()),
            _ => Ok(Event::Unknown(UnknownEvent { event_type: event_type.map(Into::into), raw })),
        }
    });
    outcome.map_err(|source| EventError::new(event_type, json.as_bytes(), source))
}

/// Reads from JSON only: the tag has to be found before the rest is read, so the whole is taken as text first. [`Event::from_json`] does without that.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::from_json(raw.as_str()).map_err(|error| D::Error::custom(error.into_decode_error()))
    }
}

/// A frame as it came, whose type is known and whose content is decoded on demand.
///
/// ```
/// use slack_rtm_models::{MessageEvent, RawEvent};
///
/// let raw = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
/// if raw.event_type() == Some("message") {
///     let message: MessageEvent = raw.decode()?;
///     assert_eq!(message.text.as_deref(), Some("hi"));
/// }
/// # Ok::<(), slack_rtm_models::EventError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawEvent {
    json: Bytes,
    /// What was found of the type: where it stands, or its text where escapes hide it.
    tag: RawTag,
}

#[derive(Clone, PartialEq, Eq)]
enum RawTag {
    Slice(std::ops::Range<usize>),
    Owned(Box<str>),
    None,
    NotAnObject,
}

impl RawEvent {
    /// Takes a frame, without a copy, and finds its type. Any bytes will do: what is wrong with them shows when they are decoded.
    ///
    /// It takes what it can own: a `String`, a `Vec<u8>`, [`Bytes`], or a `&'static str`.
    #[must_use]
    pub fn new(json: impl Into<Bytes>) -> Self {
        let json = json.into();
        if let Some(range) = tag::leading_range(&json, TYPE) {
            return Self { json, tag: RawTag::Slice(range) };
        }
        let tag = match tag::find(&json, TYPE) {
            Tag::Text(Cow::Borrowed(text)) => {
                let start = text.as_ptr().addr() - json.as_ptr().addr();
                RawTag::Slice(start..start + text.len())
            }
            Tag::Text(Cow::Owned(text)) => RawTag::Owned(text.into()),
            Tag::None => RawTag::None,
            Tag::NotAnObject => RawTag::NotAnObject,
        };
        Self { json, tag }
    }

    /// The `type` of the frame, if it has one that is a string. [`EventType`](crate::EventType) can be made from it.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        match &self.tag {
            RawTag::Slice(range) => std::str::from_utf8(self.json.get(range.clone())?).ok(),
            RawTag::Owned(text) => Some(text),
            RawTag::None | RawTag::NotAnObject => None,
        }
    }

    /// Returns whether the `type` of the frame is this one. It costs less than a comparison with [`event_type`](Self::event_type).
    ///
    /// ```
    /// use slack_rtm_models::RawEvent;
    ///
    /// assert!(RawEvent::new(r#"{"type":"hello"}"#).has_type("hello"));
    /// assert!(!RawEvent::new(r#"{"ok":true,"reply_to":1}"#).has_type("hello"));
    /// ```
    #[inline]
    #[must_use]
    pub fn has_type(&self, event_type: &str) -> bool {
        match &self.tag {
            RawTag::Slice(range) => self.json.get(range.clone()) == Some(event_type.as_bytes()),
            RawTag::Owned(text) => **text == *event_type,
            RawTag::None | RawTag::NotAnObject => false,
        }
    }

    /// The frame as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// The frame as it came, with what is no UTF-8 replaced; that alone costs a copy.
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.json)
    }

    /// The frame's own buffer.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.json
    }

    /// Decodes the frame as one type of event, as [`Event::from_json`] would.
    ///
    /// # Errors
    /// If the frame is of another type, or does not decode.
    pub fn decode<T: Tagged<Union = Event>>(&self) -> Result<T, EventError> {
        let outcome = if self.has_type(T::TYPE) {
            decode_bytes(&self.json)
        } else {
            Err(DecodeError::another_type(T::TYPE))
        };
        outcome.map_err(|source| EventError::new(self.event_type(), &self.json, source))
    }

    /// Decodes the frame into a type of your own, whatever the frame's type is: compare [`event_type`](Self::event_type) first.
    ///
    /// ```
    /// use slack_rtm_models::RawEvent;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Typing {
    ///     channel: String,
    /// }
    ///
    /// let raw = RawEvent::new(r#"{"type":"user_typing","channel":"C01GENERAL0","user":"U01ALICE000"}"#);
    /// let typing: Typing = raw.decode_as()?;
    /// assert_eq!(typing.channel, "C01GENERAL0");
    /// # Ok::<(), slack_rtm_models::EventError>(())
    /// ```
    ///
    /// [`decode`](Self::decode) is for the events of this crate alone:
    ///
    /// ```compile_fail,E0277
    /// # #[derive(serde::Deserialize)]
    /// # struct Typing {}
    /// let raw = slack_rtm_models::RawEvent::new("{}");
    /// let typing = raw.decode::<Typing>();
    /// ```
    ///
    /// # Errors
    /// If the frame is no JSON, or does not fit the type.
    pub fn decode_as<T: DeserializeOwned>(&self) -> Result<T, EventError> {
        decode_bytes(&self.json).map_err(|source| EventError::new(self.event_type(), &self.json, source))
    }

    /// Decodes the frame, as [`Event::from_json`] would.
    ///
    /// # Errors
    /// As there.
    pub fn decode_event(&self) -> Result<Event, EventError> {
        if let (RawTag::Slice(range), Ok(json)) = (&self.tag, std::str::from_utf8(&self.json))
            && let Some(text) = json.get(range.clone())
        {
            return decode_event(json, &Tag::Text(text.into()));
        }
        let tag = match &self.tag {
            RawTag::Slice(_) | RawTag::Owned(_) => {
                self.event_type().map_or(Tag::None, |text| Tag::Text(text.into()))
            }
            RawTag::None => Tag::None,
            RawTag::NotAnObject => Tag::NotAnObject,
        };
        decode_event_bytes(&self.json, &tag)
    }
}

/// The type and the length; what the frame holds is the user's own.
impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEvent")
            .field("event_type", &self.event_type())
            .field("len", &self.json.len())
            .finish()
    }
}
