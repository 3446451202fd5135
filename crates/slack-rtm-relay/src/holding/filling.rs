//! Reading from history what no host has received.

use std::sync::PoisonError;

use async_nats::jetstream::kv;
use slack_rtm::session::BackfillReport;
use slack_rtm::{Backfill, Checkpoint, Events, Gap, Item, Sender};

use super::{Doubt, Holding, builder};
use crate::Name;
use crate::nats;
use crate::record::{GapRecord, GapState};

/// A session that begins with what was missed, and takes the place of the one before.
pub(super) struct Fill {
    pub(super) sender: Sender,
    pub(super) events: Events,
    pub(super) is_connected: bool,
}

impl Holding {
    /// Begins to read what was missed since the checkpoint: this host's own, or the one of the host that had the token before. Without any there is nothing to go on from.
    pub(super) async fn fill(&mut self, reason: &'static str, gap: Option<&Gap>) {
        let own = self.progress.checkpoint();
        let checkpoint = match own {
            Some(own) => Some(own),
            None => {
                let store = self.environment.nats.checkpoints.clone();
                stored_checkpoint(store, self.token.clone(), self.team.clone()).await
            }
        };
        let Some(checkpoint) = checkpoint else {
            tracing::debug!(token = %self.token, reason, "there is no checkpoint to fill a gap from");
            return self.certain();
        };
        tracing::warn!(token = %self.token, reason, "no host has had all events; they are read from history");
        self.note_gap(gap).await;
        let session =
            builder(&self.client, &self.environment.config).backfill(Backfill::default()).resume(checkpoint);
        let (sender, events) = session.start().split();
        self.progress.hold(true);
        self.doubt = Some(Doubt::Filling(Box::new(Fill { sender, events, is_connected: false })));
    }

    /// Deals with an item of the session that fills.
    pub(super) async fn filled(&mut self, item: Option<Item>) {
        let Some(Doubt::Filling(fill)) = &mut self.doubt else { return };
        match item {
            Some(Item::Connected(_)) => {
                fill.is_connected = true;
                self.progress.connected();
                self.environment.leases.want(&self.token, true);
                self.swap_sender();
            }
            Some(Item::Missed(missed)) => {
                let queued = self.queued(missed.event, true);
                self.queue.push_back(queued);
            }
            Some(Item::Event(event)) => self.received(event.into_raw(), false),
            Some(Item::Backfilled(filled)) => {
                let record = filled_record(&self.environment.host, &self.token, &filled);
                self.record(record).await;
                self.take_over();
            }
            Some(Item::Disconnected(_)) => {
                self.progress.interrupted();
                self.environment.leases.want(&self.token, false);
            }
            Some(Item::Closed(error)) => {
                tracing::error!(token = %self.token, %error, "a gap cannot be filled");
                let (host, token) = (self.environment.host.clone(), self.token.clone());
                let mut record = GapRecord::new(host, token, GapState::Failed);
                record.incomplete = Some(error.to_string());
                self.record(record).await;
                self.take_over();
            }
            Some(_) => {}
            // It has ended, as was said before.
            None => self.certain(),
        }
    }

    /// From now on commands go over the session that fills, and the one before is closed when it is dropped. What came over it is held already.
    fn swap_sender(&mut self) {
        let Some(Doubt::Filling(fill)) = &self.doubt else { return };
        let sender = fill.sender.clone();
        let before = self.slot.lock().unwrap_or_else(PoisonError::into_inner).replace(sender);
        if let Some(before) = before {
            tokio::spawn(async move { before.close().await });
        }
    }

    /// The session that fills is the session now.
    fn take_over(&mut self) {
        if let Some(Doubt::Filling(fill)) = self.doubt.take() {
            self.events = fill.events;
            self.fills = true;
        }
        self.certain();
    }
}

pub(super) fn filled_record(host: &Name, token: &Name, filled: &BackfillReport) -> GapRecord {
    let mut record = GapRecord::new(host.clone(), token.clone(), GapState::Filled);
    record.messages = Some(filled.messages);
    record.incomplete = (!filled.incomplete.is_empty()).then(|| filled.incomplete.to_string());
    record
}

/// The checkpoint that another host, or this one in an earlier life, has left.
async fn stored_checkpoint(store: kv::Store, token: Name, team: String) -> Option<Checkpoint> {
    let stored = match tokio::time::timeout(2 * nats::TIMEOUT, store.get(token.as_str())).await {
        Ok(Ok(stored)) => stored?,
        Ok(Err(_)) | Err(_) => {
            tracing::error!(%token, "the checkpoint cannot be read, and so a gap cannot be filled");
            return None;
        }
    };
    let checkpoint: Checkpoint = serde_json::from_slice(&stored).ok()?;
    // A token may have been given to another workspace since.
    checkpoint.team().is_none_or(|of| of.as_str() == team).then_some(checkpoint)
}
