//! An envelope, and the right to answer it.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;
use slack_rtm_models::{Bytes, DecodeError, RawEvent};

use super::{Answer, Key, Mailbox, RespondError};
use crate::connection_id::ConnectionId;

/// The longest acknowledgement, in bytes: Slack drops those of 20,480 bytes and more without a word.
const MAX_ACK: usize = 20_479;

/// The state of an envelope: not in the queue yet, there or with the user, answered.
const FRESH: u8 = 0;
const TAKEN: u8 = 1;
const ANSWERED: u8 = 2;

/// When envelopes are acknowledged. Slack delivers what is not acknowledged within about 3 seconds again, up to three times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AckPolicy {
    /// As soon as the envelope is in the queue. One that accepts a response waits for [`Envelope::respond`] or [`Envelope::ack`], until it is dropped, and for
    /// [`Config::response_timeout`](crate::Config::response_timeout) at most. What the queue has no room for is not acknowledged.
    #[default]
    Auto,
    /// When [`EventFrame::ack`], [`Envelope::ack`] or [`Envelope::respond`] is called. What is dropped before that is not acknowledged, so that Slack delivers it again.
    Manual,
}

/// A text of the frame, or one that escapes hide there.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Place(Range<u32>),
    Owned(Box<str>),
}

/// What was found in an envelope without decoding what it holds.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) kind: Option<Text>,
    pub(super) id: Option<Text>,
    pub(super) event_id: Option<Text>,
    pub(super) team_id: Option<Text>,
    pub(super) retry_reason: Option<Text>,
    pub(super) retry_attempt: Option<u32>,
    pub(super) accepts_response: bool,
    /// Where the payload stands.
    pub(super) payload: Range<usize>,
    /// The event in the payload, if it is an object.
    pub(super) event: Option<RawEvent>,
}

/// What came over a connection of Socket Mode and is acknowledged there. Clones are cheap and are the same envelope.
///
/// It dereferences to nothing: [`payload`](Self::payload) is what it holds.
#[derive(Clone)]
pub struct Envelope(Arc<Inner>);

/// An envelope that its user may have dropped.
#[derive(Clone)]
pub(crate) struct WeakEnvelope(Weak<Inner>);

