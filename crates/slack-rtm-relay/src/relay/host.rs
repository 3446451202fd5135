//! The task of a host: it sends heartbeats, follows those of others, and starts and stops workers by the assignment.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::Message;
use futures_util::StreamExt as _;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::policy::{Assignment, Membership, SessionReport};
use crate::throttle::Throttle;
use crate::token_state::TokenState;
use crate::tokens::Accounts;
use crate::worker::{Context, WorkerHandle};
use crate::{Error, Heartbeat, Name, checkpoints, heartbeat, nats};

/// How often other hosts are asked whether they have taken over a token.
const HANDOVER_INTERVAL: Duration = Duration::from_millis(300);

/// How long the last events may take to be stored when the host stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// The states of the tokens that this host has workers of.
#[derive(Clone, Debug, Default)]
pub(super) struct States(Arc<Mutex<HashMap<Name, Arc<TokenState>>>>);

impl States {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Arc<TokenState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what this host reports about a token to other hosts.
    pub(super) fn report(&self, token: &str) -> Option<SessionReport> {
        let name = Name::new(token).ok()?;
        self.lock().get(&name).map(|state| state.report())
    }
}

pub(super) struct Host {
    pub(super) context: Arc<Context>,
    epoch: Instant,
    membership: Membership,
    was_connected: bool,
    accounts: watch::Receiver<Accounts>,
    peers: watch::Sender<Vec<String>>,
    pub(super) assignment: Assignment,
    /// The hosts that the assignment is for.
    pub(super) eligible: Vec<String>,
    /// The workers, with the revision of their account.
    pub(super) workers: HashMap<Name, (u64, WorkerHandle)>,
    states: States,
    /// The assigned tokens that wait for a worker. Workers are started at a limited rate.
    pending: VecDeque<Name>,
    /// The tokens that other hosts are to take over, and when they were last asked about each.
    pub(super) leaving: HashMap<Name, Instant>,
    stopping: Vec<(Name, WorkerHandle)>,
    is_draining: bool,
    heartbeat: watch::Sender<Heartbeat>,
    /// The last heartbeat that was sent.
    sending: Option<JoinHandle<()>>,
    /// The number of gaps of workers that have been stopped.
    stopped_gaps: u64,
    /// Limits how often another process with the name of this host is reported.
    twins: Throttle,
}

impl Host {
    pub(super) async fn new(
        context: Arc<Context>,
        accounts: watch::Receiver<Accounts>,
        peers: watch::Sender<Vec<String>>,
    ) -> Result<Self, Error> {
        let epoch = Instant::now();
        let ttl = context.config.lease_ttl;
        let mut membership = Membership::new(Duration::ZERO, context.host.as_str(), ttl);
        let heartbeats = nats::retry(|| heartbeat::read_all(&context.nats.hosts)).await?;
        for heartbeat in heartbeats {
            membership.on_heartbeat(Duration::ZERO, heartbeat.host.as_str(), heartbeat.is_draining);
        }
        let heartbeat = Heartbeat {
            host: context.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            is_draining: false,
            // Not ready before the first assignment.
            assigned: usize::MAX,
            tokens: 0,
            connected: 0,
            leases: 0,
            waiting: 0,
            lag_ms: 0,
            stored: 0,
            duplicates: 0,
            failures: 0,
            too_large: 0,
            gaps: 0,
            instance: fastrand::u64(..),
        };
        Ok(Self {
            context,
            epoch,
            membership,
            was_connected: true,
            accounts,
            peers,
            assignment: Assignment::default(),
            eligible: Vec::new(),
            workers: HashMap::new(),
            states: States::default(),
            pending: VecDeque::new(),
            leaving: HashMap::new(),
            stopping: Vec::new(),
            is_draining: false,
            heartbeat: watch::Sender::new(heartbeat),
            sending: None,
            stopped_gaps: 0,
            twins: Throttle::default(),
        })
    }

    pub(super) fn heartbeats(&self) -> watch::Receiver<Heartbeat> {
        self.heartbeat.subscribe()
    }

    pub(super) fn states(&self) -> States {
        self.states.clone()
    }

