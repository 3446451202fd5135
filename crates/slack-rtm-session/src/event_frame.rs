//! An event as a session delivers it.

use std::fmt;
use std::ops::Deref;

use slack_rtm_models::{Bytes, RawEvent};

#[cfg(feature = "socket-mode")]
use crate::Envelope;

/// An event as Slack sent it. Dereferences to [`RawEvent`], which decodes it.
///
/// Over RTM it is the whole frame. Over Socket Mode it is the event inside the envelope; `envelope` returns the envelope.
///
/// ```
/// use slack_rtm_models::{Event, RawEvent};
/// use slack_rtm_session::EventFrame;
///
/// let event = EventFrame::from(RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"hi","ts":"1700000000.000100"}"#));
/// assert_eq!(event.event_type(), Some("message"));
/// assert!(matches!(event.decode_event(), Ok(Event::Message(_))));
/// ```
#[derive(Clone)]
pub struct EventFrame(Kind);

/// An event in an envelope stays there, so that an event of RTM takes no more memory.
#[derive(Clone)]
enum Kind {
    Bare(RawEvent),
    #[cfg(feature = "socket-mode")]
    Enveloped(Envelope),
}

impl EventFrame {
    #[cfg(feature = "socket-mode")]
    pub(crate) fn enveloped(envelope: Envelope) -> Self {
        Self(Kind::Enveloped(envelope))
    }

    /// Acknowledges the event, so that Slack does not deliver it again. Has an effect only over Socket Mode with `AckPolicy::Manual`, and only once.
    pub fn ack(&self) {
        #[cfg(feature = "socket-mode")]
        if let Kind::Enveloped(envelope) = &self.0 {
            envelope.ack();
        }
    }

    /// Returns the envelope that the event arrived in, which has its id, its workspace and the number of earlier deliveries. `None` over RTM.
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.0 {
            Kind::Bare(_) => None,
            Kind::Enveloped(envelope) => Some(envelope),
        }
    }

    /// Returns the event without its connection to the session. With `AckPolicy::Manual`, acknowledge it first: an envelope that is dropped is delivered again.
    #[must_use]
    pub fn into_raw(self) -> RawEvent {
        match self.0 {
            Kind::Bare(raw) => raw,
            #[cfg(feature = "socket-mode")]
            Kind::Enveloped(envelope) => envelope.event().clone(),
        }
    }

    /// Returns the bytes of the event without copying them. With `AckPolicy::Manual`, acknowledge it first.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.into_raw().into_bytes()
    }

    #[cfg(feature = "socket-mode")]
    pub(crate) fn queued(&self) {
        if let Kind::Enveloped(envelope) = &self.0 {
            envelope.queued();
        }
    }

    /// Returns how many bytes it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        #[cfg(feature = "socket-mode")]
        if let Kind::Enveloped(envelope) = &self.0 {
            return envelope.weight();
        }
        self.as_bytes().len()
    }
}

impl Deref for EventFrame {
    type Target = RawEvent;

    fn deref(&self) -> &RawEvent {
        match &self.0 {
            Kind::Bare(raw) => raw,
            #[cfg(feature = "socket-mode")]
            Kind::Enveloped(envelope) => envelope.event(),
        }
    }
}

/// Converts an event that arrived without an envelope.
impl From<RawEvent> for EventFrame {
    fn from(raw: RawEvent) -> Self {
        Self(Kind::Bare(raw))
    }
}

impl From<EventFrame> for RawEvent {
    fn from(event: EventFrame) -> Self {
        event.into_raw()
    }
}

/// Prints the type and the length, and not the content, which belongs to the user.
impl fmt::Debug for EventFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
