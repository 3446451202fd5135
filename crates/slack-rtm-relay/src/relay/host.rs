//! The task of a host: who lives, who holds what, and what has to be done about it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::kv::{self, Operation};
use async_nats::{Message, Subscriber};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::holding::{Environment, Handle};
use crate::policy::{Answer, Assignment, Membership};
use crate::progress::Progress;
use crate::tokens::Clients;
use crate::{Beat, Error, Name, nats};

/// How often it is asked whether others have taken over what this host gives away.
const HANDOVER: Duration = Duration::from_millis(300);

/// How long the last events may take to be published.
const FLUSH: Duration = Duration::from_secs(10);

/// What is known of the tokens that this host holds, for whoever asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup(Arc<Mutex<HashMap<Name, Arc<Progress>>>>);

impl Lookup {
    fn progresses(&self) -> MutexGuard<'_, HashMap<Name, Arc<Progress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answer(&self, token: &str) -> Option<Answer> {
        let name = Name::new(token).ok()?;
        self.progresses().get(&name).map(|progress| progress.answer())
    }
}

pub(super) struct Host {
    environment: Arc<Environment>,
    epoch: Instant,
    membership: Membership,
    was_connected: bool,
    clients: watch::Receiver<Clients>,
    names: watch::Sender<Vec<String>>,
    assignment: Assignment,
    /// What the assignment was made of.
    takers: Vec<String>,
    holdings: HashMap<Name, (u64, Handle)>,
    lookup: Lookup,
    /// Tokens that are to be held, and wait for their turn to be dialed.
    missing: VecDeque<Name>,
    /// Tokens that others are to take over, and since when.
    leaving: HashMap<Name, Instant>,
    stopping: Vec<(Name, Handle)>,
    is_draining: bool,
    beat: watch::Sender<Beat>,
    gone_gaps: u64,
}

impl Host {
    pub(super) async fn new(
        environment: Arc<Environment>,
        clients: watch::Receiver<Clients>,
        names: watch::Sender<Vec<String>>,
    ) -> Result<Self, Error> {
        let epoch = Instant::now();
        let ttl = environment.config.lease_ttl;
        let mut membership = Membership::new(Duration::ZERO, environment.host.as_str(), ttl);
        for beat in hosts(&environment.nats.hosts).await? {
            membership.heard(Duration::ZERO, beat.host.as_str(), beat.is_draining);
        }
        let beat = Beat {
            host: environment.host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            is_draining: false,
            share: usize::MAX,
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
        };
        Ok(Self {
            environment,
            epoch,
            membership,
            was_connected: true,
            clients,
            names,
            assignment: Assignment::default(),
            takers: Vec::new(),
            holdings: HashMap::new(),
            lookup: Lookup::default(),
            missing: VecDeque::new(),
            leaving: HashMap::new(),
            stopping: Vec::new(),
            is_draining: false,
            beat: watch::Sender::new(beat),
            gone_gaps: 0,
        })
    }

    pub(super) fn beats(&self) -> watch::Receiver<Beat> {
        self.beat.subscribe()
    }

    pub(super) fn lookup(&self) -> Lookup {
        self.lookup.clone()
    }

    /// Runs until it is told to leave, and has left.
    pub(super) async fn run(mut self, mut left: oneshot::Receiver<()>) {
        let config = self.environment.config.clone();
        let mut beats = ticks(config.lease_ttl / 3);
        let mut looks = ticks((config.lease_ttl / 20).max(Duration::from_millis(50)));
        let mut dials = ticks(Duration::from_secs(1) / config.dials_per_second);
        let mut handovers = ticks(HANDOVER);
        let mut checkpoints = ticks(config.checkpoint_interval.max(Duration::from_millis(100)));
        let subject = format!("$KV.{}.>", self.environment.nats.subjects.bucket("hosts"));
        let mut heard: Option<Subscriber> = self.environment.nats.client.subscribe(subject).await.ok();
        let mut drained_by: Option<Instant> = None;
        self.assign();
        loop {
            tokio::select! {
                _ = beats.tick() => self.say(),
                _ = looks.tick() => self.look(),
                _ = dials.tick(), if !self.missing.is_empty() => self.dial(),
                _ = handovers.tick() => self.hand_over().await,
                _ = checkpoints.tick() => self.save(),
                Some(message) = async { heard.as_mut()?.next().await } => self.hear(&message),
                Ok(()) = self.clients.changed() => self.assign(),
                _ = &mut left, if drained_by.is_none() => {
                    tracing::info!("leaving: other hosts take over");
                    drained_by = Some(Instant::now() + config.drain_timeout);
                    self.is_draining = true;
                    self.membership.drain();
                    self.assign();
                    self.say();
                }
            }
            if let Some(deadline) = drained_by
                && (self.holdings.is_empty() && self.stopping.is_empty() || Instant::now() >= deadline)
            {
                break;
            }
        }
        self.end().await;
    }