    /// Runs until the host is told to leave, and has left.
    pub(super) async fn run(mut self, mut left: oneshot::Receiver<()>) {
        let config = self.context.config.clone();
        let mut heartbeats = ticks(config.lease_ttl / 3);
        let mut checks = ticks((config.lease_ttl / 20).max(Duration::from_millis(50)));
        let mut dials = ticks(Duration::from_secs(1) / config.dials_per_second);
        let mut handovers = ticks(HANDOVER_INTERVAL);
        let mut checkpoints = ticks(config.checkpoint_interval.max(Duration::from_millis(100)));
        let mut heard = self.context.nats.changes("hosts").await;
        let mut drain_deadline: Option<Instant> = None;
        self.reassign();
        loop {
            tokio::select! {
                _ = heartbeats.tick() => self.send_heartbeat(),
                _ = checks.tick() => self.check(),
                _ = dials.tick(), if !self.pending.is_empty() => self.start_worker(),
                _ = handovers.tick() => self.hand_over().await,
                _ = checkpoints.tick() => self.store_checkpoints(),
                Some(message) = async { heard.as_mut()?.next().await } => self.on_heartbeat(&message),
                Ok(()) = self.accounts.changed() => self.reassign(),
                _ = &mut left, if drain_deadline.is_none() => {
                    let timeout = config.drain_timeout;
                    tracing::info!(?timeout, "draining: waiting for other hosts to take over the tokens");
                    drain_deadline = Some(Instant::now() + config.drain_timeout);
                    self.is_draining = true;
                    self.membership.drain();
                    self.reassign();
                    self.send_heartbeat();
                }
            }
            if let Some(deadline) = drain_deadline
                && (self.workers.is_empty() && self.stopping.is_empty() || Instant::now() >= deadline)
            {
                break;
            }
        }
        self.shut_down().await;
    }

    fn send_heartbeat(&mut self) {
        self.update_heartbeat();
        let (nats, heartbeat) = (self.context.nats.clone(), self.heartbeat.borrow().clone());
        let Ok(json) = serde_json::to_vec(&heartbeat) else { return };
        // A heartbeat must not wait for a connection: it would be outdated.
        if nats.is_connected() {
            self.sending = Some(tokio::spawn(async move {
                let put = nats.hosts.put(heartbeat.host.as_str(), json.into());
                if !matches!(tokio::time::timeout(nats::TIMEOUT, put).await, Ok(Ok(_))) {
                    tracing::warn!("a heartbeat could not be stored");
                }
            }));
        }
    }

    fn update_heartbeat(&mut self) {
        let context = &self.context;
        let counts = context.publisher.counts();
        let load = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
        let states = || self.workers.values().map(|(_, worker)| &worker.state);
        let lag = states().map(|state| state.report().lag).max().unwrap_or_default();
        let assigned = self.assignment.tokens_of(context.host.as_str()).count();
        self.heartbeat.send_modify(|heartbeat| {
            heartbeat.is_draining = self.is_draining;
            heartbeat.assigned = assigned;
            heartbeat.tokens = self.workers.len();
            heartbeat.connected = states().filter(|state| state.is_connected()).count();
            heartbeat.leases = context.leases.held();
            heartbeat.waiting = counts.waiting.load(std::sync::atomic::Ordering::Relaxed);
            heartbeat.lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
            heartbeat.stored = load(&counts.stored);
            heartbeat.duplicates = load(&counts.duplicates);
            heartbeat.failures = load(&counts.failures);
            heartbeat.too_large = load(&counts.too_large);
            heartbeat.gaps = self.stopped_gaps + states().map(|state| state.gaps()).sum::<u64>();
            heartbeat.record_metrics();
        });
    }

    /// Checks whether a host has died, and which workers have ended.
    fn check(&mut self) {
        let now = self.epoch.elapsed();
        let is_connected = self.context.nats.is_connected();
        if is_connected && self.was_connected {
            for host in self.membership.tick(now) {
                tracing::warn!(%host, "a host is considered dead: its heartbeat has expired");
            }
        } else {
            self.membership.reset(now);
        }
        self.was_connected = is_connected;
        self.stopping.retain(|(_, worker)| !worker.is_finished());
        if self.membership.eligible() != self.eligible {
            self.reassign();
        }
        self.update_heartbeat();
    }

    fn on_heartbeat(&mut self, message: &Message) {
        let now = self.epoch.elapsed();
        let host = message.subject.rsplit('.').next().unwrap_or_default();
        if message.headers.as_ref().is_some_and(|headers| headers.get("KV-Operation").is_some()) {
            tracing::info!(%host, "a host has left");
            self.membership.on_leave(host);
        } else if let Ok(heartbeat) = serde_json::from_slice::<Heartbeat>(&message.payload) {
            self.membership.on_heartbeat(now, heartbeat.host.as_str(), heartbeat.is_draining);
            let is_twin =
                heartbeat.host == self.context.host && heartbeat.instance != self.heartbeat.borrow().instance;
            if is_twin && self.twins.is_due() {
                tracing::error!(%host, "another process runs with the name of this host: give each its own name, or --host");
            }
        }
        if self.membership.eligible() != self.eligible {
            self.reassign();
        }
        self.publish_peers();
    }

