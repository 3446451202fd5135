//! Requests to send a message, each carried out at most once.

mod claims;
mod client;
mod message;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use slack_rtm::models::MessageCommand;
use slack_rtm::{NotSent, Outcome};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use self::claims::{Claim, Claims};
pub use self::client::CommandClient;
pub use self::message::{SendOutcome, SendReply, SendRequest};
use crate::Name;
use crate::shared_sender::SharedSender;
use crate::worker::Context;

/// The queue group. Of the hosts that hold a lease of the workspace, one receives each request.
const QUEUE_GROUP: &str = "relay";

/// The number of requests of a token that are handled at once.
const MAX_CONCURRENT: usize = 64;

/// The longest id of a request, in bytes.
const MAX_ID: usize = 256;

/// How long a message may take to be sent and acknowledged. An outcome that comes later is not reported.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves the requests of a token until it is dropped. Requests that are being handled then are still answered.
pub(crate) struct CommandService {
    tasks: Vec<JoinHandle<()>>,
}

impl CommandService {
    pub(crate) fn start(context: Arc<Context>, token: Name, team: String, sender: SharedSender) -> Self {
        let subjects = &context.nats.subjects;
        let subjects = [subjects.send(&team, None), subjects.send(&team, Some(&token))];
        let handler = Arc::new(Handler {
            claims: Claims::new(context.nats.clone(), context.host.clone()),
            context,
            token,
            team,
            sender,
            permits: Arc::new(Semaphore::new(MAX_CONCURRENT)),
        });
        Self { tasks: subjects.map(|subject| tokio::spawn(handler.clone().serve(subject))).into() }
    }
}

impl Drop for CommandService {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct Handler {
    context: Arc<Context>,
    token: Name,
    team: String,
    sender: SharedSender,
    claims: Claims,
    permits: Arc<Semaphore>,
}

impl Handler {
    async fn serve(self: Arc<Self>, subject: String) {
        let client = self.context.nats.client.clone();
        let mut requests = match client.queue_subscribe(subject, QUEUE_GROUP.to_owned()).await {
            Ok(requests) => requests,
            Err(error) => {
                return tracing::error!(token = %self.token, %error, "requests cannot be received");
            }
        };
        while let Some(request) = requests.next().await {
            let Some(reply_to) = request.reply else { continue };
            let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
            let (handler, client) = (self.clone(), client.clone());
            tokio::spawn(async move {
                let reply = handler.handle(&request.payload).await;
                metrics::counter!("slack_rtm_relay_commands_total", "outcome" => reply.outcome.as_str())
                    .increment(1);
                if let Ok(json) = serde_json::to_vec(&reply) {
                    let _ = client.publish(reply_to, json.into()).await;
                }
                drop(permit);
            });
        }
    }

    async fn handle(&self, request: &Bytes) -> SendReply {
        let request: SendRequest = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(_) => {
                let reason = "the request is not a JSON object with id, channel and text";
                return self.refusal(String::new(), reason);
            }
        };
        if request.id.is_empty() || request.id.len() > MAX_ID {
            return self.refusal(request.id, "the id is empty or longer than 256 bytes");
        }
        if self.context.leases.fence(&self.token).is_none() {
            let reply = self.refusal(request.id, "the host no longer holds the lease of the token");
            return SendReply { is_retryable: true, ..reply };
        }
        let id = request.id.clone();
        match self.claims.claim(&self.team, &id).await {
            Claim::Acquired(entry) => {
                let outcome = self.send(&request).await;
                let reply = SendReply::new(id, outcome, self.token.to_string());
                self.claims.complete(&entry, &reply).await;
                reply
            }
            Claim::Completed(reply) => SendReply { is_repeated: true, ..*reply },
            Claim::Abandoned => {
                let reply = SendReply::new(id, SendOutcome::Unknown, self.token.to_string());
                SendReply { is_repeated: true, ..reply }
            }
        }
    }

    /// Sends the message. Only the host that has acquired the claim on its id calls this, and once.
    async fn send(&self, request: &SendRequest) -> SendOutcome {
        let Some(sender) = self.sender.get().filter(|sender| sender.health().is_ready()) else {
            return Outcome::NotSent(NotSent::NotConnected).into();
        };
        if self.context.leases.fence(&self.token).is_none() {
            return SendOutcome::NotSent { reason: "the lease was lost".to_owned() };
        }
        let mut message = MessageCommand::new(0_u64, request.channel.as_str(), request.text.as_str());
        if let Some(thread) = &request.thread_ts {
            message = message.set_thread_ts(thread.as_str()).set_reply_broadcast(request.reply_broadcast);
        }
        match tokio::time::timeout(SEND_TIMEOUT, sender.send(message)).await {
            Ok(outcome) => outcome.into(),
            // It may still be sent.
            Err(_) => SendOutcome::Unknown,
        }
    }

    fn refusal(&self, id: String, reason: &str) -> SendReply {
        let outcome = SendOutcome::NotSent { reason: reason.to_owned() };
        SendReply::new(id, outcome, self.token.to_string())
    }
}