    /// Says that this host lives.
    fn say(&mut self) {
        self.report();
        let (nats, beat) = (self.environment.nats.clone(), self.beat.borrow().clone());
        let Ok(json) = serde_json::to_vec(&beat) else { return };
        // One that waited until NATS is back would be old news.
        if nats.is_connected() {
            tokio::spawn(async move {
                let put = nats.hosts.put(beat.host.as_str(), json.into());
                if !matches!(tokio::time::timeout(nats::TIMEOUT, put).await, Ok(Ok(_))) {
                    tracing::warn!("a heartbeat was not stored");
                }
            });
        }
    }

    fn report(&mut self) {
        let environment = &self.environment;
        let counts = environment.publisher.counts();
        let load = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
        let progresses = || self.holdings.values().map(|(_, handle)| &handle.progress);
        let lag = progresses().map(|progress| progress.answer().lag).max().unwrap_or_default();
        let share = self.assignment.tokens_of(environment.host.as_str()).count();
        self.beat.send_modify(|beat| {
            beat.is_draining = self.is_draining;
            beat.share = share;
            beat.tokens = self.holdings.len();
            beat.connected = progresses().filter(|progress| progress.is_connected()).count();
            beat.leases = environment.leases.held();
            beat.waiting = counts.waiting.load(std::sync::atomic::Ordering::Relaxed);
            beat.lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
            beat.stored = load(&counts.stored);
            beat.duplicates = load(&counts.duplicates);
            beat.failures = load(&counts.failures);
            beat.too_large = load(&counts.too_large);
            beat.gaps = self.gone_gaps + progresses().map(|progress| progress.gaps()).sum::<u64>();
            beat.measure();
        });
    }

    /// Looks whether a host has died, and what has ended here.
    fn look(&mut self) {
        let now = self.epoch.elapsed();
        let is_connected = self.environment.nats.is_connected();
        if is_connected && self.was_connected {
            for host in self.membership.tick(now) {
                tracing::warn!(%host, "a host is silent, and held to be dead");
            }
        } else {
            self.membership.deaf(now);
        }
        self.was_connected = is_connected;
        self.stopping.retain(|(_, handle)| !handle.is_finished());
        if self.membership.takers() != self.takers {
            self.assign();
        }
        self.report();
    }

    fn hear(&mut self, message: &Message) {
        let now = self.epoch.elapsed();
        let host = message.subject.rsplit('.').next().unwrap_or_default();
        if message.headers.as_ref().is_some_and(|headers| headers.get("KV-Operation").is_some()) {
            tracing::info!(%host, "a host has left");
            self.membership.left(host);
        } else if let Ok(beat) = serde_json::from_slice::<Beat>(&message.payload) {
            self.membership.heard(now, beat.host.as_str(), beat.is_draining);
        }
        if self.membership.takers() != self.takers {
            self.assign();
        }
        self.tell_names();
    }

    fn tell_names(&self) {
        let names: Vec<String> = self.membership.peers().map(str::to_owned).collect();
        self.names.send_if_modified(|before| std::mem::replace(before, names.clone()) != names);
    }

    /// Computes who holds what, begins to hold what is missing here, and to give away what is not this host's.
    fn assign(&mut self) {
        self.takers = self.membership.takers();
        self.tell_names();
        let clients = self.clients.borrow_and_update().clone();
        let me = self.environment.host.as_str().to_owned();
        let tokens = clients.keys().map(Name::as_str);
        self.assignment = Assignment::new(tokens, self.takers.clone(), self.environment.config.replicas);
        let share: BTreeSet<&str> = self.assignment.tokens_of(&me).collect();
        tracing::info!(hosts = self.takers.len(), tokens = clients.len(), share = share.len(), "assigned");
        let gone: Vec<Name> = self
            .holdings
            .iter()
            // Another token under the same name is another one.
            .filter(|(name, (revision, _))| clients.get(*name).is_none_or(|(now, _)| now != revision))
            .map(|(name, _)| name.clone())
            .collect();
        self.missing = share
            .iter()
            .filter_map(|token| Name::new(*token).ok())
            .filter(|name| !self.holdings.contains_key(name) || gone.contains(name))
            .collect();
        let now = Instant::now();
        self.leaving.retain(|name, _| !share.contains(name.as_str()));
        for name in self.holdings.keys().filter(|name| !share.contains(name.as_str())) {
            self.leaving.entry(name.clone()).or_insert(now);
        }
        gone.into_iter().for_each(|name| self.stop(&name));
    }

