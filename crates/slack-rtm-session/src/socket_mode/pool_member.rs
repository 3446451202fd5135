//! What a task has to do beside its machine when it speaks Socket Mode.

use std::sync::Arc;
use std::task::Context;

use super::{AckPolicy, Answer, Mailbox, Pool, PoolState, decode};
use crate::connection_id::ConnectionId;
use crate::health::Vitals;
use crate::machine::{Input, SocketInput};
use crate::websocket::Received;
use crate::{Error, Item};

/// One connection of a session over Socket Mode.
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
    /// Reads what came.
    pub(crate) fn input<T>(&self, connection: ConnectionId, received: Received) -> Input<T> {
        match received {
            Received::Text(bytes) => {
                decode::decode(connection, bytes, &self.pool_state, self.policy, &self.mailbox)
            }
            // Slack sends none, and whoever does means nothing by it.
            Received::Binary(_) => Input::Heard(connection),
            Received::Ping => Input::Socket(connection, SocketInput::Ping),
            Received::Pong(payload) => {
                let id = std::str::from_utf8(&payload).ok().and_then(|digits| digits.parse().ok());
                id.map_or(Input::Heard(connection), |id| Input::Socket(connection, SocketInput::Pong(id)))
            }
        }
    }

    /// What was answered since.
    pub(crate) fn answers(&self, cx: &Context<'_>) -> Vec<Answer> {
        self.mailbox.take(cx)
    }

    /// Whether this one speaks for all of them: it takes the wishes of the user.
    pub(crate) fn is_first(&self) -> bool {
        self.index == 0
    }

    /// An item on its way to the user: the session's end is told once, by the last one.
    pub(crate) fn pass(&self, item: Item) -> Option<Item> {
        match item {
            Item::Closed(error) => self.pool.ended(&error).map(Item::Closed),
            item => Some(item),
        }
    }

    /// Why the session ends.
    pub(crate) fn end(&self) -> Error {
        self.pool.error().unwrap_or(Error::Closed)
    }

    pub(crate) fn merged(&self, vitals: &Vitals) -> Vitals {
        self.pool.merge(self.index, vitals)
    }

    /// This one is gone. Returns whether all are.
    pub(crate) fn leave(&mut self) -> bool {
        self.mailbox.close();
        if std::mem::replace(&mut self.has_left, true) {
            return self.pool.is_empty();
        }
        self.pool.request_close();
        self.pool.leave()
    }
}
