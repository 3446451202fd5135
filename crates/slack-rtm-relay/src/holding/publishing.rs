//! From a session's events to messages of the stream.

use async_nats::HeaderMap;
use bytes::Bytes;
use slack_rtm::models::RawEvent;

use super::{Doubt, Holding, Queued};
use crate::publisher::{Fate, Message};
use crate::record::{self, GapRecord};
use crate::routing::{self, Routed};

impl Holding {
    /// An event came: it is queued, or held back while something older may be missing.
    pub(super) fn received(&mut self, event: RawEvent, is_from_history: bool) {
        let queued = self.queued(event, is_from_history);
        match &self.doubt {
            None => self.queue.push_back(queued),
            Some(Doubt::Deciding { .. } | Doubt::Filling(_)) => self.held.push_back(queued),
        }
    }

    pub(super) fn queued(&self, event: RawEvent, is_from_history: bool) -> Queued {
        Queued { event, is_from_history, number: self.progress.began() }
    }

    /// Hands over what the publisher takes without waiting, and begins to wait for the rest.
    pub(super) fn publish(&mut self) {
        while self.submitting.is_none()
            && let Some(queued) = self.queue.pop_front()
        {
            if let Some(message) = self.message(queued)
                && let Err(message) = self.environment.publisher.try_submit(message)
            {
                let publisher = self.environment.publisher.clone();
                self.submitting = Some(Box::pin(async move { publisher.submit(*message).await }));
            }
        }
    }

    /// The message of an event. One without an identity is published at once, if this host is the one to do it.
    fn message(&self, queued: Queued) -> Option<Message> {
        let Queued { event, is_from_history, number } = queued;
        let environment = &self.environment;
        let routed = routing::route(
            &environment.nats.subjects,
            &*environment.identify,
            &self.team,
            &self.token,
            event,
        );
        let (mut message, mark) = match routed {
            Routed::Stored { message, mark } => (message, mark),
            Routed::Passing { subject, headers, body } => {
                self.progress.ended(number, None);
                self.pass(subject, &headers, body);
                return None;
            }
        };
        if is_from_history {
            message.headers.push((record::SOURCE, "history".to_owned()));
        }
        let (progress, token) = (self.progress.clone(), self.token.clone());
        message.done = Box::new(move |fate: Fate| {
            if fate == Fate::TooLarge {
                tracing::error!(%token, "an event is larger than the NATS server takes, and is not in the stream: raise its max_payload");
            }
            progress.ended(number, mark);
        });
        Some(message)
    }

    /// Publishes what has no identity, at most once.
    fn pass(&self, subject: String, headers: &[(&'static str, String)], body: Bytes) {
        if self.environment.leases.fence(&self.token).is_none() || !self.environment.nats.is_connected() {
            return;
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.as_str());
        }
        let client = self.environment.nats.client.clone();
        let publish = async move { client.publish_with_headers(subject, map, body).await };
        // It takes a moment, or as long as NATS is busy; then it has lost its worth anyway.
        tokio::spawn(async move { tokio::time::timeout(crate::nats::TIMEOUT, publish).await });
    }

    /// Publishes a record, after what is queued.
    pub(super) async fn record(&mut self, record: GapRecord) {
        let Ok(json) = serde_json::to_vec(&record) else { return };
        let subject = self.environment.nats.subjects.gap(&self.team, &self.token);
        let id = format!("gap.{}.{}.{:016x}", self.environment.host, self.token, fastrand::u64(..));
        let headers = routing::headers("gap", &self.team, &self.token, None);
        let lane = routing::lane(&self.team, Some(self.token.as_str()));
        let message = Message { subject, id, headers, body: json.into(), lane, done: Box::new(|_| {}) };
        // Records are few. Where there is no room for one, it is as late as the events.
        if let Err(message) = self.environment.publisher.try_submit(message) {
            let publisher = self.environment.publisher.clone();
            tokio::spawn(async move { publisher.submit(*message).await });
        }
    }
}
