//! Turns what a session receives into messages: their subjects, ids and headers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use slack_rtm::models::RawEvent;
use slack_rtm::session::Envelope;

use crate::event_id::{self, Position, hex};
use crate::publisher::Message;
use crate::{Identify, Name, Subjects, headers};

/// The longest message id that is sent as it is. The stream keeps the ids of the duplicate window in memory.
const MAX_ID: usize = 512;

/// The destination of an event.
#[derive(Debug)]
pub enum Routed {
    /// To the stream.
    Stored {
        /// The message.
        message: Message,
        /// The channel and the timestamp, for a message that history has as well.
        position: Option<(String, String)>,
    },
    /// On core NATS, because the event has no id.
    Transient {
        /// The subject.
        subject: String,
        /// The headers.
        headers: Vec<(&'static str, String)>,
        /// The frame.
        body: Bytes,
    },
}

/// Returns where an event that came over a connection to this workspace is published.
pub fn route(
    subjects: &Subjects,
    identify: &dyn Identify,
    team: &str,
    token: &Name,
    event: RawEvent,
) -> Routed {
    match identify.identify(team, &event) {
        Some(id) => {
            let (message, position) = stored_event(subjects, id, team, token, event);
            Routed::Stored { message, position }
        }
        None => {
            let event_type = event.event_type().unwrap_or_default();
            let channel = event_id::position(&event).channel;
            let headers = headers(event_type, team, token, channel.as_deref());
            let subject = subjects.transient(team, event_type, channel.as_deref());
            Routed::Transient { subject, headers, body: event.into_bytes() }
        }
    }
}

fn stored_event(
    subjects: &Subjects,
    id: String,
    team: &str,
    token: &Name,
    event: RawEvent,
) -> (Message, Option<(String, String)>) {
    let event_type = event.event_type().unwrap_or_default();
    let Position { channel, message_ts } = event_id::position(&event);
    let message = Message {
        subject: subjects.event(team, event_type, channel.as_deref()),
        id: header_safe_id(id),
        headers: headers(event_type, team, token, channel.as_deref()),
        order_key: order_key(team, channel.as_deref()),
        body: event.into_bytes(),
        on_done: Box::new(|_| {}),
    };
    (message, channel.zip(message_ts))
}

/// Returns the message of an event that came over Socket Mode. Its id is the `event_id`, which a redelivery has as well.
pub(crate) fn enveloped_event(
    subjects: &Subjects,
    team: &str,
    token: &Name,
    envelope: &Envelope,
    event: RawEvent,
) -> Message {
    let id = envelope.event_id().unwrap_or_else(|| envelope.id()).to_owned();
    let team = envelope.team_id().unwrap_or(team);
    stored_event(subjects, id, team, token, event).0
}

/// Returns the message of an interaction that came over Socket Mode. Its id is that of the envelope.
pub(crate) fn interaction(subjects: &Subjects, team: &str, token: &Name, envelope: &Envelope) -> Message {
    let payload = Payload::of(envelope);
    let team = payload.team.and_then(|team| team.id).unwrap_or_else(|| team.to_owned());
    let interaction_type = envelope.payload().event_type().unwrap_or("unknown");
    let subject = subjects.interaction(&team, interaction_type);
    enveloped(subject, interaction_type, &team, token, envelope)
}

/// Returns the message of a slash command that came over Socket Mode. Its id is that of the envelope.
pub(crate) fn slash_command(subjects: &Subjects, team: &str, token: &Name, envelope: &Envelope) -> Message {
    let payload = Payload::of(envelope);
    let team = payload.team_id.unwrap_or_else(|| team.to_owned());
    let command = payload.command.unwrap_or_else(|| "unknown".to_owned());
    enveloped(subjects.command(&team, &command), &command, &team, token, envelope)
}

fn enveloped(subject: String, name: &str, team: &str, token: &Name, envelope: &Envelope) -> Message {
    Message {
        subject,
        id: header_safe_id(envelope.id().to_owned()),
        headers: headers(name, team, token, None),
        order_key: order_key(team, Some(envelope.kind())),
        body: envelope.payload().clone().into_bytes(),
        on_done: Box::new(|_| {}),
    }
}

/// The fields of an interaction's or a slash command's payload that the subject needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    team: Option<Team>,
    team_id: Option<String>,
    command: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Team {
    id: Option<String>,
}

impl Payload {
    /// A payload of an unexpected shape has none of the fields.
    fn of(envelope: &Envelope) -> Self {
        envelope.payload().decode_as().unwrap_or_default()
    }
}

pub(crate) fn headers(
    event_type: &str,
    team: &str,
    token: &Name,
    channel: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut list = Vec::with_capacity(5);
    list.push((headers::TYPE, printable(event_type)));
    list.push((headers::TEAM, printable(team)));
    list.push((headers::TOKEN, token.to_string()));
    list.extend(channel.map(|channel| (headers::CHANNEL, printable(channel))));
    list
}

/// Returns the ordering key of a channel. The events of a workspace without a channel share one.
pub(crate) fn order_key(team: &str, channel: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (team, channel).hash(&mut hasher);
    hasher.finish()
}

/// A custom [`Identify`] may return line ends, or an id of any length.
fn header_safe_id(id: String) -> String {
    if id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return id;
    }
    hex(&Sha256::digest(id.as_bytes()))
}

/// Removes line ends and other control characters, which a header must not contain.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(json: &'static str, identify: &dyn Identify) -> Routed {
        let subjects = Subjects::new(Name::new("slack").unwrap());
        route(&subjects, identify, "T1", &Name::new("acme").unwrap(), RawEvent::new(json))
    }

    #[test]
    fn a_message_has_its_channel_in_the_subject_and_its_position() {
        let json = r#"{"type":"message","channel":"C1","ts":"1.000100"}"#;
        let Routed::Stored { message, position } = routed(json, &crate::canonical_id) else { panic!() };
        assert_eq!(
            (message.subject.as_str(), message.id.as_str()),
            ("slack.T1.event.message.C1", "T1.C1.1.000100")
        );
        assert_eq!(message.body, json);
        assert_eq!(position, Some(("C1".to_owned(), "1.000100".to_owned())));
        assert_eq!(message.headers.len(), 4);
        let typing = r#"{"type":"user_typing","channel":"C1","user":"U1"}"#;
        let Routed::Transient { subject, .. } = routed(typing, &crate::canonical_id) else { panic!() };
        assert_eq!(subject, "slack.T1.transient.user_typing.C1");
    }

    #[test]
    fn headers_contain_no_line_ends() {
        let json = "{\"type\":\"a\\r\\nNats-Msg-Id: 1\",\"event_ts\":\"1.0\"}";
        let Routed::Stored { message, .. } = routed(json, &|_: &str, _: &RawEvent| Some("a\r\nb".to_owned()))
        else {
            panic!()
        };
        assert_eq!(message.id.len(), 64);
        assert!(
            message.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])),
            "{:?}",
            message.headers
        );
    }
}
