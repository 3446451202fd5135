//! The envelopes of Socket Mode that the reader may still acknowledge or respond to.

use std::collections::{HashMap, VecDeque};

use serde_json::value::RawValue;
use slack_rtm::{Envelope, Item};

/// How many envelopes are kept. Slack delivers again what is neither kept nor acknowledged.
const MAX_OPEN: usize = 1_000;

/// Envelopes that have been printed and not been acknowledged yet, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    by_id: HashMap<String, Envelope>,
    order: VecDeque<String>,
}

impl Envelopes {
    /// Keeps the envelope of an item until it is acknowledged. The session acknowledges what the reader does not see.
    pub(super) fn keep(&mut self, item: &Item, is_printed: bool) {
        let envelope = match item {
            Item::Event(event) => event.envelope(),
            Item::Interaction(interaction) => Some(&**interaction),
            Item::SlashCommand(command) => Some(&**command),
            Item::Envelope(envelope) => Some(envelope),
            _ => None,
        };
        let Some(envelope) = envelope.filter(|envelope| !envelope.is_answered()) else { return };
        if !is_printed {
            return envelope.ack();
        }
        let id = envelope.id().to_owned();
        if self.by_id.insert(id.clone(), envelope.clone()).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > MAX_OPEN || self.is_oldest_answered() {
            let oldest = self.order.pop_front();
            oldest.and_then(|id| self.by_id.remove(&id));
        }
    }

    fn is_oldest_answered(&self) -> bool {
        self.order.front().is_some_and(|id| self.by_id.get(id).is_none_or(Envelope::is_answered))
    }

    /// Acknowledges an envelope.
    ///
    /// # Errors
    /// Returns an error if there is no such envelope, or it has been acknowledged before.
    pub(super) fn ack(&mut self, id: &str) -> Result<(), String> {
        let envelope = self.find(id, "ack")?;
        if envelope.is_answered() {
            self.by_id.remove(id);
            return Err(format!("ack: the envelope {id} has been acknowledged before"));
        }
        envelope.ack();
        self.by_id.remove(id);
        Ok(())
    }

    /// Acknowledges an envelope with a response.
    ///
    /// # Errors
    /// Returns an error if nothing was sent. After a response that was too long, the envelope can still be answered.
    pub(super) fn respond(&mut self, id: &str, payload: &RawValue) -> Result<(), String> {
        let envelope = self.find(id, "respond")?;
        envelope.respond(&payload).map_err(|error| format!("respond: {error}"))?;
        self.by_id.remove(id);
        Ok(())
    }

    fn find(&self, id: &str, command: &str) -> Result<&Envelope, String> {
        let short: String = id.chars().take(60).collect();
        self.by_id.get(id).ok_or_else(|| {
            format!("{command}: no open envelope has the id {short}; it may have been acknowledged")
        })
    }
}
