//! Publishes the events of an RTM session.

use async_nats::HeaderMap;
use bytes::Bytes;
use slack_rtm::models::RawEvent;

use super::rtm::{QueuedEvent, RtmWorker};
use crate::checkpoints;
use crate::gap_record::GapRecord;
use crate::publisher::{Message, PublishOutcome};
use crate::routing::{self, Routed};
use crate::{headers, nats};

impl RtmWorker {
    /// Queues an event, or holds it back during a recovery.
    pub(super) fn on_event(&mut self, event: RawEvent, is_from_history: bool) {
        let queued = self.queued(event, is_from_history);
        match &self.recovery {
            None => self.queue.push_back(queued),
            Some(_) => self.held.push_back(queued),
        }
    }

    pub(super) fn queued(&self, event: RawEvent, is_from_history: bool) -> QueuedEvent {
        QueuedEvent { event, is_from_history, number: self.state.received() }
    }

    /// Submits queued events until the publisher is full, and begins to wait for it then.
    pub(super) fn submit_queued(&mut self) {
        while self.submitting.is_none()
            && let Some(queued) = self.queue.pop_front()
        {
            if let Some(message) = self.message(queued) {
                self.submitting = self.context.publisher.submit_or_wait(message);
            }
        }
    }

    /// Returns the message of an event. An event without an id is published at once, if this host holds the lease.
    fn message(&self, queued: QueuedEvent) -> Option<Message> {
        let QueuedEvent { event, is_from_history, number } = queued;
        let context = &self.context;
        let routed =
            routing::route(&context.nats.subjects, &*context.identify, &self.team, &self.token, event);
        let (mut message, position) = match routed {
            Routed::Stored { message, position } => (message, position),
            Routed::Transient { subject, headers, body } => {
                self.state.stored(number, None);
                self.publish_transient(subject, &headers, body);
                return None;
            }
        };
        if is_from_history {
            message.headers.push((headers::SOURCE, "history".to_owned()));
        }
        let (state, token, nats) = (self.state.clone(), self.token.clone(), context.nats.clone());
        message.on_done = Box::new(move |outcome| {
            if outcome == PublishOutcome::TooLarge {
                tracing::error!(%token, "an event exceeds the max_payload of the NATS server, and is not in the stream");
            }
            if state.stored(number, position) {
                tokio::spawn(async move { checkpoints::create_first(&nats, &token, &state).await });
            }
        });
        Some(message)
    }

    /// Publishes an event on core NATS, at most once.
    fn publish_transient(&self, subject: String, headers: &[(&'static str, String)], body: Bytes) {
        if self.context.leases.fence(&self.token).is_none() || !self.context.nats.is_connected() {
            return;
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.as_str());
        }
        let nats = self.context.nats.clone();
        // A transient event is not worth waiting for a busy server.
        tokio::spawn(async move {
            let publish = nats.client.publish_with_headers(subject, map, body);
            tokio::time::timeout(nats::TIMEOUT, publish).await
        });
    }

    /// Publishes a record after the events that are queued. If the publisher is full, it may come after later events.
    pub(super) fn publish_record(&mut self, record: &GapRecord) {
        let Ok(json) = serde_json::to_vec(record) else { return };
        let subject = self.context.nats.subjects.gap(&self.team, &self.token);
        let id = format!("gap.{}.{}.{:016x}", self.context.host, self.token, fastrand::u64(..));
        let headers = routing::headers("gap", &self.team, &self.token, None);
        let order_key = routing::order_key(&self.team, Some(self.token.as_str()));
        let message =
            Message { subject, id, headers, body: json.into(), order_key, on_done: Box::new(|_| {}) };
        if let Some(submitting) = self.context.publisher.submit_or_wait(message) {
            tokio::spawn(submitting);
        }
    }
}
