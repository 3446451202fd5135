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
pub struct EventFrame {
    raw: RawEvent,
    #[cfg(feature = "socket-mode")]
    envelope: Option<Envelope>,
}

impl EventFrame {
    #[cfg(feature = "socket-mode")]
    pub(crate) fn enveloped(raw: RawEvent, envelope: Envelope) -> Self {
        Self { raw, envelope: Some(envelope) }
    }

    /// Acknowledges the event, so that Slack does not deliver it again. It does something over Socket Mode with the policy `AckPolicy::Manual` alone, and once;
    /// everywhere else nothing is left to be acknowledged when an event is handed out.
    pub fn ack(&self) {
        #[cfg(feature = "socket-mode")]
        if let Some(envelope) = &self.envelope {
            envelope.ack();
        }
    }

    /// Returns the envelope that the event came in: its id, the workspace, how often it was delivered before. `None` over RTM.
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        self.envelope.as_ref()
    }

    /// Returns the event without what belongs to the session. With `AckPolicy::Manual`, acknowledge it before.
    #[must_use]
    pub fn into_raw(self) -> RawEvent {
        self.raw
    }

    /// Returns the event's own buffer, as [`into_raw`](Self::into_raw) returns the event.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.raw.into_bytes()
    }

    #[cfg(feature = "socket-mode")]
    pub(crate) fn taken(&self) {
        if let Some(envelope) = &self.envelope {
            envelope.taken();
        }
    }

    /// How many bytes it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        #[cfg(feature = "socket-mode")]
        if let Some(envelope) = &self.envelope {
            return envelope.weight();
        }
        self.raw.as_bytes().len()
    }
}

impl Deref for EventFrame {
    type Target = RawEvent;

    fn deref(&self) -> &RawEvent {
        &self.raw
    }
}

/// One that came without an envelope.
impl From<RawEvent> for EventFrame {
    fn from(raw: RawEvent) -> Self {
        Self {
            raw,
            #[cfg(feature = "socket-mode")]
            envelope: None,
        }
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
        self.raw.fmt(f)
    }
}
