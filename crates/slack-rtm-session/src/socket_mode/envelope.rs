//! Envelopes, and the right to acknowledge them.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;
use slack_rtm_models::{Bytes, DecodeError, RawEvent};

use super::{Answer, Key, Mailbox, RespondError};
use crate::connection_id::ConnectionId;

/// The maximum size of an acknowledgement, in bytes: Slack silently discards larger ones.
const MAX_ACK: usize = 20_479;

/// The states of an envelope: not in the queue yet; in the queue or with the user; answered.
const FRESH: u8 = 0;
const QUEUED: u8 = 1;
const ANSWERED: u8 = 2;

/// When envelopes are acknowledged. Slack delivers an envelope that is not acknowledged within about 3 seconds again, up to three times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AckPolicy {
    /// An envelope is acknowledged as soon as it is in the queue. One that accepts a response is acknowledged by [`Envelope::respond`] or [`Envelope::ack`], when it is
    /// dropped, or after [`Config::response_timeout`](crate::Config::response_timeout). An envelope that does not fit into the queue is not acknowledged.
    #[default]
    Auto,
    /// An envelope is acknowledged by [`EventFrame::ack`](crate::EventFrame::ack), [`Envelope::ack`] or [`Envelope::respond`]. One that is dropped before that is not
    /// acknowledged, so that Slack delivers it again.
    Manual,
}

/// A string of the frame: its position, or a copy if it has escapes.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Position(Range<u32>),
    Owned(Box<str>),
}

/// What is known about an envelope without decoding its payload.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) kind: Option<Text>,
    pub(super) id: Option<Text>,
    pub(super) event_id: Option<Text>,
    pub(super) team_id: Option<Text>,
    pub(super) retry_reason: Option<Text>,
    pub(super) retry_attempt: Option<u32>,
    pub(super) accepts_response: bool,
    /// The position of the payload.
    pub(super) payload: Range<usize>,
    /// The event in the payload, if it is an object.
    pub(super) event: Option<RawEvent>,
}

/// An envelope of Socket Mode: a payload that has to be acknowledged. Clones are cheap and share the state of the envelope.
#[derive(Clone)]
pub struct Envelope(Arc<Inner>);

/// A reference to an envelope that the user may have dropped.
#[derive(Clone)]
pub(crate) struct WeakEnvelope(Weak<Inner>);

struct Inner {
    frame: Bytes,
    facts: Facts,
    /// Created on first use.
    payload: OnceLock<RawEvent>,
    key: Key,
    serial: u64,
    connection: ConnectionId,
    policy: AckPolicy,
    state: AtomicU8,
    mailbox: Arc<Mailbox>,
}

impl Envelope {
    pub(super) fn new(
        frame: Bytes,
        facts: Facts,
        key: impl FnOnce(&str) -> Key,
        connection: ConnectionId,
        policy: AckPolicy,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        // An envelope without an id cannot be acknowledged.
        let state = if facts.id.is_some() { FRESH } else { ANSWERED };
        let identified_by = facts.event_id.as_ref().or(facts.id.as_ref());
        let key = key(identified_by.and_then(|text| resolve(&frame, text)).unwrap_or_default());
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let state = AtomicU8::new(state);
        let payload = OnceLock::new();
        Self(Arc::new(Inner { frame, facts, payload, key, serial, connection, policy, state, mailbox }))
    }

    fn text<'a>(&'a self, text: Option<&'a Text>) -> Option<&'a str> {
        resolve(&self.0.frame, text?)
    }

