//! Ways to read a frame.

use std::hint::black_box;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use slack_rtm_models::{
    ChannelMarkedEvent, Event, MemberJoinedChannelEvent, Message, PresenceChangeEvent, ReactionAddedEvent,
    UserChangeEvent, UserTypingEvent,
};

use crate::corpus::{Frame, Kind};

/// As the library does it.
pub(crate) fn event(frame: &Frame) {
    assert!(black_box(Event::from_slice(frame.json.as_bytes())).is_ok());
}

/// The floor: nothing but seeing that it is JSON.
pub(crate) fn floor(frame: &Frame) {
    assert!(black_box(serde_json::from_slice::<IgnoredAny>(frame.json.as_bytes())).is_ok());
}

/// Into the one struct that it is known to be.
pub(crate) fn known(frame: &Frame) {
    match frame.kind {
        Kind::Message => into::<Message>(frame),
        Kind::Typing => into::<UserTypingEvent>(frame),
        Kind::Presence => into::<PresenceChangeEvent>(frame),
        Kind::Reaction => into::<ReactionAddedEvent>(frame),
        Kind::Joined => into::<MemberJoinedChannelEvent>(frame),
        Kind::Marked => into::<ChannelMarkedEvent>(frame),
        Kind::User => into::<UserChangeEvent>(frame),
    }
}

fn into<T: DeserializeOwned>(frame: &Frame) {
    assert!(black_box(serde_json::from_slice::<T>(frame.json.as_bytes())).is_ok());
}

/// As serde's own attribute does it, with the same types, and large ones boxed as ours are.
pub(crate) fn tagged(frame: &Frame) {
    assert!(black_box(serde_json::from_slice::<Tagged>(frame.json.as_bytes())).is_ok(), "{}", frame.json);
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(dead_code, reason = "only read")]
enum Tagged {
    Message(Box<Message>),
    UserTyping(UserTypingEvent),
    PresenceChange(PresenceChangeEvent),
    ReactionAdded(Box<ReactionAddedEvent>),
    MemberJoinedChannel(Box<MemberJoinedChannelEvent>),
    ChannelMarked(Box<ChannelMarkedEvent>),
    UserChange(Box<UserChangeEvent>),
}
