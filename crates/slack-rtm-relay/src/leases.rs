//! The leases of this host's tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Name;
use crate::nats::{self, Nats, Written};
use crate::policy::{Fence, Lease, LeaseAction, LeaseResult};

/// How many writes are under way at once.
const MAX_WRITES: usize = 256;

/// The leases of this host's tokens. A clone is the same.
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
    is_forgotten: bool,
}

impl Leases {
    /// Keeps leases until the task is aborted.
    pub(crate) fn start(nats: Nats, host: Name, ttl: Duration) -> (Self, JoinHandle<()>) {
        let shared = Arc::new(Shared { epoch: Instant::now(), ttl, entries: Mutex::default() });
        let task = tokio::spawn(keep(nats, host, shared.clone()));
        (Self { shared }, task)
    }

    /// Sets whether this host wants the lease of a token.
    pub(crate) fn want(&self, token: &Name, is_wanted: bool) {
        let now = self.shared.now();
        if let Some(entry) = self.shared.entries().get_mut(token) {
            entry.lease.want(now, is_wanted);
        }
    }

    /// Begins to keep the lease of a token, which is not wanted yet; tells from now on whether it is held.
    pub(crate) fn watch(&self, token: &Name) -> watch::Receiver<bool> {
        let mut entries = self.shared.entries();
        let entry = entries.entry(token.clone()).or_insert_with(|| Entry {
            lease: Lease::new(self.shared.ttl),
            is_held: watch::Sender::new(false),
            is_forgotten: false,
        });
        entry.is_forgotten = false;
        entry.is_held.subscribe()
    }

    /// Releases the lease of a token, and keeps it no longer.
    pub(crate) fn forget(&self, token: &Name) {
        let now = self.shared.now();
        if let Some(entry) = self.shared.entries().get_mut(token) {
            entry.lease.want(now, false);
            entry.is_forgotten = true;
        }
    }

    /// The number of the lease, if this host holds it now.
    pub(crate) fn fence(&self, token: &Name) -> Option<Fence> {
        let now = self.shared.now();
        self.shared.entries().get(token).and_then(|entry| entry.lease.fence(now))
    }

    /// How many are held.
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

    /// What is to be done now, at most so much.
    fn due(&self, limit: usize) -> Vec<(Name, LeaseAction)> {
        let now = self.now();
        let mut due = Vec::new();
        self.entries().retain(|token, entry| {
            let is_held = entry.lease.fence(now).is_some();
            entry.is_held.send_if_modified(|before| std::mem::replace(before, is_held) != is_held);
            let action = (due.len() < limit).then(|| entry.lease.poll(now)).flatten();
            due.extend(action.map(|action| (token.clone(), action)));
            !entry.is_forgotten || entry.lease.is_busy()
        });
        due
    }
}

async fn keep(nats: Nats, host: Name, shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval((shared.ttl / 40).max(Duration::from_millis(20)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut writes = FuturesUnordered::new();
    // Writes to the bucket are messages like any other. Whoever sees that a lease was released need not wait.
    let mut seen = nats.client.subscribe(format!("$KV.{}.>", nats.subjects.bucket("leases"))).await.ok();
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                for (token, action) in shared.due(MAX_WRITES.saturating_sub(writes.len())) {
                    writes.push(write(&nats, &host, token, action));
                }
            }
            Some((token, result)) = writes.next(), if !writes.is_empty() => {
                let now = shared.now();
                if let Some(entry) = shared.entries().get_mut(&token) {
                    entry.lease.done(now, result);
                    let is_held = entry.lease.fence(now).is_some();
                    entry.is_held.send_if_modified(|before| std::mem::replace(before, is_held) != is_held);
                }
            }
            Some(message) = async { seen.as_mut()?.next().await } => {
                let is_gone = message.headers.is_some_and(|headers| headers.get("KV-Operation").is_some());
                let token = message.subject.rsplit('.').next().and_then(|token| Name::new(token).ok());
                if is_gone && let Some(token) = token {
                    let now = shared.now();
                    if let Some(entry) = shared.entries().get_mut(&token) {
                        entry.lease.freed(now);
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
        Written::Revision(revision) => LeaseResult::Done(Fence(revision)),
        Written::Refused => LeaseResult::Refused,
        Written::Unknown => LeaseResult::Unknown,
    };
    match (action, result) {
        (LeaseAction::Create, LeaseResult::Done(fence)) => {
            tracing::info!(%token, fence = fence.0, "lease taken");
        }
        (LeaseAction::Renew(_), LeaseResult::Refused) => tracing::warn!(%token, "lease lost"),
        _ => {}
    }
    (token, result)
}
