//! Claims on the ids of requests, in a bucket. The host that creates the entry of an id carries the request out; no host ever does so for an entry that exists.

use std::time::Duration;

use async_nats::jetstream::kv::{self, Operation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::message::SendReply;
use crate::Name;
use crate::event_id::hex;
use crate::name::subject_token;
use crate::nats::{self, Nats, WriteResult};

/// How long to wait until another host completes a request. It is longer than a session waits for an acknowledgement.
const COMPLETION_TIMEOUT: Duration = Duration::from_secs(12);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The claims of all hosts.
pub(super) struct Claims {
    nats: Nats,
    host: Name,
}

/// The entry of a claim that this host has acquired.
pub(super) struct Entry {
    key: String,
    revision: u64,
}

/// The result of claiming an id.
pub(super) enum Claim {
    /// This call has to carry out the request, and no other one ever does.
    Acquired(Entry),
    /// The request was carried out before, with this reply.
    Completed(Box<SendReply>),
    /// Another call has acquired the claim, and its outcome is not known.
    Abandoned,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// The host that has acquired the claim; none if the request was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<Name>,
    /// A random number, by which a call recognizes the entry that it has created itself.
    attempt: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<SendReply>,
}

/// Claims the id of a request that is given up, so that no host carries it out any more. Returns [`Claim::Abandoned`] as well if the bucket does not answer.
pub(super) async fn give_up(commands: &kv::Store, team: &str, reply: &SendReply) -> Claim {
    let key = key(team, &reply.id);
    let stored = Stored { host: None, attempt: fastrand::u64(..), reply: Some(reply.clone()) };
    let Ok(json) = serde_json::to_vec(&stored) else { return Claim::Abandoned };
    match nats::create(commands, &key, json).await {
        WriteResult::Revision(revision) => Claim::Acquired(Entry { key, revision }),
        WriteResult::Conflict => {
            let value = tokio::time::timeout(nats::TIMEOUT, commands.get(&key)).await;
            let stored = value.ok().and_then(Result::ok).flatten();
            let stored = stored.and_then(|stored| serde_json::from_slice::<Stored>(&stored).ok());
            let reply = stored.and_then(|stored| stored.reply);
            reply.map_or(Claim::Abandoned, |reply| Claim::Completed(Box::new(reply)))
        }
        WriteResult::Unknown => Claim::Abandoned,
    }
}

fn key(team: &str, id: &str) -> String {
    format!("{}.{}", subject_token(team), hex(&Sha256::digest(id.as_bytes())))
}

impl Claims {
    pub(super) fn new(nats: Nats, host: Name) -> Self {
        Self { nats, host }
    }

    /// Claims an id, or waits for the outcome of the call that has claimed it.
    pub(super) async fn claim(&self, team: &str, id: &str) -> Claim {
        let key = key(team, id);
        let deadline = Instant::now() + COMPLETION_TIMEOUT;
        let mine = Stored { host: Some(self.host.clone()), attempt: fastrand::u64(..), reply: None };
        let Ok(json) = serde_json::to_vec(&mine) else { return Claim::Abandoned };
        let mut may_create = true;
        while Instant::now() < deadline {
            if may_create
                && let WriteResult::Revision(revision) =
                    nats::create(&self.nats.commands, &key, json.clone()).await
            {
                return Claim::Acquired(Entry { key, revision });
            }
            match tokio::time::timeout(nats::TIMEOUT, self.nats.commands.entry(&key)).await {
                Ok(Ok(Some(entry))) if entry.operation == Operation::Put => {
                    // Once the entry was seen it is not created again, even if a replica of the bucket that lags does not have it.
                    may_create = false;
                    match serde_json::from_slice::<Stored>(&entry.value) {
                        Ok(Stored { reply: Some(reply), .. }) => return Claim::Completed(Box::new(reply)),
                        // This call created the entry, and the acknowledgement was lost.
                        Ok(stored) if stored.attempt == mine.attempt => {
                            return Claim::Acquired(Entry { key, revision: entry.revision });
                        }
                        Ok(_) => {}
                        Err(_) => return Claim::Abandoned,
                    }
                }
                _ => {}
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Claim::Abandoned
    }

    /// Stores the reply. If that fails, repeated requests are answered with [`SendOutcome::Unknown`](super::SendOutcome::Unknown).
    pub(super) async fn complete(&self, entry: &Entry, reply: &SendReply) {
        let stored = Stored { host: Some(self.host.clone()), attempt: 0, reply: Some(reply.clone()) };
        let Ok(json) = serde_json::to_vec(&stored) else { return };
        for _ in 0..3 {
            match nats::update(&self.nats.commands, &entry.key, json.clone(), entry.revision).await {
                WriteResult::Revision(_) => return,
                // An earlier attempt was stored, or the entry has expired.
                WriteResult::Conflict => return,
                WriteResult::Unknown => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
        tracing::warn!("the outcome of a request could not be stored");
    }
}
