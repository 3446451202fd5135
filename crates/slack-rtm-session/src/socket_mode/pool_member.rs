//! A connection's membership in the pool of a Socket Mode session.

use std::sync::Arc;
use std::task::Context;

use super::{AckPolicy, Answer, Mailbox, Pool, PoolState, decode};
use crate::connection_id::ConnectionId;
use crate::health::Vitals;
use crate::machine::{Input, SocketInput};
use crate::websocket::Received;
use crate::{Error, Item};

/// One connection of a Socket Mode session.
#[derive(Debug)]
pub(crate) struct PoolMember {
    pub(crate) index: usize,
    pub(crate) pool: Arc<Pool>,
    pub(crate) pool_state: Arc<PoolState>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) policy: AckPolicy,
    pub(crate) has_left: bool,
}

impl PoolMember {
    /// Converts a received frame into an input of the machine.
    pub(crate) fn input<T>(&self, connection: ConnectionId, received: Received) -> Input<T> {
        match received {
            Received::Text(bytes) => {
                decode::decode(connection, bytes, &self.pool_state, self.policy, &self.mailbox)
            }
            // Slack sends no binary frames over Socket Mode.
            Received::Binary(_) => Input::Heard(connection),
            Received::Ping => Input::Socket(connection, SocketInput::Ping),
            Received::Pong(payload) => {
                let id = std::str::from_utf8(&payload).ok().and_then(|digits| digits.parse().ok());
                id.map_or(Input::Heard(connection), |id| Input::Socket(connection, SocketInput::Pong(id)))
            }
        }
    }

    /// Takes the acknowledgements that were made since the last call.
    pub(crate) fn answers(&self, cx: &Context<'_>) -> Vec<Answer> {
        self.mailbox.take(cx)
    }

    /// Returns whether this is the first connection, whose task handles the requests of the user.
    pub(crate) fn is_first(&self) -> bool {
        self.index == 0
    }

    /// Filters an item on its way to the user: only the last connection to end yields [`Item::Closed`].
    pub(crate) fn pass(&self, item: Item) -> Option<Item> {
        match item {
            Item::Closed(error) => self.pool.ended(&error).map(Item::Closed),
            item => Some(item),
        }
    }

    /// Returns the error with which the session ends.
    pub(crate) fn end(&self) -> Error {
        self.pool.error().unwrap_or(Error::Closed)
    }

    pub(crate) fn merged(&self, vitals: &Vitals) -> Vitals {
        self.pool.merge(self.index, vitals)
    }

    /// Leaves the pool; returns whether it is empty.
    pub(crate) fn leave(&mut self) -> bool {
        self.mailbox.close();
        if std::mem::replace(&mut self.has_left, true) {
            return self.pool.is_empty();
        }
        self.pool.request_close();
        self.pool.leave()
    }
}
