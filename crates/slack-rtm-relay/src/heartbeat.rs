//! The heartbeat of a host.

use async_nats::jetstream::kv;
use serde::{Deserialize, Serialize};

use crate::{Error, Name, nats};

/// What a host reports about itself with every heartbeat. It is stored in the bucket `<prefix>_relay_hosts` for as long as the host lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Heartbeat {
    /// The name of the host.
    pub host: Name,
    /// The version of the relay that it runs.
    pub version: String,
    /// Whether the host hands over its tokens because it is about to leave.
    #[serde(default)]
    pub is_draining: bool,
    /// The number of tokens that are assigned to the host.
    pub assigned: usize,
    /// The number of tokens that the host has sessions of.
    pub tokens: usize,
    /// The number of those sessions that are connected.
    pub connected: usize,
    /// The number of leases that the host holds.
    pub leases: usize,
    /// The number of events that wait to be stored.
    pub waiting: usize,
    /// The age of the oldest event that waits, in milliseconds.
    pub lag_ms: u64,
    /// The number of events that this host was the first to store.
    pub stored: u64,
    /// The number of events that were already stored when this host published them.
    pub duplicates: u64,
    /// The number of failed attempts to publish.
    pub failures: u64,
    /// The number of events that exceed the server's `max_payload`, and are not in the stream.
    pub too_large: u64,
    /// The number of gaps that the host has read from history, or tried to.
    pub gaps: u64,
    /// A random number by which a host tells its own heartbeats from those of another process with its name.
    #[serde(default)]
    pub(crate) instance: u64,
}

impl Heartbeat {
    /// Returns whether the host has a connected session of every token that is assigned to it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.tokens >= self.assigned && self.connected >= self.tokens
    }

    /// Sets the gauges and counters of the [`metrics`] facade.
    pub(crate) fn record_metrics(&self) {
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let gauge = |name: &'static str, value: usize| metrics::gauge!(name).set(value as f64);
        gauge("slack_rtm_relay_assigned_tokens", self.assigned);
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

/// Reads the heartbeats of all live hosts.
pub(crate) async fn read_all(store: &kv::Store) -> Result<Vec<Heartbeat>, Error> {
    let entries = nats::entries(store).await?;
    Ok(entries.iter().filter_map(|entry| serde_json::from_slice(&entry.value).ok()).collect())
}
