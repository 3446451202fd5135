//! Waiting until every command has its outcome.

use std::fmt;

/// The error of [`Sender::drain`](crate::Sender::drain): its time has passed, and some commands still have no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainTimeout {
    /// The number of commands that were not sent yet.
    pub unsent: usize,
    /// The number of commands that were sent and not acknowledged yet.
    pub unacknowledged: usize,
}

impl fmt::Display for DrainTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unsent, unacknowledged } = self;
        write!(f, "time is up, with {unsent} commands not sent and {unacknowledged} not acknowledged")
    }
}

impl std::error::Error for DrainTimeout {}
