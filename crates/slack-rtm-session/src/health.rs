//! How a session is.

use std::collections::BTreeMap;
use std::time::Duration;

/// What a session is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It has not been connected yet.
    Connecting,
    /// The server has said hello.
    Connected,
    /// The connection was lost.
    Reconnecting,
    /// It has ended.
    Closed,
}

/// A snapshot of how a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// What it is doing.
    pub state: State,
    /// For how long it has been doing that: an age, and no point in time.
    pub since: Duration,
    /// How long ago the last frame came: an age, and no point in time. `None` if none ever did.
    pub last_frame: Option<Duration>,
    /// How long the last ping took to be answered; `None` before the first answer on this connection.
    pub round_trip: Option<Duration>,
    /// How often a connection was made, after the first one.
    pub reconnects: u64,
    /// How many events Slack has delivered again, and were not handed out a second time. Zero over RTM, which repeats nothing.
    pub duplicates: u64,
    /// How often a connection was lost, and attempts failed, by [`DisconnectReason::as_str`](crate::DisconnectReason::as_str) and [`Error::as_str`](crate::Error::as_str).
    pub failures: BTreeMap<&'static str, u64>,
    /// How many events were dropped because the queue was full.
    pub dropped: u64,
    /// The number of commands that have no outcome yet: those that wait to be sent, and those that wait for their acknowledgement.
    pub pending: usize,
    /// The number of those that were sent and are not acknowledged yet.
    pub unacknowledged: usize,
    /// How many items wait to be taken.
    pub queued: usize,
    /// How many bytes they count for.
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

    /// Whether the session is connected, and a frame came in the time in which the server has to answer a ping.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }
}

/// What the state machine knows of it, in its time.
#[derive(Clone, Debug)]
pub(crate) struct Vitals {
    pub(crate) state: State,
    pub(crate) since: Duration,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) reconnects: u64,
    pub(crate) duplicates: u64,
    pub(crate) failures: BTreeMap<&'static str, u64>,
    /// How old a frame may be for the session to be ready.
    pub(crate) recent: Duration,
}

/// How full the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueLevel {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    pub(crate) dropped: u64,
}
