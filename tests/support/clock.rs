//! An accelerated clock for tests that depend on time.

use std::time::Duration;

/// The step of the clock and the minimum real time of a step: the clock runs up to fifty times as fast as real time.
const STEP: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(1);

/// Accelerates tokio's clock for this test, including that of the fake Slack. Each step leaves real sockets time to transfer data.
///
/// A paused clock advances whenever all tasks are idle, even while they wait for a socket. A blocking task that always runs prevents that.
pub fn fast_clock() {
    tokio::time::pause();
    tokio::spawn(async {
        while tokio::task::spawn_blocking(|| std::thread::sleep(PAUSE)).await.is_ok() {
            tokio::time::advance(STEP).await;
        }
    });
}

/// Creates a duration from seconds.
#[must_use]
pub fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
