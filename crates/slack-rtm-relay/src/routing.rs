//! Where an event goes, and as what.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use slack_rtm::models::RawEvent;

use crate::identity::{self, Place, hex};
use crate::publisher::Message;
use crate::{Identify, Name, Subjects, record};

/// The longest id that is sent as it is.
const MAX_ID: usize = 512;

/// Where an event goes.
#[derive(Debug)]
pub enum Routed {
    /// Into the stream.
    Stored {
        /// The message.
        message: Message,
        /// The channel and the timestamp, where it is a message that history has as well.
        mark: Option<(String, String)>,
    },
    /// To whoever listens now: it has no identity.
    Passing {
        /// The subject.
        subject: String,
        /// The headers.
        headers: Vec<(&'static str, String)>,
        /// The frame.
        body: Bytes,
    },
}

/// Returns where an event goes that came over a connection to this workspace.
pub fn route(
    subjects: &Subjects,
    identify: &dyn Identify,
    team: &str,
    token: &Name,
    event: RawEvent,
) -> Routed {
    let id = identify.identify(team, &event);
    let kind = event.event_type().unwrap_or_default().to_owned();
    let Place { channel, message_ts } = identity::place(&event);
    let headers = headers(&kind, team, token, channel.as_deref());
    let Some(id) = id else {
        let subject = subjects.passing(team, &kind, channel.as_deref());
        return Routed::Passing { subject, headers, body: event.into_bytes() };
    };
    let message = Message {
        subject: subjects.event(team, &kind, channel.as_deref()),
        id: in_a_header(id),
        headers,
        lane: lane(team, channel.as_deref()),
        body: event.into_bytes(),
        done: Box::new(|_| {}),
    };
    Routed::Stored { message, mark: channel.zip(message_ts) }
}

pub(crate) fn headers(
    kind: &str,
    team: &str,
    token: &Name,
    channel: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut headers = Vec::with_capacity(5);
    headers.push((record::TYPE, printable(kind)));
    headers.push((record::TEAM, printable(team)));
    headers.push((record::TOKEN, token.to_string()));
    headers.extend(channel.map(|channel| (record::CHANNEL, printable(channel))));
    headers
}

/// Events of one channel of a workspace are in one lane, so that they are stored in their order; those without a channel are in one too.
pub(crate) fn lane(team: &str, channel: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (team, channel).hash(&mut hasher);
    hasher.finish()
}

/// An id of somebody's own making may have line ends in it, or be of any length.
fn in_a_header(id: String) -> String {
    if id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return id;
    }
    hex(&Sha256::digest(id.as_bytes()))
}

/// A header has no line ends and no control characters.
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
    fn an_event_takes_its_place_with_it() {
        let json = r#"{"type":"message","channel":"C1","ts":"1.000100"}"#;
        let Routed::Stored { message, mark } = routed(json, &crate::canonical_id) else { panic!() };
        assert_eq!(
            (message.subject.as_str(), message.id.as_str()),
            ("slack.T1.event.message.C1", "T1.C1.1.000100")
        );
        assert_eq!(message.body, json);
        assert_eq!(mark, Some(("C1".to_owned(), "1.000100".to_owned())));
        assert_eq!(message.headers.len(), 4);
        let typing = r#"{"type":"user_typing","channel":"C1","user":"U1"}"#;
        let Routed::Passing { subject, .. } = routed(typing, &crate::canonical_id) else { panic!() };
        assert_eq!(subject, "slack.T1.passing.user_typing.C1");
    }

    #[test]
    fn nothing_breaks_out_of_a_header() {
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
