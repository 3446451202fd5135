//! The fake Slack's side of Socket Mode.

use std::io;

use serde_json::{Value, json};

use super::{FakeSlack, late};
use crate::deliveries::{EnvelopeAck, EnvelopeDelivery, OutgoingEnvelope};
use crate::order::Order;
use crate::state::State;

/// Socket Mode. These methods do not affect connections of RTM.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm::{Client, Item};
/// use slack_rtm_test::FakeSlack;
///
/// let slack = FakeSlack::start().await?;
/// let client =
///     Client::builder().token("xoxb-test").app_token("xapp-test").base_url(slack.base_url()).build()?;
/// let (sender, mut events) = client.socket_mode().open().await?.split();
/// slack.wait_for_connections(1).await?;
/// slack.slash_command(serde_json::json!({ "command": "/deploy", "text": "web" })).await;
///
/// // The bot.
/// while let Some(item) = events.next().await {
///     if let Item::SlashCommand(command) = item {
///         command.respond(&serde_json::json!({ "text": "On it." }))?;
///         break;
///     }
/// }
///
/// let acks = slack.wait_for_acks(1).await?;
/// assert_eq!(acks[0].payload["text"], "On it.");
/// # Ok(())
/// # }
/// ```
impl FakeSlack {
    /// Delivers an event that the workspace does not cause itself, such as `app_home_opened`, and returns its id. Events that users cause are delivered
    /// automatically.
    pub async fn event(&self, event: Value) -> String {
        self.shared().lock().deliveries.is_on = true;
        self.shared().deliver_event(event).await.unwrap_or_default()
    }

    /// Delivers an interaction once, and returns the id of its envelope.
    pub async fn interaction(&self, payload: Value) -> String {
        let accepts_response =
            matches!(payload["type"].as_str(), Some("view_submission" | "block_suggestion"));
        self.envelope("interactive", payload, accepts_response).await
    }

    /// Delivers a slash command once, and returns the id of its envelope.
    pub async fn slash_command(&self, payload: Value) -> String {
        self.envelope("slash_commands", payload, true).await
    }

    /// Delivers an envelope of any type with any payload once, and returns its id.
    pub async fn envelope(&self, kind: &str, payload: Value, accepts_response: bool) -> String {
        let envelope =
            OutgoingEnvelope { kind: kind.to_owned(), payload, event_id: None, attempt: 0, accepts_response };
        self.shared().deliver(&envelope).await
    }

    /// Sends a disconnect frame with a reason such as `warning`, `refresh_requested` or `link_disabled` over all connections, and returns their number. They stay
    /// open until the client closes them.
    pub async fn disconnect(&self, reason: &str) -> usize {
        let frame = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "fake" } });
        self.shared().order(Order::Text(frame.to_string())).await
    }

    /// Sets the number of further connections that hello reports; the default is zero.
    pub fn set_other_connections(&self, others: usize) {
        self.shared().lock().deliveries.others = others;
    }

    /// Returns all deliveries so far, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<EnvelopeDelivery> {
        self.shared().lock().deliveries.all.clone()
    }

    /// Returns all acknowledgements so far, oldest first.
    #[must_use]
    pub fn acks(&self) -> Vec<EnvelopeAck> {
        acks(&self.shared().lock())
    }

    /// Waits until clients have sent `n` acknowledgements in total, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
    pub async fn wait_for_acks(&self, n: usize) -> io::Result<Vec<EnvelopeAck>> {
        let found = self
            .shared()
            .wait(|state| (state.frames.len() >= n).then(|| acks(state)).filter(|acks| acks.len() >= n));
        found.await.ok_or_else(|| late(&format!("{n} acknowledgements, there were {}", self.acks().len())))
    }

    /// Waits until `n` envelopes have been delivered in total, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
    pub async fn wait_for_deliveries(&self, n: usize) -> io::Result<Vec<EnvelopeDelivery>> {
        let enough = |state: &State| (state.deliveries.all.len() >= n).then(|| state.deliveries.all.clone());
        let found = self.shared().wait(enough).await;
        found.ok_or_else(|| late(&format!("{n} deliveries, there were {}", self.deliveries().len())))
    }
}

fn acks(state: &State) -> Vec<EnvelopeAck> {
    let acks = state.frames.iter().filter_map(|frame| {
        let json = frame.json();
        let envelope_id = json["envelope_id"].as_str()?.to_owned();
        let payload = json["payload"].clone();
        Some(EnvelopeAck { at: frame.at, connection: frame.connection, envelope_id, payload })
    });
    acks.collect()
}
