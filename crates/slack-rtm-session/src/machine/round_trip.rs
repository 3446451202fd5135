//! Adapts timeouts to the measured round trip.

use std::time::Duration;

use super::Config;

/// An estimate of the round trip like TCP's (RFC 6298): the weighted mean and mean deviation of the measurements. It is kept across connections, since the line is usually
/// the same.
#[derive(Debug, Default)]
pub(super) struct RoundTrip {
    mean: Option<Duration>,
    deviation: Duration,
    /// The number of pong timeouts since the last pong.
    timeouts: u32,
}

impl RoundTrip {
    /// Adds a measurement.
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

    /// Counts a pong timeout: the line may have become slower.
    pub(super) fn timed_out(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }

    /// Returns whether there is a measurement, and no pong timeout since.
    pub(super) fn is_known(&self) -> bool {
        self.mean.is_some() && self.timeouts == 0
    }

    /// Returns how long an answer may be expected to take, up to the maximum pong timeout.
    pub(super) fn expected(&self, config: &Config) -> Duration {
        let expected = self.mean.unwrap_or_default() + self.deviation * 4;
        expected.min(config.max_pong_timeout)
    }

    /// Returns how long the server may be silent after a ping. It doubles with each consecutive pong timeout from the second on.
    pub(super) fn pong_limit(&self, config: &Config) -> Duration {
        // With almost no deviation, a slightly later pong would already be a timeout.
        let spread = (self.deviation * 4).max(config.pong_timeout / 4);
        let expected = self.mean.map_or(Duration::ZERO, |mean| mean + spread);
        lengthened(config.pong_timeout.max(expected), self.timeouts, config.max_pong_timeout)
            .max(config.pong_timeout)
    }
}

/// Returns a limit after consecutive timeouts: it doubles with each from the second on, up to `max`. A single timeout may have been the server's fault.
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
            assert_eq!(line.pong_limit(&config), millis(4_000), "a fast line has the minimum");
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
