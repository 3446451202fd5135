//! What a session says in logs, and counts where the feature `metrics` is on. Nothing of what users send or receive is in it. The names of the metrics stand in
//! the crate's documentation.

use crate::{Item, Outcome};

/// Counts one.
macro_rules! count {
    ($name:literal $(, $key:literal => $value:expr)*) => {
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $key => $value)*).increment(1);
    };
}

/// The part of a session in the gauges: what it has added is taken away when it ends, however it does.
#[derive(Debug)]
pub(crate) struct Gauges {
    is_connected: bool,
}

impl Gauges {
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!("slack_rtm_sessions").increment(1);
        Self { is_connected: false }
    }

    pub(crate) fn set_connected(&mut self, is_connected: bool) {
        if std::mem::replace(&mut self.is_connected, is_connected) != is_connected {
            #[cfg(feature = "metrics")]
            metrics::gauge!("slack_rtm_connected_sessions").increment(if is_connected { 1.0 } else { -1.0 });
        }
    }
}

impl Drop for Gauges {
    fn drop(&mut self) {
        self.set_connected(false);
        #[cfg(feature = "metrics")]
        metrics::gauge!("slack_rtm_sessions").decrement(1);
    }
}

pub(crate) fn called() {
    tracing::debug!("asking for an address");
    count!("slack_rtm_calls_total");
}

pub(crate) fn delivered(item: &Item) {
    match item {
        Item::Event(_) => {
            count!("slack_rtm_events_total");
        }
        Item::Odd(odd) => {
            tracing::debug!(?odd, "a frame that is no JSON object");
            count!("slack_rtm_odd_frames_total");
        }
        Item::Connected(connected) => {
            tracing::info!(kind = ?connected.kind, "connected");
            count!("slack_rtm_connections_total");
        }
        Item::Disconnected(loss) => {
            tracing::warn!(reason = loss.as_str(), "disconnected: {loss}");
            count!("slack_rtm_losses_total", "reason" => loss.as_str());
        }
        Item::Retry(retry) => {
            tracing::warn!(
                reason = retry.error.as_str(),
                attempt = retry.attempt,
                delay = ?retry.delay,
                "no connection: {}",
                retry.error
            );
            count!("slack_rtm_failures_total", "reason" => retry.error.as_str());
        }
        Item::Gap(gap) => tracing::warn!(lasted = ?gap.lasted, "events may be missing"),
        Item::Closed(error) => tracing::info!(reason = error.as_str(), "the session has ended: {error}"),
        #[cfg(feature = "socket-mode")]
        Item::Interaction(_) | Item::Command(_) | Item::Envelope(_) => {
            count!("slack_rtm_events_total");
        }
        #[cfg(feature = "socket-mode")]
        Item::OtherConnections(others) => {
            tracing::warn!(
                total = others.total,
                ours = others.ours,
                "the app has other connections, which take a part of its events"
            );
        }
        Item::Lagged(_) | Item::Missed(_) | Item::Filled(_) => {}
    }
}

/// An event was dropped because the queue was full.
pub(crate) fn dropped() {
    count!("slack_rtm_dropped_events_total");
}

pub(crate) fn resolved(outcome: &Outcome) {
    tracing::trace!(outcome = outcome.as_str(), "a command has ended");
    count!("slack_rtm_commands_total", "outcome" => outcome.as_str());
}
