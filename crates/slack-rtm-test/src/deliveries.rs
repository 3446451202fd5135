//! The deliveries of Socket Mode: which envelopes were sent, and which have to be sent again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as StdInstant};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::clock::now;

/// When an event that was not acknowledged is delivered again.
const REDELIVERIES: [Duration; 3] =
    [Duration::from_secs(3), Duration::from_secs(60), Duration::from_secs(5 * 60)];

/// An envelope that was delivered, or would have been if there had been a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivered {
    /// When.
    pub at: StdInstant,
    /// The number of the connection. `None` if there was none.
    pub connection: Option<u64>,
    /// The id of the envelope.
    pub envelope_id: String,
    /// The id of the event, which all deliveries of an event have. `None` for what is no event.
    pub event_id: Option<String>,
    /// How often the event was delivered before.
    pub attempt: usize,
    /// When it was acknowledged over the connection that brought it.
    pub acked: Option<StdInstant>,
}

/// An acknowledgement that a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnvelopeAck {
    /// When it came.
    pub at: StdInstant,
    /// The number of the connection that it came over.
    pub connection: u64,
    /// The id of the envelope.
    pub envelope_id: String,
    /// The response; `null` without one.
    pub payload: Value,
}

/// What was delivered, and what is due again.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    /// Whether a client has asked for a connection, so that there is somebody to deliver to.
    pub(crate) is_on: bool,
    /// How many connections hello tells of beside those that there are.
    pub(crate) others: usize,
    pub(crate) all: Vec<Delivered>,
    /// By the id of the envelope.
    index: BTreeMap<String, usize>,
    due: BTreeMap<(Instant, usize), Value>,
    pub(crate) turn: usize,
    events: usize,
}

/// An envelope that is about to leave.
pub(crate) struct Letter {
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

    /// Notes an acknowledgement; one that is not the first, or comes over another connection, counts for nothing.
    pub(crate) fn acked(&mut self, envelope_id: &str, connection: u64) {
        let Some(delivered) = self.index.get(envelope_id).and_then(|index| self.all.get_mut(*index)) else {
            return;
        };
        if delivered.connection == Some(connection) && delivered.acked.is_none() {
            delivered.acked = Some(now());
        }
    }

    /// Notes a delivery, and returns the text of its envelope.
    pub(crate) fn note(&mut self, letter: &Letter, connection: Option<u64>) -> String {
        let number = self.all.len();
        let envelope_id = format!("8d2c5f0a-0000-4000-8000-{number:012}");
        let mut envelope = json!({
            "type": letter.kind,
            "envelope_id": envelope_id,
            "payload": letter.payload,
            "accepts_response_payload": letter.accepts_response,
        });
        if letter.event_id.is_some() {
            envelope["retry_attempt"] = letter.attempt.into();
            envelope["retry_reason"] = if letter.attempt == 0 { "" } else { "http_timeout" }.into();
            if let Some(after) = REDELIVERIES.get(letter.attempt) {
                self.due.insert((Instant::now() + *after, number), letter.payload.clone());
            }
        }
        self.index.insert(envelope_id.clone(), number);
        self.all.push(Delivered {
            at: now(),
            connection,
            envelope_id,
            event_id: letter.event_id.clone(),
            attempt: letter.attempt,
            acked: None,
        });
        envelope.to_string()
    }

    /// Takes out an event that is to be delivered again now.
    pub(crate) fn take_due(&mut self) -> Option<Letter> {
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= Instant::now()
        {
            let ((_, number), payload) = entry.remove_entry();
            let before = &self.all[number];
            let is_acked =
                |delivered: &Delivered| delivered.event_id == before.event_id && delivered.acked.is_some();
            if before.acked.is_none() && !self.all[number..].iter().any(is_acked) {
                return Some(Letter {
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
