//! The I/O of a backfill: it calls the Web API, and reads the session's items. It runs in the user's task.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use slack_rtm_apis::Client;
use tokio::time::Sleep;

use super::coordinator::Coordinator;
use super::request::{Answer, send};
use super::{Backfill, Checkpoint};
use crate::Item;
use crate::shared_state::SharedState;

pub(crate) struct BackfillStream {
    client: Client,
    coordinator: Coordinator,
    call: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl BackfillStream {
    pub(crate) fn new(client: Client, settings: Backfill, checkpoint: Option<&Checkpoint>) -> Self {
        let coordinator = Coordinator::new(settings, checkpoint);
        Self { client, coordinator, call: None, sleep: None }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.coordinator.checkpoint()
    }

    pub(crate) fn poll(
        &mut self,
        shared: &SharedState,
        batch: &mut VecDeque<Item>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Item>> {
        if !self.coordinator.is_busy() {
            // The fast path for the usual case.
            match shared.queue.poll_item(batch, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(item)) => {
                    let item = self.coordinator.on_item(|| shared.now(), item);
                    if item.is_some() {
                        return Poll::Ready(item);
                    }
                }
            }
        }
        self.poll_busy(shared, batch, cx)
    }

    fn poll_busy(
        &mut self,
        shared: &SharedState,
        batch: &mut VecDeque<Item>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Item>> {
        loop {
            if let Some(item) = self.coordinator.take() {
                return Poll::Ready(Some(item));
            }
            let now = shared.now();
            self.coordinator.abort(now, shared.queue.is_ending());
            if !self.coordinator.is_calling() {
                self.call = None;
            }
            if let Some(call) = &mut self.call {
                if let Poll::Ready(answer) = call.as_mut().poll(cx) {
                    self.call = None;
                    self.coordinator.answered(now, answer);
                    continue;
                }
            } else if let Some(request) = self.coordinator.next_call(now) {
                self.call = Some(send(self.client.clone(), request));
                continue;
            } else if self.coordinator.has_items() {
                continue;
            }
            if self.coordinator.wants_live(now) {
                match shared.queue.poll_item(batch, cx) {
                    Poll::Pending => {}
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Ready(Some(item)) => {
                        let item = self.coordinator.on_item(|| now, item);
                        if item.is_some() {
                            return Poll::Ready(item);
                        }
                        continue;
                    }
                }
            } else {
                // Wake up when the session ends.
                shared.queue.watch(cx);
            }
            let Some(deadline) = self.coordinator.deadline(now) else {
                self.sleep = None;
                return Poll::Pending;
            };
            let sleep = Box::pin(tokio::time::sleep_until(shared.instant(deadline)));
            if self.sleep.insert(sleep).as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl fmt::Debug for BackfillStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackfillStream").field("coordinator", &self.coordinator).finish_non_exhaustive()
    }
}
