//! Starts the task of a session.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::SessionBuilder;
use crate::address_policy::Plain;
use crate::backfill::BackfillStream;
use crate::calls::Caller;
use crate::connector::Custom;
use crate::driver::{Driver, Parts};
use crate::machine::Machine;
use crate::queue::Queue;
use crate::rtm_connect::RtmConnect;
use crate::shared_state::SharedState;
use crate::telemetry::{SessionGauges, Telemetry};
use crate::{Config, ConnectLimit, Error, Events, Sender, Session, command_id};

impl SessionBuilder {
    /// Returns the settings of the state machine.
    pub(crate) fn machine_config(&self) -> Config {
        let mut config = self.config.clone();
        if self.backfill.is_some() {
            // The backfill remembers the channels itself.
            config.max_channels = 0;
        }
        config
    }

    pub(super) fn launch(self, opened: Option<oneshot::Sender<Result<(), Error>>>) -> Session {
        #[cfg(feature = "socket-mode")]
        if let Some(settings) = self.socket_mode {
            return self.launch_socket_mode(settings, opened);
        }
        let client = self.client.clone();
        let budget = self.client.call_budget().clone();
        let shared = Arc::new(SharedState::new(
            Queue::new(self.queue_bytes, self.overflow),
            budget.epoch(),
            client.suspend_clock().clone(),
        ));
        let (sender, requests) = mpsc::channel(self.config.send_queue.max(1));
        let config = self.machine_config();
        let per_minute = config.calls_per_minute;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut machine = Machine::new(shared.now(), config, budget.clone(), seed);
        // Ids must differ between runs, and the seed may not.
        machine.number_from(command_id::first_id());
        let plain = Plain::of(&self.client, self.connector.is_some());
        let connector = match self.connector {
            Some(Custom(connector)) => connector,
            None => Arc::new(RtmConnect { client: self.client.clone(), arguments: self.arguments }),
        };
        let telemetry = Telemetry::new(self.name.as_deref(), Some(SessionGauges::new()));
        let span = telemetry.span();
        let driver = Driver::new(
            Parts {
                client: self.client,
                caller: Caller { connector, plain, budget, per_minute },
                connect_limit: self.connect_limit.unwrap_or_else(ConnectLimit::of_process),
                max_frame: self.max_message_size,
                shared: shared.clone(),
                requests,
                opened,
                #[cfg(feature = "socket-mode")]
                member: None,
            },
            machine,
            telemetry,
        );
        tokio::spawn(driver.instrument(span));
        let stream = self
            .backfill
            .map(|settings| Box::new(BackfillStream::new(client, settings, self.checkpoint.as_ref())));
        Session::new(Sender::new(sender, shared.clone()), Events::new(shared, stream))
    }
}
