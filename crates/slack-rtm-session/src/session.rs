//! A session: its sender and its events together.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::{Events, Item, Sender};

/// A session: a stream of [`Item`]s, and a [`Sender`].
///
/// It runs in a task of its own until it is closed, until Slack refuses it for good, or until the `Session`, or both parts that [`split`](Self::split) returns, are dropped.
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
/// use slack_rtm_session::{Item, Session};
///
/// let mut session = Session::builder(client).open().await?;
/// while let Some(item) = session.next().await {
///     if let Item::Event(event) = item {
///         println!("{:?}", event.decode_event());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    sender: Sender,
    events: Events,
}

impl Session {
    pub(crate) fn new(sender: Sender, events: Events) -> Self {
        Self { sender, events }
    }

    /// Returns the next item, or `None` after [`Item::Closed`].
    ///
    /// # Cancel safety
    /// This method is cancel safe: no item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        self.events.next().await
    }

    /// Returns the session's [`Sender`].
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Splits the session into its sender and its events, which can be used in different tasks.
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
