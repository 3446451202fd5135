//! What the message server does with a connection.

use std::time::Duration;

/// How one connection goes. The default is a healthy one: it says hello, answers pings and acknowledges messages until the client leaves.
///
/// ```
/// use std::time::Duration;
/// use slack_rtm_test::Script;
///
/// // After three pongs the other side is gone, and nobody says so.
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

/// What becomes of the upgrade.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Upgrade {
    #[default]
    Accepted,
    /// These bytes are sent, and that is all.
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

/// What messages are answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replies {
    #[default]
    Acks,
    /// Acks, but for the first messages.
    AcksAfter(u32),
    Nothing,
    Error(i64, String),
}

impl Script {
    /// A healthy connection.
    pub fn healthy() -> Self {
        Self::default()
    }

    /// Answers the upgrade with an HTTP status.
    pub fn refused(status: u16) -> Self {
        Self::answering_upgrade(format!(
            "HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    /// Answers the upgrade with these bytes, whatever they are, and hangs up.
    pub fn answering_upgrade(bytes: impl Into<Vec<u8>>) -> Self {
        Self { upgrade: Upgrade::Answered(bytes.into()), ..Self::default() }
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

    /// Lets this time pass before the upgrade is answered.
    pub fn upgrade_after(mut self, time: Duration) -> Self {
        self.upgrade_after = time;
        self
    }

    /// Lets this time pass between the upgrade and the first frame.
    pub fn hello_after(mut self, time: Duration) -> Self {
        self.hello_after = time;
        self
    }

    /// Sends these frames right after hello, as they are.
    pub fn sending<T: Into<String>>(mut self, frames: impl IntoIterator<Item = T>) -> Self {
        self.events.extend(frames.into_iter().map(Into::into));
        self
    }

    /// Lets this time pass before each ping is answered, and serves on meanwhile.
    pub fn pong_after(mut self, time: Duration) -> Self {
        self.pong_after = time;
        self
    }

    /// After so many pongs neither reads nor writes any more, and keeps the TCP connection.
    pub fn half_open_after(mut self, pongs: u32) -> Self {
        self.half_open_after = Some(pongs);
        self
    }

    /// Says goodbye this long after hello, or over Socket Mode that the connection is to be replaced, and serves on until the client leaves.
    pub fn goodbye_after(mut self, time: Duration) -> Self {
        self.goodbye_after = Some(time);
        self
    }

    /// Drops the TCP connection this long after hello, without a close frame.
    pub fn dying_after(mut self, time: Duration) -> Self {
        self.dies_after = Some(time);
        self
    }

    /// Never acknowledges the first messages.
    pub fn losing_acks(mut self, first: u32) -> Self {
        self.replies = Replies::AcksAfter(first);
        self
    }

    /// Never acknowledges any message. A test can do it with [`FakeSlack::send`](crate::FakeSlack::send), in any order.
    pub fn without_acks(mut self) -> Self {
        self.replies = Replies::Nothing;
        self
    }

    /// Refuses every message with this code, such as -1 for too many of them.
    pub fn rejecting(mut self, code: i64, message: &str) -> Self {
        self.replies = Replies::Error(code, message.to_owned());
        self
    }

    /// Sends every message back as an event that has its number as `reply_to`, before the ack if there is one.
    pub fn echoing(mut self) -> Self {
        self.echoes = true;
        self
    }

    /// Over Socket Mode, sends `disconnect` with this reason in hello's place, such as `too_many_websockets` or `link_disabled`, and closes the connection.
    pub fn disconnect_first(reason: &str) -> Self {
        Self { disconnect_first: Some(reason.to_owned()), ..Self::default() }
    }

    /// Over Socket Mode, names this time in hello as the one for which the connection will stand about. The default is 5 hours.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.lasting = Some(time);
        self
    }

    /// Over Socket Mode, neither reads nor writes any more this long after hello, and keeps the TCP connection.
    pub fn deaf_after(mut self, time: Duration) -> Self {
        self.deaf_after = Some(time);
        self
    }

    /// Over Socket Mode, sends no pings; by default there is one every 10 seconds.
    pub fn without_pings(mut self) -> Self {
        self.without_pings = true;
        self
    }

    /// Over Socket Mode, takes no notice of acknowledgements, as if they were lost on their way.
    pub fn ignoring_acks(mut self) -> Self {
        self.ignores_acks = true;
        self
    }

    /// Does not answer a close frame, and keeps the connection.
    pub fn ignoring_close(mut self) -> Self {
        self.ignores_close = true;
        self
    }
}
