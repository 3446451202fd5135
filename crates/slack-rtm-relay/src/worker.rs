//! The worker of a token on this host: a task around the token's session, which brings what is received into the stream.

mod backfill;
mod publish;
mod rtm;
mod socket_mode;

use std::sync::Arc;
use std::time::Duration;

use slack_rtm::{Connected, DisconnectReason, SessionBuilder};
use tokio::sync::watch;

use self::rtm::RtmWorker;
use self::socket_mode::SocketModeWorker;
use crate::commands::CommandService;
use crate::config::RelayConfig;
use crate::coverage_query::CoverageQuery;
use crate::leases::Leases;
use crate::nats::Nats;
use crate::publisher::Publisher;
use crate::shared_sender::SharedSender;
use crate::token_state::TokenState;
use crate::tokens::{Account, Protocol};
use crate::{Identify, Name};

/// How long to wait before a session that has ended for good, for instance because of a revoked token, is started again.
const RESTART_WAIT: Duration = Duration::from_secs(60);

/// What the workers of a host share.
pub(crate) struct Context {
    pub(crate) host: Name,
    pub(crate) nats: Nats,
    pub(crate) publisher: Publisher,
    pub(crate) leases: Leases,
    pub(crate) coverage: CoverageQuery,
    pub(crate) identify: Arc<dyn Identify>,
    pub(crate) config: RelayConfig,
}

impl Context {
    /// Notes that a session is connected, and returns the id of its workspace.
    fn on_connected(&self, token: &Name, state: &TokenState, connected: &Connected) -> String {
        let identity = &connected.identity;
        let team = identity.team.id.as_str().to_owned();
        state.set_identity(&team, identity.user.id.as_str());
        state.set_connected();
        self.leases.want(token, true);
        tracing::info!(%token, team, kind = ?connected.kind, "connected");
        team
    }

    /// Notes that a session has lost its connection.
    fn on_disconnected(&self, token: &Name, state: &TokenState, reason: &DisconnectReason) {
        tracing::warn!(%token, reason = reason.as_str(), "disconnected");
        state.set_disconnected();
        self.leases.want(token, false);
    }
}

/// Notes that a session has ended.
fn on_closed(token: &Name, state: &TokenState, error: &slack_rtm::session::Error) {
    tracing::error!(%token, %error, "the session has ended");
    state.set_disconnected();
}

/// Sets up a session with the relay's settings.
fn configured(builder: SessionBuilder, config: &RelayConfig) -> SessionBuilder {
    let mut settings = slack_rtm::Config::default();
    settings.calls_per_minute = config.calls_per_minute;
    builder.config(settings).queue_bytes(config.session_queue_bytes)
}

/// A handle of a worker, which is aborted when the handle is dropped.
#[derive(Debug)]
pub(crate) struct WorkerHandle {
    pub(crate) state: Arc<TokenState>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl WorkerHandle {
    /// Starts the worker of a token.
    pub(crate) fn start(context: Arc<Context>, token: Name, account: Account) -> Self {
        let state = Arc::new(TokenState::default());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(context, token, account, state.clone(), stopped));
        Self { state, stop, task }
    }

    /// Has the worker close its session, publish what it has received, and end.
    pub(crate) fn stop(&self) {
        let _ = self.stop.send(true);
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs sessions of a token, one after the other, until the worker is stopped.
async fn run(
    context: Arc<Context>,
    token: Name,
    account: Account,
    state: Arc<TokenState>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let (context, token, client) = (context.clone(), token.clone(), account.client.clone());
        let is_stopped = match account.protocol {
            Protocol::Rtm => RtmWorker::start(context, token, client, state.clone()).run(&mut stopped).await,
            Protocol::SocketMode => {
                SocketModeWorker::start(context, token, &client, state.clone()).run(&mut stopped).await
            }
        };
        if is_stopped
            || tokio::time::timeout(RESTART_WAIT, stopped.wait_for(|stopped| *stopped)).await.is_ok()
        {
            break;
        }
    }
    context.leases.remove(&token);
}

/// Serves requests to send messages while this host holds the token's lease.
struct LeasedCommands {
    lease: watch::Receiver<bool>,
    service: Option<CommandService>,
}

impl LeasedCommands {
    fn new(context: &Context, token: &Name) -> Self {
        Self { lease: context.leases.watch(token), service: None }
    }

    /// Waits until the lease is taken or lost.
    ///
    /// Cancel safe.
    async fn changed(&mut self) {
        if self.lease.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Starts or stops the service. `team` is empty before the first connection.
    fn update(&mut self, context: &Arc<Context>, token: &Name, team: &str, sender: &SharedSender) {
        let is_served = *self.lease.borrow_and_update() && !team.is_empty();
        if is_served != self.service.is_some() {
            self.service = is_served.then(|| {
                CommandService::start(context.clone(), token.clone(), team.to_owned(), sender.clone())
            });
        }
    }
}
