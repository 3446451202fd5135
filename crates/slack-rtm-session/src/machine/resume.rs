//! After the machine that all this runs on was suspended: what was waited for is over, and what stood may be gone.

use std::time::Duration;

use super::connecting::{Step, Wait};
use super::{Action, Machine};
use crate::DisconnectReason;

impl<T> Machine<T> {
    /// A connection, and an attempt at one, that was left alone for longer than the server may be silent is not asked whether it still stands: a new one is made at
    /// once. After a shorter sleep the connection is asked.
    pub(super) fn on_resumed(&mut self, now: Duration, suspended: Duration) {
        if self.closing.is_some() {
            return;
        }
        // The network is another one, or was not there: what failed before says nothing of it.
        self.connecting.resumed(now);
        if suspended < self.config.ping_interval + self.round_trip.pong_limit(&self.config) {
            if let Some(active) = &mut self.active {
                active.keepalive.resumed(now);
            }
            return;
        }
        if matches!(self.connecting.step, Step::Calling { .. } | Step::Dialing { .. } | Step::Greeting { .. })
        {
            self.abort_attempt();
            if self.handover.draining.is_none() {
                self.handover.release();
            }
        }
        if let Some(connection) = self.active.as_ref().map(|active| active.connection) {
            self.actions.push_back(Action::Drop(connection));
            self.on_lost(now, connection, DisconnectReason::Suspended);
        } else if self.connecting.step == Step::Idle {
            self.connecting.plan(now, Wait::AtOnce, &self.config, &mut self.rng);
        }
    }
}
