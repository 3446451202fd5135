//! A pool of connections that form one session: it is connected while one of them is, and ends when all have ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use crate::health::Vitals;
use crate::telemetry::SessionGauges;
use crate::{Error, State};

/// The connections of one session.
#[derive(Debug)]
pub(crate) struct Pool {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    running: usize,
    is_close_requested: bool,
    /// The error of the first connection that ended.
    error: Option<Error>,
    tasks: Vec<Option<Waker>>,
    vitals: Vec<Option<Vitals>>,
    /// Counts the session once, however many connections it has.
    gauges: SessionGauges,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                running: size,
                is_close_requested: false,
                error: None,
                tasks: vec![None; size],
                vitals: vec![None; size],
                gauges: SessionGauges::new(),
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes all connections.
    pub(crate) fn request_close(&self) {
        let mut inner = self.inner();
        if std::mem::replace(&mut inner.is_close_requested, true) {
            return;
        }
        let tasks: Vec<Waker> = inner.tasks.iter_mut().filter_map(Option::take).collect();
        drop(inner);
        tasks.into_iter().for_each(Waker::wake);
    }

    /// Returns whether the connections are closing; wakes the task when that changes.
    pub(crate) fn is_close_requested(&self, index: usize, cx: &Context<'_>) -> bool {
        let mut inner = self.inner();
        if let Some(task) = inner.tasks.get_mut(index)
            && !task.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            *task = Some(cx.waker().clone());
        }
        inner.is_close_requested
    }

    /// Notes that a connection has ended with this error, and closes the others. Returns the error of the session if it is the last one.
    pub(crate) fn ended(&self, error: &Error) -> Option<Error> {
        let first = {
            let mut inner = self.inner();
            let first = inner.error.get_or_insert_with(|| error.clone()).clone();
            (inner.running <= 1).then_some(first)
        };
        self.request_close();
        first
    }

    /// Returns the error with which the session ends, if it is ending.
    pub(crate) fn error(&self) -> Option<Error> {
        self.inner().error.clone()
    }

    /// Removes a connection; returns whether it was the last one.
    pub(crate) fn leave(&self) -> bool {
        let mut inner = self.inner();
        inner.running = inner.running.saturating_sub(1);
        inner.running == 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inner().running == 0
    }

    /// Sets the vitals of one connection, and returns those of the session.
    pub(crate) fn merge(&self, index: usize, vitals: &Vitals) -> Vitals {
        let mut inner = self.inner();
        if let Some(slot) = inner.vitals.get_mut(index) {
            *slot = Some(vitals.clone());
        }
        let mut all = inner.vitals.iter().flatten();
        let merged = all.next().cloned().map_or_else(|| vitals.clone(), |first| all.fold(first, join));
        inner.gauges.set_connected(merged.state == State::Connected);
        merged
    }
}

fn join(mut one: Vitals, other: &Vitals) -> Vitals {
    let rank = |state: State| match state {
        State::Connected => 3,
        State::Reconnecting => 2,
        State::Connecting => 1,
        State::Closed => 0,
    };
    match rank(one.state).cmp(&rank(other.state)) {
        std::cmp::Ordering::Less => (one.state, one.since) = (other.state, other.since),
        std::cmp::Ordering::Equal => one.since = one.since.min(other.since),
        std::cmp::Ordering::Greater => {}
    }
    one.round_trip = one.round_trip.max(other.round_trip);
    one.reconnects += other.reconnects;
    one.duplicates += other.duplicates;
    let mut failures: BTreeMap<_, _> = std::mem::take(&mut one.failures);
    for (name, count) in &other.failures {
        *failures.entry(*name).or_default() += count;
    }
    one.failures = failures;
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn vitals(state: State, reconnects: u64) -> Vitals {
        Vitals {
            state,
            since: Duration::from_secs(reconnects),
            round_trip: None,
            reconnects,
            duplicates: 1,
            failures: BTreeMap::from([("unexpected_eof", 2)]),
            recent: Duration::from_secs(9),
        }
    }

    #[test]
    fn a_pool_is_connected_while_one_connection_is() {
        let pool = Pool::new(2);
        assert_eq!(pool.merge(0, &vitals(State::Reconnecting, 5)).state, State::Reconnecting);
        let both = pool.merge(1, &vitals(State::Connected, 7));
        assert_eq!((both.state, both.since, both.reconnects), (State::Connected, Duration::from_secs(7), 12));
        assert_eq!((both.duplicates, both.failures["unexpected_eof"]), (2, 4));
    }

    #[test]
    fn the_session_ends_with_the_first_error() {
        let pool = Pool::new(2);
        assert!(pool.ended(&Error::Overflow).is_none());
        assert!(!pool.leave());
        assert!(matches!(pool.ended(&Error::Closed), Some(Error::Overflow)));
        assert!(pool.leave() && pool.is_empty());
    }
}