    /// Returns the `type` of the envelope: `events_api`, `interactive`, `slash_commands`, or one that this release does not know. Empty if it has none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text(self.0.facts.kind.as_ref()).unwrap_or_default()
    }

    /// Returns the id of the envelope. A repeated delivery has another id. Empty if it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text(self.0.facts.id.as_ref()).unwrap_or_default()
    }

    /// Returns the id of the event, such as `Ev01EXAMPLE`. A repeated delivery has the same one. `None` if the payload is not an event.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.text(self.0.facts.event_id.as_ref())
    }

    /// Returns the id of the workspace of the event. `None` if the payload is not an event; then the payload itself may name the workspace.
    #[must_use]
    pub fn team_id(&self) -> Option<&str> {
        self.text(self.0.facts.team_id.as_ref())
    }

    /// Returns the number of earlier deliveries of the event, if the envelope has it.
    #[must_use]
    pub fn retry_attempt(&self) -> Option<u32> {
        self.0.facts.retry_attempt
    }

    /// Returns the reason of a repeated delivery, such as `http_timeout`.
    #[must_use]
    pub fn retry_reason(&self) -> Option<&str> {
        self.text(self.0.facts.retry_reason.as_ref()).filter(|reason| !reason.is_empty())
    }

    /// Returns whether the acknowledgement may contain a response.
    #[must_use]
    pub fn accepts_response(&self) -> bool {
        self.0.facts.accepts_response
    }

    /// Returns the payload as Slack sent it; empty if the envelope has none. The payload of an event is an object that contains the event.
    #[must_use]
    pub fn payload(&self) -> &RawEvent {
        self.0.payload.get_or_init(|| RawEvent::new(self.0.frame.slice(self.0.facts.payload.clone())))
    }

    /// Returns the whole frame as Slack sent it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.frame
    }

    /// Returns the event in the payload, or the payload itself if it contains none, such as `app_rate_limited`.
    pub(crate) fn event(&self) -> &RawEvent {
        self.0.facts.event.as_ref().unwrap_or_else(|| self.payload())
    }

    /// Returns whether the payload is a JSON object.
    pub(crate) fn has_object(&self) -> bool {
        self.0.frame.get(self.0.facts.payload.clone()).is_some_and(|payload| payload.starts_with(b"{"))
    }

    /// Decodes the whole frame, for instance into [`EventsApiEnvelope`](slack_rtm_models::EventsApiEnvelope) or
    /// [`SocketModeFrame`](slack_rtm_models::SocketModeFrame).
    ///
    /// # Errors
    /// Returns an error if the frame does not fit the type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        slack_rtm_models::decode(&self.0.frame)
    }

    /// Returns whether the envelope has been acknowledged, with or without a response, by the user or by the session.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == ANSWERED
    }

    /// Acknowledges the envelope without a response. Has no effect if the envelope was answered already.
    ///
    /// The acknowledgement is sent over the connection over which the envelope arrived. If that was lost, Slack delivers the event again, and the session acknowledges the
    /// repetition without yielding it.
    pub fn ack(&self) {
        if self.0.claim() {
            self.0.post(bare(self.id()));
        }
    }

    /// Acknowledges the envelope with a response: a [`CommandResponse`](slack_rtm_models::CommandResponse) to a slash command, a
    /// [`ViewResponse`](slack_rtm_models::ViewResponse) to a submitted modal, an [`OptionsResponse`](slack_rtm_models::OptionsResponse) to a menu, or a type
    /// of your own.
    ///
    /// `Ok` means that the response will be sent over the connection over which the envelope arrived. Slack does not confirm responses.
    ///
    /// # Errors
    /// Returns an error without sending anything if the envelope does not accept a response or was answered already, if the session has ended, if the response does not serialize, or
    /// if the acknowledgement would have more than 20,479 bytes, which Slack would discard. After the last two errors the envelope can still be answered.
    pub fn respond(&self, response: &impl Serialize) -> Result<(), RespondError> {
        if !self.accepts_response() {
            return Err(RespondError::NotAccepted);
        }
        if self.is_answered() {
            return Err(RespondError::AlreadyAnswered);
        }
        if self.0.mailbox.is_closed() {
            return Err(RespondError::Closed);
        }
        let response = serde_json::to_string(response).map_err(|_| RespondError::InvalidJson)?;
        let frame = with_payload(self.id(), &response);
        if frame.len() > MAX_ACK {
            return Err(RespondError::TooLarge { bytes: frame.len(), max: MAX_ACK });
        }
        if !self.0.claim() {
            return Err(RespondError::AlreadyAnswered);
        }
        self.0.post(frame);
        Ok(())
    }

    /// Takes the right to answer the envelope if it was not answered, and returns the acknowledgement.
    pub(crate) fn claim(&self) -> Option<String> {
        self.0.claim().then(|| bare(self.id()))
    }

    /// Notes that the envelope is in the queue, and acknowledges it if the policy says so.
    pub(crate) fn queued(&self) {
        if self.0.policy == AckPolicy::Auto && !self.accepts_response() {
            self.ack();
        } else {
            // The exchange fails if the envelope was answered meanwhile.
            let _ = self.0.state.compare_exchange(FRESH, QUEUED, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    pub(crate) fn key(&self) -> Key {
        self.0.key
    }

    pub(crate) fn serial(&self) -> u64 {
        self.0.serial
    }

    pub(crate) fn connection(&self) -> ConnectionId {
        self.0.connection
    }

    /// Returns whether it has an id by which repetitions are recognized.
    pub(crate) fn has_id(&self) -> bool {
        self.0.facts.event_id.is_some() || self.0.facts.id.is_some()
    }

    pub(crate) fn downgrade(&self) -> WeakEnvelope {
        WeakEnvelope(Arc::downgrade(&self.0))
    }

    /// Returns how many bytes it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        self.0.frame.len() + size_of::<Inner>()
    }
}

impl Inner {
    fn claim(&self) -> bool {
        self.state.swap(ANSWERED, Ordering::AcqRel) != ANSWERED
    }

    fn post(&self, frame: String) {
        self.mailbox.push(Answer::Ack { connection: self.connection, key: self.key, frame });
    }
}

/// Answers an envelope that was dropped without an answer, as the policy says.
impl Drop for Inner {
    fn drop(&mut self) {
        match *self.state.get_mut() {
            ANSWERED => {}
            QUEUED if self.policy == AckPolicy::Auto => {
                let id = self.facts.id.as_ref().and_then(|id| resolve(&self.frame, id));
                self.post(bare(id.unwrap_or_default()));
            }
            _ => self.mailbox.push(Answer::Abandoned { key: self.key, serial: self.serial }),
        }
    }
}

impl WeakEnvelope {
    pub(crate) fn upgrade(&self) -> Option<Envelope> {
        self.0.upgrade().map(Envelope)
    }

    /// Returns whether the envelope exists and was not answered.
    pub(crate) fn is_open(&self) -> bool {
        self.upgrade().is_some_and(|envelope| !envelope.is_answered())
    }
}

impl fmt::Debug for WeakEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakEnvelope")
    }
}

/// Prints the type and the length, and not the content, which belongs to the user.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("kind", &self.kind())
            .field("id", &self.id())
            .field("len", &self.0.frame.len())
            .field("is_answered", &self.is_answered())
            .finish_non_exhaustive()
    }
}

fn resolve<'a>(frame: &'a [u8], text: &'a Text) -> Option<&'a str> {
    match text {
        Text::Position(range) => {
            std::str::from_utf8(frame.get(range.start as usize..range.end as usize)?).ok()
        }
        Text::Owned(text) => Some(text),
    }
}

fn bare(id: &str) -> String {
    format!(r#"{{"envelope_id":{}}}"#, serde_json::Value::from(id))
}

fn with_payload(id: &str, payload: &str) -> String {
    format!(r#"{{"envelope_id":{},"payload":{payload}}}"#, serde_json::Value::from(id))
}
