//! The worker of a token on this host: a task around the token's session, which brings what is received into the stream.

mod backfill;
mod publish;
mod rtm;
mod socket_mode;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use slack_rtm::Sender;
use tokio::sync::watch;

use self::rtm::RtmWorker;
use self::socket_mode::SocketModeWorker;
use crate::commands::CommandService;
use crate::config::RelayConfig;
use crate::coverage_query::CoverageQuery;
use crate::leases::Leases;
use crate::nats::Nats;
use crate::publisher::Publisher;
use crate::token_state::TokenState;
use crate::tokens::{Account, Protocol};
use crate::{Identify, Name};

/// How long to wait before a session that has ended for good, such as by a revoked token, is started again.
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

/// The sender of the session that messages are sent over; `None` once the worker stops.
pub(crate) type SharedSender = Arc<Mutex<Option<Sender>>>;

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
