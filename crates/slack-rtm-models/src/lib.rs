//! The wire types of Slack's Real Time Messaging API: the responses of its methods, and the frames of a session.
//!
//! The types are generated from the OpenAPI document in the repository's `openapi/` folder. The rest of the crate is written by hand.
//!
//! ```
//! use slack_rtm_models::{Event, Message, RawEvent};
//!
//! // Decode a whole event:
//! match Event::from_json(r#"{"type":"message","channel":"C01GENERAL0","user":"U01ALICE000","text":"hi","ts":"1700000123.000200"}"#)? {
//!     Event::Message(message) => assert_eq!(message.text.as_deref(), Some("hi")),
//!     Event::Unknown(unknown) => println!("{} is new: {}", unknown.event_type(), unknown.raw().as_str()),
//!     other => println!("{}", other.event_type()),
//! }
//!
//! // Or decode only the types that you need:
//! let frame = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
//! if frame.event_type() == Some("message") {
//!     let message: Message = frame.decode()?;
//!     assert_eq!(message.channel.as_ref().map(|id| id.as_str()), Some("C01GENERAL0"));
//!     // Serialized again, it is what Slack sent, except for undocumented fields.
//!     assert_eq!(serde_json::to_string(&message).unwrap(), r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
//! }
//! # Ok::<(), slack_rtm_models::EventError>(())
//! ```
//!
//! # Leniency
//!
//! Slack does not always send what it documents. Decoding therefore accepts more than the documented form, so that no event is lost.
//!
//! - An unknown code, subtype or type is a value that keeps its text ([`ErrorCode::Unrecognized`], [`Event::Unknown`]).
//! - Unknown fields are ignored. An optional field that is `null` is absent.
//! - Ids and timestamps ([`UserId`], [`Ts`], ...) accept any text, and a method checks the documented form. They also accept a number, and an object with an
//!   `id`, of which they keep the `id`.
//! - Booleans may be `1` or `"1"`, numbers may be strings of digits, texts may be numbers, and an absent object may be PHP's `[]`.
//! - An optional field of another shape is absent, and so is a list with an item of another shape. If a required field has another shape, the object around it is
//!   absent; if that is the event itself, decoding fails. [`RawEvent`] still has the whole.
//! - If a key occurs twice, the last value counts; for `type`, the first. A lone surrogate becomes U+FFFD. Objects nested more than 16 deep are absent.
//!
//! Serialized again, all of these have the documented form.
//!
//! # Markup
//!
//! The text of a message is Slack's markup, in which `&`, `<` and `>` are special. Call [`escape`] on text that is to be shown as it is, and [`unescape`] on received
//! text. [`UserId::mention`], [`ChannelId::mention`] and [`link`] create markup. Only [`Broadcast`] mentions many people at once.
//!
//! # Debug output
//!
//! `Debug` prints the content of a typed frame, texts included, but no token, secret or ticket. For a frame that is not decoded it prints only the type.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "web")]
mod blocks;
mod constant;
mod cursor;
mod decode;
mod depth_limit;
mod error_path;
mod event;
mod id_or_object;
mod lenient;
mod lone_surrogates;
mod markup;
mod message;
#[allow(dead_code, unused_imports, unused_macros, reason = "a document need not have every kind of schema")]
mod one_of;
mod open_enum;
mod parameter;
mod raw_json;
mod recovery;
mod reply;
#[cfg(feature = "web")]
mod rich_text;
mod secret;
mod small_string;
mod socket_url;
mod structure;
mod structure_macro;
mod tag;
#[allow(dead_code, unused_imports, unused_macros, reason = "a document need not have every kind of schema")]
mod tagged_union;
#[cfg(test)]
mod tests;
mod text_newtype;
mod user;

// The code is generated for any document, so lints about style do not apply.
#[allow(deprecated, reason = "deprecated fields have to be set up and copied all the same")]
#[allow(clippy::doc_markdown, reason = "the descriptions are prose, written by whoever edits the document")]
#[allow(
    clippy::doc_lazy_continuation,
    clippy::doc_link_with_quotes,
    clippy::doc_overindented_list_items,
    clippy::too_long_first_doc_paragraph,
    reason = "as Markdown they are what their authors made of them"
)]
#[allow(clippy::type_complexity, reason = "a document may nest lists and maps as it likes")]
#[allow(unused_qualifications, reason = "a type that holds itself is named as any other")]
mod generated;

pub use bytes::Bytes;
pub use constant::{False, True};
pub use decode::{DecodeError, decode};
pub use event::{EventError, RawEvent, Tagged, UnknownEvent};
pub use generated::*;
pub use markup::{Broadcast, escape, link, unescape};
pub use message::{Author, MessageChange};
pub use open_enum::Unrecognized;
pub use parameter::Parameter;
pub use raw_json::RawJson;
pub use reply::{FrameKind, Reply};
#[cfg(feature = "web")]
pub use rich_text::Mention;
pub use secret::Secret;
pub use small_string::SmallString;
pub use socket_url::SocketUrl;
/// A URL, as an argument of a call.
#[doc(no_inline)]
pub use url::Url;
