//! What a session tells, as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::Item;
use crate::shared::Shared;

/// The items of a session, in the order in which things happened. The last one is [`Item::Closed`].
///
/// Nothing is decoded before you ask for it. What you do not take waits, up to the session's limit; pings go on meanwhile. If you drop it while a
/// [`Sender`](crate::Sender) lives, the session goes on, and what comes is thrown away.
pub struct Events {
    shared: Arc<Shared>,
    batch: VecDeque<Item>,
}

impl Events {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, batch: VecDeque::new() }
    }

    /// The next item; `None` at the end.
    ///
    /// Cancel safe: no item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if self.batch.is_empty() && self.shared.queue.poll_take(cx, &mut self.batch).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.batch.pop_front())
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
