//! Reads the frames of Socket Mode without decoding their payloads.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use slack_rtm_models::{Bytes, RawEvent};

use super::control::{Reason, number};
use super::envelope::{Facts, Text};
use super::{AckPolicy, Envelope, Mailbox, PoolState};
use crate::connection_id::ConnectionId;
use crate::machine::{Frame, Input, SocketInput};

/// The members of a frame, not decoded, so that a malformed member does not make the frame malformed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outer<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    envelope_id: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    accepts_response_payload: Option<&'a RawValue>,
    #[serde(borrow)]
    retry_attempt: Option<&'a RawValue>,
    #[serde(borrow)]
    retry_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
}

/// The members of the payload of an event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Around<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    event_id: Option<&'a RawValue>,
    #[serde(borrow)]
    team_id: Option<&'a RawValue>,
}

/// Reads a text frame.
pub(crate) fn decode<T>(
    connection: ConnectionId,
    bytes: Bytes,
    pool_state: &PoolState,
    policy: AckPolicy,
    mailbox: &Arc<Mailbox>,
) -> Input<T> {
    let frame = |bytes| Input::Frame(connection, Frame::read(bytes, true, false));
    let outer = match serde_json::from_slice::<Outer<'_>>(&bytes) {
        Ok(outer) => outer,
        Err(_) if serde_json::from_slice::<IgnoredAny>(&bytes).is_ok() => return frame(bytes),
        Err(_) => return Input::Frame(connection, Frame::malformed(bytes)),
    };
    let kind = outer.kind.and_then(|kind| text(&bytes, kind));
    let is_kind = |wanted: &str| outer.kind.is_some_and(|kind| kind.get().trim_matches('"') == wanted);
    if is_kind("disconnect") {
        let reason = match outer.reason.map(|reason| reason.get().trim_matches('"')) {
            Some("link_disabled") => Reason::LinkDisabled,
            Some("too_many_websockets") => Reason::TooManyConnections,
            _ => Reason::Refresh,
        };
        return Input::Socket(connection, SocketInput::Disconnect(reason));
    }
    if outer.envelope_id.is_none() && outer.payload.is_none() {
        return frame(bytes);
    }
    let payload = outer.payload.map(RawValue::get).unwrap_or_default();
    let around: Around<'_> = if is_kind("events_api") {
        serde_json::from_str(payload).unwrap_or_default()
    } else {
        Around::default()
    };
    let facts = Facts {
        id: outer.envelope_id.and_then(|id| text(&bytes, id)),
        event_id: around.event_id.and_then(|id| text(&bytes, id)),
        team_id: around.team_id.and_then(|id| text(&bytes, id)),
        retry_reason: outer.retry_reason.and_then(|reason| text(&bytes, reason)),
        retry_attempt: outer.retry_attempt.and_then(number),
        accepts_response: outer
            .accepts_response_payload
            .is_some_and(|accepts| matches!(accepts.get().trim_matches('"'), "true" | "1")),
        kind,
        payload: position(&bytes, payload),
        event: around
            .event
            .filter(|event| event.get().starts_with('{'))
            .map(|event| RawEvent::new(bytes.slice_ref(event.get().as_bytes()))),
    };
    let envelope = Envelope::new(bytes, facts, |id| pool_state.key(id), connection, policy, mailbox.clone());
    Input::Socket(connection, SocketInput::Envelope(envelope))
}

/// Reads a member that is a string.
fn text(frame: &[u8], raw: &RawValue) -> Option<Text> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<Box<str>>(raw.get()).ok().map(Text::Owned);
    }
    let start = inner.as_ptr().addr().checked_sub(frame.as_ptr().addr())?;
    Some(Text::Position(u32::try_from(start).ok()?..u32::try_from(start + inner.len()).ok()?))
}

