//! What a host says of itself with every heartbeat.

use serde::{Deserialize, Serialize};

use crate::Name;

/// What a host says of itself with every heartbeat. It stands in the bucket `<prefix>_relay_hosts`, for as long as the host lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Beat {
    /// The host.
    pub host: Name,
    /// Its release.
    pub version: String,
    /// Whether it gives away what it has, because it is about to leave.
    #[serde(default)]
    pub is_draining: bool,
    /// How many tokens it should hold.
    pub share: usize,
    /// How many it holds.
    pub tokens: usize,
    /// How many of them are connected.
    pub connected: usize,
    /// How many leases it holds.
    pub leases: usize,
    /// How many events wait for the stream.
    pub waiting: usize,
    /// How old the oldest of them is, in milliseconds.
    pub lag_ms: u64,
    /// How many events it was the first to store.
    pub stored: u64,
    /// How many were there already.
    pub duplicates: u64,
    /// How many attempts to store one have failed.
    pub failures: u64,
    /// How many are not in the stream because they are too large.
    pub too_large: u64,
    /// How many gaps it has filled, or tried to.
    pub gaps: u64,
}

impl Beat {
    /// Tells whether the host does its share: it holds it, all of it connected.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.tokens >= self.share && self.connected >= self.tokens
    }

    /// Sets the gauges and counters of the [`metrics`] facade.
    pub(crate) fn measure(&self) {
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let gauge = |name: &'static str, value: usize| metrics::gauge!(name).set(value as f64);
        gauge("slack_rtm_relay_share", self.share);
        gauge("slack_rtm_relay_tokens", self.tokens);
        gauge("slack_rtm_relay_connected_tokens", self.connected);
        gauge("slack_rtm_relay_leases", self.leases);
        gauge("slack_rtm_relay_waiting_events", self.waiting);
        gauge("slack_rtm_relay_draining", usize::from(self.is_draining));
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("slack_rtm_relay_lag_seconds").set(self.lag_ms as f64 / 1000.0);
        metrics::counter!("slack_rtm_relay_stored_total").absolute(self.stored);
        metrics::counter!("slack_rtm_relay_duplicates_total").absolute(self.duplicates);
        metrics::counter!("slack_rtm_relay_publish_failures_total").absolute(self.failures);
        metrics::counter!("slack_rtm_relay_too_large_total").absolute(self.too_large);
        metrics::counter!("slack_rtm_relay_gaps_total").absolute(self.gaps);
    }
}
