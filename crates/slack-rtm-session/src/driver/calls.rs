//! The steps before a dial: the permit to connect, and the call for an address.

use std::task::{Context, Poll};

use super::{Driver, Transient};
use crate::connect_limit::Turn;
use crate::machine::{Input, Ticket};
use crate::{Endpoint, Error};

/// The step that is in progress.
pub(super) enum Call {
    /// Waiting for a permit.
    Queued(Transient<Turn>),
    /// Waiting for the answer of the call.
    Made(Transient<Result<(Endpoint, Turn), Error>>),
}

impl Driver {
    pub(super) fn poll_call(&mut self, cx: &mut Context<'_>) -> bool {
        let input = match &mut self.call {
            None => return false,
            Some(Call::Queued(turn)) => match turn.as_mut().poll(cx) {
                Poll::Pending => return false,
                Poll::Ready(turn) => {
                    self.turn = Some(turn);
                    Input::Turn
                }
            },
            Some(Call::Made(answer)) => match answer.as_mut().poll(cx) {
                Poll::Pending => return false,
                Poll::Ready(answer) => Input::Called(answer.map(|(endpoint, turn)| {
                    self.turn = Some(turn);
                    self.headers = endpoint.headers;
                    self.telemetry.identify(&endpoint.identity);
                    Ticket {
                        url: endpoint.url,
                        identity: endpoint.identity,
                        server_time: endpoint.server_time,
                    }
                })),
            },
        };
        self.call = None;
        self.machine.handle(self.parts.shared.now(), input);
        true
    }
}
