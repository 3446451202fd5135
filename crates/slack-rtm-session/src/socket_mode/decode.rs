//! Reading a frame of Socket Mode, as far as the session has to know it.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use slack_rtm_models::{Bytes, RawEvent};

use super::envelope::{Facts, Text};
use super::{AckPolicy, Envelope, Mailbox, PoolState};
use crate::machine::{ConnectionId, Frame, Input, SocketInput};

/// Why the server wants a connection to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It has stood long enough, as far as the reason is known.
    Refresh,
    LinkDisabled,
    TooManyConnections,
}

/// The members of a frame, not decoded: a malformed one costs the frame nothing.
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

/// What a hello says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hello {
    /// How many connections the app has.
    pub(crate) connections: Option<u32>,
    /// How long this one is expected to stand.
    pub(crate) lasts: Option<Duration>,
}

impl Hello {
    pub(crate) fn read(json: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Frame<'a> {
            #[serde(borrow)]
            num_connections: Option<&'a RawValue>,
            #[serde(borrow)]
            debug_info: Option<&'a RawValue>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct DebugInfo<'a> {
            #[serde(borrow)]
            approximate_connection_time: Option<&'a RawValue>,
        }
        let frame: Frame<'_> = serde_json::from_slice(json).unwrap_or_default();
        let debug = frame.debug_info.map(RawValue::get).unwrap_or_default();
        let debug: DebugInfo<'_> = serde_json::from_str(debug).unwrap_or_default();
        Self {
            connections: frame.num_connections.and_then(number),
            lasts: debug
                .approximate_connection_time
                .and_then(number)
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.into())),
        }
    }
}

/// Reads a text that came over a connection.
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
        payload: place(&bytes, payload),
        event: around
            .event
            .filter(|event| event.get().starts_with('{'))
            .map(|event| RawEvent::new(bytes.slice_ref(event.get().as_bytes()))),
    };
    let envelope = Envelope::new(bytes, facts, |id| pool_state.key(id), connection, policy, mailbox.clone());
    Input::Socket(connection, SocketInput::Envelope(envelope))
}

/// A member that is a string.
fn text(frame: &[u8], raw: &RawValue) -> Option<Text> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<Box<str>>(raw.get()).ok().map(Text::Owned);
    }
    let start = inner.as_ptr().addr().checked_sub(frame.as_ptr().addr())?;
    Some(Text::Place(u32::try_from(start).ok()?..u32::try_from(start + inner.len()).ok()?))
}

/// Where a part of a frame stands; nowhere if it is empty.
fn place(frame: &[u8], part: &str) -> std::ops::Range<usize> {
    if part.is_empty() {
        return 0..0;
    }
    let start = part.as_ptr().addr().saturating_sub(frame.as_ptr().addr());
    start..start + part.len()
}

/// A member that is a number, or the digits of one.
fn number(raw: &RawValue) -> Option<u32> {
    raw.get().trim_matches('"').parse().ok()
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
        let crate::Item::Event(event) = event.into_item() else { panic!() };
        assert_eq!(event.as_str(), r#"{"type":"message","ts":"1.2"}"#);

        let limited = envelope(
            r#"{"type":"events_api","envelope_id":"e","payload":{"type":"app_rate_limited","team_id":"T1"}}"#,
        );
        let crate::Item::Event(event) = limited.into_item() else { panic!() };
        assert_eq!(event.event_type(), Some("app_rate_limited"));

        for json in [
            r#"{"type":"events_api","envelope_id":"e","payload":[1]}"#,
            r#"{"type":"events_api","envelope_id":"e","payload":"text"}"#,
            r#"{"type":"events_api","envelope_id":"e"}"#,
            r#"{"type":"brand_new","envelope_id":"e","payload":{"x":1}}"#,
            r#"{"type":7,"envelope_id":"e"}"#,
        ] {
            assert!(matches!(envelope(json).into_item(), crate::Item::Envelope(_)), "{json}");
        }
        let command = envelope(
            r#"{"type":"slash_commands","envelope_id":"e","payload":{"command":"/x"},"accepts_response_payload":true}"#,
        );
        assert!(command.accepts_response());
        let crate::Item::Command(command) = command.into_item() else { panic!() };
        assert_eq!(command.decode().unwrap().command, "/x");
    }

    #[test]
    fn what_is_no_envelope_is_a_frame() {
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

    #[test]
    fn a_hello_need_not_say_anything() {
        assert_eq!(Hello::read(b"{}"), Hello::default());
        let hello =
            Hello::read(br#"{"num_connections":"3","debug_info":{"approximate_connection_time":18060}}"#);
        assert_eq!(hello, Hello { connections: Some(3), lasts: Some(Duration::from_secs(18_060)) });
        assert_eq!(Hello::read(br#"{"num_connections":-1,"debug_info":[]}"#), Hello::default());
    }
}
