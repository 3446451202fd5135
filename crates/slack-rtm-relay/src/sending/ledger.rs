//! Which commands were begun, and how they ended. Who creates the entry of a command is the one who carries it out; nobody ever does so for an entry that is there.

use std::time::Duration;

use async_nats::jetstream::kv::{self, Operation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::wire::SendAnswer;
use crate::Name;
use crate::identity::hex;
use crate::name::subject_part;
use crate::nats::{self, Written};

/// How long to wait for another host to settle a command that it has begun: longer than a session waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_secs(12);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The commands of all hosts, in a bucket.
pub(super) struct Ledger {
    store: kv::Store,
    host: Name,
}

/// A command that this host carries out.
pub(super) struct Entry {
    key: String,
    revision: u64,
}

/// Whose turn it is.
pub(super) enum Turn {
    /// This call's, and nobody else's, ever.
    Mine(Entry),
    /// The command has ended.
    Settled(Box<SendAnswer>),
    /// It was begun, and nobody knows how it ended.
    Lost,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    host: Name,
    /// Tells this attempt from every other.
    attempt: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<SendAnswer>,
}

impl Ledger {
    pub(super) fn new(store: kv::Store, host: Name) -> Self {
        Self { store, host }
    }

    /// Enters a command, or finds what became of it.
    pub(super) async fn enter(&self, team: &str, id: &str) -> Turn {
        let key = format!("{}.{}", subject_part(team), hex(&Sha256::digest(id.as_bytes())));
        let deadline = Instant::now() + PATIENCE;
        let mine = Stored { host: self.host.clone(), attempt: fastrand::u64(..), answer: None };
        let Ok(json) = serde_json::to_vec(&mine) else { return Turn::Lost };
        let mut may_create = true;
        while Instant::now() < deadline {
            if may_create
                && let Written::Revision(revision) = nats::create(&self.store, &key, json.clone()).await
            {
                return Turn::Mine(Entry { key, revision });
            }
            match tokio::time::timeout(nats::TIMEOUT, self.store.entry(&key)).await {
                Ok(Ok(Some(entry))) if entry.operation == Operation::Put => {
                    // Once it was there it is never created again, not even where a server that lags says that it is not.
                    may_create = false;
                    match serde_json::from_slice::<Stored>(&entry.value) {
                        Ok(Stored { answer: Some(answer), .. }) => return Turn::Settled(Box::new(answer)),
                        // It was stored, and the acknowledgement was lost.
                        Ok(stored) if stored.attempt == mine.attempt => {
                            return Turn::Mine(Entry { key, revision: entry.revision });
                        }
                        Ok(_) => {}
                        Err(_) => return Turn::Lost,
                    }
                }
                _ => {}
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Turn::Lost
    }

    /// Writes down how a command ended. If that fails, it is unknown to whoever asks again.
    pub(super) async fn settle(&self, entry: &Entry, answer: &SendAnswer) {
        let stored = Stored { host: self.host.clone(), attempt: 0, answer: Some(answer.clone()) };
        let Ok(json) = serde_json::to_vec(&stored) else { return };
        for _ in 0..3 {
            match nats::update(&self.store, &entry.key, json.clone(), entry.revision).await {
                Written::Revision(_) => return,
                // An earlier attempt of ours was stored, or the entry is gone.
                Written::Refused => return,
                Written::Unknown => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
        tracing::warn!("the outcome of a command could not be written down");
    }
}