    /// Begins to hold the next token.
    fn dial(&mut self) {
        // A session of the same token may still be on its way out.
        let stopping = |name: &Name| self.stopping.iter().any(|(of, _)| of == name);
        let Some(index) = self.missing.iter().position(|name| !stopping(name)) else { return };
        let Some(name) = self.missing.remove(index) else { return };
        let Some((revision, client)) = self.clients.borrow().get(&name).cloned() else { return };
        let handle = Handle::start(self.environment.clone(), name.clone(), client);
        self.lookup.progresses().insert(name.clone(), handle.progress.clone());
        self.holdings.insert(name, (revision, handle));
    }

    fn stop(&mut self, name: &Name) {
        self.leaving.remove(name);
        self.lookup.progresses().remove(name);
        if let Some((_, handle)) = self.holdings.remove(name) {
            self.gone_gaps += handle.progress.gaps();
            handle.stop();
            self.stopping.push((name.clone(), handle));
        }
    }

    /// Asks the others about what is given away, and stops what they have.
    async fn hand_over(&mut self) {
        let needed = self.environment.config.replicas.min(self.takers.len());
        if self.leaving.is_empty() || needed == 0 {
            return;
        }
        // A part at a time: a host that drains has many, and nothing else is done meanwhile.
        let mut leaving: Vec<(Instant, Name)> =
            self.leaving.iter().map(|(name, since)| (*since, name.clone())).collect();
        leaving.sort();
        let peers = self.environment.peers.clone();
        let asked = leaving.into_iter().take(256).map(|(_, name)| {
            let peers = peers.clone();
            async move {
                let (_, answers) = peers.ask(&name).await;
                (answers.iter().filter(|answer| answer.connected_for.is_some()).count() >= needed, name)
            }
        });
        for (is_taken, name) in futures_util::future::join_all(asked).await {
            if is_taken {
                tracing::info!(token = %name, "handed over");
                self.stop(&name);
            } else if let Some(since) = self.leaving.get_mut(&name) {
                // Others come first the next time.
                *since = Instant::now();
            }
        }
    }

    /// Writes the checkpoints that have changed, of the tokens whose leases this host holds.
    fn save(&mut self) {
        if !self.environment.nats.is_connected() {
            return;
        }
        let mut changed = Vec::new();
        for (name, (_, handle)) in &self.holdings {
            if self.environment.leases.fence(name).is_some()
                && let Some(checkpoint) = handle.progress.changed_checkpoint()
            {
                changed.push((name.clone(), handle.progress.clone(), checkpoint));
            }
        }
        if !changed.is_empty() {
            tokio::spawn(save(self.environment.clone(), changed));
        }
    }

    /// Stops everything, publishes what there is, and says goodbye.
    async fn end(mut self) {
        let names: Vec<Name> = self.holdings.keys().cloned().collect();
        names.iter().for_each(|name| self.stop(name));
        let deadline = Instant::now() + FLUSH;
        while self.stopping.iter().any(|(_, handle)| !handle.is_finished()) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if !self.environment.publisher.flush(deadline.saturating_duration_since(Instant::now())).await {
            tracing::error!("events are left that the stream has not taken");
        }
        while self.environment.leases.held() > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let nats = &self.environment.nats;
        let _ = tokio::time::timeout(nats::TIMEOUT, nats.hosts.delete(self.environment.host.as_str())).await;
        let _ = tokio::time::timeout(nats::TIMEOUT, nats.client.flush()).await;
        tracing::info!("left");
    }
}

async fn save(environment: Arc<Environment>, changed: Vec<(Name, Arc<Progress>, slack_rtm::Checkpoint)>) {
    for (name, progress, checkpoint) in changed {
        let Ok(json) = serde_json::to_vec(&checkpoint) else { continue };
        let put = environment.nats.checkpoints.put(name.as_str(), json.into());
        if !matches!(tokio::time::timeout(nats::TIMEOUT, put).await, Ok(Ok(_))) {
            progress.unsaved();
        }
    }
}

/// The hosts that have said something lately.
pub(crate) async fn hosts(store: &kv::Store) -> Result<Vec<Beat>, Error> {
    let keys: Vec<String> = store
        .keys()
        .await
        .map_err(|error| Error::nats("the bucket of hosts").because(error))?
        .try_collect()
        .await
        .map_err(|error| Error::nats("the bucket of hosts").because(error))?;
    let mut beats = Vec::new();
    for key in keys {
        let entry =
            store.entry(&key).await.map_err(|error| Error::nats("the bucket of hosts").because(error))?;
        let entry = entry.filter(|entry| entry.operation == Operation::Put);
        beats.extend(entry.and_then(|entry| serde_json::from_slice::<Beat>(&entry.value).ok()));
    }
    Ok(beats)
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
