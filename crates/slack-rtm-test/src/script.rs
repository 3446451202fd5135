//! The behavior of a connection to the message server.

use std::time::Duration;

/// The behavior of a connection. The default is healthy: it says hello, answers pings and acknowledges messages until the client closes the connection.
///
/// ```
/// use std::time::Duration;
/// use slack_rtm_test::Script;
///
/// // After three pongs the server is gone, but the TCP connection stays open.
/// let half_open = Script::healthy().half_open_after(3);
/// // Hello comes late, and the first two messages are never acknowledged.
/// let slow = Script::healthy().hello_after(Duration::from_secs(5)).losing_acks(2);
/// # let _ = (half_open, slow);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Script {
    pub(crate) upgrade: Upgrade,
    pub(crate) first: First,
    pub(crate) upgrade_after: Duration,
    pub(crate) hello_after: Duration,
    pub(crate) events: Vec<String>,
    pub(crate) pong_after: Duration,
    pub(crate) half_open_after: Option<u32>,
    pub(crate) goodbye_after: Option<Duration>,
    pub(crate) dies_after: Option<Duration>,
    pub(crate) replies: Replies,
    pub(crate) echoes: bool,
    pub(crate) ignores_close: bool,
    pub(crate) disconnect_first: Option<String>,
    pub(crate) lasting: Option<Duration>,
    pub(crate) deaf_after: Option<Duration>,
    pub(crate) without_pings: bool,
    pub(crate) ignores_acks: bool,
}

/// The answer to the upgrade.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Upgrade {
    #[default]
    Accepted,
    /// These bytes are sent, and the connection is closed.
    Answered(Vec<u8>),
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

/// The replies to messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replies {
    #[default]
    Acks,
    /// Acknowledgements, except for the first messages.
    AcksAfter(u32),
    Nothing,
    Error(i64, String),
}

impl Script {
    /// Creates the script of a healthy connection.
    pub fn healthy() -> Self {
        Self::default()
    }

    /// Creates a script that answers the upgrade with an HTTP status.
    pub fn refused(status: u16) -> Self {
        Self::answering_upgrade(format!(
            "HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    /// Creates a script that answers the upgrade with these bytes, and closes the connection.
    pub fn answering_upgrade(bytes: impl Into<Vec<u8>>) -> Self {
        Self { upgrade: Upgrade::Answered(bytes.into()), ..Self::default() }
    }

    /// Creates a script that accepts the TCP connection, and never answers the upgrade.
    pub fn never_upgraded() -> Self {
        Self { upgrade: Upgrade::Unanswered, ..Self::default() }
    }

    /// Creates a script that sends nothing after the upgrade.
    pub fn without_hello() -> Self {
        Self { first: First::Nothing, ..Self::default() }
    }

    /// Creates a script that sends an `error` frame instead of hello, for instance that of an expired address (code 1).
    pub fn error_first(code: i64, message: &str) -> Self {
        Self { first: First::Error(code, message.to_owned()), ..Self::default() }
    }

    /// Sets the delay of the answer to the upgrade; the default is none.
    pub fn upgrade_after(mut self, time: Duration) -> Self {
        self.upgrade_after = time;
        self
    }

    /// Sets the time between the upgrade and the first frame; the default is none.
    pub fn hello_after(mut self, time: Duration) -> Self {
        self.hello_after = time;
        self
    }

    /// Sends these frames directly after hello, unchanged.
    pub fn sending<T: Into<String>>(mut self, frames: impl IntoIterator<Item = T>) -> Self {
        self.events.extend(frames.into_iter().map(Into::into));
        self
    }

    /// Sets the delay of each pong; the default is none. Other frames are not delayed.
    pub fn pong_after(mut self, time: Duration) -> Self {
        self.pong_after = time;
        self
    }

    /// Stops reading and writing after this number of pongs, and keeps the TCP connection open.
    pub fn half_open_after(mut self, pongs: u32) -> Self {
        self.half_open_after = Some(pongs);
        self
    }

    /// Sends goodbye (over Socket Mode, disconnect) this long after hello, and keeps serving until the client closes the connection.
    pub fn goodbye_after(mut self, time: Duration) -> Self {
        self.goodbye_after = Some(time);
        self
    }

    /// Drops the TCP connection without a close frame this long after hello.
    pub fn dying_after(mut self, time: Duration) -> Self {
        self.dies_after = Some(time);
        self
    }

    /// Does not acknowledge the first messages.
    pub fn losing_acks(mut self, first: u32) -> Self {
        self.replies = Replies::AcksAfter(first);
        self
    }

    /// Does not acknowledge messages. The test can do so with [`FakeSlack::send`](crate::FakeSlack::send), in any order.
    pub fn without_acks(mut self) -> Self {
        self.replies = Replies::Nothing;
        self
    }

    /// Refuses every message with this code, for instance -1 for a rate limit.
    pub fn rejecting(mut self, code: i64, message: &str) -> Self {
        self.replies = Replies::Error(code, message.to_owned());
        self
    }

    /// Sends every message back as an event with its id as `reply_to`, before the acknowledgement.
    pub fn echoing(mut self) -> Self {
        self.echoes = true;
        self
    }

    /// Creates a script that, over Socket Mode, sends a disconnect frame with a reason such as `too_many_websockets` or `link_disabled` instead of hello, and
    /// closes the connection.
    pub fn disconnect_first(reason: &str) -> Self {
        Self { disconnect_first: Some(reason.to_owned()), ..Self::default() }
    }

    /// Sets the lifetime that hello announces over Socket Mode; the default is about 5 hours.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.lasting = Some(time);
        self
    }

    /// Over Socket Mode, stops reading and writing this long after hello, and keeps the TCP connection open.
    pub fn deaf_after(mut self, time: Duration) -> Self {
        self.deaf_after = Some(time);
        self
    }

    /// Over Socket Mode, sends no pings; the default is one every 10 seconds.
    pub fn without_pings(mut self) -> Self {
        self.without_pings = true;
        self
    }

    /// Over Socket Mode, ignores acknowledgements, as if they were lost.
    pub fn ignoring_acks(mut self) -> Self {
        self.ignores_acks = true;
        self
    }

    /// Does not answer a close frame, and keeps the connection open.
    pub fn ignoring_close(mut self) -> Self {
        self.ignores_close = true;
        self
    }
}
