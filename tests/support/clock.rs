//! A clock that goes fast, for tests that are about time.

use std::time::Duration;

/// How far the clock goes at once, and how long that takes at least: fifty times as fast as it should be.
const STEP: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(1);

/// Makes tokio's clock go fast for this test, as the fake Slack's does with it. Sockets are real, and have time to carry what was written.
///
/// A clock that is merely paused jumps whenever all tasks wait, also when they wait for a socket. It does not while a blocking task runs, and one always does.
pub fn fast_clock() {
    tokio::time::pause();
    tokio::spawn(async {
        while tokio::task::spawn_blocking(|| std::thread::sleep(PAUSE)).await.is_ok() {
            tokio::time::advance(STEP).await;
        }
    });
}

/// So many seconds.
#[must_use]
pub fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
