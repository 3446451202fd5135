//! Keeps a repeated log message from filling the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a message is not logged again.
const INTERVAL: Duration = Duration::from_secs(30);

/// Decides whether a message is logged: not if it was logged a short time ago.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    /// Returns whether the message is to be logged now.
    pub(crate) fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_message_is_logged_again_after_a_while() {
        let throttle = Throttle::default();
        assert_eq!([throttle.is_due(), throttle.is_due()], [true, false]);
        tokio::time::advance(INTERVAL).await;
        assert_eq!([throttle.is_due(), throttle.is_due()], [true, false]);
    }
}
