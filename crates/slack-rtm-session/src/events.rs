//! The stream of a session's items.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::backfill::BackfillStream;
use crate::shared_state::SharedState;
use crate::{Checkpoint, Item};

/// The stream of a session's items, in the order in which things happened. The last item is [`Item::Closed`].
///
/// Events are not decoded before you ask for it. Items wait in a queue of [`SessionBuilder::queue_bytes`](crate::SessionBuilder::queue_bytes) until they are taken; the
/// connection is kept alive meanwhile. If the stream is dropped while a [`Sender`](crate::Sender) exists, the session continues and its items are discarded.
///
/// It is a [`Stream`], too, for use with the combinators of `futures`.
///
/// ```no_run
/// # async fn f(session: slack_rtm_session::Session) {
/// use slack_rtm_session::Item;
///
/// let (_sender, mut events) = session.split();
/// while let Some(item) = events.next().await {
///     match item {
///         Item::Event(event) => println!("{:?}", event.event_type()),
///         Item::Lagged(dropped) => println!("{dropped} events were dropped"),
///         other => println!("{other:?}"),
///     }
/// }
/// # }
/// ```
pub struct Events {
    shared: Arc<SharedState>,
    batch: VecDeque<Item>,
    backfill: Option<Box<BackfillStream>>,
}

impl Events {
    pub(crate) fn new(shared: Arc<SharedState>, backfill: Option<Box<BackfillStream>>) -> Self {
        Self { shared, batch: VecDeque::new(), backfill }
    }

    /// Returns the next item, or `None` after [`Item::Closed`].
    ///
    /// # Cancel safety
    /// This method is cancel safe: no item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Returns a checkpoint that includes every item that [`next`](Self::next) has returned, or `None` if neither
    /// [`SessionBuilder::backfill`](crate::SessionBuilder::backfill) nor [`resume`](crate::SessionBuilder::resume) was used.
    ///
    /// Creating a checkpoint is slow with thousands of channels: call this when you store the checkpoint, and not for every item.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.backfill.as_ref().map(|backfill| backfill.checkpoint())
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        match &mut self.backfill {
            None => self.shared.queue.poll_item(&mut self.batch, cx),
            Some(backfill) => backfill.poll(&self.shared, &mut self.batch, cx),
        }
    }
}

impl Stream for Events {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        self.poll_item(cx)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.shared.queue.abandon();
    }
}
