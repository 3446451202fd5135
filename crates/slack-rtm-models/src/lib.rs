//! The wire types of Slack's Real Time Messaging API: what rtm.connect answers, and every frame of a session.
//!
//! The types are generated from the OpenAPI document in the repository's `openapi/` folder; what does not depend on it is written by hand.
//!
//! ```
//! use slack_rtm_models::{Event, MessageEvent, RawEvent};
//!
//! // At once:
//! match Event::from_json(r#"{"type":"message","channel":"C01GENERAL0","user":"U01ALICE000","text":"hi","ts":"1700000123.000200"}"#)? {
//!     Event::Message(message) => assert_eq!(message.text.as_deref(), Some("hi")),
//!     Event::Unknown(unknown) => println!("{} is new: {}", unknown.event_type(), unknown.raw().as_str()),
//!     other => println!("{}", other.event_type()),
//! }
//!
//! // Or only what is of interest:
//! let frame = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
//! if frame.event_type() == Some("message") {
//!     let message: MessageEvent = frame.decode()?;
//!     assert_eq!(message.channel.as_ref().map(|id| id.as_str()), Some("C01GENERAL0"));
//!     // Written again, it is what Slack sent, as far as the document knows it.
//!     assert_eq!(serde_json::to_string(&message).unwrap(), r#"{"type":"message","channel":"C01GENERAL0","text":"hi"}"#);
//! }
//! # Ok::<(), slack_rtm_models::EventError>(())
//! ```
//!
//! # What is read although it is not documented
//!
//! Slack does not always send what it documents, and an event is not to be lost over it.
//!
//! - A code, a subtype or a type that the document does not know is a value, and keeps its text ([`ErrorCode::Unrecognized`], [`Event::Unknown`]).
//! - Fields that it does not know are passed over. An optional field that is `null` is absent.
//! - Ids and timestamps ([`UserId`], [`Ts`], ...) accept any text and can tell whether it has the documented form. They also accept a number, and an object that
//!   has an `id`, of which they keep the `id`.
//! - Booleans may come as `1` or `"1"`, numbers as strings of digits, texts as numbers, an absent object as PHP's `[]`.
//! - An optional field that has another shape is absent; so is a list with an item that has. What holds such a field as a required one goes with it, up to the event
//!   itself, which then is an error. [`RawEvent`] still has the whole.
//! - Of a key that occurs twice the last value counts; of `type` the first. Half of a surrogate pair becomes U+FFFD. Objects more than 16 deep are absent.
//!
//! Written again, these have the documented form.
//!
//! # Texts
//!
//! The text of a message is Slack's markup, in which `&`, `<` and `>` have a meaning. [`escape`] what is to be shown as it is, [`unescape`] what came; [`UserId::mention`],
//! [`ChannelId::mention`] and [`link`] make the rest. Many people at once are mentioned by nothing but [`Broadcast`].
//!
//! # What is printed
//!
//! `Debug` shows what a typed frame holds, texts included, but no token, secret or ticket. Of a frame that is not decoded it shows the type alone.

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

// The generator writes for any document, so its code is spared what concerns style alone.
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
/// An address, as an argument of a call.
#[doc(no_inline)]
pub use url::Url;
