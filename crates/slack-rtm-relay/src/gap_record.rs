//! The record of a gap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Name;

/// A record in the stream that events may be missing, and later of what was read from history.
///
/// A gap is a time in which no host is known to have had a connection of the token. Each host that reads a gap from history writes records of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GapRecord {
    /// The host that writes the record.
    pub host: Name,
    /// The name of the token.
    pub token: Name,
    /// The state of the gap.
    pub state: GapState,
    /// The cause of the gap: a [`DisconnectReason::as_str`](slack_rtm::DisconnectReason::as_str), `lagged` or `restart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long the host had no connection, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The timestamp of the last message that is known to be stored, by channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<String, String>,
    /// The number of messages that were read from history. Other hosts may have published most of them as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// A description of what could not be read from history; `None` if nothing is missing.
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
            duration_ms: None,
            channels: BTreeMap::new(),
            messages: None,
            incomplete: None,
        }
    }
}

/// The state of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapState {
    /// Events may be missing from here on. What history has of them follows.
    Open,
    /// All messages in history have been published.
    Backfilled,
    /// History could not be read.
    Failed,
}
