//! A host of a relay.

mod handover;
mod host;

use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::host::Host;
use crate::coverage_query::{self, CoverageQuery, ReportOf};
use crate::leases::Leases;
use crate::nats::Nats;
use crate::publisher::Publisher;
use crate::tokens::{self, ClientFactory};
use crate::worker::Context;
use crate::{Config, Error, Heartbeat, Identify, canonical_id};

/// A builder of a [`Relay`]. [`Relay::builder`] creates it.
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
    /// Sets the function that identifies events over RTM; the default is [`canonical_id`].
    pub fn identify(mut self, identify: impl Identify) -> Self {
        self.identify = Arc::new(identify);
        self
    }

    /// Connects to NATS, creates the stream and the buckets that are missing, and starts the host.
    ///
    /// # Errors
    /// Returns an error if NATS cannot be reached or refuses a request, or a token cannot be read.
    pub async fn start(self) -> Result<Relay, Error> {
        let Self { config, identify } = self;
        let nats = Nats::open(&config).await?;
        let mut factory = ClientFactory::new(nats.clone());
        let configured = factory.configured(&config.tokens)?;
        let publisher =
            Publisher::start(nats.context.clone(), config.relay.max_in_flight, config.relay.queue_bytes);
        let (leases, lease_task) = Leases::start(nats.clone(), config.host.clone(), config.relay.lease_ttl);
        let (peers, known_peers) = watch::channel(Vec::new());
        let context = Arc::new(Context {
            host: config.host.clone(),
            coverage: CoverageQuery::new(nats.clone(), known_peers),
            nats: nats.clone(),
            publisher,
            leases,
            identify,
            config: config.relay.clone(),
        });
        let (accounts, changed_accounts) = watch::channel(configured.clone());
        let mut tasks = vec![lease_task];
        if config.tokens_bucket {
            tasks.push(tokio::spawn(tokens::watch(factory, configured, accounts)));
        } else {
            if configured.is_empty() {
                tracing::warn!(
                    "there is nothing to do: the configuration has no tokens, and no bucket of tokens"
                );
            }
            // The sender is kept, so that the channel stays open.
            tasks.push(tokio::spawn(async move { accounts.closed().await }));
        }
        let host = Host::new(context, changed_accounts, peers).await?;
        let (heartbeat, states) = (host.heartbeats(), host.states());
        let report_of: ReportOf = Arc::new(move |token| states.report(token));
        let serving = coverage_query::serve(nats.clone(), config.host.clone(), report_of);
        tasks.push(tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "queries of other hosts cannot be received");
            }
        }));
        let (leave, left) = oneshot::channel();
        let task = tokio::spawn(host.run(left));
        Ok(Relay { nats, heartbeat, leave: Some(leave), task: Some(task), tasks })
    }
}

/// A host of a relay: it holds sessions of the tokens that are assigned to it, and publishes what they receive.
///
/// Dropping it stops the host at once. [`leave`](Self::leave) hands its tokens over first.
///
/// ```no_run
/// # fn f(config: slack_rtm_relay::Config) {
/// use slack_rtm_relay::Relay;
///
/// tokio::spawn(async move {
///     let relay = Relay::builder(config).start().await?;
///     tokio::signal::ctrl_c().await.ok();
///     relay.leave().await;
///     Ok::<(), slack_rtm_relay::Error>(())
/// });
/// # }
/// ```
#[derive(Debug)]
pub struct Relay {
    nats: Nats,
    heartbeat: watch::Receiver<Heartbeat>,
    leave: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// Returns a builder of a host with this configuration.
    pub fn builder(config: Config) -> RelayBuilder {
        RelayBuilder { config, identify: Arc::new(canonical_id) }
    }

    /// Returns the last heartbeat.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.borrow().clone()
    }

    /// Returns whether NATS is connected, the host is not draining, and the sessions of all assigned tokens are connected.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.watch().not_ready_reason().is_none()
    }

    /// Returns a handle that observes the host, for instance for a health check.
    #[must_use]
    pub fn watch(&self) -> RelayWatch {
        RelayWatch { nats: self.nats.clone(), heartbeat: self.heartbeat.clone() }
    }

    /// Hands the tokens over to other hosts, publishes what was received, and stops. The handover takes at most
    /// [`RelayConfig::drain_timeout`](crate::config::RelayConfig::drain_timeout), and publishing at most 10 seconds.
    ///
    /// # Cancel safety
    /// Dropping the future stops the host at once.
    pub async fn leave(mut self) {
        if let Some(leave) = self.leave.take() {
            let _ = leave.send(());
        }
        if let Some(task) = &mut self.task {
            let _ = task.await;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().chain(&self.task).for_each(JoinHandle::abort);
    }
}

/// A handle that observes a host. [`Relay::watch`] creates it.
#[derive(Clone, Debug)]
pub struct RelayWatch {
    nats: Nats,
    heartbeat: watch::Receiver<Heartbeat>,
}

impl RelayWatch {
    /// Returns the last heartbeat.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.borrow().clone()
    }

    /// Returns why the host is not ready, or `None` if it is.
    #[must_use]
    pub fn not_ready_reason(&self) -> Option<String> {
        let heartbeat = self.heartbeat.borrow();
        if !self.nats.is_connected() {
            return Some("NATS is not connected".to_owned());
        }
        if heartbeat.is_draining {
            return Some("the host is draining".to_owned());
        }
        let Heartbeat { assigned, tokens, connected, .. } = *heartbeat;
        (!heartbeat.is_complete()).then(|| {
            format!("{assigned} tokens are assigned, {tokens} have a session, {connected} are connected")
        })
    }
}
