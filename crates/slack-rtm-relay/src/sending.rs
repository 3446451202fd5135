//! Commands by request and reply, each carried out once at most.

mod caller;
mod ledger;
mod wire;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use slack_rtm::models::MessageCommand;
use slack_rtm::{NotSent, Outcome};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

pub use self::caller::Caller;
use self::ledger::{Ledger, Turn};
pub use self::wire::{SendAnswer, SendOutcome, SendRequest};
use crate::Name;
use crate::holding::{Environment, Slot};

/// The group in which one of several hosts gets a command.
const GROUP: &str = "relay";

/// How many commands of a token are under way at once.
const MAX_COMMANDS: usize = 64;

/// How long a command may wait for its turn and its acknowledgement. What becomes of it later is not told.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves the commands of a token while this host holds its lease.
pub(crate) struct Commands {
    tasks: Vec<JoinHandle<()>>,
}

impl Commands {
    pub(crate) fn serve(environment: Arc<Environment>, token: Name, team: String, slot: Slot) -> Self {
        let subjects = &environment.nats.subjects;
        let subjects = [subjects.send(&team, None), subjects.send(&team, Some(&token))];
        let office = Arc::new(Office {
            ledger: Ledger::new(environment.nats.commands.clone(), environment.host.clone()),
            environment,
            token,
            team,
            slot,
            room: Arc::new(Semaphore::new(MAX_COMMANDS)),
        });
        Self { tasks: subjects.map(|subject| tokio::spawn(office.clone().serve(subject))).into() }
    }
}

/// Commands that are under way go on, and are answered.
impl Drop for Commands {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Where the commands of a token are dealt with.
struct Office {
    environment: Arc<Environment>,
    token: Name,
    team: String,
    slot: Slot,
    ledger: Ledger,
    room: Arc<Semaphore>,
}

impl Office {
    async fn serve(self: Arc<Self>, subject: String) {
        let client = self.environment.nats.client.clone();
        let mut requests = match client.queue_subscribe(subject, GROUP.to_owned()).await {
            Ok(requests) => requests,
            Err(error) => return tracing::error!(token = %self.token, %error, "commands cannot be received"),
        };
        while let Some(request) = requests.next().await {
            let Some(reply) = request.reply else { continue };
            let Ok(room) = self.room.clone().acquire_owned().await else { return };
            let (office, client) = (self.clone(), client.clone());
            tokio::spawn(async move {
                let answer = office.answer(&request.payload).await;
                metrics::counter!("slack_rtm_relay_commands_total", "outcome" => answer.outcome.as_str())
                    .increment(1);
                if let Ok(json) = serde_json::to_vec(&answer) {
                    let _ = client.publish(reply, json.into()).await;
                }
                drop(room);
            });
        }
    }

    async fn answer(&self, request: &Bytes) -> SendAnswer {
        let request: SendRequest = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(_) => {
                return self
                    .refusal(String::new(), "the request is no JSON object with id, channel and text");
            }
        };
        if request.id.is_empty() || request.id.len() > 256 {
            return self.refusal(request.id, "the id is empty, or longer than 256 characters");
        }
        if self.environment.leases.fence(&self.token).is_none() {
            return self.refusal(request.id, "this host does not hold the token's lease any more");
        }
        let id = request.id.clone();
        match self.ledger.enter(&self.team, &id).await {
            Turn::Mine(entry) => {
                let outcome = self.execute(&request).await;
                let answer = SendAnswer { id, outcome, is_repeated: false, token: self.token.to_string() };
                self.ledger.settle(&entry, &answer).await;
                answer
            }
            Turn::Settled(answer) => SendAnswer { is_repeated: true, ..*answer },
            Turn::Lost => SendAnswer {
                id,
                outcome: SendOutcome::Unknown,
                is_repeated: true,
                token: self.token.to_string(),
            },
        }
    }

    /// Sends the message. It is called once for an id, by the host that entered it.
    async fn execute(&self, request: &SendRequest) -> SendOutcome {
        let sender = self.slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sender) = sender.filter(|sender| sender.health().is_ready()) else {
            return Outcome::NotSent(NotSent::NotConnected).into();
        };
        if self.environment.leases.fence(&self.token).is_none() {
            return SendOutcome::NotSent { reason: "the lease was lost".to_owned() };
        }
        let mut message = MessageCommand::new(0_u64, request.channel.as_str(), request.text.as_str());
        if let Some(thread) = &request.thread_ts {
            message = message.set_thread_ts(thread.as_str()).set_reply_broadcast(request.reply_broadcast);
        }
        match tokio::time::timeout(PATIENCE, sender.send(message)).await {
            Ok(outcome) => outcome.into(),
            // It may still be sent.
            Err(_) => SendOutcome::Unknown,
        }
    }

    fn refusal(&self, id: String, reason: &str) -> SendAnswer {
        let outcome = SendOutcome::NotSent { reason: reason.to_owned() };
        SendAnswer { id, outcome, is_repeated: false, token: self.token.to_string() }
    }
}
