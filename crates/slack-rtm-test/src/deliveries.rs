//! The deliveries of Socket Mode: which envelopes were sent, and which have to be sent again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as StdInstant};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::clock::now;

/// The times after which an event that was not acknowledged is delivered again.
const REDELIVERIES: [Duration; 3] =
    [Duration::from_secs(3), Duration::from_secs(60), Duration::from_secs(5 * 60)];

/// The delivery of an envelope, or the attempt at one if there was no connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnvelopeDelivery {
    /// The time of the delivery.
    pub at: StdInstant,
    /// The number of the connection, or `None` if there was none.
    pub connection: Option<u64>,
    /// The id of the envelope.
    pub envelope_id: String,
    /// The id of the event, which is the same for all deliveries of an event. `None` if the payload is not an event.
    pub event_id: Option<String>,
    /// The number of earlier deliveries of the event.
    pub attempt: usize,
    /// The time at which it was acknowledged over the same connection, if it was.
    pub acked: Option<StdInstant>,
}

/// An acknowledgement that a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnvelopeAck {
    /// The time of arrival.
    pub at: StdInstant,
    /// The number of the connection over which it arrived.
    pub connection: u64,
    /// The id of the envelope.
    pub envelope_id: String,
    /// The response, or `null` if there was none.
    pub payload: Value,
}

/// All deliveries so far, and those that are due again.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    /// Whether a client has called apps.connections.open, so that there is an app to deliver to.
    pub(crate) is_on: bool,
    /// The number of further connections that hello reports.
    pub(crate) others: usize,
    pub(crate) all: Vec<EnvelopeDelivery>,
    /// The index of a delivery, by the id of its envelope.
    index: BTreeMap<String, usize>,
    due: BTreeMap<(Instant, usize), Value>,
    pub(crate) turn: usize,
    events: usize,
}

/// An envelope to deliver.
pub(crate) struct OutgoingEnvelope {
    pub(crate) kind: String,
    pub(crate) payload: Value,
    pub(crate) event_id: Option<String>,
    pub(crate) attempt: usize,
    pub(crate) accepts_response: bool,
}

impl Deliveries {
    pub(crate) fn next_event_id(&mut self) -> String {
        self.events += 1;
        format!("Ev{:09}", self.events)
    }

    /// Notes an acknowledgement. It has no effect if it is not the first, or arrives over another connection.
    pub(crate) fn acked(&mut self, envelope_id: &str, connection: u64) {
        let Some(delivered) = self.index.get(envelope_id).and_then(|index| self.all.get_mut(*index)) else {
            return;
        };
        if delivered.connection == Some(connection) && delivered.acked.is_none() {
            delivered.acked = Some(now());
        }
    }

    /// Notes a delivery, and returns the text of its envelope.
    pub(crate) fn note(&mut self, outgoing: &OutgoingEnvelope, connection: Option<u64>) -> String {
        let number = self.all.len();
        let envelope_id = format!("8d2c5f0a-0000-4000-8000-{number:012}");
        let mut envelope = json!({
            "type": outgoing.kind,
            "envelope_id": envelope_id,
            "payload": outgoing.payload,
            "accepts_response_payload": outgoing.accepts_response,
        });
        if outgoing.event_id.is_some() {
            envelope["retry_attempt"] = outgoing.attempt.into();
            envelope["retry_reason"] = if outgoing.attempt == 0 { "" } else { "http_timeout" }.into();
            if let Some(after) = REDELIVERIES.get(outgoing.attempt) {
                self.due.insert((Instant::now() + *after, number), outgoing.payload.clone());
            }
        }
        self.index.insert(envelope_id.clone(), number);
        self.all.push(EnvelopeDelivery {
            at: now(),
            connection,
            envelope_id,
            event_id: outgoing.event_id.clone(),
            attempt: outgoing.attempt,
            acked: None,
        });
        envelope.to_string()
    }

    /// Takes an event that has to be delivered again now.
    pub(crate) fn take_due(&mut self) -> Option<OutgoingEnvelope> {
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= Instant::now()
        {
            let ((_, number), payload) = entry.remove_entry();
            let before = &self.all[number];
            let is_acked = |delivered: &EnvelopeDelivery| {
                delivered.event_id == before.event_id && delivered.acked.is_some()
            };
            if before.acked.is_none() && !self.all[number..].iter().any(is_acked) {
                return Some(OutgoingEnvelope {
                    kind: "events_api".to_owned(),
                    payload,
                    event_id: before.event_id.clone(),
                    attempt: before.attempt + 1,
                    accepts_response: false,
                });
            }
        }
        None
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }
}
