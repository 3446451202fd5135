//! An event as a session hands it out.

use std::fmt;
use std::ops::Deref;

use slack_rtm_models::{Bytes, RawEvent};

#[cfg(feature = "socket-mode")]
use crate::Envelope;

/// An event, as it came. It dereferences to [`RawEvent`], with which it is decoded.
///
/// Over RTM it is the frame itself. Over Socket Mode it is the event in the envelope, and `envelope` tells what else the envelope says.
#[derive(Clone)]
pub struct EventFrame(Kind);

/// The event in an envelope stays there, so that an event of RTM is no larger for it.
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

    /// Acknowledges the event, so that Slack does not deliver it again. It does something over Socket Mode with the policy `AckPolicy::Manual` alone, and once;
    /// everywhere else nothing is left to be acknowledged when an event is handed out.
    pub fn ack(&self) {
        #[cfg(feature = "socket-mode")]
        if let Kind::Enveloped(envelope) = &self.0 {
            envelope.ack();
        }
    }

    /// Returns the envelope that the event came in: its id, the workspace, how often it was delivered before. `None` over RTM.
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.0 {
            Kind::Bare(_) => None,
            Kind::Enveloped(envelope) => Some(envelope),
        }
    }

    /// Returns the event without what belongs to the session. With `AckPolicy::Manual`, acknowledge it before.
    #[must_use]
    pub fn into_raw(self) -> RawEvent {
        match self.0 {
            Kind::Bare(raw) => raw,
            #[cfg(feature = "socket-mode")]
            Kind::Enveloped(envelope) => envelope.event().clone(),
        }
    }

    /// Returns the event's own buffer, as [`into_raw`](Self::into_raw) returns the event.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.into_raw().into_bytes()
    }

    #[cfg(feature = "socket-mode")]
    pub(crate) fn taken(&self) {
        if let Kind::Enveloped(envelope) = &self.0 {
            envelope.taken();
        }
    }

    /// How many bytes it keeps in memory.
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

/// One that came without an envelope.
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

/// The type and the length; what the event holds is the user's own.
impl fmt::Debug for EventFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
