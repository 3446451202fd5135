//! Reads from history what no host has received.

use slack_rtm::session::BackfillReport;
use slack_rtm::{Backfill, Events, Gap, Item, Sender};

use super::rtm::{Recovery, RtmWorker, session};
use crate::gap_record::{GapRecord, GapState};
use crate::{Name, checkpoints};

/// A session that begins with the missed messages, and then replaces the one before.
pub(super) struct BackfillSession {
    pub(super) sender: Sender,
    pub(super) events: Events,
    pub(super) is_connected: bool,
}

impl RtmWorker {
    /// Begins to read what was missed since the checkpoint: this worker's own, or the one that another host or an earlier process has stored. Without a checkpoint
    /// nothing can be read.
    pub(super) async fn start_backfill(&mut self, reason: &'static str, gap: Option<&Gap>) {
        let checkpoint = match self.state.checkpoint() {
            Some(checkpoint) => Some(checkpoint),
            None => checkpoints::read(&self.context.nats, &self.token, &self.team).await,
        };
        let Some(checkpoint) = checkpoint else {
            tracing::info!(token = %self.token, reason, "nothing is read from history: no message was stored before");
            return self.end_recovery();
        };
        tracing::warn!(token = %self.token, reason, "no host has received all events; they are read from history");
        self.record_gap(reason, gap);
        let session =
            session(&self.client, &self.context.config).backfill(Backfill::default()).resume(checkpoint);
        let (sender, events) = session.start().split();
        self.state.set_held(true);
        let backfill = BackfillSession { sender, events, is_connected: false };
        self.recovery = Some(Recovery::Backfilling(Box::new(backfill)));
    }

    /// Handles an item of the backfill's session.
    pub(super) fn on_backfill_item(&mut self, item: Option<Item>) {
        let Some(Recovery::Backfilling(backfill)) = &mut self.recovery else { return };
        match item {
            Some(Item::Connected(connected)) => {
                backfill.is_connected = true;
                self.team = self.context.on_connected(&self.token, &self.state, &connected);
                self.swap_sender();
            }
            Some(Item::Missed(missed)) => {
                let queued = self.queued(missed.event, true);
                self.queue.push_back(queued);
            }
            Some(Item::Event(event)) => self.on_event(event.into_raw(), false),
            Some(Item::Backfilled(report)) => {
                let record = record(&self.context.host, &self.token, &report);
                self.publish_record(&record);
                self.replace_session();
            }
            Some(Item::Disconnected(reason)) => {
                self.context.on_disconnected(&self.token, &self.state, &reason);
            }
            Some(Item::Closed(error)) => {
                tracing::error!(token = %self.token, %error, "a gap cannot be read from history");
                let (host, token) = (self.context.host.clone(), self.token.clone());
                let mut record = GapRecord::new(host, token, GapState::Failed);
                record.incomplete = Some(error.to_string());
                self.publish_record(&record);
                self.replace_session();
            }
            Some(_) => {}
            // `Item::Closed` came before.
            None => self.end_recovery(),
        }
    }

    /// Has messages sent over the backfill's session, and closes the session before it, whose events have been taken already.
    fn swap_sender(&mut self) {
        let Some(Recovery::Backfilling(backfill)) = &self.recovery else { return };
        let sender = backfill.sender.clone();
        let before = self.sender.replace(sender);
        if let Some(before) = before {
            tokio::spawn(async move { before.close().await });
        }
    }

    /// Continues with the backfill's session.
    fn replace_session(&mut self) {
        if let Some(Recovery::Backfilling(backfill)) = self.recovery.take() {
            self.events = backfill.events;
            self.has_backfill = true;
        }
        self.end_recovery();
    }
}

pub(super) fn record(host: &Name, token: &Name, report: &BackfillReport) -> GapRecord {
    let mut record = GapRecord::new(host.clone(), token.clone(), GapState::Backfilled);
    record.messages = Some(report.messages);
    record.incomplete = (!report.incomplete.is_empty()).then(|| report.incomplete.to_string());
    record
}
