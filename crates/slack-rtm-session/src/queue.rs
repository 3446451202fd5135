//! The queue of items between the session's task and its user: bounded in bytes, with a count of what was dropped.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::health::QueueLevel;
use crate::{Item, telemetry};

/// What happens to events when the queue is full. Items about the connection are never dropped by the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OverflowPolicy {
    /// Drops the oldest events; [`Item::Lagged`] takes their place.
    #[default]
    DropOldest,
    /// Drops the newest events; [`Item::Lagged`] takes their place.
    DropNewest,
    /// Ends the session with [`Error::Overflow`](crate::Error::Overflow).
    Close,
}

/// What an item counts for besides its own bytes: its slot in the queue, and its share of the read buffer.
const OVERHEAD: usize = 128;

/// How many items about the connection are kept in front of the queue while everything around them is dropped.
const MAX_KEPT: usize = 256;

/// How much is taken out at once. Batches avoid locking for every item; they are small because they no longer count against the limit.
const BATCH_ITEMS: usize = 64;
const BATCH_BYTES: usize = 64 << 10;

/// Carries items from the session's task to its user, and the user's requests back.
#[derive(Debug)]
pub(crate) struct Queue {
    limit: usize,
    overflow: OverflowPolicy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The items that were kept when everything around them was dropped. They come before `items`.
    kept: VecDeque<Item>,
    items: VecDeque<Item>,
    bytes: usize,
    dropped: u64,
    is_finished: bool,
    is_abandoned: bool,
    is_close_requested: bool,
    consumer: Option<Waker>,
    driver: Option<Waker>,
}

/// The state of the queue's consumer, as the session's task sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConsumerState {
    /// The event stream was dropped.
    pub(crate) is_abandoned: bool,
    pub(crate) is_close_requested: bool,
    /// The number of events that were dropped so far.
    pub(crate) dropped: u64,
}

impl Queue {
    pub(crate) fn new(limit: usize, overflow: OverflowPolicy) -> Self {
        Self { limit, overflow, state: Mutex::default() }
    }

    /// A panic of another thread leaves the queue in a valid state, so poisoning is ignored.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves items into the queue; returns `false` if the overflow policy ends the session.
    pub(crate) fn push(&self, new: &mut Vec<Item>) -> bool {
        let bytes = new.iter().map(cost).sum::<usize>();
        let mut state = self.state();
        let mut fits = true;
        if state.is_abandoned {
            new.clear();
        } else if state.bytes + bytes <= self.limit {
            // The usual case: nothing has to be dropped.
            state.bytes += bytes;
            #[cfg(feature = "socket-mode")]
            new.iter().for_each(Item::queued);
            state.items.extend(new.drain(..));
        } else {
            new.drain(..).for_each(|item| fits &= state.push(item, self.limit, self.overflow));
        }
        let consumer = state.consumer.take();
        drop(state);
        consumer.into_iter().for_each(Waker::wake);
        fits
    }

    /// Returns the next item, and takes more out of the queue into `batch` when that is empty. Ready with `None` at the end.
    pub(crate) fn poll_item(&self, batch: &mut VecDeque<Item>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if batch.is_empty() && self.poll_take(cx, batch).is_pending() {
            return Poll::Pending;
        }
        let item = batch.pop_front();
        if batch.is_empty() {
            // The caller may spend a long time on the last item; the memory is not needed meanwhile.
            *batch = VecDeque::new();
        }
        Poll::Ready(item)
    }

    /// Takes a batch of items; ready with an empty batch at the end of the session.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<Item>) -> Poll<()> {
        let mut state = self.state();
        state.take(into);
        if !into.is_empty() || state.is_finished {
            return Poll::Ready(());
        }
        // The queue is empty: give the memory back.
        *into = VecDeque::new();
        state.items = VecDeque::new();
        if !state.consumer.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.consumer = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Marks the end: no more items will be added.
    pub(crate) fn finish(&self) {
        let mut state = self.state();
        state.is_finished = true;
        let consumer = state.consumer.take();
        drop(state);
        consumer.into_iter().for_each(Waker::wake);
    }

    /// Returns whether the session is ending.
    pub(crate) fn is_ending(&self) -> bool {
        let state = self.state();
        state.is_finished || state.is_close_requested
    }

    /// Wakes the consumer with the next item or at the end.
    pub(crate) fn watch(&self, cx: &Context<'_>) {
        self.state().consumer = Some(cx.waker().clone());
    }

