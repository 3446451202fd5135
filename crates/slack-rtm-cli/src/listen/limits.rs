//! How long a slow server and a slow line are waited for.

use std::time::Duration;

use clap::Args;
use slack_rtm::SessionBuilder;

/// The longest limit, in seconds.
const MAX: f64 = 3600.0;

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limits {
    /// How long the server may be silent after a ping, in seconds; longer where its answers take longer
    #[arg(long, value_name = "SECONDS", default_value = "4", value_parser = seconds)]
    pong_timeout: Duration,
    /// The longest that this grows to on a slow line, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    max_pong_timeout: Duration,
    /// How long connecting may take, and then the server's hello, in seconds; longer on a slow line and after repeated timeouts
    #[arg(long, value_name = "SECONDS", default_value = "9.5", value_parser = seconds)]
    connect_timeout: Duration,
    /// The longest that these grow to, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    max_connect_timeout: Duration,
}

impl Limits {
    pub(super) fn apply(self, builder: SessionBuilder) -> SessionBuilder {
        let Self { pong_timeout, max_pong_timeout, connect_timeout, max_connect_timeout } = self;
        builder
            .pong_timeout(pong_timeout, max_pong_timeout)
            .dial_timeout(connect_timeout, max_connect_timeout)
            .hello_timeout(connect_timeout, max_connect_timeout)
    }
}

/// A number of seconds, which may have a fraction.
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
