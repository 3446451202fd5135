//! The client of the relay's request subjects.

use std::error::Error as _;
use std::time::Duration;

use async_nats::Client;
use async_nats::client::RequestErrorKind;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, KeyValueError};
use async_nats::jetstream::{self, ErrorCode};
use tokio::time::Instant;

use super::claims::{self, Claim};
use super::message::{SendOutcome, SendReply, SendRequest};
use crate::config::NatsConfig;
use crate::{Error, Name, Subjects, nats};

/// The wait between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Requests a relay to send messages. Clones share the connection to NATS.
///
/// ```no_run
/// # async fn f() -> Result<(), slack_rtm_relay::Error> {
/// use std::time::Duration;
/// use slack_rtm_relay::{CommandClient, SendRequest};
///
/// let client = CommandClient::connect("nats://127.0.0.1:4222").await?;
/// let request = SendRequest::new("order-7-confirmed", "C01GENERAL0", "Order 7 is confirmed.");
/// println!("{:?}", client.send("T01ACME0000", None, &request, Duration::from_secs(30)).await.outcome);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CommandClient {
    client: Client,
    subjects: Subjects,
}

impl CommandClient {
    /// Connects to a NATS server, for the relay with the default prefix `slack`.
    ///
    /// # Errors
    /// Returns an error if NATS cannot be reached.
    pub async fn connect(server: impl Into<String>) -> Result<Self, Error> {
        let prefix = crate::config::StreamConfig::default().prefix;
        Self::new(&NatsConfig::new(vec![server.into()]), Subjects::new(prefix)).await
    }

    /// Connects with these settings, for the relay with these subjects.
    ///
    /// # Errors
    /// Returns an error if NATS cannot be reached, or a setting cannot be used.
    pub async fn new(config: &NatsConfig, subjects: Subjects) -> Result<Self, Error> {
        Ok(Self { client: nats::connect(config, "slack-rtm-relay client").await?, subjects })
    }

    /// Requests that a message be sent with a token, or with any token of the workspace if `token` is `None`, and returns the reply. Repeats the request with the same id
    /// until a host replies or `timeout` has passed; the message is still sent at most once.
    ///
    /// If no host has replied by then, the outcome is [`SendOutcome::Unknown`] if a host may have received the request. Otherwise the id is withdrawn, which takes up to
    /// two seconds more, so that no host carries the request out later, and the outcome is [`SendOutcome::NotSent`].
    ///
    /// # Cancel safety
    /// Dropping the future does not recall the message: it may still be sent.
    pub async fn send(
        &self,
        team: &str,
        token: Option<&Name>,
        request: &SendRequest,
        timeout: Duration,
    ) -> SendReply {
        let subject = self.subjects.send(team, token);
        let deadline = Instant::now() + timeout;
        let payload = serde_json::to_vec(request).unwrap_or_default();
        let mut may_be_received = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let attempt = async_nats::Request::new()
                .payload(payload.clone().into())
                .timeout(Some(left.min(Duration::from_secs(15))));
            match tokio::time::timeout(left, self.client.send_request(subject.clone(), attempt)).await {
                Ok(Ok(message)) => match serde_json::from_slice::<SendReply>(&message.payload) {
                    // This host has lost the lease, and another one takes it.
                    Ok(SendReply { is_retryable: true, .. }) => {}
                    Ok(reply) => return reply,
                    Err(_) => may_be_received = true,
                },
                // The server knows of no subscriber.
                Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => {}
                Ok(Err(_)) | Err(_) => may_be_received = true,
            }
            if Instant::now() + RETRY_INTERVAL >= deadline {
                break;
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
        let reply = |outcome| SendReply::new(&request.id, outcome, "");
        if may_be_received {
            return reply(SendOutcome::Unknown);
        }
        let not_sent = reply(SendOutcome::NotSent { reason: "no host serves this workspace".to_owned() });
        let giving_up = tokio::time::timeout(nats::TIMEOUT, self.give_up(team, not_sent));
        giving_up.await.ok().flatten().unwrap_or_else(|| reply(SendOutcome::Unknown))
    }

    /// Withdraws the id, and returns the reply: another call with the same id may have been answered before. `None` if that is not known.
    async fn give_up(&self, team: &str, not_sent: SendReply) -> Option<SendReply> {
        let context = jetstream::new(self.client.clone());
        match context.get_key_value(self.subjects.bucket("commands")).await {
            Ok(commands) => match claims::give_up(&commands, team, &not_sent).await {
                Claim::Acquired(_) => Some(not_sent),
                Claim::Completed(earlier) => Some(SendReply { is_repeated: true, ..*earlier }),
                Claim::Abandoned => None,
            },
            // No host has ever run.
            Err(error) if is_missing(&error) => Some(not_sent),
            Err(_) => None,
        }
    }
}

/// Returns whether a bucket does not exist.
fn is_missing(error: &KeyValueError) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<GetStreamError>());
    matches!(source.map(GetStreamError::kind), Some(GetStreamErrorKind::JetStream(error)) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}
