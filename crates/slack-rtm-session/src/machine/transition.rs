//! The decisions of a protocol when one connection replaces another.

#[cfg(feature = "socket-mode")]
use std::time::Duration;

#[cfg(feature = "socket-mode")]
use crate::OtherConnections;

/// When to close the old connection of a handover, once it is no longer needed for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// At once.
    AtOnce,
    /// When all of its envelopes are acknowledged, or at this time.
    #[cfg(feature = "socket-mode")]
    By(Duration),
}

/// What a hello says.
#[derive(Debug)]
pub(super) struct Greeting {
    /// Whether events may have been missed before it, because there was a time without any connection.
    pub(super) is_gap: bool,
    #[cfg(feature = "socket-mode")]
    pub(super) others: Option<OtherConnections>,
}

impl Default for Greeting {
    fn default() -> Self {
        Self {
            is_gap: true,
            #[cfg(feature = "socket-mode")]
            others: None,
        }
    }
}
