//! The lease of a token, which decides who sends and who writes its checkpoint.

use std::time::Duration;

/// The number of a lease: the revision of its key, which grows with every holder and every renewal. A later holder has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(
    /// The revision.
    pub u64,
);

/// What has to be done for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseAction {
    /// Create the key, which succeeds only where there is none.
    Create,
    /// Write the key, if it still has this revision.
    Renew(Fence),
    /// Delete the key, if it still has this revision.
    Release(Fence),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseResult {
    /// It was done; the key has this revision now. A release has none that matters.
    Done(Fence),
    /// Somebody else has the key, or has written it.
    Refused,
    /// Nobody knows whether it was done.
    Unknown,
}

/// A lease as one host sees it. The server takes the key away when it was not written for the lease's time; only the results of conditional writes count.
///
/// The holder believes in it from when a write that succeeded *began*, and for a fifth less than its time: whoever creates the key after it has expired begins later
/// than that, on any clock. A process that was stopped meanwhile finds that it holds nothing, by its own clock.
#[derive(Clone, Debug)]
pub struct Lease {
    ttl: Duration,
    is_wanted: bool,
    /// The revision, and when the write began that gave it.
    held: Option<(Fence, Duration)>,
    /// What is under way, and since when.
    pending: Option<(LeaseAction, Duration)>,
    next: Duration,
}

impl Lease {
    /// Nobody's yet. A key that was not written for `ttl` is gone.
    #[must_use]
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, is_wanted: false, held: None, pending: None, next: Duration::ZERO }
    }

    /// Sets whether this host wants it. What it holds and does not want is released.
    pub fn want(&mut self, now: Duration, is_wanted: bool) {
        if self.is_wanted != is_wanted {
            self.is_wanted = is_wanted;
            self.next = now;
        }
    }

    /// The key was seen to have gone: trying is worth it now.
    pub fn freed(&mut self, now: Duration) {
        if self.held.is_none() {
            self.next = self.next.min(now);
        }
    }

    /// Returns the lease's number, if this host holds it now.
    #[must_use]
    pub fn fence(&self, now: Duration) -> Option<Fence> {
        // What is being released may be another's before the answer comes.
        let is_leaving = matches!(self.pending, Some((LeaseAction::Release(_), _)));
        let (fence, began) = self.held.filter(|_| !is_leaving)?;
        (now.saturating_sub(began) < self.ttl - self.ttl / 5).then_some(fence)
    }

    /// Tells whether something is under way, or is held that has to be released.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.pending.is_some() || self.held.is_some()
    }

    /// Returns what is to be done now. One thing is done at a time, and [`done`](Self::done) has to follow.
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

    /// What was to be done has ended.
    pub fn done(&mut self, now: Duration, result: LeaseResult) {
        let Some((action, began)) = self.pending.take() else { return };
        match (action, result) {
            (LeaseAction::Create | LeaseAction::Renew(_), LeaseResult::Done(fence)) => {
                self.held = Some((fence, began));
                self.next = if self.is_wanted { began + self.ttl / 3 } else { now };
            }
            (LeaseAction::Release(_), _) | (LeaseAction::Renew(_), LeaseResult::Refused) => {
                self.held = None;
                self.next = now + self.ttl / 2;
            }
            (LeaseAction::Create, _) => self.next = now + self.ttl / 2,
            // It may have been written, or not: the next attempt tells.
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
    fn it_is_taken_renewed_and_released() {
        let mut lease = Lease::new(TTL);
        assert_eq!(lease.poll(SECOND), None);
        lease.want(SECOND, true);
        assert_eq!(lease.poll(SECOND), Some(LeaseAction::Create));
        assert_eq!((lease.poll(SECOND), lease.fence(SECOND)), (None, None));
        lease.done(2 * SECOND, LeaseResult::Done(Fence(7)));
        assert_eq!(lease.fence(2 * SECOND), Some(Fence(7)));
        // From when the write began, and less than its time.
        assert_eq!(lease.fence(9 * SECOND), None);
        assert_eq!(lease.poll(4 * SECOND), None);
        assert_eq!(lease.poll(5 * SECOND), Some(LeaseAction::Renew(Fence(7))));
        lease.done(5 * SECOND, LeaseResult::Done(Fence(9)));
        assert_eq!(lease.fence(9 * SECOND), Some(Fence(9)));
        lease.want(9 * SECOND, false);
        assert_eq!(lease.poll(9 * SECOND), Some(LeaseAction::Release(Fence(9))));
        lease.done(9 * SECOND, LeaseResult::Done(Fence(10)));
        assert_eq!((lease.fence(9 * SECOND), lease.poll(100 * SECOND)), (None, None));
    }

    #[test]
    fn a_write_that_nobody_knows_of_does_not_make_it_last_longer() {
        let mut lease = Lease::new(TTL);
        lease.want(Duration::ZERO, true);
        lease.poll(Duration::ZERO);
        lease.done(Duration::ZERO, LeaseResult::Done(Fence(1)));
        for second in 4..8 {
            assert_eq!(lease.poll(SECOND * second), Some(LeaseAction::Renew(Fence(1))));
            lease.done(SECOND * second, LeaseResult::Unknown);
        }
        assert_eq!(lease.fence(8 * SECOND), None);
        assert_eq!(lease.poll(8 * SECOND), Some(LeaseAction::Renew(Fence(1))));
        lease.done(8 * SECOND, LeaseResult::Refused);
        assert_eq!(lease.poll(8 * SECOND), None);
        lease.freed(9 * SECOND);
        assert_eq!(lease.poll(9 * SECOND), Some(LeaseAction::Create));
    }

    /// The key as the server has it.
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
                return LeaseResult::Refused;
            }
            self.revision += 1;
            self.written = (!matches!(action, LeaseAction::Release(_))).then_some(now);
            LeaseResult::Done(Fence(self.revision))
        }
    }

    proptest! {
        /// Three hosts whose clocks differ, whose answers get lost or come late, and who want the lease or not, as it comes.
        #[test]
        fn two_hosts_never_hold_it_at_once(steps in prop::collection::vec((0_usize..3, 0_u64..1500, 0_u8..12), 1..300)) {
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
                    4 => hosts[host].freed(own),
                    _ => match answers[host].take() {
                        Some(result) => hosts[host].done(own, if what == 5 { LeaseResult::Unknown } else { result }),
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
