//! Events, decoded at once or kept as JSON until they are needed.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::recovery::decode_bytes;
use crate::tag::{self, Tag};
use crate::{DecodeError, Event, RawJson};

// Events are moved often, so large variants are boxed.
const _: () = assert!(size_of::<Event>() <= 128 && size_of::<Result<Event, EventError>>() <= 128);

/// The key of the tag by which frames are told apart.
const TYPE: &str = "type";

/// A struct that is one variant of a union, [`Event`] or [`Command`](crate::Command).
///
/// The trait is sealed. To decode a frame into a type of your own, call [`RawEvent::decode_as`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `slack-rtm-models`",
    label = "not one of the crate's own events",
    note = "to decode a frame into a type of your own that implements `serde::Deserialize`, call `decode_as` in place of `decode`"
)]
pub trait Tagged: Serialize + DeserializeOwned + Sealed {
    /// The union that the struct is a variant of.
    type Union: From<Self>;
    /// The value of the tag.
    const TYPE: &'static str;
}

/// Seals [`Tagged`], so that it can gain items.
pub trait Sealed {}

/// A frame whose type is missing or not known to this release.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    event_type: Option<Box<str>>,
    raw: RawJson,
}

impl UnknownEvent {
    /// Returns the `type` of the frame; empty if it has none, or one that is not a string.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.event_type.as_deref().unwrap_or_default()
    }

    /// Returns the whole frame.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }
}

/// Prints the type alone, because an unknown frame may contain secrets.
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

/// An error from decoding a frame. It contains the frame's text, which is not printed.
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

    /// Returns the `type` of the frame, if one was found.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.event_type.as_deref()
    }

    /// Returns the frame as received, with invalid UTF-8 replaced by U+FFFD.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the path of the field that did not fit.
    #[must_use]
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// Returns whether the frame was valid JSON.
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
    /// A type that this release does not know becomes [`Event::Unknown`]. An optional field of an unexpected shape is treated as absent, so that a malformed
    /// field does not cost the event; a [`RawEvent`] still has the field.
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
    /// Returns an error if the text is not a JSON object, or is an event of a known type that lacks a required field.
    pub fn from_json(json: &str) -> Result<Self, EventError> {
        decode_event(json, &tag::find_in_text(json, TYPE))
    }

    /// Decodes a frame from bytes, as [`from_json`](Self::from_json) does from text.
    ///
    /// # Errors
    /// Returns an error as [`from_json`](Self::from_json) does, and if the bytes are not UTF-8.
    pub fn from_slice(json: &[u8]) -> Result<Self, EventError> {
        match simdutf8::basic::from_utf8(json) {
            Ok(text) => Self::from_json(text),
            Err(_) => Err(not_text(json, &tag::find(json, TYPE))),
        }
    }
}

#[cold]
fn not_text(json: &[u8], tag: &Tag<'_>) -> EventError {
    EventError::new(tag.text(), json, DecodeError::not_text(json))
}

fn decode_event(json: &str, tag: &Tag<'_>) -> Result<Event, EventError> {
    let event_type = tag.text();
    let known = event_type.and_then(|event_type| Event::decode_tagged(event_type, json));
    let outcome = known.unwrap_or_else(|| {
        let raw: RawJson = crate::decode(json.as_bytes())?;
        match tag {
            Tag::NotAnObject => Err(DecodeError::not_an_object()),
            _ => Ok(Event::Unknown(UnknownEvent { event_type: event_type.map(Into::into), raw })),
        }
    });
    outcome.map_err(|source| EventError::new(event_type, json.as_bytes(), source))
}

/// Supports JSON only. The value is buffered as text to find its tag first; [`Event::from_json`] needs no buffer.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::from_json(raw.as_str()).map_err(|error| D::Error::custom(error.into_decode_error()))
    }
}

/// A frame as received, whose type is known and whose content is decoded on demand.
///
/// ```
/// use slack_rtm_models::{Message, RawEvent};
///
/// let raw = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
/// if raw.event_type() == Some("message") {
///     let message: Message = raw.decode()?;
///     assert_eq!(message.text.as_deref(), Some("hi"));
/// }
/// # Ok::<(), slack_rtm_models::EventError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawEvent {
    json: Bytes,
    /// The type: its byte range, or its text if it contains escapes.
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
    /// Creates a raw event from a frame without copying it, and finds its type. Any bytes are accepted; decoding the frame reports what is wrong with them.
    ///
    /// The frame can be a `String`, a `Vec<u8>`, [`Bytes`] or a `&'static str`.
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

    /// Returns the `type` of the frame, if it has one that is a string. [`EventType`](crate::EventType) converts from it.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        match &self.tag {
            RawTag::Slice(range) => std::str::from_utf8(self.json.get(range.clone())?).ok(),
            RawTag::Owned(text) => Some(text),
            RawTag::None | RawTag::NotAnObject => None,
        }
    }

    /// Returns whether the frame has this type. It is faster than comparing [`event_type`](Self::event_type).
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

    /// Returns the frame as received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// Returns the frame as received, with invalid UTF-8 replaced by U+FFFD. It is copied only if something is replaced.
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.json)
    }

    /// Returns the frame's own buffer.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.json
    }

    /// Decodes the frame as one type of event, as [`Event::from_json`] would.
    ///
    /// # Errors
    /// Returns an error if the frame is of another type, or does not decode.
    pub fn decode<T: Tagged<Union = Event>>(&self) -> Result<T, EventError> {
        let outcome = if self.has_type(T::TYPE) {
            decode_bytes(&self.json)
        } else {
            Err(DecodeError::another_type(T::TYPE))
        };
        outcome.map_err(|source| EventError::new(self.event_type(), &self.json, source))
    }

    /// Decodes the frame into a type of your own, whatever the frame's type is; compare [`event_type`](Self::event_type) first.
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
    /// [`decode`](Self::decode) accepts the events of this crate only:
    ///
    /// ```compile_fail,E0277
    /// # #[derive(serde::Deserialize)]
    /// # struct Typing {}
    /// let raw = slack_rtm_models::RawEvent::new("{}");
    /// let typing = raw.decode::<Typing>();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the frame is not JSON, or does not fit the type.
    pub fn decode_as<T: DeserializeOwned>(&self) -> Result<T, EventError> {
        decode_bytes(&self.json).map_err(|source| EventError::new(self.event_type(), &self.json, source))
    }

    /// Decodes the frame, as [`Event::from_json`] would.
    ///
    /// # Errors
    /// Returns an error as [`Event::from_json`] does.
    pub fn decode_event(&self) -> Result<Event, EventError> {
        let json = simdutf8::basic::from_utf8(&self.json);
        let tag = match (&self.tag, json) {
            (RawTag::Slice(range), Ok(json)) => {
                json.get(range.clone()).map_or(Tag::None, |text| Tag::Text(text.into()))
            }
            (RawTag::Slice(_), Err(_)) => self.event_type().map_or(Tag::None, |text| Tag::Text(text.into())),
            (RawTag::Owned(text), _) => Tag::Text((&**text).into()),
            (RawTag::None, _) => Tag::None,
            (RawTag::NotAnObject, _) => Tag::NotAnObject,
        };
        match json {
            Ok(json) => decode_event(json, &tag),
            Err(_) => Err(not_text(&self.json, &tag)),
        }
    }
}

/// Prints the type and the length only, because the frame may contain private texts.
impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEvent")
            .field("event_type", &self.event_type())
            .field("len", &self.json.len())
            .finish()
    }
}
