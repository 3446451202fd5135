//! The steps before a dial: the permit to connect, and the call for an address.

use std::task::{Context, Poll};

use super::{Driver, Transient};
use crate::connect_limit::ConnectPermit;
use crate::machine::{Input, Ticket};
use crate::{Endpoint, Error};

/// The step that is in progress.
pub(super) enum Call {
    /// Waiting for a permit.
    AwaitingPermit(Transient<ConnectPermit>),
    /// Waiting for the answer of the call.
    Calling(Transient<Result<(Endpoint, ConnectPermit), Error>>),
}

impl Driver {
    pub(super) fn poll_call(&mut self, cx: &mut Context<'_>) -> bool {
        let input = match &mut self.call {
            None => return false,
            Some(Call::AwaitingPermit(permit)) => match permit.as_mut().poll(cx) {
                Poll::Pending => return false,
                Poll::Ready(permit) => {
                    self.permit = Some(permit);
                    Input::Permit
                }
            },
            Some(Call::Calling(answer)) => match answer.as_mut().poll(cx) {
                Poll::Pending => return false,
                Poll::Ready(answer) => Input::Called(answer.map(|(endpoint, permit)| {
                    self.permit = Some(permit);
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
