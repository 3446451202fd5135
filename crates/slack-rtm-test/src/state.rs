//! The state of the fake Slack: its settings, and what it received.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::Script;
use crate::answers::Answers;
use crate::clock::now;
use crate::deliveries::Deliveries;
use crate::limits::Limits;
use crate::log::{Dial, Frame, Request};
use crate::order::Order;
use crate::world::{ROBOT, World};

/// How long a ticket is valid, as Slack documents it.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// The maximum time that a test waits for something.
const MAX_WAIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Ticket {
    name: String,
    kind: Kind,
    made: Instant,
    used: bool,
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With presence for several users as one event, or not.
    Rtm {
        is_batch_aware: bool,
    },
    SocketMode,
}

/// An open connection that has said hello.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) connection: u64,
    pub(crate) kind: Kind,
    pub(crate) orders: mpsc::Sender<Order>,
}

/// Shared by the server's tasks and its handle.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The only token that is accepted; `None` accepts every token.
    pub(crate) token: Option<String>,
    /// The only app-level token that is accepted; `None` accepts every such token.
    pub(crate) app_token: Option<String>,
    state: Mutex<State>,
    changed: Notify,
    /// Notified when something may have to be delivered again.
    pub(crate) redelivery: Notify,
    /// Held while an event is sent to all connections, so that all receive events in the same order, and by a connection while it is registered.
    pub(crate) speaking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) answers: Answers,
    pub(crate) next_scripts: VecDeque<Script>,
    pub(crate) always_script: Script,
    pub(crate) requests: Vec<Request>,
    pub(crate) dials: Vec<Dial>,
    pub(crate) frames: Vec<Frame>,
    /// The open connections that have said hello.
    pub(crate) sockets: Vec<Open>,
    pub(crate) deliveries: Deliveries,
    pub(crate) world: World,
    pub(crate) limits: Limits,
    /// The scopes of all tokens; `None` stands for every scope.
    pub(crate) scopes: Option<BTreeSet<String>>,
    tickets: Vec<Ticket>,
}

impl Shared {
    pub(crate) fn new(token: Option<String>, app_token: Option<String>) -> Self {
        Self {
            token,
            app_token,
            state: Mutex::default(),
            changed: Notify::new(),
            redelivery: Notify::new(),
            speaking: tokio::sync::Mutex::default(),
        }
    }

    /// Sends an order to every open connection, and returns their number.
    pub(crate) async fn order(&self, order: Order) -> usize {
        let _speaking = self.speaking.lock().await;
        self.order_while_speaking(&order).await
    }

    /// Changes the state, sends the resulting events to every open connection, and returns the number of connections as well.
    pub(crate) async fn act<T>(&self, act: impl FnOnce(&mut State) -> (T, Vec<Value>)) -> (T, usize) {
        let _speaking = self.speaking.lock().await;
        let (result, events) = act(&mut self.lock());
        for event in events {
            self.tell(event).await;
        }
        (result, self.lock().sockets.len())
    }

    /// Sends an event to every connection of RTM, and to one of Socket Mode.
    async fn tell(&self, event: Value) {
        let open = self.lock().sockets.clone();
        let text = frame(event.clone());
        for socket in open.iter().filter(|open| open.kind != Kind::SocketMode) {
            let _ = socket.orders.send(Order::Text(text.clone())).await;
        }
        self.deliver_event(event).await;
    }

    async fn order_while_speaking(&self, order: &Order) -> usize {
        let open = self.lock().sockets.clone();
        for socket in &open {
            // A connection that has just ended takes no orders.
            let _ = socket.orders.send(order.clone()).await;
        }
        open.len()
    }

    /// Locks the state. Poisoning is ignored: it means that a test has failed already, and the state is still valid.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes everyone who waits for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_waiters();
        result
    }

    /// Waits until `look` returns a value. Returns `None` after a minute.
    pub(crate) async fn wait<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let search = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Every change from here on wakes it.
                changed.as_mut().enable();
                if let Some(found) = look(&self.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(MAX_WAIT, search).await.ok()
    }
}

impl State {
    /// Creates a ticket.
    pub(crate) fn ticket(&mut self, kind: Kind) -> String {
        let name = format!("ticket-{}", self.tickets.len());
        self.tickets.push(Ticket { name: name.clone(), kind, made: Instant::now(), used: false });
        name
    }

    /// Records a dial, and uses up its ticket. The second value is the protocol of the connection.
    pub(crate) fn dialed(&mut self, ticket: &str) -> (Dial, Kind) {
        let connection = self.dials.len() as u64;
        let (mut valid, mut kind) = (false, Kind::Rtm { is_batch_aware: false });
        if let Some(known) = self.tickets.iter_mut().find(|known| known.name == ticket) {
            valid = !known.used && known.made.elapsed() <= TICKET_LIFE;
            known.used = true;
            kind = known.kind;
        }
        let ticket = ticket.to_owned();
        let dial = Dial { at: now(), connection, ticket, valid, answered: None, greeted: None, ended: None };
        self.dials.push(dial.clone());
        (dial, kind)
    }

    pub(crate) fn dial_mut(&mut self, connection: u64) -> Option<&mut Dial> {
        self.dials.iter_mut().find(|dial| dial.connection == connection)
    }

    /// Returns whether a user is `active` or `away`. Unless it is set, a user is away, and the bot user is active while it is connected.
    pub(crate) fn presence_of(&self, user: &str) -> &str {
        match self.world.presence(user) {
            Some(presence) => presence,
            None if user == ROBOT && !self.sockets.is_empty() => "active",
            None => "away",
        }
    }

    pub(crate) fn script(&mut self) -> Script {
        self.next_scripts.pop_front().unwrap_or_else(|| self.always_script.clone())
    }
}

/// Serializes an event as a frame, with its type first.
fn frame(event: Value) -> String {
    let Value::Object(mut event) = event else { return event.to_string() };
    let Some(kind) = event.remove("type") else { return Value::Object(event).to_string() };
    let rest = Value::Object(event).to_string();
    let separator = if rest == "{}" { "" } else { "," };
    format!("{{\"type\":{kind}{separator}{}", &rest[1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_type_comes_first() {
        assert_eq!(frame(json!({ "a": 1, "type": "hello" })), r#"{"type":"hello","a":1}"#);
        assert_eq!(frame(json!({ "type": "hello" })), r#"{"type":"hello"}"#);
        assert_eq!(frame(json!({ "a": 1 })), r#"{"a":1}"#);
    }
}
