//! What stands in the stream besides events, and the headers of all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Name;

/// The type of the event.
pub const TYPE: &str = "Slack-Type";
/// The workspace.
pub const TEAM: &str = "Slack-Team";
/// The channel, where the event has one.
pub const CHANNEL: &str = "Slack-Channel";
/// The relay's name of the token that it was received with, by the host that was the first to publish it.
pub const TOKEN: &str = "Slack-Token";
/// `history`, where the event was read from history after a gap.
pub const SOURCE: &str = "Slack-Source";

/// A time in which no host is known to have had a connection of a token, and later what became of it. It stands in the stream among the events; each host that fills
/// the gap writes its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GapRecord {
    /// The host.
    pub host: Name,
    /// The token.
    pub token: Name,
    /// What the record says.
    pub state: GapState,
    /// Why the gap began: [`DisconnectReason::as_str`](slack_rtm::DisconnectReason::as_str), `lagged` or `restart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long the host had no connection, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted_ms: Option<u64>,
    /// The last message that the stream is known to have, by channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<String, String>,
    /// How many messages history had; most of them another host may have published too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// What history could not give, in words; `None` if it gave all that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

impl GapRecord {
    pub(crate) fn new(host: Name, token: Name, state: GapState) -> Self {
        Self {
            host,
            token,
            state,
            reason: None,
            lasted_ms: None,
            channels: BTreeMap::new(),
            messages: None,
            incomplete: None,
        }
    }
}

/// What a record says of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapState {
    /// Events may be missing from here on. What history has follows.
    Open,
    /// What history has was published.
    Filled,
    /// Slack, or NATS, did not let us read it.
    Failed,
}