    /// Discards all items, now and later: the event stream was dropped.
    pub(crate) fn abandon(&self) {
        self.update(|state| {
            state.is_abandoned = true;
            state.kept = VecDeque::new();
            state.items = VecDeque::new();
            state.bytes = 0;
        });
    }

    /// Requests that the session closes.
    pub(crate) fn request_close(&self) {
        self.update(|state| state.is_close_requested = true);
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let wakers = [state.driver.take(), state.consumer.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Returns the state of the consumer, and wakes the task when it changes.
    pub(crate) fn consumer_state(&self, cx: &mut Context<'_>) -> ConsumerState {
        let mut state = self.state();
        if !state.driver.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.driver = Some(cx.waker().clone());
        }
        ConsumerState {
            is_abandoned: state.is_abandoned,
            is_close_requested: state.is_close_requested,
            dropped: state.dropped,
        }
    }

    pub(crate) fn level(&self) -> QueueLevel {
        let state = self.state();
        QueueLevel { items: state.kept.len() + state.items.len(), bytes: state.bytes, dropped: state.dropped }
    }
}

impl State {
    fn push(&mut self, item: Item, limit: usize, overflow: OverflowPolicy) -> bool {
        let cost = cost(&item);
        let is_full = self.bytes + cost > limit && !self.items.is_empty();
        if is_full && overflow != OverflowPolicy::DropOldest && is_droppable(&item) {
            self.count_dropped();
            lag(&mut self.items, &mut self.bytes);
            return overflow != OverflowPolicy::Close;
        }
        self.bytes += cost;
        #[cfg(feature = "socket-mode")]
        item.queued();
        self.items.push_back(item);
        // With the other policies only items about the connection can exceed the limit, which takes long.
        while self.bytes > limit && self.items.len() > 1 {
            self.drop_oldest();
        }
        true
    }

    fn drop_oldest(&mut self) {
        let Some(item) = self.items.pop_front() else { return };
        self.bytes -= cost(&item);
        if is_droppable(&item) {
            self.count_dropped();
            lag(&mut self.kept, &mut self.bytes);
            return;
        }
        match (item, self.kept.back_mut()) {
            (Item::Lagged(more), Some(Item::Lagged(dropped))) => *dropped += more,
            (item, _) => {
                self.bytes += cost(&item);
                self.kept.push_back(item);
            }
        }
        if self.kept.len() > MAX_KEPT {
            self.thin_out();
        }
    }

    fn count_dropped(&mut self) {
        self.dropped += 1;
        telemetry::dropped();
    }

    /// Discards the oldest of the kept items about the connection.
    fn thin_out(&mut self) {
        let Some(index) = self.kept.iter().position(|item| !matches!(item, Item::Lagged(_))) else { return };
        let gone = self.kept.remove(index);
        self.bytes -= gone.as_ref().map_or(0, cost);
        if let (Some(before), Some(Item::Lagged(more))) =
            (index.checked_sub(1), self.kept.get(index).cloned())
            && let Some(Item::Lagged(dropped)) = self.kept.get_mut(before)
        {
            *dropped += more;
            self.kept.remove(index);
            self.bytes -= OVERHEAD;
        }
    }

