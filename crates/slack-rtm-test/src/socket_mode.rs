//! Socket Mode: sends each envelope over one connection, and repeats it until it is acknowledged.

mod connection;

use serde_json::{Value, json};
use tokio::time::Instant;

pub(crate) use self::connection::serve;
use crate::deliveries::OutgoingEnvelope;
use crate::order::Order;
use crate::state::{Kind, Shared, State};
use crate::world::{APP, TEAM};

impl State {
    /// Returns the next open connection of Socket Mode, in turn.
    fn next_connection(&mut self) -> Option<crate::state::Open> {
        let open: Vec<_> = self.sockets.iter().filter(|open| open.kind == Kind::SocketMode).collect();
        let turn = self.deliveries.turn.checked_rem(open.len())?;
        self.deliveries.turn += 1;
        open.get(turn).map(|open| (*open).clone())
    }

    pub(crate) fn socket_mode_connections(&self) -> usize {
        self.sockets.iter().filter(|open| open.kind == Kind::SocketMode).count()
    }
}

impl Shared {
    pub(crate) async fn deliver(&self, envelope: &OutgoingEnvelope) -> String {
        let (connection, text, envelope_id) = self.change(|state| {
            let connection = state.next_connection();
            let text = state.deliveries.note(envelope, connection.as_ref().map(|open| open.connection));
            let envelope_id = state.deliveries.all.last().map(|last| last.envelope_id.clone());
            (connection, text, envelope_id.unwrap_or_default())
        });
        if let Some(connection) = connection {
            // A connection that has just ended takes no orders; the event is delivered again later.
            let _ = connection.orders.send(Order::Text(text)).await;
        }
        if envelope.event_id.is_some() {
            self.redelivery.notify_one();
        }
        envelope_id
    }

    /// Delivers an event of the workspace, if there is an app to deliver to; returns the event's id.
    pub(crate) async fn deliver_event(&self, event: Value) -> Option<String> {
        let event_id = {
            let mut state = self.lock();
            if !state.deliveries.is_on {
                return None;
            }
            state.deliveries.next_event_id()
        };
        let event = of_events_api(event);
        let payload = json!({
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": 1_700_000_000,
        });
        let envelope = OutgoingEnvelope {
            kind: "events_api".to_owned(),
            payload,
            event_id: Some(event_id.clone()),
            attempt: 0,
            accepts_response: false,
        };
        self.deliver(&envelope).await;
        Some(event_id)
    }

    /// Delivers again what was not acknowledged, in an endless loop.
    pub(crate) async fn redeliver(&self) {
        loop {
            let due = self.lock().deliveries.next_due();
            let woken = self.redelivery.notified();
            match due {
                Some(due) if due <= Instant::now() => {
                    let envelope = self.lock().deliveries.take_due();
                    if let Some(envelope) = envelope {
                        self.deliver(&envelope).await;
                    }
                }
                Some(due) => {
                    let _ = tokio::time::timeout_at(due, woken).await;
                }
                None => woken.await,
            }
        }
    }
}

/// Converts an event to the form of the Events API, which has a few more members than RTM.
fn of_events_api(mut event: Value) -> Value {
    let ts = event["ts"].clone();
    let kind = match event["channel"].as_str().and_then(|channel| channel.chars().next()) {
        Some('C') => "channel",
        Some('D') => "im",
        Some('G') => "group",
        _ => return event,
    };
    if let Some(event) = event.as_object_mut().filter(|event| event.get("type") == Some(&"message".into())) {
        event.entry("channel_type").or_insert(kind.into());
        event.entry("event_ts").or_insert(ts);
    }
    event
}
