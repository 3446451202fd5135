//! Observing the items of a session.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use slack_rtm::models::Event;
use slack_rtm::{Events, Item};
use tokio::time::Instant;

/// The timeout of every wait, on the clock of the test.
const PATIENCE: Duration = Duration::from_secs(120);

/// The stream of a session, with a record of its items and their times.
#[derive(Debug)]
pub struct Watch {
    events: Events,
    /// The recorded items.
    pub seen: Vec<(Instant, Item)>,
}

impl Watch {
    /// Starts to observe a stream.
    #[must_use]
    pub fn new(events: Events) -> Self {
        Self { events, seen: Vec::new() }
    }

    /// Returns the next item, if there is one.
    pub async fn next(&mut self) -> Option<Item> {
        let Ok(item) = tokio::time::timeout(PATIENCE, self.events.next()).await else {
            panic!("nothing comes after {:#?}", self.seen)
        };
        self.seen.extend(item.clone().map(|item| (Instant::now(), item)));
        item
    }

    /// Waits for the first item for which the function returns a value, and returns the value.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&Item) -> Option<T>) -> T {
        loop {
            let Some(item) = self.next().await else { panic!("the session ended: {:#?}", self.seen) };
            if let Some(found) = wanted(&item) {
                return found;
            }
        }
    }

    /// Waits until a connection is established.
    pub async fn until_connected(&mut self) -> slack_rtm::session::Connected {
        self.until(
            |item| if let Item::Connected(connected) = item { Some((**connected).clone()) } else { None },
        )
        .await
    }

    /// Waits until a connection is lost.
    pub async fn until_lost(&mut self) -> slack_rtm::session::DisconnectReason {
        self.until(|item| if let Item::Disconnected(reason) = item { Some(reason.clone()) } else { None })
            .await
    }

    /// Waits until an attempt has failed.
    pub async fn until_retry(&mut self) -> slack_rtm::session::Retry {
        self.until(|item| if let Item::Retry(retry) = item { Some((**retry).clone()) } else { None }).await
    }

    /// Waits until a gap is reported.
    pub async fn until_gap(&mut self) -> slack_rtm::Gap {
        self.until(|item| if let Item::Gap(gap) = item { Some((**gap).clone()) } else { None }).await
    }

    /// Waits for the message with a timestamp.
    pub async fn until_message(&mut self, ts: &str) {
        self.until(|item| message_ts(item).filter(|found| found == ts)).await;
    }

    /// Returns the timestamps of all recorded messages.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.seen.iter().filter_map(|(_, item)| message_ts(item)).collect()
    }

    /// Returns the number of recorded items of a kind.
    pub fn count(&self, of_kind: impl Fn(&Item) -> bool) -> usize {
        self.seen.iter().filter(|(_, item)| of_kind(item)).count()
    }

    /// Returns the time of the last item.
    ///
    /// # Panics
    /// Panics if there is no item yet.
    #[must_use]
    pub fn last_time(&self) -> Instant {
        self.seen.last().map_or_else(|| panic!("nothing came"), |(at, _)| *at)
    }
}

/// Returns the timestamp of a message.
#[must_use]
pub fn message_ts(item: &Item) -> Option<String> {
    let Item::Event(event) = item else { return None };
    match event.decode_event().ok()? {
        Event::Message(message) => message.ts.map(|ts| ts.to_string()),
        _ => None,
    }
}
