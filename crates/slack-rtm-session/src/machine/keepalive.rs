//! Pings, and the verdict that nobody answers.

use std::time::Duration;

use super::Config;
use super::round_trip::RoundTrip;

/// If the next ping is this late, the session itself could not run for a while.
const LATE: Duration = Duration::from_millis(250);

/// What has to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    Dead,
}

/// The pings of one connection. They go out at a steady pace: a connection over which much comes may still have lost its other direction.
#[derive(Debug)]
pub(super) struct Keepalive {
    next_ping: Duration,
    /// The oldest ping since the last frame came.
    unanswered: Option<Duration>,
    /// The ping whose answer tells the round trip. Others may be on their way at the same time.
    timed: Option<(u64, Duration)>,
}

impl Keepalive {
    pub(super) fn new(
        now: Duration,
        round_trip: &RoundTrip,
        config: &Config,
        rng: &mut fastrand::Rng,
    ) -> Self {
        // The sooner it is known how long an answer takes, the longer the first one may take.
        let within = if round_trip.is_known() { config.ping_interval } else { config.ping_interval / 2 };
        // Many sessions may have started in the same moment.
        Self { next_ping: now + within.mul_f64(rng.f64()), unanswered: None, timed: None }
    }

    /// Any frame shows that somebody is there.
    pub(super) fn heard(&mut self) {
        self.unanswered = None;
    }

    /// The answer to a ping came; returns the round-trip time if that ping is the one that is timed, and nothing but the server has kept it waiting.
    pub(super) fn pong(&mut self, now: Duration, reply_to: u64) -> Option<Duration> {
        let (_, sent) = self.timed.take_if(|(id, _)| *id == reply_to)?;
        (now <= self.next_ping + LATE).then(|| now.saturating_sub(sent))
    }

    /// The machine has slept: whoever spoke before is asked at once, and has the usual time.
    pub(super) fn resumed(&mut self, now: Duration) {
        *self = Self { next_ping: now, unanswered: None, timed: None };
    }

    pub(super) fn pinged(&mut self, now: Duration, id: u64, config: &Config) {
        self.next_ping = now + config.ping_interval;
        self.unanswered.get_or_insert(now);
        // An answer that has not come by now does not come.
        self.timed.take_if(|(_, sent)| now >= *sent + config.max_pong_timeout);
        self.timed.get_or_insert((id, now));
    }

    /// When the server is given up, if nothing comes.
    fn dead(&self, heard: Duration, round_trip: &RoundTrip, config: &Config) -> Option<Duration> {
        let since = self.unanswered?;
        let dead = since + round_trip.pong_limit(config);
        if round_trip.is_known() {
            return Some(dead);
        }
        // As long after the last frame as on a line that is known to be fast, whenever the ping was sent.
        let patience = heard + config.ping_interval + config.pong_timeout;
        Some(dead.max(patience.min(since + config.max_pong_timeout)))
    }

    /// What has to be done now; the last frame came at `heard`.
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
