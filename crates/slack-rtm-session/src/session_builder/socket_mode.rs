//! Starts a session over Socket Mode: a task for each connection, and one that posts messages.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::SessionBuilder;
use crate::address_policy::Plain;
use crate::backfill::BackfillStream;
use crate::calls::Caller;
use crate::driver::{Driver, Parts};
use crate::machine::{Machine, Protocol, SocketMode};
use crate::queue::Queue;
use crate::shared_state::SharedState;
use crate::socket_mode::{AppConnections, Mailbox, Pool, PoolMember, PoolState, Poster};
use crate::telemetry::Telemetry;
use crate::{AckPolicy, ConnectLimit, Connector, Error, Events, Sender, Session};

/// The settings that RTM does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) policy: AckPolicy,
    pub(crate) connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { policy: AckPolicy::default(), connections: 1 }
    }
}

impl SessionBuilder {
    /// Starts the tasks of the session.
    pub(super) fn launch_socket_mode(
        self,
        settings: Settings,
        mut opened: Option<oneshot::Sender<Result<(), Error>>>,
    ) -> Session {
        let config = self.machine_config();
        let client = self.client;
        // A missing app-level token is the error of the first call.
        let budget = client
            .app_client()
            .map_or_else(|_| client.call_budget().clone(), |app| app.call_budget().clone());
        let queue = Queue::new(self.queue_bytes, self.overflow);
        let shared = Arc::new(SharedState::new(queue, budget.epoch(), client.suspend_clock().clone()));
        let (sender, requests) = mpsc::channel(self.config.send_queue.max(1));
        let (alive, end) = mpsc::channel(1);
        let connector: Arc<dyn Connector> = Arc::new(AppConnections::new(client.clone()));
        let pool = Arc::new(Pool::new(settings.connections));
        let pool_state = Arc::new(PoolState::new(fastrand::u64(..)));
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let connect_limit = self.connect_limit.unwrap_or_else(ConnectLimit::of_process);
        let mut end = Some(end);
        for index in 0..settings.connections {
            let seed = seed.wrapping_add(index as u64);
            let mut machine = Machine::new(shared.now(), config.clone(), budget.clone(), seed);
            machine.set_protocol(Protocol::SocketMode(Box::new(SocketMode::new(
                pool_state.clone(),
                settings.policy,
            ))));
            let member = PoolMember {
                index,
                pool: pool.clone(),
                pool_state: pool_state.clone(),
                mailbox: Arc::new(Mailbox::default()),
                policy: settings.policy,
                has_left: false,
            };
            let parts = Parts {
                client: client.clone(),
                caller: Caller {
                    connector: connector.clone(),
                    plain: Plain::of(&client, false),
                    budget: budget.clone(),
                    per_minute: config.calls_per_minute,
                },
                connect_limit: connect_limit.clone(),
                max_frame: self.max_message_size,
                shared: shared.clone(),
                // The first connection's task learns when all senders are gone; the others end with it.
                requests: end.take().unwrap_or_else(|| mpsc::channel(1).1),
                opened: opened.take(),
                member: Some(Box::new(member)),
            };
            let telemetry = Telemetry::new(self.name.as_deref(), None);
            let span = telemetry.span();
            tokio::spawn(Driver::new(parts, machine, telemetry).instrument(span));
        }
        let poster =
            Poster { client: client.clone(), config: self.config, shared: shared.clone(), requests, alive };
        tokio::spawn(poster.run());
        let stream = self
            .backfill
            .map(|backfill| Box::new(BackfillStream::new(client, backfill, self.checkpoint.as_ref())));
        Session::new(Sender::new(sender, shared.clone()), Events::new(shared, stream))
    }
}
