//! The wire types of Slack's Real Time Messaging API: what rtm.connect answers, and every frame of a session.
//!
//! The types are generated from the OpenAPI document in the repository's `openapi/` folder; what does not depend on it is written by hand. They read what
//! Slack really sends, not only what it documents:
//!
//! - A code, a subtype or a type that the document does not know is a value, and keeps its text ([`ErrorCode::Unrecognized`]).
//! - Fields that it does not know are passed over.
//! - Ids and timestamps ([`UserId`], [`Ts`], ...) accept any text and can tell whether it has the documented form.
//! - Booleans may come as `1` or `"1"`, numbers as strings of digits, an absent object as PHP's `[]`.
//!
//! ```
//! use slack_rtm_models::{RtmConnectResponse, decode};
//!
//! let answer: RtmConnectResponse = decode(
//!     br#"{"ok":true,"url":"wss://wss.example.com/ticket","self":{"id":"U01ROBOT000","name":"robot"},
//!          "team":{"id":"T01ACME0000","name":"Acme","domain":"acme"}}"#,
//! )?;
//! assert_eq!(answer.self_.id, "U01ROBOT000");
//! assert!(answer.team.id.is_well_formed());
//! // The address is a ticket, so it is not printed.
//! assert_eq!(format!("{:?}", answer.url), "SocketUrl(wss://wss.example.com/[censored])");
//! # Ok::<(), slack_rtm_models::DecodeError>(())
//! ```

mod constant;
mod cursor;
mod decode;
mod depth;
mod event;
mod id_or_object;
mod lenient;
mod locate;
mod message;
#[allow(dead_code, unused_imports, unused_macros, reason = "a document need not have every kind of schema")]
mod one_of;
mod open_enum;
mod parameter;
mod raw_json;
mod repair;
mod reply;
mod secret;
mod socket_url;
mod structure;
mod surrogate;
mod tag;
#[cfg(test)]
mod tests;
mod text_newtype;
#[allow(dead_code, unused_imports, unused_macros, reason = "a document need not have every kind of schema")]
mod union;

// The generator writes for any document, so its code is spared what concerns style alone.
#[allow(deprecated, reason = "deprecated fields have to be set up and copied all the same")]
#[allow(clippy::doc_markdown, reason = "the descriptions are prose, written by whoever edits the document")]
#[allow(unused_qualifications, reason = "a type that holds itself is named as any other")]
mod generated;

pub use constant::{False, True};
pub use decode::{DecodeError, decode};
pub use event::{EventError, RawEvent, Tagged, UnknownEvent};
pub use generated::*;
pub use message::{Author, MessageChange};
pub use open_enum::Unrecognized;
pub use parameter::Parameter;
pub use raw_json::RawJson;
pub use reply::{FrameKind, Reply};
pub use secret::Secret;
pub use socket_url::SocketUrl;
