//! Takes, renews and releases the leases of this host's tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Name;
use crate::nats::{self, Nats, WriteResult};
use crate::policy::{Fence, Lease, LeaseAction, LeaseResult};

/// The number of writes that are in flight at once.
const MAX_WRITES: usize = 256;

/// The leases of this host's tokens. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Leases {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    epoch: Instant,
    ttl: Duration,
    entries: Mutex<HashMap<Name, Entry>>,
}

#[derive(Debug)]
struct Entry {
    lease: Lease,
    is_held: watch::Sender<bool>,
    is_removed: bool,
}

impl Leases {
    /// Starts the task that keeps the leases until it is aborted.
    pub(crate) fn start(nats: Nats, host: Name, ttl: Duration) -> (Self, JoinHandle<()>) {
        let shared = Arc::new(Shared { epoch: Instant::now(), ttl, entries: Mutex::default() });
        let task = tokio::spawn(run(nats, host, shared.clone()));
        (Self { shared }, task)
    }

    /// Sets whether this host wants the lease of a token.
    pub(crate) fn want(&self, token: &Name, is_wanted: bool) {
        let now = self.shared.now();
        if let Some(entry) = self.shared.entries().get_mut(token) {
            entry.lease.want(now, is_wanted);
        }
    }

    /// Adds the lease of a token, which is not wanted at first. The receiver's value is whether the lease is held.
    pub(crate) fn watch(&self, token: &Name) -> watch::Receiver<bool> {
        let mut entries = self.shared.entries();
        let entry = entries.entry(token.clone()).or_insert_with(|| Entry {
            lease: Lease::new(self.shared.ttl),
            is_held: watch::Sender::new(false),
            is_removed: false,
        });
        entry.is_removed = false;
        entry.is_held.subscribe()
    }

    /// Releases the lease of a token, and removes it.
    pub(crate) fn remove(&self, token: &Name) {
        let now = self.shared.now();
        if let Some(entry) = self.shared.entries().get_mut(token) {
            entry.lease.want(now, false);
            entry.is_removed = true;
        }
    }

    /// Returns the fencing token of a lease, if this host holds it.
    pub(crate) fn fence(&self, token: &Name) -> Option<Fence> {
        let now = self.shared.now();
        self.shared.entries().get(token).and_then(|entry| entry.lease.fence(now))
    }

    /// Returns the number of leases that this host holds.
    pub(crate) fn held(&self) -> usize {
        let now = self.shared.now();
        self.shared.entries().values().filter(|entry| entry.lease.fence(now).is_some()).count()
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Name, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the actions that the leases need now, at most `limit`.
    fn next_actions(&self, limit: usize) -> Vec<(Name, LeaseAction)> {
        let now = self.now();
        let mut actions = Vec::new();
        self.entries().retain(|token, entry| {
            let is_held = entry.lease.fence(now).is_some();
            entry.is_held.send_if_modified(|before| std::mem::replace(before, is_held) != is_held);
            let action = (actions.len() < limit).then(|| entry.lease.poll(now)).flatten();
            actions.extend(action.map(|action| (token.clone(), action)));
            !entry.is_removed || entry.lease.is_busy()
        });
        actions
    }
}

async fn run(nats: Nats, host: Name, shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval((shared.ttl / 40).max(Duration::from_millis(20)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut writes = FuturesUnordered::new();
    // Writes to the bucket are announced as messages. A lease that was released can be taken at once.
    let mut announced = nats.changes("leases").await;
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                for (token, action) in shared.next_actions(MAX_WRITES.saturating_sub(writes.len())) {
                    writes.push(write(&nats, &host, token, action));
                }
            }
            Some((token, result)) = writes.next(), if !writes.is_empty() => {
                let now = shared.now();
                if let Some(entry) = shared.entries().get_mut(&token) {
                    entry.lease.on_result(now, result);
                    let is_held = entry.lease.fence(now).is_some();
                    entry.is_held.send_if_modified(|before| std::mem::replace(before, is_held) != is_held);
                }
            }
            Some(message) = async { announced.as_mut()?.next().await } => {
                let is_released = message.headers.is_some_and(|headers| headers.get("KV-Operation").is_some());
                let token = message.subject.rsplit('.').next().and_then(|token| Name::new(token).ok());
                if is_released && let Some(token) = token {
                    let now = shared.now();
                    if let Some(entry) = shared.entries().get_mut(&token) {
                        entry.lease.released_by_holder(now);
                    }
                }
            }
        }
    }
}

async fn write(nats: &Nats, host: &Name, token: Name, action: LeaseAction) -> (Name, LeaseResult) {
    let (store, key) = (&nats.leases, token.as_str());
    let written = match action {
        LeaseAction::Create => nats::create(store, key, host.to_string()).await,
        LeaseAction::Renew(fence) => nats::update(store, key, host.to_string(), fence.0).await,
        LeaseAction::Release(fence) => nats::delete(store, key, fence.0).await,
    };
    let result = match written {
        WriteResult::Revision(revision) => LeaseResult::Done(Fence(revision)),
        WriteResult::Conflict => LeaseResult::Conflict,
        WriteResult::Unknown => LeaseResult::Unknown,
    };
    match (action, result) {
        (LeaseAction::Create, LeaseResult::Done(fence)) => {
            tracing::info!(%token, fence = fence.0, "lease taken");
        }
        (LeaseAction::Renew(_), LeaseResult::Conflict) => tracing::warn!(%token, "lease lost"),
        _ => {}
    }
    (token, result)
}
