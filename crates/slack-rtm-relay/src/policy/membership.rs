//! Which hosts are alive.

use std::collections::BTreeMap;
use std::time::Duration;

/// Decides which hosts are alive, by the time since each one's last heartbeat. Times are this host's own, so the clocks of hosts may differ.
///
/// A host that was suspended, or had no connection to NATS, has missed the heartbeats of all others, and must not take them for dead: see [`tick`](Self::tick) and
/// [`reset`](Self::reset).
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
    last_heartbeat: Duration,
    is_draining: bool,
}

impl Membership {
    /// Creates a membership of this host alone. A peer without a heartbeat for `ttl` is dead.
    #[must_use]
    pub fn new(now: Duration, me: impl Into<String>, ttl: Duration) -> Self {
        Self { me: me.into(), ttl, is_draining: false, peers: BTreeMap::new(), last_tick: now }
    }

    /// Notes a heartbeat.
    pub fn on_heartbeat(&mut self, now: Duration, host: &str, is_draining: bool) {
        if host != self.me {
            self.peers.insert(host.to_owned(), Peer { last_heartbeat: now, is_draining });
        }
    }

    /// Notes that a host has left.
    pub fn on_leave(&mut self, host: &str) {
        self.peers.remove(host);
    }

    /// Marks this host as draining.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Restarts the time of all peers, because no heartbeat could be received until now.
    pub fn reset(&mut self, now: Duration) {
        for peer in self.peers.values_mut() {
            peer.last_heartbeat = now;
        }
        self.last_tick = now;
    }

    /// Returns the peers that have died. Call it often: after half of `ttl` without a call, this host is taken to have been suspended, and all peers to be alive.
    pub fn tick(&mut self, now: Duration) -> Vec<String> {
        if now.saturating_sub(self.last_tick) > self.ttl / 2 {
            self.reset(now);
            return Vec::new();
        }
        self.last_tick = now;
        let ttl = self.ttl;
        let is_dead = |peer: &Peer| now.saturating_sub(peer.last_heartbeat) >= ttl;
        let dead =
            self.peers.iter().filter(|(_, peer)| is_dead(peer)).map(|(host, _)| host.clone()).collect();
        self.peers.retain(|_, peer| !is_dead(peer));
        dead
    }

    /// Returns the hosts that tokens are assigned to: those that are alive and not draining.
    #[must_use]
    pub fn eligible(&self) -> Vec<String> {
        let peers = self.peers.iter().filter(|(_, peer)| !peer.is_draining).map(|(host, _)| host.clone());
        peers.chain((!self.is_draining).then(|| self.me.clone())).collect()
    }

    /// Returns the other hosts that are alive, including draining ones.
    pub fn peers(&self) -> impl Iterator<Item = &str> {
        self.peers.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Ticks every second.
    fn pass(membership: &mut Membership, from: u32, to: u32) -> Vec<String> {
        (from..=to).flat_map(|second| membership.tick(SECOND * second)).collect()
    }

    #[test]
    fn a_host_without_heartbeats_is_dead_after_the_time_to_live() {
        let mut membership = Membership::new(Duration::ZERO, "a", 10 * SECOND);
        membership.on_heartbeat(Duration::ZERO, "b", false);
        membership.on_heartbeat(SECOND * 5, "c", true);
        membership.on_heartbeat(SECOND * 5, "a", true);
        assert!(pass(&mut membership, 1, 9).is_empty());
        assert_eq!(membership.eligible(), ["b", "a"]);
        assert_eq!(membership.peers().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(pass(&mut membership, 10, 14), ["b"]);
        membership.drain();
        assert!(membership.eligible().is_empty());
        assert_eq!(pass(&mut membership, 15, 15), ["c"]);
        assert_eq!(membership.peers().count(), 0);
    }

    #[test]
    fn a_host_that_was_suspended_keeps_the_others() {
        let mut membership = Membership::new(Duration::ZERO, "a", 10 * SECOND);
        membership.on_heartbeat(Duration::ZERO, "b", false);
        assert!(membership.tick(30 * SECOND).is_empty());
        assert_eq!(membership.eligible(), ["b", "a"]);
        assert_eq!(pass(&mut membership, 31, 41), ["b"]);
        membership.on_heartbeat(41 * SECOND, "b", false);
        membership.on_leave("b");
        assert_eq!(membership.eligible(), ["a"]);
    }
}
