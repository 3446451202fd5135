//! The lease of a token. Its holder sends messages, publishes events without an id, and writes the checkpoint.

use std::time::Duration;

/// The fencing token of a lease: the revision of its key. Each renewal and each later holder has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(
    /// The revision of the key.
    pub u64,
);

/// A write that a lease needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseAction {
    /// Create the key if it does not exist.
    Create,
    /// Write the key if it has this revision.
    Renew(Fence),
    /// Delete the key if it has this revision.
    Release(Fence),
}

/// The result of a [`LeaseAction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseResult {
    /// The write was done, and the key has this revision. After a release the revision has no meaning.
    Done(Fence),
    /// Another host has created or written the key.
    Conflict,
    /// The server did not answer, so the write may or may not have been done.
    Unknown,
}

/// A lease from the view of one host. The server deletes the key when it was not written for the time to live, and only the results of conditional writes decide who
/// holds it.
///
/// A holder counts the lease from the moment at which it *began* the last successful write, and for four fifths of the time to live. The server counts the whole time
/// from a later moment, so the key still exists when the holder gives the lease up, however the clocks of the two differ. A process that was suspended finds by its
/// own monotonic clock that the lease has run out.
#[derive(Clone, Debug)]
pub struct Lease {
    ttl: Duration,
    is_wanted: bool,
    /// The revision, and when the write began that gave it.
    held: Option<(Fence, Duration)>,
    /// The write that is in flight, and since when.
    pending: Option<(LeaseAction, Duration)>,
    next: Duration,
}

