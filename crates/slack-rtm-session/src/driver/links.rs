//! The connections of a session: reading from them, writing to them, and their ends.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Driver, Parts, Transient};
use crate::connection_id::ConnectionId;
use crate::machine::{Frame, Input, Machine};
use crate::websocket::{Received, WebSocket};
use crate::{DisconnectReason, Error, Outcome};

/// How many frames are read from a connection before the driver continues with its other work: as many items as the user takes out of the queue at once. A turn has a
/// cost of its own, above all the runtime's look at its sockets.
const FRAMES_PER_TURN: usize = 64;

/// How long after much traffic the buffers of a connection are released.
pub(super) const REST_AFTER: Duration = Duration::from_millis(20);

/// A connection in any of its states.
pub(super) enum Link {
    Dialing(Transient<Result<WebSocket, Error>>),
    Open { socket: Box<WebSocket>, is_congested: bool },
}

impl Driver {
    /// Reads from all connections, and reports ends only afterwards: the end of one may have arrived after the hello of its successor.
    pub(super) fn poll_links(&mut self, now: Duration, cx: &mut Context<'_>) -> bool {
        let mut again = false;
        let mut ends = Vec::new();
        let mut index = 0;
        while let Some((connection, link)) = self.links.get_mut(index) {
            let connection = *connection;
            let outcome = match link {
                Link::Dialing(dial) => match dial.as_mut().poll(cx) {
                    Poll::Pending => Ok(()),
                    Poll::Ready(Ok(socket)) => {
                        *link = Link::Open { socket: Box::new(socket), is_congested: false };
                        self.machine.handle(now, Input::Dialed(connection, Ok(())));
                        continue;
                    }
                    Poll::Ready(Err(error)) => Err(Input::Dialed(connection, Err(error))),
                },
                Link::Open { socket, .. } => {
                    match read(connection, socket, &mut self.machine, &self.parts, now, cx) {
                        Ok(more) => {
                            again |= more;
                            Ok(())
                        }
                        Err(reason) => Err(Input::Lost(connection, reason)),
                    }
                }
            };
            match outcome {
                Ok(()) => index += 1,
                Err(input) => {
                    self.links.remove(index);
                    ends.push(input);
                }
            }
        }
        for end in ends {
            self.machine.handle(now, end);
        }
        again
    }

    pub(super) fn socket(&mut self, connection: ConnectionId) -> Option<&mut WebSocket> {
        self.links.iter_mut().find_map(|(of, link)| match link {
            Link::Open { socket, .. } if *of == connection => Some(&mut **socket),
            _ => None,
        })
    }

    pub(super) fn lose(&mut self, connection: ConnectionId, reason: DisconnectReason) {
        self.links.retain(|(of, _)| *of != connection);
        self.machine.handle(self.parts.shared.now(), Input::Lost(connection, reason));
    }

    pub(super) fn remove(&mut self, connection: ConnectionId, cx: &mut Context<'_>) {
        // Best effort: write what is buffered.
        if let Some(socket) = self.socket(connection) {
            let _ = socket.poll_flush(cx);
        }
        self.links.retain(|(of, _)| *of != connection);
    }

    /// Releases the buffers of quiet connections; returns whether to try it again soon.
    pub(super) fn rest(&mut self) -> bool {
        let mut again = false;
        for (_, link) in &mut self.links {
            if let Link::Open { socket, .. } = link {
                again |= socket.rest();
            }
        }
        again
    }

    pub(super) fn flush(&mut self, cx: &mut Context<'_>) {
        let mut index = 0;
        while let Some((connection, link)) = self.links.get_mut(index) {
            index += 1;
            let Link::Open { socket, is_congested } = link else { continue };
            let connection = *connection;
            match socket.poll_flush(cx) {
                Poll::Ready(Err(reason)) => {
                    self.lose(connection, reason);
                    index -= 1;
                }
                state if state.is_pending() != *is_congested => {
                    *is_congested = state.is_pending();
                    let input = Input::Congested(connection, *is_congested);
                    self.machine.handle(self.parts.shared.now(), input);
                }
                _ => {}
            }
        }
    }
}

/// Reads the frames that have arrived, up to a limit; returns `true` if there may be more.
fn read(
    connection: ConnectionId,
    socket: &mut WebSocket,
    machine: &mut Machine<oneshot::Sender<Outcome>>,
    parts: &Parts,
    now: Duration,
    cx: &mut Context<'_>,
) -> Result<bool, DisconnectReason> {
    for number in 0..FRAMES_PER_TURN {
        let received = match socket.poll_receive(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(received) => received?,
        };
        if number == 0 {
            parts.shared.heard(now);
        }
        #[cfg(feature = "socket-mode")]
        if let Some(member) = &parts.member {
            machine.handle(now, member.input(connection, received));
            continue;
        }
        match received {
            Received::Text(bytes) => {
                let frame = Frame::read(bytes, true, machine.awaits_replies());
                machine.receive(now, connection, frame);
            }
            Received::Binary(bytes) => machine.receive(now, connection, Frame::read(bytes, false, false)),
            Received::Ping | Received::Pong(_) => machine.handle(now, Input::Heard(connection)),
        }
    }
    Ok(true)
}
