//! The other end: who wants something sent.

use std::time::Duration;

use async_nats::Client;
use async_nats::client::RequestErrorKind;
use tokio::time::Instant;

use super::wire::{SendAnswer, SendOutcome, SendRequest};
use crate::config::NatsConfig;
use crate::{Error, Name, Subjects, nats};

/// How long it is until the next attempt.
const AGAIN: Duration = Duration::from_millis(200);

/// Asks a relay to send messages. Clones share their connection.
///
/// ```no_run
/// # async fn f() -> Result<(), slack_rtm_relay::Error> {
/// use std::time::Duration;
/// use slack_rtm_relay::{Caller, SendRequest};
///
/// let caller = Caller::connect("nats://127.0.0.1:4222").await?;
/// let request = SendRequest::new("order-7-confirmed", "C01GENERAL0", "Order 7 is confirmed.");
/// println!("{:?}", caller.send("T01ACME0000", None, &request, Duration::from_secs(30)).await.outcome);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
    subjects: Subjects,
}

impl Caller {
    /// Connects to NATS, and asks the relay whose subjects begin with `slack`.
    ///
    /// # Errors
    /// If NATS cannot be reached.
    pub async fn connect(server: impl Into<String>) -> Result<Self, Error> {
        let prefix = crate::config::StreamConfig::default().prefix;
        Self::new(&NatsConfig::new(vec![server.into()]), Subjects::new(prefix)).await
    }

    /// Connects with these settings, and asks the relay with these subjects.
    ///
    /// # Errors
    /// If NATS cannot be reached, or a setting cannot be used.
    pub async fn new(config: &NatsConfig, subjects: Subjects) -> Result<Self, Error> {
        Ok(Self { client: nats::connect(config, "slack-rtm-relay caller").await?, subjects })
    }

    /// Has a message sent with any token of the workspace, or with this one, and returns what became of it. It asks again with the same id until somebody answers or
    /// the time is up, which is safe: no id is carried out twice. [`SendOutcome::Unknown`] after that means that some host may have carried it out.
    ///
    /// Cancel safe, in that the message may be sent all the same.
    pub async fn send(
        &self,
        team: &str,
        token: Option<&Name>,
        request: &SendRequest,
        timeout: Duration,
    ) -> SendAnswer {
        let subject = self.subjects.send(team, token);
        let deadline = Instant::now() + timeout;
        let payload = serde_json::to_vec(request).unwrap_or_default();
        let mut was_heard = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let attempt = async_nats::Request::new()
                .payload(payload.clone().into())
                .timeout(Some(left.min(Duration::from_secs(15))));
            match tokio::time::timeout(left, self.client.send_request(subject.clone(), attempt)).await {
                Ok(Ok(answer)) => match serde_json::from_slice::<SendAnswer>(&answer.payload) {
                    Ok(answer) => return answer,
                    Err(_) => was_heard = true,
                },
                // The server has said that nobody listens.
                Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => {}
                Ok(Err(_)) | Err(_) => was_heard = true,
            }
            if Instant::now() + AGAIN >= deadline {
                break;
            }
            tokio::time::sleep(AGAIN).await;
        }
        let outcome = match was_heard {
            true => SendOutcome::Unknown,
            false => SendOutcome::NotSent { reason: "no host serves this workspace".to_owned() },
        };
        SendAnswer { id: request.id.clone(), outcome, is_repeated: false, token: String::new() }
    }
}
