//! Pings, and the detection of a dead connection.

use std::time::Duration;

use super::Config;
use super::round_trip::RoundTrip;

/// If a pong is handled this long after the next ping was due, the session's task was delayed, and the pong does not measure the round trip.
const LATE: Duration = Duration::from_millis(250);

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    Dead,
}

/// The pings of one connection. They are sent at a steady rate even while frames arrive, because the other direction of the connection may be dead.
#[derive(Debug)]
pub(super) struct Keepalive {
    next_ping: Duration,
    /// The time of the oldest ping since the last frame.
    unanswered: Option<Duration>,
    /// The ping that measures the round trip. Others may be in flight at the same time.
    timed: Option<(u64, Duration)>,
}

impl Keepalive {
    pub(super) fn new(
        now: Duration,
        round_trip: &RoundTrip,
        config: &Config,
        rng: &mut fastrand::Rng,
    ) -> Self {
        // While the round trip is unknown, an earlier first ping leaves more time for its pong.
        let within = if round_trip.is_known() { config.ping_interval } else { config.ping_interval / 2 };
        // A random time, because many sessions may have connected at the same moment.
        Self { next_ping: now + within.mul_f64(rng.f64()), unanswered: None, timed: None }
    }

    /// Notes that a frame arrived, which shows that the server is alive.
    pub(super) fn heard(&mut self) {
        self.unanswered = None;
    }

    /// Handles a pong; returns the round-trip time if its ping measures it and the session's task was not delayed.
    pub(super) fn pong(&mut self, now: Duration, reply_to: u64) -> Option<Duration> {
        let (_, sent) = self.timed.take_if(|(id, _)| *id == reply_to)?;
        (now <= self.next_ping + LATE).then(|| now.saturating_sub(sent))
    }

    /// Sends a ping at once after a suspend of the computer, with the usual time for the pong.
    pub(super) fn resumed(&mut self, now: Duration) {
        *self = Self { next_ping: now, unanswered: None, timed: None };
    }

    pub(super) fn pinged(&mut self, now: Duration, id: u64, config: &Config) {
        self.next_ping = now + config.ping_interval;
        self.unanswered.get_or_insert(now);
        // Stop measuring a ping whose pong has not arrived in the maximum time.
        self.timed.take_if(|(_, sent)| now >= *sent + config.max_pong_timeout);
        self.timed.get_or_insert((id, now));
    }

    /// Returns when the connection counts as dead if nothing arrives.
    fn dead(&self, heard: Duration, round_trip: &RoundTrip, config: &Config) -> Option<Duration> {
        let since = self.unanswered?;
        let dead = since + round_trip.pong_limit(config);
        if round_trip.is_known() {
            return Some(dead);
        }
        // While the round trip is unknown, allow as much time after the last frame as a fast line has between two pings.
        let patience = heard + config.ping_interval + config.pong_timeout;
        Some(dead.max(patience.min(since + config.max_pong_timeout)))
    }

    /// Returns what to do now; the last frame arrived at `heard`.
    pub(super) fn due(
        &self,
        now: Duration,
        heard: Duration,
        round_trip: &RoundTrip,
        config: &Config,
    ) -> Option<Due> {
        if self.dead(heard, round_trip, config).is_some_and(|dead| now >= dead) {
            Some(Due::Dead)
        } else {
            (now >= self.next_ping).then_some(Due::Ping)
        }
    }

    pub(super) fn deadline(&self, heard: Duration, round_trip: &RoundTrip, config: &Config) -> Duration {
        let dead = self.dead(heard, round_trip, config);
        dead.map_or(self.next_ping, |dead| dead.min(self.next_ping))
    }
}
