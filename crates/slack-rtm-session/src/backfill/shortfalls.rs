//! Collects what a fill could not read, by reason.

use slack_rtm_models::{ChannelId, Ts};

use super::report::{Incomplete, Shortfall, ShortfallReason};
use super::timestamp::Timestamp;

/// The shortfalls, one for each reason.
#[derive(Debug, Default)]
pub(super) struct Shortfalls(Vec<Shortfall>);

impl Shortfalls {
    /// Adds a reason for which messages are missing, with their channel and the time after which they are missing, if known.
    pub(super) fn add(
        &mut self,
        reason: ShortfallReason,
        channel: Option<ChannelId>,
        after: Option<Timestamp>,
    ) {
        let after = after.map(Timestamp::to_ts);
        let channels = usize::from(channel.is_some());
        if let Some(known) = self.0.iter_mut().find(|known| known.reason == reason) {
            known.channels += channels;
            known.example = known.example.take().or(channel);
            known.after = earlier(known.after.take(), after);
            return;
        }
        self.0.push(Shortfall { reason, channels, example: channel, after });
    }

    /// Adds channels that were not read because their scope is missing.
    pub(super) fn add_without_scope(&mut self, channels: usize) {
        let is_scope = |shortfall: &&mut Shortfall| matches!(&shortfall.reason, ShortfallReason::Refused { code, .. } if code.as_str() == "missing_scope");
        if let Some(shortfall) = self.0.iter_mut().find(is_scope) {
            shortfall.channels += channels;
        }
    }

    pub(super) fn take(&mut self) -> Incomplete {
        Incomplete { shortfalls: std::mem::take(&mut self.0) }
    }
}

fn earlier(one: Option<Ts>, other: Option<Ts>) -> Option<Ts> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one.as_str() <= other.as_str() { one } else { other }),
        (one, other) => one.or(other),
    }
}
