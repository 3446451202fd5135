//! Options for how long to wait for the network and for the server.

use std::time::Duration;

use clap::Args;
use slack_rtm::SessionBuilder;
use slack_rtm::session::Config;

/// The longest limit, in seconds.
const MAX: f64 = 3600.0;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Limits {
    /// How long to wait for the pong after a ping, in seconds; adapts upwards on a slow line
    #[arg(long, value_name = "SECONDS", default_value = "4", value_parser = seconds)]
    pong_timeout: Duration,
    /// Upper bound for --pong-timeout on a slow line, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    max_pong_timeout: Duration,
    /// How long connecting may take, and then the server's hello, in seconds; adapts upwards on a slow line and after repeated timeouts
    #[arg(long, value_name = "SECONDS", default_value = "9.5", value_parser = seconds)]
    connect_timeout: Duration,
    /// Upper bound for --connect-timeout on a slow line, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    max_connect_timeout: Duration,
}

impl Limits {
    pub(crate) fn apply(self, builder: SessionBuilder) -> SessionBuilder {
        let Self { pong_timeout, max_pong_timeout, connect_timeout, max_connect_timeout } = self;
        builder
            .pong_timeout(pong_timeout, max_pong_timeout)
            .dial_timeout(connect_timeout, max_connect_timeout)
            .hello_timeout(connect_timeout, max_connect_timeout)
    }

    /// Returns the limits for a single attempt: what a session adapts to in the end.
    pub(crate) fn of_one_attempt(self) -> Config {
        let mut config = Config::default();
        config.pong_timeout = self.pong_timeout.max(self.max_pong_timeout);
        config.dial_timeout = self.connect();
        config.hello_timeout = self.connect();
        config
    }

    /// Returns how long one attempt to connect may take.
    pub(crate) fn connect(self) -> Duration {
        self.connect_timeout.max(self.max_connect_timeout)
    }
}

/// Parses a number of seconds, which may have a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=MAX).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("not a number from 0.1 to {MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_have_bounds() {
        assert_eq!(seconds("4.5"), Ok(Duration::from_millis(4_500)));
        assert_eq!(seconds("3600"), Ok(Duration::from_secs(3_600)));
        for text in ["", "0", "-1", "0.01", "3601", "inf", "NaN", "1e9", "4s"] {
            assert_eq!(seconds(text).unwrap_err(), "not a number from 0.1 to 3600", "{text}");
        }
    }
}