impl Lease {
    /// Creates a lease that this host neither holds nor wants. `ttl` is the time to live of the key.
    #[must_use]
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, is_wanted: false, held: None, pending: None, next: Duration::ZERO }
    }

    /// Sets whether this host wants the lease. One that it holds and does not want is released.
    pub fn want(&mut self, now: Duration, is_wanted: bool) {
        if self.is_wanted != is_wanted {
            self.is_wanted = is_wanted;
            self.next = now;
        }
    }

    /// Notes that the holder has released the lease, which can be taken at once.
    pub fn released_by_holder(&mut self, now: Duration) {
        if self.held.is_none() {
            self.next = self.next.min(now);
        }
    }

    /// Returns the fencing token, if this host holds the lease.
    #[must_use]
    pub fn fence(&self, now: Duration) -> Option<Fence> {
        // Another host may hold the lease before the release is answered.
        let is_releasing = matches!(self.pending, Some((LeaseAction::Release(_), _)));
        let (fence, began) = self.held.filter(|_| !is_releasing)?;
        (now.saturating_sub(began) < self.ttl - self.ttl / 5).then_some(fence)
    }

    /// Returns whether a write is in flight, or the lease has to be released.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.pending.is_some() || self.held.is_some()
    }

    /// Returns the write that is due. There is one in flight at most: pass its result to [`on_result`](Self::on_result) before the next call.
    pub fn poll(&mut self, now: Duration) -> Option<LeaseAction> {
        if self.pending.is_some() || now < self.next {
            return None;
        }
        let action = match self.held {
            Some((fence, _)) if !self.is_wanted => LeaseAction::Release(fence),
            Some((fence, _)) => LeaseAction::Renew(fence),
            None if self.is_wanted => LeaseAction::Create,
            None => return None,
        };
        self.pending = Some((action, now));
        Some(action)
    }

    /// Handles the result of the write that is in flight.
    pub fn on_result(&mut self, now: Duration, result: LeaseResult) {
        let Some((action, began)) = self.pending.take() else { return };
        match (action, result) {
            (LeaseAction::Create | LeaseAction::Renew(_), LeaseResult::Done(fence)) => {
                self.held = Some((fence, began));
                self.next = if self.is_wanted { began + self.ttl / 3 } else { now };
            }
            (LeaseAction::Release(_), _) | (LeaseAction::Renew(_), LeaseResult::Conflict) => {
                self.held = None;
                self.next = now + self.ttl / 2;
            }
            (LeaseAction::Create, _) => self.next = now + self.ttl / 2,
            // The next renewal shows whether the key was written.
            (LeaseAction::Renew(_), LeaseResult::Unknown) => {
                self.next = now + self.ttl / 20;
                if self.fence(now).is_none() {
                    self.held = None;
                    self.next = now + self.ttl / 2;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TTL: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_lease_is_taken_renewed_and_released() {
        let mut lease = Lease::new(TTL);
        assert_eq!(lease.poll(SECOND), None);
        lease.want(SECOND, true);
        assert_eq!(lease.poll(SECOND), Some(LeaseAction::Create));
        assert_eq!((lease.poll(SECOND), lease.fence(SECOND)), (None, None));
        lease.on_result(2 * SECOND, LeaseResult::Done(Fence(7)));
        assert_eq!(lease.fence(2 * SECOND), Some(Fence(7)));
        // Four fifths of the time to live, counted from the beginning of the write.
        assert_eq!(lease.fence(9 * SECOND), None);
        assert_eq!(lease.poll(4 * SECOND), None);
        assert_eq!(lease.poll(5 * SECOND), Some(LeaseAction::Renew(Fence(7))));
        lease.on_result(5 * SECOND, LeaseResult::Done(Fence(9)));
        assert_eq!(lease.fence(9 * SECOND), Some(Fence(9)));
        lease.want(9 * SECOND, false);
        assert_eq!(lease.poll(9 * SECOND), Some(LeaseAction::Release(Fence(9))));
        lease.on_result(9 * SECOND, LeaseResult::Done(Fence(10)));
        assert_eq!((lease.fence(9 * SECOND), lease.poll(100 * SECOND)), (None, None));
    }

    #[test]
    fn a_write_without_an_answer_does_not_extend_the_lease() {
        let mut lease = Lease::new(TTL);
        lease.want(Duration::ZERO, true);
        lease.poll(Duration::ZERO);
        lease.on_result(Duration::ZERO, LeaseResult::Done(Fence(1)));
        for second in 4..8 {
            assert_eq!(lease.poll(SECOND * second), Some(LeaseAction::Renew(Fence(1))));
            lease.on_result(SECOND * second, LeaseResult::Unknown);
        }
        assert_eq!(lease.fence(8 * SECOND), None);
        assert_eq!(lease.poll(8 * SECOND), Some(LeaseAction::Renew(Fence(1))));
        lease.on_result(8 * SECOND, LeaseResult::Conflict);
        assert_eq!(lease.poll(8 * SECOND), None);
        lease.released_by_holder(9 * SECOND);
        assert_eq!(lease.poll(9 * SECOND), Some(LeaseAction::Create));
    }

    /// The key on the server.
    #[derive(Default)]
    struct Key {
        revision: u64,
        written: Option<Duration>,
    }

    impl Key {
        fn apply(&mut self, now: Duration, action: LeaseAction) -> LeaseResult {
            if self.written.is_some_and(|written| now >= written + TTL) {
                self.written = None;
            }
            let is_allowed = match action {
                LeaseAction::Create => self.written.is_none(),
                LeaseAction::Renew(fence) | LeaseAction::Release(fence) => {
                    self.written.is_some() && fence.0 == self.revision
                }
            };
            if !is_allowed {
                return LeaseResult::Conflict;
            }
            self.revision += 1;
            self.written = (!matches!(action, LeaseAction::Release(_))).then_some(now);
            LeaseResult::Done(Fence(self.revision))
        }
    }

    proptest! {
        /// Three hosts whose clocks differ by up to 500 seconds, whose answers are lost or late, and who want the lease or not.
        #[test]
        fn two_hosts_never_hold_a_lease_at_once(steps in prop::collection::vec((0_usize..3, 0_u64..1500, 0_u8..12), 1..300)) {
            let skews: [Duration; 3] = [0, 500, 3].map(Duration::from_secs);
            let mut hosts = [Lease::new(TTL), Lease::new(TTL), Lease::new(TTL)];
            let mut answers: [Option<LeaseResult>; 3] = [None; 3];
            let mut key = Key::default();
            let (mut now, mut last) = (Duration::ZERO, Fence(0));
            for (host, millis, what) in steps {
                now += Duration::from_millis(millis);
                let own = now + skews[host];
                match what {
                    0 => hosts[host].want(own, false),
                    1..=3 => hosts[host].want(own, true),
                    4 => hosts[host].released_by_holder(own),
                    _ => match answers[host].take() {
                        Some(result) => hosts[host].on_result(own, if what == 5 { LeaseResult::Unknown } else { result }),
                        None => if let Some(action) = hosts[host].poll(own) {
                            answers[host] = Some(key.apply(now, action));
                        },
                    },
                }
                let fences: Vec<Fence> =
                    (0..3).filter_map(|host| hosts[host].fence(now + skews[host])).collect();
                prop_assert!(fences.len() <= 1, "{fences:?}");
                if let [fence] = fences[..] {
                    prop_assert!(fence >= last);
                    last = fence;
                }
            }
        }
    }
}
