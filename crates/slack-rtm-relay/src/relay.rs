//! A host of a relay.

mod host;

use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::host::Host;
pub(crate) use self::host::hosts;
use crate::holding::Environment;
use crate::leases::Leases;
use crate::nats::Nats;
use crate::peers::{self, Look, Peers};
use crate::publisher::Publisher;
use crate::{Beat, Config, Error, Identify, canonical_id, tokens};

/// Sets up a host.
#[must_use = "nothing happens until it is started"]
pub struct RelayBuilder {
    config: Config,
    identify: Arc<dyn Identify>,
}

impl std::fmt::Debug for RelayBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelayBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

impl RelayBuilder {
    /// Sets what makes two frames the same event; the default is [`canonical_id`].
    pub fn identify(mut self, identify: impl Identify) -> Self {
        self.identify = Arc::new(identify);
        self
    }

    /// Connects to NATS, makes the stream and the buckets that are missing, and starts to hold tokens.
    ///
    /// # Errors
    /// If NATS cannot be reached or refuses something, and if a token cannot be read.
    pub async fn start(self) -> Result<Relay, Error> {
        let Self { config, identify } = self;
        let nats = Nats::open(&config).await?;
        let of_config = tokens::of_config(&config.tokens, &nats)?;
        let publisher =
            Publisher::start(nats.context.clone(), config.relay.max_in_flight, config.relay.queue_bytes);
        let (leases, keeper) = Leases::start(nats.clone(), config.host.clone(), config.relay.lease_ttl);
        let (names, known) = watch::channel(Vec::new());
        let environment = Arc::new(Environment {
            host: config.host.clone(),
            peers: Peers::new(nats.clone(), known),
            nats: nats.clone(),
            publisher,
            leases,
            identify,
            config: config.relay.clone(),
        });
        let (clients, changed) = watch::channel(of_config.clone());
        let mut tasks = vec![keeper];
        if config.tokens_bucket {
            tasks.push(tokio::spawn(tokens::follow(nats.clone(), of_config, clients)));
        } else {
            // It stays open, and does not change.
            tasks.push(tokio::spawn(async move { clients.closed().await }));
        }
        let host = Host::new(environment, changed, names).await?;
        let (beat, look) = (host.beats(), host.lookup());
        let answer: Look = Arc::new(move |token| look.answer(token));
        let answering = peers::answer(nats.clone(), config.host.clone(), answer);
        tasks.push(tokio::spawn(async move {
            if let Err(error) = answering.await {
                tracing::error!(%error, "other hosts cannot be answered");
            }
        }));
        let (leave, left) = oneshot::channel();
        let task = tokio::spawn(host.run(left));
        Ok(Relay { nats, beat, leave: Some(leave), task: Some(task), tasks })
    }
}

/// A host of a relay: it holds its share of the tokens, and puts what it receives into the stream. It stops when it is dropped; [`leave`](Self::leave) hands over first.
#[derive(Debug)]
pub struct Relay {
    nats: Nats,
    beat: watch::Receiver<Beat>,
    leave: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// Begins to set up a host.
    pub fn builder(config: Config) -> RelayBuilder {
        RelayBuilder { config, identify: Arc::new(canonical_id) }
    }

    /// Returns what the host said of itself last.
    #[must_use]
    pub fn beat(&self) -> Beat {
        self.beat.borrow().clone()
    }

    /// Tells whether the host does its share: NATS is connected, and all tokens that it should hold are.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let beat = self.beat.borrow();
        self.nats.is_connected() && !beat.is_draining && beat.is_whole()
    }

    /// Returns what tells the same later, for whoever serves it.
    #[must_use]
    pub fn watch(&self) -> RelayWatch {
        RelayWatch { nats: self.nats.clone(), beat: self.beat.clone() }
    }

    /// Gives away the tokens to other hosts, publishes what it has received, and ends. It takes [`RelayConfig::drain_timeout`](crate::config::RelayConfig::drain_timeout)
    /// at most for the first, and 10 seconds for the second.
    pub async fn leave(mut self) {
        if let Some(leave) = self.leave.take() {
            let _ = leave.send(());
        }
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().chain(&self.task).for_each(JoinHandle::abort);
    }
}

/// Looks at a host that runs.
#[derive(Clone, Debug)]
pub struct RelayWatch {
    nats: Nats,
    beat: watch::Receiver<Beat>,
}

impl RelayWatch {
    /// Returns what the host said of itself last.
    #[must_use]
    pub fn beat(&self) -> Beat {
        self.beat.borrow().clone()
    }

    /// Tells why the host does not do its share; `None` if it does.
    #[must_use]
    pub fn not_ready(&self) -> Option<String> {
        let beat = self.beat.borrow();
        if !self.nats.is_connected() {
            return Some("NATS is not connected".to_owned());
        }
        if beat.is_draining {
            return Some("the host is leaving".to_owned());
        }
        let Beat { share, tokens, connected, .. } = *beat;
        (!beat.is_whole())
            .then(|| format!("of {share} tokens {tokens} are held, and {connected} are connected"))
    }
}