struct Inner {
    frame: Bytes,
    facts: Facts,
    /// Looked at when somebody asks.
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
        // What has no id cannot be acknowledged.
        let state = if facts.id.is_some() { FRESH } else { ANSWERED };
        let told_apart_by = facts.event_id.as_ref().or(facts.id.as_ref());
        let key = key(told_apart_by.and_then(|text| resolve(&frame, text)).unwrap_or_default());
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let state = AtomicU8::new(state);
        let payload = OnceLock::new();
        Self(Arc::new(Inner { frame, facts, payload, key, serial, connection, policy, state, mailbox }))
    }

    fn text<'a>(&'a self, text: Option<&'a Text>) -> Option<&'a str> {
        resolve(&self.0.frame, text?)
    }

    /// The `type` of the envelope: `events_api`, `interactive`, `slash_commands`, or one that this release does not know. Empty without one.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text(self.0.facts.kind.as_ref()).unwrap_or_default()
    }

    /// The id of the envelope; each delivery has one of its own. Empty without one.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text(self.0.facts.id.as_ref()).unwrap_or_default()
    }

    /// The id of the event, such as `Ev01EXAMPLE`, which a repetition has too. `None` for what is no event.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.text(self.0.facts.event_id.as_ref())
    }

    /// The id of the workspace that an event is for. `None` for what is no event; then the payload tells.
    #[must_use]
    pub fn team_id(&self) -> Option<&str> {
        self.text(self.0.facts.team_id.as_ref())
    }

    /// How often Slack has delivered the event before, as far as it says so.
    #[must_use]
    pub fn retry_attempt(&self) -> Option<u32> {
        self.0.facts.retry_attempt
    }

    /// Why Slack delivers the event again, such as `http_timeout`.
    #[must_use]
    pub fn retry_reason(&self) -> Option<&str> {
        self.text(self.0.facts.retry_reason.as_ref()).filter(|reason| !reason.is_empty())
    }

    /// Whether a response may go with the acknowledgement.
    #[must_use]
    pub fn accepts_response(&self) -> bool {
        self.0.facts.accepts_response
    }

    /// What the envelope holds, as it came; empty without a payload. For an event this is what is around the event.
    #[must_use]
    pub fn payload(&self) -> &RawEvent {
        self.0.payload.get_or_init(|| RawEvent::new(self.0.frame.slice(self.0.facts.payload.clone())))
    }

    /// The whole frame, as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.frame
    }

    /// The event in the payload, or the payload where it has none, as that of `app_rate_limited`.
    pub(crate) fn event(&self) -> &RawEvent {
        self.0.facts.event.as_ref().unwrap_or_else(|| self.payload())
    }

    /// Whether the payload is a JSON object.
    pub(crate) fn has_object(&self) -> bool {
        self.0.frame.get(self.0.facts.payload.clone()).is_some_and(|payload| payload.starts_with(b"{"))
    }

    /// Decodes the whole frame, such as into [`EventsApiEnvelope`](slack_rtm_models::EventsApiEnvelope) or
    /// [`SocketModeFrame`](slack_rtm_models::SocketModeFrame).
    ///
    /// # Errors
    /// If the frame has another shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        slack_rtm_models::decode(&self.0.frame)
    }

    /// Whether it has been acknowledged, or a response was given: by the user, or by the session for them.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == ANSWERED
    }

    /// Acknowledges the envelope without a response. The second time it does nothing.
    ///
    /// The acknowledgement goes to the connection that brought the envelope. If that is gone, Slack delivers the event again, and the session acknowledges the
    /// repetition without handing it out.
    pub fn ack(&self) {
        if self.0.claim() {
            self.0.post(bare(self.id()));
        }
    }

    /// Acknowledges the envelope with a response: a [`CommandResponse`](slack_rtm_models::CommandResponse) to a slash command, a
    /// [`ViewResponse`](slack_rtm_models::ViewResponse) to a submitted modal, an [`OptionsResponse`](slack_rtm_models::OptionsResponse) to a menu, or a type
    /// of your own.
    ///
    /// `Ok` says that the response is on its way to the connection that brought the envelope. Slack does not say whether it has arrived.
    ///
    /// # Errors
    /// Nothing was written then. If the envelope accepts no response, was answered already, or the session has ended; if the response does not serialize; and if
    /// the acknowledgement would have 20,480 bytes or more, which Slack drops: the envelope can still be answered after that.
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

    /// Takes the right to answer, if nobody has it yet: the frame of a bare acknowledgement.
    pub(crate) fn claim(&self) -> Option<String> {
        self.0.claim().then(|| bare(self.id()))
    }

    /// It is in the queue now.
    pub(crate) fn taken(&self) {
        if self.0.policy == AckPolicy::Auto && !self.accepts_response() {
            self.ack();
        } else {
            // Whoever was faster has answered.
            let _ = self.0.state.compare_exchange(FRESH, TAKEN, Ordering::AcqRel, Ordering::Acquire);
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

    /// Whether it can be told from others, and repeated.
    pub(crate) fn is_tellable(&self) -> bool {
        self.0.facts.event_id.is_some() || self.0.facts.id.is_some()
    }

    pub(crate) fn downgrade(&self) -> WeakEnvelope {
        WeakEnvelope(Arc::downgrade(&self.0))
    }

    /// How many bytes it keeps in memory.
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

/// Nobody can answer it any more.
impl Drop for Inner {
    fn drop(&mut self) {
        match *self.state.get_mut() {
            ANSWERED => {}
            TAKEN if self.policy == AckPolicy::Auto => {
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

    /// Whether it is still to be answered.
    pub(crate) fn is_open(&self) -> bool {
        self.upgrade().is_some_and(|envelope| !envelope.is_answered())
    }
}

impl fmt::Debug for WeakEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakEnvelope")
    }
}

/// What it is and how long; what it holds is the user's own.
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
        Text::Place(range) => std::str::from_utf8(frame.get(range.start as usize..range.end as usize)?).ok(),
        Text::Owned(text) => Some(text),
    }
}

fn bare(id: &str) -> String {
    format!(r#"{{"envelope_id":{}}}"#, serde_json::Value::from(id))
}

fn with_payload(id: &str, payload: &str) -> String {
    format!(r#"{{"envelope_id":{},"payload":{payload}}}"#, serde_json::Value::from(id))
}
