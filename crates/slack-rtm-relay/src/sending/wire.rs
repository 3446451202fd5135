//! What a command and its answer look like.

use serde::{Deserialize, Serialize};
use slack_rtm::Outcome;

/// A message to be posted, as it is sent to `slack.<team>.send` or `slack.<team>.send.<token>`.
///
/// ```
/// use slack_rtm_relay::SendRequest;
///
/// let request = SendRequest::new("order-7-confirmed", "C01GENERAL0", "Order 7 is confirmed.");
/// assert_eq!(
///     serde_json::to_string(&request)?,
///     r#"{"id":"order-7-confirmed","channel":"C01GENERAL0","text":"Order 7 is confirmed."}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendRequest {
    /// The caller's own id of the command, of up to 256 characters. However often it is asked for with this id in the workspace, it is carried out once at most.
    pub id: String,
    /// The channel, by its id.
    pub channel: String,
    /// The text, in Slack's markup.
    pub text: String,
    /// The thread to reply in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// Whether the reply is shown in the channel too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reply_broadcast: bool,
}

impl SendRequest {
    /// Asks for a message in a channel.
    pub fn new(id: impl Into<String>, channel: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            channel: channel.into(),
            text: text.into(),
            thread_ts: None,
            reply_broadcast: false,
        }
    }

    /// Sets the thread to reply in.
    #[must_use]
    pub fn in_thread(mut self, ts: impl Into<String>) -> Self {
        self.thread_ts = Some(ts.into());
        self
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendAnswer {
    /// The caller's id.
    pub id: String,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SendOutcome,
    /// Whether the command was carried out for an earlier request.
    pub is_repeated: bool,
    /// The relay's name of the token that it was sent with.
    pub token: String,
}

/// The outcome of a command: that of the session, as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SendOutcome {
    /// Slack acknowledged it.
    Acked {
        /// The timestamp of the message.
        ts: Option<String>,
    },
    /// It was handed to the connection.
    Sent,
    /// Slack refused it.
    Rejected {
        /// The number of the error.
        code: Option<i64>,
        /// The error in Slack's words.
        message: String,
    },
    /// It was sent, and no acknowledgement came in time. Slack may have accepted it.
    Timeout,
    /// Nobody knows: the connection ended, or the host died that carried it out. Slack may have accepted it, and it is not sent again.
    Unknown,
    /// It was not sent, and will not be. Another attempt needs another id.
    NotSent {
        /// Why.
        reason: String,
    },
}

impl SendOutcome {
    /// Returns the name that stands in the JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acked { .. } => "acked",
            Self::Sent => "sent",
            Self::Rejected { .. } => "rejected",
            Self::Timeout => "timeout",
            Self::Unknown => "unknown",
            Self::NotSent { .. } => "not_sent",
        }
    }
}

impl From<Outcome> for SendOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Acked(ack) => Self::Acked { ts: ack.ts.map(|ts| ts.as_str().to_owned()) },
            Outcome::Sent => Self::Sent,
            Outcome::Rejected(error) => {
                Self::Rejected { code: error.code(), message: error.message().to_owned() }
            }
            Outcome::TimedOut => Self::Timeout,
            Outcome::NotSent(reason) => Self::NotSent { reason: reason.to_string() },
            // What a later release tells is not known to this one.
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_flat() {
        let answer = SendAnswer {
            id: "1".to_owned(),
            outcome: SendOutcome::Acked { ts: Some("1700000000.000100".to_owned()) },
            is_repeated: false,
            token: "acme".to_owned(),
        };
        let json = serde_json::to_string(&answer).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"1","outcome":"acked","ts":"1700000000.000100","is_repeated":false,"token":"acme"}"#);
        assert_eq!(serde_json::from_str::<SendAnswer>(&json).unwrap(), answer);
        let unknown = SendOutcome::from(Outcome::Unknown);
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#"{"outcome":"unknown"}"#);
    }
}
