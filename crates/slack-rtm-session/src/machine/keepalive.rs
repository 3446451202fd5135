//! Pings, and the verdict that nobody answers.

use std::time::Duration;

use super::Config;

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
    /// The last ping, for the round trip.
    last_ping: Option<(u64, Duration)>,
}

impl Keepalive {
    pub(super) fn new(now: Duration, config: &Config, rng: &mut fastrand::Rng) -> Self {
        // Many sessions may have started in the same moment.
        let first = config.ping_interval.mul_f64(rng.f64());
        Self { next_ping: now + first, unanswered: None, last_ping: None }
    }

    /// Any frame shows that somebody is there.
    pub(super) fn heard(&mut self) {
        self.unanswered = None;
    }

    /// The answer to a ping came; returns the round-trip time if it is the last one's.
    pub(super) fn pong(&mut self, now: Duration, reply_to: u64) -> Option<Duration> {
        let (_, sent) = self.last_ping.take_if(|(id, _)| *id == reply_to)?;
        Some(now.saturating_sub(sent))
    }

    /// Whether that is the number of the last ping.
    #[cfg(feature = "socket-mode")]
    pub(super) fn is_last(&self, id: u64) -> bool {
        self.last_ping.is_some_and(|(last, _)| last == id)
    }

    pub(super) fn pinged(&mut self, now: Duration, id: u64, config: &Config) {
        self.next_ping = now + config.ping_interval;
        self.unanswered.get_or_insert(now);
        self.last_ping = Some((id, now));
    }

    pub(super) fn due(&self, now: Duration, config: &Config) -> Option<Due> {
        if self.unanswered.is_some_and(|since| now >= since + config.pong_timeout) {
            Some(Due::Dead)
        } else {
            (now >= self.next_ping).then_some(Due::Ping)
        }
    }

    pub(super) fn deadline(&self, config: &Config) -> Duration {
        let dead = self.unanswered.map(|since| since + config.pong_timeout);
        dead.map_or(self.next_ping, |dead| dead.min(self.next_ping))
    }
}
