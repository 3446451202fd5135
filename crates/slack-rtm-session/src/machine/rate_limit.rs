//! The rate limits of commands and of typing indicators.

use std::collections::HashMap;
use std::time::Duration;

use slack_rtm_models::ChannelId;

use super::Config;

/// Allows a burst, then a steady rate.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// When all sent commands would have been sent at the steady rate.
    level: Duration,
}

impl RateLimiter {
    /// Returns when the next command may be sent.
    pub(crate) fn free_from(&self, config: &Config) -> Duration {
        self.level.saturating_sub(config.send_interval.saturating_mul(config.send_burst.max(1) - 1))
    }

    pub(crate) fn sent(&mut self, now: Duration, config: &Config) {
        self.level = self.level.max(now) + config.send_interval;
    }
}

/// The times of the last typing indicators, by channel.
#[derive(Debug, Default)]
pub(super) struct Typing {
    last: HashMap<ChannelId, Duration>,
}

impl Typing {
    /// Returns whether an indicator may be sent now, and if so notes it.
    pub(super) fn allow(&mut self, now: Duration, channel: &ChannelId, config: &Config) -> bool {
        let is_recent = |at: Duration| now < at.saturating_add(config.typing_interval);
        if self.last.get(channel).is_some_and(|at| is_recent(*at)) {
            return false;
        }
        self.last.retain(|_, at| is_recent(*at));
        self.last.insert(channel.clone(), now);
        true
    }
}
