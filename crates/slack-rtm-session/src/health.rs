//! The health of a session.

use std::collections::BTreeMap;
use std::time::Duration;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// The session has not been connected yet.
    Connecting,
    /// The session is connected: the server has said hello.
    Connected,
    /// The connection was lost, and the session is connecting again.
    Reconnecting,
    /// The session has ended.
    Closed,
}

/// A snapshot of a session's state and counters, returned by [`Sender::health`](crate::Sender::health).
///
/// ```no_run
/// # fn f(sender: slack_rtm_session::Sender) {
/// let health = sender.health();
/// println!("{:?} for {:?}, {} reconnects", health.state, health.since, health.reconnects);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The state of the session.
    pub state: State,
    /// The time since the session entered that state.
    pub since: Duration,
    /// The time since the last frame arrived, or `None` before the first.
    pub last_frame: Option<Duration>,
    /// The time from the last answered ping to its pong, or `None` before the first pong of this connection.
    pub round_trip: Option<Duration>,
    /// The number of connections after the first one.
    pub reconnects: u64,
    /// The number of repeated deliveries that were recognized and not yielded again. Always zero over RTM.
    pub duplicates: u64,
    /// The number of lost connections and failed attempts by reason: [`DisconnectReason::as_str`](crate::DisconnectReason::as_str) and
    /// [`Error::as_str`](crate::Error::as_str).
    pub failures: BTreeMap<&'static str, u64>,
    /// The number of events that were dropped because the queue was full.
    pub dropped: u64,
    /// The number of commands that have no outcome yet: commands that wait to be sent or to be acknowledged.
    pub pending: usize,
    /// The number of commands that were sent and are not acknowledged yet.
    pub unacknowledged: usize,
    /// The number of items in the queue.
    pub queued: usize,
    /// The size of the items in the queue, in bytes.
    pub queued_bytes: usize,
    pub(crate) is_ready: bool,
}

impl Health {
    pub(crate) fn new(
        now: Duration,
        opened: Duration,
        vitals: Option<Vitals>,
        last_frame: Option<Duration>,
        level: QueueLevel,
    ) -> Self {
        let mut health = Self {
            state: State::Connecting,
            since: now.saturating_sub(opened),
            last_frame,
            round_trip: None,
            reconnects: 0,
            duplicates: 0,
            failures: BTreeMap::new(),
            dropped: level.dropped,
            pending: 0,
            unacknowledged: 0,
            queued: level.items,
            queued_bytes: level.bytes,
            is_ready: false,
        };
        if let Some(vitals) = vitals {
            let is_recent = last_frame.is_some_and(|age| age <= vitals.recent);
            health.is_ready = vitals.state == State::Connected && is_recent;
            health.state = vitals.state;
            health.since = now.saturating_sub(vitals.since);
            health.round_trip = vitals.round_trip;
            health.reconnects = vitals.reconnects;
            health.duplicates = vitals.duplicates;
            health.failures = vitals.failures;
        }
        health
    }

    /// Returns whether the session is connected and has received a frame recently: within the time in which the server has to answer a ping. Suits a readiness
    /// probe.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }
}

/// The part of the health that the state machine knows. Times are those of the machine.
#[derive(Clone, Debug)]
pub(crate) struct Vitals {
    pub(crate) state: State,
    pub(crate) since: Duration,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) reconnects: u64,
    pub(crate) duplicates: u64,
    pub(crate) failures: BTreeMap<&'static str, u64>,
    /// The maximum age of the last frame of a session that is ready.
    pub(crate) recent: Duration,
}

/// The fill level of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueLevel {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    pub(crate) dropped: u64,
}
