//! What a protocol decides when one connection takes the place of another.

#[cfg(feature = "socket-mode")]
use std::time::Duration;

#[cfg(feature = "socket-mode")]
use crate::OtherConnections;

/// What to do when the old connection of a handover is no longer needed for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Close it at once.
    AtOnce,
    /// Something that came over it is still to be answered: close it by then at the latest.
    #[cfg(feature = "socket-mode")]
    By(Duration),
}

/// What a hello has told.
#[derive(Debug)]
pub(super) struct Greeting {
    /// Whether events may have been lost before it: there was a time without any connection.
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