/// Returns the position of a part of a frame; an empty range if the part is empty.
fn position(frame: &[u8], part: &str) -> std::ops::Range<usize> {
    if part.is_empty() {
        return 0..0;
    }
    let start = part.as_ptr().addr().saturating_sub(frame.as_ptr().addr());
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(json: &'static str) -> Envelope {
        let pool_state = PoolState::new(7);
        let mailbox = Arc::new(Mailbox::default());
        match decode::<()>(
            ConnectionId::FIRST,
            Bytes::from_static(json.as_bytes()),
            &pool_state,
            AckPolicy::Manual,
            &mailbox,
        ) {
            Input::Socket(_, SocketInput::Envelope(envelope)) => envelope,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_envelope_is_read_whatever_its_payload_is() {
        let event = envelope(
            r#"{"payload":{"event_id":"Ev1","team_id":"T1","event":{"type":"message","ts":"1.2"}},"envelope_id":"e1","type":"events_api","retry_attempt":"2","retry_reason":"http_\u0074imeout","accepts_response_payload":false}"#,
        );
        assert_eq!((event.id(), event.event_id(), event.team_id()), ("e1", Some("Ev1"), Some("T1")));
        assert_eq!((event.retry_attempt(), event.retry_reason()), (Some(2), Some("http_timeout")));
        let crate::Item::Event(event) = crate::Item::from_envelope(event) else { panic!() };
        assert_eq!(event.as_str(), r#"{"type":"message","ts":"1.2"}"#);

        let limited = envelope(
            r#"{"type":"events_api","envelope_id":"e","payload":{"type":"app_rate_limited","team_id":"T1"}}"#,
        );
        let crate::Item::Event(event) = crate::Item::from_envelope(limited) else { panic!() };
        assert_eq!(event.event_type(), Some("app_rate_limited"));

        for json in [
            r#"{"type":"events_api","envelope_id":"e","payload":[1]}"#,
            r#"{"type":"events_api","envelope_id":"e","payload":"text"}"#,
            r#"{"type":"events_api","envelope_id":"e"}"#,
            r#"{"type":"brand_new","envelope_id":"e","payload":{"x":1}}"#,
            r#"{"type":7,"envelope_id":"e"}"#,
        ] {
            assert!(matches!(crate::Item::from_envelope(envelope(json)), crate::Item::Envelope(_)), "{json}");
        }
        let command = envelope(
            r#"{"type":"slash_commands","envelope_id":"e","payload":{"command":"/x"},"accepts_response_payload":true}"#,
        );
        assert!(command.accepts_response());
        let crate::Item::SlashCommand(command) = crate::Item::from_envelope(command) else { panic!() };
        assert_eq!(command.decode().unwrap().command, "/x");
    }

    #[test]
    fn a_frame_without_an_envelope_is_recognized() {
        let pool_state = PoolState::new(7);
        let mailbox = Arc::new(Mailbox::default());
        for json in [r#"{"type":"hello"}"#, r#"{"type":"#, "", "[]", r#"{"type":"new"}"#, r#""x""#] {
            let input =
                decode::<()>(ConnectionId::FIRST, json.into(), &pool_state, AckPolicy::Auto, &mailbox);
            assert!(matches!(input, Input::Frame(..)), "{json}: {input:?}");
        }
        for (json, wanted) in [
            (r#"{"type":"disconnect","reason":"warning"}"#, Reason::Refresh),
            (r#"{"type":"disconnect"}"#, Reason::Refresh),
            (r#"{"type":"disconnect","reason":"link_disabled"}"#, Reason::LinkDisabled),
            (r#"{"type":"disconnect","reason":"too_many_websockets"}"#, Reason::TooManyConnections),
        ] {
            let input =
                decode::<()>(ConnectionId::FIRST, json.into(), &pool_state, AckPolicy::Auto, &mailbox);
            let Input::Socket(_, SocketInput::Disconnect(reason)) = input else { panic!("{input:?}") };
            assert_eq!(reason, wanted);
        }
    }
}
