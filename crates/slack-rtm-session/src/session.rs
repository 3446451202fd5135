//! A session: both its ends together.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{Events, Item, Sender};

/// A session, with both its ends: a stream of its [`Item`]s, and a [`Sender`].
///
/// It runs in a task of its own until it is closed, Slack refuses it for good, or both ends are dropped.
#[derive(Debug)]
pub struct Session {
    sender: Sender,
    events: Events,
}

impl Session {
    pub(crate) fn new(sender: Sender, events: Events) -> Self {
        Self { sender, events }
    }

    /// The next item; `None` at the end. Cancel safe.
    pub async fn next(&mut self) -> Option<Item> {
        self.events.next().await
    }

    /// The way to the session.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Both ends.
    #[must_use]
    pub fn split(self) -> (Sender, Events) {
        (self.sender, self.events)
    }
}

impl Stream for Session {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        Pin::new(&mut self.events).poll_next(cx)
    }
}
