//! How long the server may take to answer, by how long it has taken.

use std::time::Duration;

use super::Config;

/// An estimate of the round trip, made as TCP makes its own (RFC 6298): the mean and the mean deviation of what was measured, newer answers counting more. It outlives
/// connections, since the line is most often the same.
#[derive(Debug, Default)]
pub(super) struct RoundTrip {
    mean: Option<Duration>,
    deviation: Duration,
    /// How many connections were given up for want of a pong since the last one came.
    timeouts: u32,
}

impl RoundTrip {
    /// A ping was answered.
    pub(super) fn measured(&mut self, round_trip: Duration) {
        self.timeouts = 0;
        let Some(mean) = self.mean else {
            self.mean = Some(round_trip);
            self.deviation = round_trip / 2;
            return;
        };
        self.deviation = (self.deviation * 3 + mean.abs_diff(round_trip)) / 4;
        self.mean = Some((mean * 7 + round_trip) / 8);
    }

    /// A ping was answered by nothing: the line may be slower than it was.
    pub(super) fn timed_out(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }

    /// Whether the last ping that mattered was answered.
    pub(super) fn is_known(&self) -> bool {
        self.mean.is_some() && self.timeouts == 0
    }

    /// How long an answer takes at the most, as far as is known; bounded.
    pub(super) fn expected(&self, config: &Config) -> Duration {
        let expected = self.mean.unwrap_or_default() + self.deviation * 4;
        expected.min(config.max_pong_timeout)
    }

    /// How long the server may be silent after a ping. It doubles from the second connection on that was given up in vain.
    pub(super) fn pong_limit(&self, config: &Config) -> Duration {
        // Where answers take the same time to the millisecond, one that is a little later is no sign of death.
        let spread = (self.deviation * 4).max(config.pong_timeout / 4);
        let expected = self.mean.map_or(Duration::ZERO, |mean| mean + spread);
        lengthened(config.pong_timeout.max(expected), self.timeouts, config.max_pong_timeout)
            .max(config.pong_timeout)
    }
}

/// A limit after so many timeouts in a row: it doubles from the second one on, up to a bound. The first one may have been the server's fault.
pub(super) fn lengthened(limit: Duration, timeouts: u32, max: Duration) -> Duration {
    limit.saturating_mul(2_u32.saturating_pow(timeouts.saturating_sub(1))).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_limit_follows_what_is_measured_within_bounds() {
        let config = Config::default();
        let mut line = RoundTrip::default();
        assert_eq!((line.is_known(), line.pong_limit(&config)), (false, millis(4_000)));
        for _ in 0..20 {
            line.measured(millis(80));
            assert_eq!(line.pong_limit(&config), millis(4_000), "a fast line has the least limit");
        }
        line.measured(millis(1_500));
        assert_eq!(line.pong_limit(&config), millis(4_000), "one late answer does not change that");
        for _ in 0..50 {
            line.measured(millis(4_500));
            assert!(line.pong_limit(&config) > millis(4_500));
        }
        assert!(line.pong_limit(&config) > millis(5_400), "however steady they are");
        assert!(line.pong_limit(&config) <= millis(5_500), "the mean is what counts");
        for round_trip in [60_000, u64::MAX / 1_000_000] {
            line.measured(millis(round_trip));
            assert_eq!(line.pong_limit(&config), millis(15_000));
        }
        for _ in 0..400 {
            line.measured(millis(80));
        }
        assert_eq!(line.pong_limit(&config), millis(4_000));
    }

    #[test]
    fn timeouts_lengthen_it_until_there_is_an_answer() {
        let config = Config::default();
        let mut line = RoundTrip::default();
        let limits = [4_000, 8_000, 15_000, 15_000].map(|limit| {
            line.timed_out();
            assert!(!line.is_known());
            (line.pong_limit(&config), millis(limit))
        });
        assert!(limits.iter().all(|(is, should)| is == should), "{limits:?}");
        (0..100).for_each(|_| line.timed_out());
        assert_eq!(line.pong_limit(&config), millis(15_000));
        line.measured(millis(80));
        assert!(line.is_known() && line.pong_limit(&config) == millis(4_000));
    }
}
