//! The fake Slack's side of Socket Mode.

use std::io;

use serde_json::{Value, json};

use super::{FakeSlack, late};
use crate::deliveries::{Delivered, EnvelopeAck, Letter};
use crate::order::Order;
use crate::state::State;

/// Socket Mode. Nothing here concerns connections of RTM.
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
///     if let Item::Command(command) = item {
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
    /// Delivers an event that the workspace does not bring about by itself, such as `app_home_opened`, and returns its id. Events that users bring about are delivered
    /// anyway.
    pub async fn event(&self, event: Value) -> String {
        self.shared().lock().deliveries.is_on = true;
        self.shared().deliver_event(event).await.unwrap_or_default()
    }

    /// Delivers an interaction, and returns the id of its envelope. It is delivered once.
    pub async fn interaction(&self, payload: Value) -> String {
        let accepts_response =
            matches!(payload["type"].as_str(), Some("view_submission" | "block_suggestion"));
        self.envelope("interactive", payload, accepts_response).await
    }

    /// Delivers a slash command, and returns the id of its envelope. It is delivered once.
    pub async fn slash_command(&self, payload: Value) -> String {
        self.envelope("slash_commands", payload, true).await
    }

    /// Delivers an envelope of any type with any payload, and returns its id. It is delivered once.
    pub async fn envelope(&self, kind: &str, payload: Value, accepts_response: bool) -> String {
        let letter = Letter { kind: kind.to_owned(), payload, event_id: None, attempt: 0, accepts_response };
        self.shared().deliver(&letter).await
    }

    /// Tells all connections to end, with a reason such as `warning`, `refresh_requested` or `link_disabled`; returns how many those are. They stand until the client
    /// leaves.
    pub async fn disconnect(&self, reason: &str) -> usize {
        let frame = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "fake" } });
        self.shared().order(Order::Text(frame.to_string())).await
    }

    /// Lets hello tell of so many connections beside those that there are.
    pub fn set_other_connections(&self, others: usize) {
        self.shared().lock().deliveries.others = others;
    }

    /// Every delivery so far, the oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivered> {
        self.shared().lock().deliveries.all.clone()
    }

    /// Every acknowledgement so far, the oldest first.
    #[must_use]
    pub fn acks(&self) -> Vec<EnvelopeAck> {
        acks(&self.shared().lock())
    }

    /// Waits until clients have sent so many acknowledgements in all, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_acks(&self, n: usize) -> io::Result<Vec<EnvelopeAck>> {
        let found = self
            .shared()
            .wait(|state| (state.frames.len() >= n).then(|| acks(state)).filter(|acks| acks.len() >= n));
        found.await.ok_or_else(|| late(&format!("{n} acknowledgements, there were {}", self.acks().len())))
    }

    /// Waits until so many envelopes have been delivered in all, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_deliveries(&self, n: usize) -> io::Result<Vec<Delivered>> {
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
