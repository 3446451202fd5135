//! Several connections as one session: it is connected while one of them is, and has ended when all have.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use crate::health::Vitals;
use crate::telemetry::Gauges;
use crate::{Error, State};

#[derive(Debug)]
pub(crate) struct Fleet {
    ships: Mutex<Ships>,
}

#[derive(Debug)]
struct Ships {
    running: usize,
    is_close_wanted: bool,
    /// Why the first one has ended.
    error: Option<Error>,
    tasks: Vec<Option<Waker>>,
    vitals: Vec<Option<Vitals>>,
    /// The session in the gauges, however many connections it has.
    gauges: Gauges,
}

impl Fleet {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            ships: Mutex::new(Ships {
                running: size,
                is_close_wanted: false,
                error: None,
                tasks: vec![None; size],
                vitals: vec![None; size],
                gauges: Gauges::new(),
            }),
        }
    }

    fn ships(&self) -> MutexGuard<'_, Ships> {
        self.ships.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has all of them end.
    pub(crate) fn want_close(&self) {
        let mut ships = self.ships();
        if std::mem::replace(&mut ships.is_close_wanted, true) {
            return;
        }
        let tasks: Vec<Waker> = ships.tasks.iter_mut().filter_map(Option::take).collect();
        drop(ships);
        tasks.into_iter().for_each(Waker::wake);
    }

    /// Whether they are to end; the task is woken when that changes.
    pub(crate) fn is_close_wanted(&self, index: usize, cx: &Context<'_>) -> bool {
        let mut ships = self.ships();
        if let Some(task) = ships.tasks.get_mut(index)
            && !task.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            *task = Some(cx.waker().clone());
        }
        ships.is_close_wanted
    }

    /// One of them has ended with this error, and so the others do. If it is the last one, returns why the session has.
    pub(crate) fn ended(&self, error: &Error) -> Option<Error> {
        let first = {
            let mut ships = self.ships();
            let first = ships.error.get_or_insert_with(|| error.clone()).clone();
            (ships.running <= 1).then_some(first)
        };
        self.want_close();
        first
    }

    /// Why the session ends, if it does.
    pub(crate) fn error(&self) -> Option<Error> {
        self.ships().error.clone()
    }

    /// One of them is gone. Returns whether all are.
    pub(crate) fn leave(&self) -> bool {
        let mut ships = self.ships();
        ships.running = ships.running.saturating_sub(1);
        ships.running == 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ships().running == 0
    }

    /// Takes in how one of them is, and returns how the session is.
    pub(crate) fn merge(&self, index: usize, vitals: &Vitals) -> Vitals {
        let mut ships = self.ships();
        if let Some(place) = ships.vitals.get_mut(index) {
            *place = Some(vitals.clone());
        }
        let mut all = ships.vitals.iter().flatten();
        let merged = all.next().cloned().map_or_else(|| vitals.clone(), |first| all.fold(first, join));
        ships.gauges.set_connected(merged.state == State::Connected);
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
            failures: BTreeMap::from([("ended", 2)]),
            recent: Duration::from_secs(9),
        }
    }

    #[test]
    fn it_is_connected_while_one_is() {
        let fleet = Fleet::new(2);
        assert_eq!(fleet.merge(0, &vitals(State::Reconnecting, 5)).state, State::Reconnecting);
        let both = fleet.merge(1, &vitals(State::Connected, 7));
        assert_eq!((both.state, both.since, both.reconnects), (State::Connected, Duration::from_secs(7), 12));
        assert_eq!((both.duplicates, both.failures["ended"]), (2, 4));
    }

    #[test]
    fn the_last_one_tells_the_first_ones_error() {
        let fleet = Fleet::new(2);
        assert!(fleet.ended(&Error::Overflow).is_none());
        assert!(!fleet.leave());
        assert!(matches!(fleet.ended(&Error::Closed), Some(Error::Overflow)));
        assert!(fleet.leave() && fleet.is_empty());
    }
}