    fn take(&mut self, into: &mut VecDeque<Item>) {
        let is_one_batch = self.items.len() <= BATCH_ITEMS && self.bytes <= BATCH_BYTES;
        if self.kept.is_empty() && into.is_empty() && is_one_batch {
            std::mem::swap(&mut self.items, into);
            self.bytes = 0;
            return;
        }
        let mut bytes = 0;
        while into.len() < BATCH_ITEMS && bytes < BATCH_BYTES {
            let Some(item) = self.kept.pop_front().or_else(|| self.items.pop_front()) else { break };
            bytes += cost(&item);
            into.push_back(item);
        }
        self.bytes -= bytes;
    }
}

/// One more is missing at the end of these.
fn lag(items: &mut VecDeque<Item>, bytes: &mut usize) {
    if let Some(Item::Lagged(dropped)) = items.back_mut() {
        *dropped += 1;
    } else {
        *bytes += OVERHEAD;
        items.push_back(Item::Lagged(1));
    }
}

fn is_droppable(item: &Item) -> bool {
    match item {
        Item::Event(_) | Item::Malformed(_) => true,
        #[cfg(feature = "socket-mode")]
        Item::Interaction(_) | Item::SlashCommand(_) | Item::Envelope(_) => true,
        _ => false,
    }
}

fn cost(item: &Item) -> usize {
    OVERHEAD
        + match item {
            Item::Event(event) => event.weight(),
            #[cfg(feature = "socket-mode")]
            Item::Interaction(interaction) => interaction.weight(),
            #[cfg(feature = "socket-mode")]
            Item::SlashCommand(command) => command.weight(),
            #[cfg(feature = "socket-mode")]
            Item::Envelope(envelope) => envelope.weight(),
            Item::Malformed(frame) => frame.bytes.len(),
            Item::Gap(gap) => gap.channels.len() * size_of_val(&gap.channels[..1.min(gap.channels.len())]),
            Item::Connected(connected) => connected.hello.as_bytes().len() + OVERHEAD,
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DisconnectReason;
    use proptest::prelude::*;
    use slack_rtm_models::RawEvent;

    fn event(number: usize) -> Item {
        Item::Event(RawEvent::new(format!("{number:0100}")).into())
    }

    fn drain(queue: &Queue) -> Vec<String> {
        let mut words = Vec::new();
        let mut batch = VecDeque::new();
        loop {
            queue.state().take(&mut batch);
            if batch.is_empty() {
                return words;
            }
            words.extend(batch.drain(..).map(|item| match item {
                Item::Event(event) => event.as_str().trim_start_matches('0').to_owned(),
                Item::Lagged(dropped) => format!("lagged {dropped}"),
                Item::Disconnected(_) => "lost".to_owned(),
                other => panic!("{other:?}"),
            }));
        }
    }

    fn filled(overflow: OverflowPolicy) -> (Queue, bool) {
        // Four events fit.
        let queue = Queue::new(228 * 4, overflow);
        let lost = |_| Item::Disconnected(DisconnectReason::UnexpectedEof);
        let items = (1..=3).map(event).chain((0..1).map(lost)).chain((4..=9).map(event));
        let fits = queue.push(&mut items.collect());
        (queue, fits)
    }

    #[test]
    fn what_is_dropped_is_said_in_its_place() {
        let (queue, fits) = filled(OverflowPolicy::DropOldest);
        assert!(fits);
        let words = drain(&queue);
        assert_eq!(words[..3], ["lagged 3", "lost", "lagged 4"], "{words:?}");
        assert_eq!(words[3..], ["8", "9"]);
        assert_eq!(queue.level(), QueueLevel { items: 0, bytes: 0, dropped: 7 });

        let (queue, fits) = filled(OverflowPolicy::DropNewest);
        assert!(fits);
        queue.push(&mut (10..=10).map(event).collect());
        assert_eq!(drain(&queue), ["1", "2", "3", "lost", "lagged 7"]);
        queue.push(&mut (11..=11).map(event).collect());
        assert_eq!(drain(&queue), ["11"]);

        assert!(!filled(OverflowPolicy::Close).1);
    }

    #[test]
    fn one_event_that_is_too_large_is_delivered() {
        let queue = Queue::new(10, OverflowPolicy::DropOldest);
        queue.push(&mut (1..=1).map(event).collect());
        assert_eq!(drain(&queue), ["1"]);
    }

    proptest! {
        #[test]
        fn the_queue_is_bounded_and_every_drop_is_counted(
            limit in 0..5_000_usize,
            newest in any::<bool>(),
            steps in prop::collection::vec((0..40_usize, any::<bool>(), prop::bool::weighted(0.05)), 0..600),
        ) {
            let queue = Queue::new(limit, if newest { OverflowPolicy::DropNewest } else { OverflowPolicy::DropOldest });
            let (mut pushed, mut events, mut dropped, mut last) = (0, 0, 0, 0);
            for (count, lost, take) in steps {
                queue.push(&mut (pushed + 1..=pushed + count).map(event).collect());
                pushed += count;
                if lost {
                    queue.push(&mut vec![Item::Disconnected(DisconnectReason::UnexpectedEof)]);
                }
                prop_assert!(queue.level().bytes <= limit + (MAX_KEPT + 64) * OVERHEAD + 400);
                if take {
                    for word in drain(&queue) {
                        match word.strip_prefix("lagged ") {
                            Some(count) => dropped += count.parse::<usize>().unwrap(),
                            None if word == "lost" => {}
                            None => {
                                let number = word.parse::<usize>().unwrap();
                                prop_assert!(number > last);
                                last = number;
                                events += 1;
                            }
                        }
                    }
                    prop_assert_eq!(events + dropped, pushed);
                    prop_assert_eq!(queue.level().bytes, 0);
                }
            }
        }
    }
}
