//! Watching what a session tells.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use slack_rtm::models::Event;
use slack_rtm::{Events, Item};
use tokio::time::Instant;

/// How long anything may take, on the test's clock.
const PATIENCE: Duration = Duration::from_secs(120);

/// The stream of a session, and what came out of it so far, with the time.
#[derive(Debug)]
pub struct Watch {
    events: Events,
    /// What was taken out of the stream.
    pub seen: Vec<(Instant, Item)>,
}

impl Watch {
    /// Takes the stream.
    #[must_use]
    pub fn new(events: Events) -> Self {
        Self { events, seen: Vec::new() }
    }

    /// The next item, if there is one.
    pub async fn next(&mut self) -> Option<Item> {
        let Ok(item) = tokio::time::timeout(PATIENCE, self.events.next()).await else {
            panic!("nothing comes after {:#?}", self.seen)
        };
        self.seen.extend(item.clone().map(|item| (Instant::now(), item)));
        item
    }

    /// The first item of which something is wanted; what comes before it is noted.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&Item) -> Option<T>) -> T {
        loop {
            let Some(item) = self.next().await else { panic!("the session ended: {:#?}", self.seen) };
            if let Some(found) = wanted(&item) {
                return found;
            }
        }
    }

    /// Until a connection stands.
    pub async fn until_connected(&mut self) -> slack_rtm::session::Connected {
        self.until(
            |item| if let Item::Connected(connected) = item { Some((**connected).clone()) } else { None },
        )
        .await
    }

    /// Until a connection is lost.
    pub async fn until_lost(&mut self) -> slack_rtm::session::DisconnectReason {
        self.until(|item| if let Item::Disconnected(reason) = item { Some(reason.clone()) } else { None })
            .await
    }

    /// Until an attempt has failed.
    pub async fn until_retry(&mut self) -> slack_rtm::session::Retry {
        self.until(|item| if let Item::Retry(retry) = item { Some((**retry).clone()) } else { None }).await
    }

    /// Until a gap is told of.
    pub async fn until_gap(&mut self) -> slack_rtm::Gap {
        self.until(|item| if let Item::Gap(gap) = item { Some((**gap).clone()) } else { None }).await
    }

    /// Until a message comes that has this timestamp.
    pub async fn until_message(&mut self, ts: &str) {
        self.until(|item| message_ts(item).filter(|found| found == ts)).await;
    }

    /// The timestamps of all messages so far.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.seen.iter().filter_map(|(_, item)| message_ts(item)).collect()
    }

    /// How many items so far are of some kind.
    pub fn count(&self, of_kind: impl Fn(&Item) -> bool) -> usize {
        self.seen.iter().filter(|(_, item)| of_kind(item)).count()
    }

    /// When the last item came.
    ///
    /// # Panics
    /// Before the first one.
    #[must_use]
    pub fn last_time(&self) -> Instant {
        self.seen.last().map_or_else(|| panic!("nothing came"), |(at, _)| *at)
    }
}

/// The timestamp, if it is a message that has one.
#[must_use]
pub fn message_ts(item: &Item) -> Option<String> {
    let Item::Event(event) = item else { return None };
    match event.decode_event().ok()? {
        Event::Message(message) => message.ts.map(|ts| ts.to_string()),
        _ => None,
    }
}
