//! What the message server does with a connection.

use std::time::Duration;

/// How one connection goes. The default is a healthy one: it says hello, answers pings and acknowledges messages until the client leaves.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Script {
    pub(crate) upgrade: Upgrade,
    pub(crate) first: First,
    pub(crate) events: Vec<String>,
    pub(crate) half_open_after: Option<u32>,
    pub(crate) goodbye_after: Option<Duration>,
    pub(crate) dies_after: Option<Duration>,
    pub(crate) unacknowledged: Unacknowledged,
    pub(crate) ignores_close: bool,
}

/// What becomes of the upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Upgrade {
    #[default]
    Accepted,
    Refused(u16),
    Unanswered,
}

/// The first frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum First {
    #[default]
    Hello,
    Nothing,
    Error(i64, String),
}

/// Which messages get no ack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unacknowledged {
    #[default]
    None,
    First(u32),
    All,
}

impl Script {
    /// A healthy connection.
    pub fn healthy() -> Self {
        Self::default()
    }

    /// Answers the upgrade with an HTTP status.
    pub fn refused(status: u16) -> Self {
        Self { upgrade: Upgrade::Refused(status), ..Self::default() }
    }

    /// Accepts the TCP connection and never answers the upgrade.
    pub fn never_upgraded() -> Self {
        Self { upgrade: Upgrade::Unanswered, ..Self::default() }
    }

    /// Says nothing after the upgrade.
    pub fn without_hello() -> Self {
        Self { first: First::Nothing, ..Self::default() }
    }

    /// Sends an `error` frame in hello's place, as for an expired address (code 1).
    pub fn error_first(code: i64, message: &str) -> Self {
        Self { first: First::Error(code, message.to_owned()), ..Self::default() }
    }

    /// Sends these frames right after hello, as they are.
    pub fn sending<T: Into<String>>(mut self, frames: impl IntoIterator<Item = T>) -> Self {
        self.events.extend(frames.into_iter().map(Into::into));
        self
    }

    /// After so many pongs neither reads nor writes any more, and keeps the TCP connection.
    pub fn half_open_after(mut self, pongs: u32) -> Self {
        self.half_open_after = Some(pongs);
        self
    }

    /// Says goodbye after this time, and serves on until the client leaves.
    pub fn goodbye_after(mut self, time: Duration) -> Self {
        self.goodbye_after = Some(time);
        self
    }

    /// Drops the TCP connection after this time, without a close frame.
    pub fn dying_after(mut self, time: Duration) -> Self {
        self.dies_after = Some(time);
        self
    }

    /// Never acknowledges the first messages.
    pub fn losing_acks(mut self, first: u32) -> Self {
        self.unacknowledged = Unacknowledged::First(first);
        self
    }

    /// Never acknowledges any message.
    pub fn without_acks(mut self) -> Self {
        self.unacknowledged = Unacknowledged::All;
        self
    }

    /// Does not answer a close frame, and keeps the connection.
    pub fn ignoring_close(mut self) -> Self {
        self.ignores_close = true;
        self
    }
}
