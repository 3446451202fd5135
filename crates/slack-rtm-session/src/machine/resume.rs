//! What to do after the computer was suspended: waits are over, and connections may be dead.

use std::time::Duration;

use super::connecting::{Step, Wait};
use super::{Action, Machine};
use crate::DisconnectReason;

impl<T> Machine<T> {
    /// Handles a suspend. If it was longer than the server may be silent, a connection or an attempt is replaced at once; otherwise the connection is pinged.
    pub(super) fn on_resumed(&mut self, now: Duration, suspended: Duration) {
        if self.closing.is_some() {
            return;
        }
        // The network may have changed, so earlier failures no longer matter.
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
