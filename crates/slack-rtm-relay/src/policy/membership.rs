//! Which hosts are alive.

use std::collections::BTreeMap;
use std::time::Duration;

/// Which hosts are alive, by when this host last heard of each. Only this host's own time counts, so clocks that differ do no harm.
///
/// A host that was stopped itself, or cut off from NATS, has heard of nobody, and must not believe that it is the last one: see [`tick`](Self::tick) and
/// [`deaf`](Self::deaf).
#[derive(Clone, Debug)]
pub struct Membership {
    me: String,
    ttl: Duration,
    is_draining: bool,
    peers: BTreeMap<String, Peer>,
    last_tick: Duration,
}

#[derive(Clone, Debug)]
struct Peer {
    heard: Duration,
    is_draining: bool,
}

impl Membership {
    /// Knows this host alone. A peer that is silent for `ttl` is dead.
    #[must_use]
    pub fn new(now: Duration, me: impl Into<String>, ttl: Duration) -> Self {
        Self { me: me.into(), ttl, is_draining: false, peers: BTreeMap::new(), last_tick: now }
    }

    /// A heartbeat came.
    pub fn heard(&mut self, now: Duration, host: &str, is_draining: bool) {
        if host != self.me {
            self.peers.insert(host.to_owned(), Peer { heard: now, is_draining });
        }
    }

    /// A host has said that it left.
    pub fn left(&mut self, host: &str) {
        self.peers.remove(host);
    }

    /// This host gives away what it has.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Nothing could be heard until now: nobody is held to have been silent.
    pub fn deaf(&mut self, now: Duration) {
        for peer in self.peers.values_mut() {
            peer.heard = now;
        }
        self.last_tick = now;
    }

    /// Time passes; returns who has died. If more of it has passed than a heartbeat may take, this host was stopped, and heard nothing meanwhile.
    pub fn tick(&mut self, now: Duration) -> Vec<String> {
        if now.saturating_sub(self.last_tick) > self.ttl / 2 {
            self.deaf(now);
            return Vec::new();
        }
        self.last_tick = now;
        let ttl = self.ttl;
        let is_dead = |peer: &Peer| now.saturating_sub(peer.heard) >= ttl;
        let dead =
            self.peers.iter().filter(|(_, peer)| is_dead(peer)).map(|(host, _)| host.clone()).collect();
        self.peers.retain(|_, peer| !is_dead(peer));
        dead
    }

    /// Returns the hosts that tokens are given to: those that live and do not drain.
    #[must_use]
    pub fn takers(&self) -> Vec<String> {
        let peers = self.peers.iter().filter(|(_, peer)| !peer.is_draining).map(|(host, _)| host.clone());
        peers.chain((!self.is_draining).then(|| self.me.clone())).collect()
    }

    /// Returns the other hosts that live, those among them that drain too.
    pub fn peers(&self) -> impl Iterator<Item = &str> {
        self.peers.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Ticks every second until then.
    fn pass(membership: &mut Membership, from: u32, to: u32) -> Vec<String> {
        (from..=to).flat_map(|second| membership.tick(SECOND * second)).collect()
    }

    #[test]
    fn a_silent_host_is_dead_after_its_time() {
        let mut membership = Membership::new(Duration::ZERO, "a", 10 * SECOND);
        membership.heard(Duration::ZERO, "b", false);
        membership.heard(SECOND * 5, "c", true);
        membership.heard(SECOND * 5, "a", true);
        assert!(pass(&mut membership, 1, 9).is_empty());
        assert_eq!(membership.takers(), ["b", "a"]);
        assert_eq!(membership.peers().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(pass(&mut membership, 10, 14), ["b"]);
        membership.drain();
        assert!(membership.takers().is_empty());
        assert_eq!(pass(&mut membership, 15, 15), ["c"]);
        assert_eq!(membership.peers().count(), 0);
    }

    #[test]
    fn a_host_that_was_stopped_does_not_bury_the_others() {
        let mut membership = Membership::new(Duration::ZERO, "a", 10 * SECOND);
        membership.heard(Duration::ZERO, "b", false);
        assert!(membership.tick(30 * SECOND).is_empty());
        assert_eq!(membership.takers(), ["b", "a"]);
        assert_eq!(pass(&mut membership, 31, 41), ["b"]);
        membership.heard(41 * SECOND, "b", false);
        membership.left("b");
        assert_eq!(membership.takers(), ["a"]);
    }
}
