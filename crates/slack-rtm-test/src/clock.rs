//! The clock of the fake Slack.

use tokio::time::Instant;

/// Returns the time of tokio's clock, which a test may have paused.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}
