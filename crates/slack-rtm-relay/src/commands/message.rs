//! Requests to send a message, and replies.

use serde::{Deserialize, Serialize};
use slack_rtm::Outcome;

/// A request to send a message, as JSON to `slack.<team>.send` or `slack.<team>.send.<token>`.
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
    /// The id that the caller gives the request, of up to 256 bytes. All requests with the same id in a workspace together are carried out at most once.
    pub id: String,
    /// The id of the channel.
    pub channel: String,
    /// The text, in Slack's markup.
    pub text: String,
    /// The `ts` of the message whose thread to reply in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// Whether a reply in a thread is also shown in the channel. The default is `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reply_broadcast: bool,
}

impl SendRequest {
    /// Creates a request to post a text to a channel.
    pub fn new(id: impl Into<String>, channel: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            channel: channel.into(),
            text: text.into(),
            thread_ts: None,
            reply_broadcast: false,
        }
    }

    /// Sets the thread to reply in, by the `ts` of its first message.
    #[must_use]
    pub fn in_thread(mut self, ts: impl Into<String>) -> Self {
        self.thread_ts = Some(ts.into());
        self
    }
}

/// The reply to a [`SendRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendReply {
    /// The id of the request.
    pub id: String,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SendOutcome,
    /// Whether an earlier request with the same id was carried out.
    pub is_repeated: bool,
    /// Whether to send the request again with the same id: the host that replied has lost the lease to another one, and did not carry it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retryable: bool,
    /// The relay's name of the token; empty if no host has answered.
    pub token: String,
}

impl SendReply {
    pub(super) fn new(id: impl Into<String>, outcome: SendOutcome, token: impl Into<String>) -> Self {
        Self { id: id.into(), outcome, is_repeated: false, is_retryable: false, token: token.into() }
    }
}

/// The outcome of a request. It is the session's [`Outcome`](slack_rtm::Outcome), as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SendOutcome {
    /// Slack acknowledged the message.
    Acked {
        /// The timestamp of the message.
        ts: Option<String>,
    },
    /// The message was sent. Slack does not acknowledge messages of its kind.
    Sent,
    /// Slack refused the message.
    Rejected {
        /// The error code.
        code: Option<i64>,
        /// The error message.
        message: String,
    },
    /// The message was sent, but not acknowledged in time. Slack may have accepted it.
    Timeout,
    /// It is unknown whether Slack has accepted the message, because the connection was lost or a host died. The message is not sent again.
    Unknown,
    /// The message was not sent, and will not be. Another attempt needs another id, unless the reply is [retryable](SendReply::is_retryable).
    NotSent {
        /// The reason.
        reason: String,
    },
}

impl SendOutcome {
    /// Returns the value of `outcome` in the JSON.
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
            // An outcome that a later version of the session adds.
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_flattened_into_the_reply() {
        let acked = SendOutcome::Acked { ts: Some("1700000000.000100".to_owned()) };
        let reply = SendReply::new("1", acked, "acme");
        let json = serde_json::to_string(&reply).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"1","outcome":"acked","ts":"1700000000.000100","is_repeated":false,"token":"acme"}"#);
        assert_eq!(serde_json::from_str::<SendReply>(&json).unwrap(), reply);
        let unknown = SendOutcome::from(Outcome::Unknown);
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#"{"outcome":"unknown"}"#);
    }
}
