//! The lines that `listen` prints: JSON objects with a `kind`. Lines of one kind have the same members; those without a value are `null`, or left out where noted.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use slack_rtm::session::{
    self, BackfillReport, Connected, ConnectedKind, DisconnectReason, Identity, MissedMessage, Retry,
    ShortfallReason,
};
use slack_rtm::{Envelope, Gap, Outcome};

use crate::exit;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    /// The state of the connection has changed.
    State {
        state: State,
        /// Slack's error code, or a short name of our own.
        code: Option<&'a str>,
        /// The reason in words.
        reason: Option<String>,
        /// The number of the next attempt to connect, counted since the last connection.
        attempt: Option<u32>,
        /// The delay before that attempt in seconds. Left out if unknown.
        #[serde(skip_serializing_if = "Option::is_none")]
        delay: Option<f64>,
        /// Left out unless connected.
        #[serde(flatten)]
        identity: Option<IdentityNames<'a>>,
    },
    /// A frame as Slack sent it.
    Event {
        event: &'a RawValue,
        /// The number of the line. Left out without --ack.
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
        /// Left out over RTM.
        #[serde(skip_serializing_if = "Option::is_none")]
        envelope: Option<EnvelopeFields<'a>>,
    },
    /// Somebody used a button, a modal, a shortcut or a menu.
    Interaction { payload: &'a RawValue, envelope: EnvelopeFields<'a> },
    /// Somebody typed a slash command.
    Command { payload: &'a RawValue, envelope: EnvelopeFields<'a> },
    /// An envelope of an unknown type.
    Envelope {
        #[serde(rename = "type")]
        envelope_type: &'a str,
        payload: &'a RawValue,
        envelope: EnvelopeFields<'a>,
    },
    /// The app has connections that are not this session's.
    OtherConnections { total: u32, ours: u32 },
    /// A message that was posted while there was no connection, read from history.
    Missed {
        event: &'a RawValue,
        edited: bool,
        late: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
    },
    /// History has been read.
    Backfilled {
        from: Option<&'a str>,
        to: Option<&'a str>,
        channels: usize,
        messages: u64,
        overtaken: bool,
        complete: bool,
        missing: Vec<Missing<'a>>,
    },
    /// Events may be missing.
    Gap { channels: BTreeMap<&'a str, &'a str>, complete: bool, seconds: f64, reason: String },
    /// Events were dropped because the reader was too slow.
    Lagged { dropped: u64 },
    /// A frame that is not a JSON object.
    Malformed { raw: &'a str, binary: bool },
    /// Something failed.
    Error {
        /// Slack's error code, or a short name of our own.
        code: &'a str,
        message: String,
        fatal: bool,
        /// The line of standard input that caused it. Left out if there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
    },
    /// The outcome of a message.
    Reply {
        #[serde(rename = "ref")]
        reference: &'a RawValue,
        outcome: &'static str,
        ts: Option<&'a str>,
        code: Option<i64>,
        message: Option<String>,
    },
}

/// What could not be read from history.
#[derive(Debug, Serialize)]
pub(super) struct Missing<'a> {
    reason: &'static str,
    code: Option<&'a str>,
    channels: usize,
    after: Option<&'a str>,
    pub(super) message: String,
}

/// A user and a workspace.
#[derive(Debug, Serialize)]
pub(super) struct IdentityNames<'a> {
    pub(super) user: &'a str,
    pub(super) user_name: &'a str,
    pub(super) team: &'a str,
    pub(super) team_name: &'a str,
}

/// What an envelope of Socket Mode says besides its payload.
#[derive(Debug, Serialize)]
pub(super) struct EnvelopeFields<'a> {
    /// For the commands ack and respond.
    pub(super) id: &'a str,
    accepts_response: bool,
    /// Left out unless it is an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_reason: Option<&'a str>,
}

impl<'a> EnvelopeFields<'a> {
    pub(super) fn new(envelope: &'a Envelope) -> Self {
        Self {
            id: envelope.id(),
            accepts_response: envelope.accepts_response(),
            event_id: envelope.event_id(),
            team: envelope.team_id(),
            retry_attempt: envelope.retry_attempt(),
            retry_reason: envelope.retry_reason(),
        }
    }
}

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Connecting,
    Connected,
    Reconnecting,
    Closed,
}

