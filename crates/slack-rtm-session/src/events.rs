//! What a session tells, as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::backfill::BackfillStream;
use crate::shared_state::SharedState;
use crate::{Checkpoint, Item};

/// The items of a session, in the order in which things happened. The last one is [`Item::Closed`].
///
/// Nothing is decoded before you ask for it. What you do not take waits, up to the session's limit; pings go on meanwhile. If you drop it while a
/// [`Sender`](crate::Sender) lives, the session goes on, and what comes is thrown away.
pub struct Events {
    shared: Arc<SharedState>,
    batch: VecDeque<Item>,
    backfill: Option<Box<BackfillStream>>,
}

impl Events {
    pub(crate) fn new(shared: Arc<SharedState>, backfill: Option<Box<BackfillStream>>) -> Self {
        Self { shared, batch: VecDeque::new(), backfill }
    }

    /// The next item; `None` at the end.
    ///
    /// Cancel safe: no item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Returns how far the session has come: with every item that [`next`](Self::next) has returned. `None` without
    /// [`SessionBuilder::backfill`](crate::SessionBuilder::backfill) and [`resume`](crate::SessionBuilder::resume).
    ///
    /// It is made anew each time and takes a while for thousands of channels: ask for it when it is to be stored, not for every item.
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
