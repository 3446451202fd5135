//! The lines that `listen` writes: JSON objects, each with a `kind`.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use slack_rtm::{Gap, Outcome, session};

use crate::exit;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Line {
    /// The connection has another state.
    State {
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        /// As whom it is connected.
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        team: Option<String>,
    },
    /// A frame as Slack sent it.
    Event { event: Box<RawValue> },
    /// Events may be missing.
    Gap { channels: Value, complete: bool, seconds: f64, reason: String },
    /// So many events were dropped.
    Lagged { dropped: u64 },
    /// A frame that is no JSON object.
    Odd { raw: String },
    /// Something went wrong.
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        message: String,
        fatal: bool,
        /// The line of standard input that is meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
    },
    /// What became of a command.
    Reply {
        #[serde(rename = "ref")]
        reference: Value,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        ts: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

impl Line {
    pub(crate) fn state(state: &'static str) -> Self {
        Self::State { state, reason: None, attempt: None, user: None, team: None }
    }

    pub(crate) fn state_because(state: &'static str, reason: &impl ToString, attempt: Option<u32>) -> Self {
        Self::State { state, reason: Some(reason.to_string()), attempt, user: None, team: None }
    }

    pub(crate) fn error(error: &session::Error) -> Self {
        Self::Error {
            code: error.code().map(ToString::to_string),
            message: exit::describe(error),
            fatal: error.is_fatal(),
            line: None,
        }
    }

    pub(crate) fn gap(gap: &Gap) -> Self {
        let channels = gap
            .channels
            .iter()
            .map(|(channel, ts)| (channel.to_string(), Value::from(ts.as_str())))
            .collect();
        Self::Gap {
            channels: Value::Object(channels),
            complete: gap.is_complete,
            seconds: gap.lasted.as_secs_f64(),
            reason: gap.loss.to_string(),
        }
    }

    pub(crate) fn reply(reference: Value, outcome: &Outcome) -> Self {
        let (code, message) = match outcome {
            Outcome::Rejected(error) => (error.code(), Some(error.message().to_owned())),
            Outcome::NotSent(reason) => (None, Some(reason.to_string())),
            _ => (None, None),
        };
        Self::Reply {
            reference,
            outcome: outcome.as_str(),
            ts: outcome.ts().map(ToString::to_string),
            code,
            message,
        }
    }
}