    fn publish_peers(&self) {
        let peers: Vec<String> = self.membership.peers().map(str::to_owned).collect();
        self.peers.send_if_modified(|before| std::mem::replace(before, peers.clone()) != peers);
    }

    /// Computes the assignment, and updates which workers are to be started, handed over and stopped.
    fn reassign(&mut self) {
        self.eligible = self.membership.eligible();
        self.publish_peers();
        let accounts = self.accounts.borrow_and_update().clone();
        let me = self.context.host.as_str().to_owned();
        let tokens = accounts.keys().map(Name::as_str);
        self.assignment = Assignment::new(tokens, self.eligible.clone(), self.context.config.replicas);
        let assigned: BTreeSet<&str> = self.assignment.tokens_of(&me).collect();
        tracing::info!(
            hosts = self.eligible.len(),
            tokens = accounts.len(),
            assigned = assigned.len(),
            "tokens assigned"
        );
        // Workers whose account was removed or replaced.
        let outdated: Vec<Name> = self
            .workers
            .iter()
            .filter(|(name, (revision, _))| {
                accounts.get(*name).is_none_or(|account| account.revision != *revision)
            })
            .map(|(name, _)| name.clone())
            .collect();
        self.pending = assigned
            .iter()
            .filter_map(|token| Name::new(*token).ok())
            .filter(|name| !self.workers.contains_key(name) || outdated.contains(name))
            .collect();
        let now = Instant::now();
        self.leaving.retain(|name, _| !assigned.contains(name.as_str()));
        for name in self.workers.keys().filter(|name| !assigned.contains(name.as_str())) {
            self.leaving.entry(name.clone()).or_insert(now);
        }
        outdated.into_iter().for_each(|name| self.stop_worker(&name));
    }

    /// Starts the next worker.
    fn start_worker(&mut self) {
        // The previous worker of the token may still be stopping.
        let is_stopping = |name: &Name| self.stopping.iter().any(|(of, _)| of == name);
        let Some(index) = self.pending.iter().position(|name| !is_stopping(name)) else { return };
        let Some(name) = self.pending.remove(index) else { return };
        let Some(account) = self.accounts.borrow().get(&name).cloned() else { return };
        let revision = account.revision;
        let worker = WorkerHandle::start(self.context.clone(), name.clone(), account);
        self.states.lock().insert(name.clone(), worker.state.clone());
        self.workers.insert(name, (revision, worker));
    }

    pub(super) fn stop_worker(&mut self, name: &Name) {
        self.leaving.remove(name);
        self.states.lock().remove(name);
        if let Some((_, worker)) = self.workers.remove(name) {
            self.stopped_gaps += worker.state.gaps();
            worker.stop();
            self.stopping.push((name.clone(), worker));
        }
    }

    /// Stores the checkpoints that have changed, of the tokens whose lease this host holds.
    fn store_checkpoints(&mut self) {
        if !self.context.nats.is_connected() {
            return;
        }
        let mut changed = Vec::new();
        for (name, (_, worker)) in &self.workers {
            if self.context.leases.fence(name).is_some()
                && let Some(checkpoint) = worker.state.take_changed_checkpoint()
            {
                changed.push((name.clone(), worker.state.clone(), checkpoint));
            }
        }
        if !changed.is_empty() {
            tokio::spawn(checkpoints::store(self.context.nats.clone(), changed));
        }
    }

    /// Stops all workers, waits until their events are stored, and deletes the heartbeat.
    async fn shut_down(mut self) {
        let names: Vec<Name> = self.workers.keys().cloned().collect();
        names.iter().for_each(|name| self.stop_worker(name));
        let deadline = Instant::now() + FLUSH_TIMEOUT;
        while self.stopping.iter().any(|(_, worker)| !worker.is_finished()) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if !self.context.publisher.flush(deadline.saturating_duration_since(Instant::now())).await {
            tracing::error!("the host stops, and some events are not stored");
        }
        while self.context.leases.held() > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A heartbeat that is stored after it was deleted would show a host that has left.
        if let Some(sending) = self.sending.take() {
            let _ = sending.await;
        }
        let nats = &self.context.nats;
        let _ = tokio::time::timeout(nats::TIMEOUT, nats.hosts.delete(self.context.host.as_str())).await;
        let _ = tokio::time::timeout(nats::TIMEOUT, nats.client.flush()).await;
        tracing::info!("the host has left");
    }
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
