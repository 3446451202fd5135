//! From a session's events to messages of the stream.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use slack_rtm::models::RawEvent;

use super::{Doubt, Holding, Queued};
use crate::identity::{self, Place};
use crate::publisher::{Fate, Message};
use crate::record::{self, GapRecord};

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
        let id = self.environment.identify.identify(&self.team, &event);
        let kind = event.event_type().unwrap_or_default().to_owned();
        let Place { channel, message_ts } = identity::place(&event);
        let Some(id) = id else {
            self.progress.ended(number, None);
            self.pass(event, &kind, channel.as_deref());
            return None;
        };
        let subject = self.environment.nats.subjects.event(&self.team, &kind, channel.as_deref());
        let lane = lane(&self.team, channel.as_deref());
        let mut headers = self.headers(&kind, channel.as_deref());
        if is_from_history {
            headers.push((record::SOURCE, "history".to_owned()));
        }
        let (progress, token) = (self.progress.clone(), self.token.clone());
        let done = Box::new(move |fate: Fate| {
            let mark = channel.zip(message_ts);
            if fate == Fate::TooLarge {
                tracing::error!(%token, "an event is larger than the NATS server takes, and is not in the stream: raise its max_payload");
            }
            progress.ended(number, mark);
        });
        Some(Message { subject, id, headers, body: event.into_bytes(), lane, done })
    }

    /// Publishes what has no identity, at most once.
    fn pass(&self, event: RawEvent, kind: &str, channel: Option<&str>) {
        if self.environment.leases.fence(&self.token).is_none() || !self.environment.nats.is_connected() {
            return;
        }
        let subject = self.environment.nats.subjects.passing(&self.team, kind, channel);
        let headers = headers(self.headers(kind, channel));
        let client = self.environment.nats.client.clone();
        let publish = async move { client.publish_with_headers(subject, headers, event.into_bytes()).await };
        // It takes a moment, or as long as NATS is busy; then it has lost its worth anyway.
        tokio::spawn(async move { tokio::time::timeout(crate::nats::TIMEOUT, publish).await });
    }

    fn headers(&self, kind: &str, channel: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            (record::TYPE, printable(kind)),
            (record::TEAM, printable(&self.team)),
            (record::TOKEN, self.token.to_string()),
        ];
        headers.extend(channel.map(|channel| (record::CHANNEL, printable(channel))));
        headers
    }

    /// Publishes a record, after what is queued.
    pub(super) async fn record(&mut self, record: GapRecord) {
        let Ok(json) = serde_json::to_vec(&record) else { return };
        let subject = self.environment.nats.subjects.gap(&self.team, &self.token);
        let id = format!("gap.{}.{}.{:016x}", self.environment.host, self.token, fastrand::u64(..));
        let headers = self.headers("gap", None);
        let lane = lane(&self.team, Some(self.token.as_str()));
        let message = Message { subject, id, headers, body: json.into(), lane, done: Box::new(|_| {}) };
        // Records are few. Where there is no room for one, it is as late as the events.
        if let Err(message) = self.environment.publisher.try_submit(message) {
            let publisher = self.environment.publisher.clone();
            tokio::spawn(async move { publisher.submit(*message).await });
        }
    }
}

/// Events of one channel of a workspace are in one lane, so that they are stored in their order; those without a channel are in one too.
fn lane(team: &str, channel: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (team, channel).hash(&mut hasher);
    hasher.finish()
}

/// A header has no line ends and no control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn headers(pairs: Vec<(&'static str, String)>) -> async_nats::HeaderMap {
    let mut map = async_nats::HeaderMap::new();
    for (name, value) in pairs {
        map.insert(name, value.as_str());
    }
    map
}
