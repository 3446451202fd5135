//! Starting a session over Socket Mode: a task for each connection, and one that posts messages.

use std::sync::Arc;

use slack_rtm_apis::SuspendClock;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::{AckPolicy, AppConnections, Common, Fleet, Mailbox, Port, Poster};
use crate::backfill::Filler;
use crate::calls::{Caller, Plain};
use crate::driver::{Driver, Parts};
use crate::machine::{Machine, Protocol, SocketMode};
use crate::queue::Queue;
use crate::shared::Shared;
use crate::telemetry::Telemetry;
use crate::{ConnectLimit, Connector, Error, Events, Sender, SessionBuilder};

/// What a session over Socket Mode is set to.
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

/// Starts the tasks.
pub(crate) fn launch(
    builder: SessionBuilder,
    settings: Settings,
    mut opened: Option<oneshot::Sender<Result<(), Error>>>,
    suspend_clock: Arc<SuspendClock>,
) -> (Sender, Events) {
    let config = builder.machine_config();
    let client = builder.client;
    // Without an app-level token the first call says so.
    let budget =
        client.app_client().map_or_else(|_| client.call_budget().clone(), |app| app.call_budget().clone());
    let queue = Queue::new(builder.queue_bytes, builder.overflow);
    let shared = Arc::new(Shared::new(queue, budget.epoch(), suspend_clock));
    let (sender, requests) = mpsc::channel(builder.config.send_queue.max(1));
    let (alive, end) = mpsc::channel(1);
    let connector: Arc<dyn Connector> = Arc::new(AppConnections::new(client.clone()));
    let fleet = Arc::new(Fleet::new(settings.connections));
    let common = Arc::new(Common::new(fastrand::u64(..)));
    let seed = builder.seed.unwrap_or_else(|| fastrand::u64(..));
    let connect_limit = builder.connect_limit.unwrap_or_else(ConnectLimit::of_process);
    let mut end = Some(end);
    for index in 0..settings.connections {
        let seed = seed.wrapping_add(index as u64);
        let mut machine = Machine::new(shared.now(), config.clone(), budget.clone(), seed);
        machine.speak(Protocol::SocketMode(Box::new(SocketMode::new(common.clone(), settings.policy))));
        let port = Port {
            index,
            fleet: fleet.clone(),
            common: common.clone(),
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
            max_frame: builder.max_incoming,
            shared: shared.clone(),
            // The first one is told when nobody can want anything any more; the others end with it.
            requests: end.take().unwrap_or_else(|| mpsc::channel(1).1),
            opened: opened.take(),
            port: Some(Box::new(port)),
        };
        let telemetry = Telemetry::new(builder.name.as_deref());
        let span = telemetry.span();
        tokio::spawn(Driver::new(parts, machine, telemetry).instrument(span));
    }
    let poster =
        Poster { client: client.clone(), config: builder.config, shared: shared.clone(), requests, alive };
    tokio::spawn(poster.run());
    let filler =
        builder.backfill.map(|backfill| Box::new(Filler::new(client, backfill, builder.checkpoint.as_ref())));
    (Sender::new(sender, shared.clone()), Events::new(shared, filler))
}