impl<'a> Line<'a> {
    /// A state, with the code and the words of the reason.
    pub(super) fn state(state: State, why: Option<(&'a str, String)>, attempt: Option<u32>) -> Self {
        let (code, reason) = why.unzip();
        Self::State { state, code, reason, attempt, delay: None, identity: None }
    }

    /// The connection was lost.
    pub(super) fn lost(state: State, reason: &'a DisconnectReason, attempt: u32) -> Self {
        let code = reason.code().map_or(reason.as_str(), slack_rtm::ErrorCode::as_str);
        Self::state(state, Some((code, reason.to_string())), Some(attempt))
    }

    /// The session has ended.
    pub(super) fn closed(error: &'a session::Error) -> Self {
        Self::state(State::Closed, Some((code(error), exit::describe_session(error))), None)
    }

    /// Another attempt to connect follows.
    pub(super) fn retrying(state: State, retry: &'a Retry, attempt: u32) -> Self {
        let delay = Some(retry.delay.as_secs_f64());
        Self::State {
            state,
            code: Some(code(&retry.error)),
            reason: Some(exit::describe_session(&retry.error)),
            attempt: Some(attempt),
            delay,
            identity: None,
        }
    }

    pub(super) fn connected(connected: &'a Connected) -> Self {
        let why = match connected.kind {
            ConnectedKind::HandedOver => {
                Some(("goodbye", "replaced a connection that was about to end".to_owned()))
            }
            _ => None,
        };
        let (code, reason) = why.unzip();
        let Identity { user, team, .. } = &*connected.identity;
        Self::State {
            state: State::Connected,
            code,
            reason,
            attempt: None,
            delay: None,
            identity: Some(IdentityNames {
                user: user.id.as_str(),
                user_name: &user.name,
                team: team.id.as_str(),
                team_name: &team.name,
            }),
        }
    }

    /// The error that ended the session or an attempt.
    pub(super) fn error(error: &'a session::Error) -> Self {
        Self::Error {
            code: code(error),
            message: exit::describe_session(error),
            fatal: error.is_fatal(),
            line: None,
        }
    }

    /// A command that was not carried out.
    pub(super) fn rejected_command(code: &'static str, message: String, line: u64) -> Self {
        Self::Error { code, message, fatal: false, line: Some(line) }
    }

    pub(super) fn gap(gap: &'a Gap) -> Self {
        Self::Gap {
            channels: gap.channels.iter().map(|(channel, ts)| (channel.as_str(), ts.as_str())).collect(),
            complete: gap.is_complete,
            seconds: gap.duration.as_secs_f64(),
            reason: gap.reason.to_string(),
        }
    }

    pub(super) fn missed(missed: &MissedMessage, event: &'a RawValue, number: Option<u64>) -> Self {
        Self::Missed { event, edited: missed.is_edited, late: missed.is_late, number }
    }

    pub(super) fn backfilled(filled: &'a BackfillReport) -> Self {
        let missing = filled.incomplete.shortfalls.iter().map(|shortfall| Missing {
            reason: shortfall.reason.as_str(),
            code: match &shortfall.reason {
                ShortfallReason::Refused { code, .. } => Some(code.as_str()),
                _ => None,
            },
            channels: shortfall.channels,
            after: shortfall.after.as_ref().map(slack_rtm::Ts::as_str),
            message: shortfall.to_string(),
        });
        Self::Backfilled {
            from: filled.from.as_ref().map(slack_rtm::Ts::as_str),
            to: filled.to.as_ref().map(slack_rtm::Ts::as_str),
            channels: filled.channels,
            messages: filled.messages,
            overtaken: filled.is_overtaken,
            complete: filled.incomplete.is_empty(),
            missing: missing.collect(),
        }
    }

    pub(super) fn reply(reference: &'a RawValue, outcome: &'a Outcome) -> Self {
        let (code, message) = match outcome {
            Outcome::Acked(_) => (None, None),
            Outcome::Rejected(error) => (error.code(), Some(error.message().to_owned())),
            Outcome::NotSent(reason) => (None, Some(reason.to_string())),
            other => (None, Some(other.to_string())),
        };
        let ts = outcome.ts().map(slack_rtm::Ts::as_str);
        Self::Reply { reference, outcome: outcome.as_str(), ts, code, message }
    }
}

/// Returns Slack's code of an error, or our own short name.
fn code(error: &session::Error) -> &str {
    error.code().map_or(error.as_str(), slack_rtm::ErrorCode::as_str)
}
