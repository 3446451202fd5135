//! How often commands may be sent, and how often somebody may be said to be typing.

use std::collections::HashMap;
use std::time::Duration;

use slack_rtm_models::ChannelId;

use super::Config;

/// A burst, then a steady rate.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// When the commands that were sent would all have gone out at the steady rate.
    level: Duration,
}

impl RateLimiter {
    /// From when on the next command may be sent.
    pub(crate) fn free_from(&self, config: &Config) -> Duration {
        self.level.saturating_sub(config.send_interval.saturating_mul(config.send_burst.max(1) - 1))
    }

    pub(crate) fn sent(&mut self, now: Duration, config: &Config) {
        self.level = self.level.max(now) + config.send_interval;
    }
}

/// Typing indicators by channel.
#[derive(Debug, Default)]
pub(super) struct Typing {
    last: HashMap<ChannelId, Duration>,
}

impl Typing {
    /// Whether an indicator may be sent now; if so, it counts.
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
