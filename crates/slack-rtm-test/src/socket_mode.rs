//! Socket Mode: envelopes, each to one connection, and delivered again until they are acknowledged.

mod connection;

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant as StdInstant};

use serde_json::{Value, json};
use tokio::time::Instant;

pub(crate) use self::connection::serve;
use crate::FakeSlack;
use crate::order::Order;
use crate::server::late;
use crate::state::{Kind, Shared, State, now};
use crate::world::TEAM;

/// The app that clients are.
pub(crate) const APP: &str = "A01ROBOT000";

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
    turn: usize,
    events: usize,
}

/// An envelope that is about to leave.
struct Letter {
    kind: String,
    payload: Value,
    event_id: Option<String>,
    attempt: usize,
    accepts_response: bool,
}

impl Deliveries {
    fn next_event_id(&mut self) -> String {
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
    fn note(&mut self, letter: &Letter, connection: Option<u64>) -> String {
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
    fn take_due(&mut self) -> Option<Letter> {
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

    fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }
}

impl State {
    /// The connections of Socket Mode that are open, in turn.
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
    async fn deliver(&self, letter: &Letter) -> String {
        let (connection, text, envelope_id) = self.change(|state| {
            let connection = state.next_connection();
            let text = state.deliveries.note(letter, connection.as_ref().map(|open| open.connection));
            let envelope_id = state.deliveries.all.last().map(|last| last.envelope_id.clone());
            (connection, text, envelope_id.unwrap_or_default())
        });
        if let Some(connection) = connection {
            // A connection that has just ended takes no orders; the event is due again.
            let _ = connection.orders.send(Order::Text(text)).await;
        }
        if letter.event_id.is_some() {
            self.postman.notify_one();
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
        let letter = Letter {
            kind: "events_api".to_owned(),
            payload,
            event_id: Some(event_id.clone()),
            attempt: 0,
            accepts_response: false,
        };
        self.deliver(&letter).await;
        Some(event_id)
    }

    /// Delivers again what was not acknowledged, for ever.
    pub(crate) async fn redeliver(&self) {
        loop {
            let due = self.lock().deliveries.next_due();
            let woken = self.postman.notified();
            match due {
                Some(due) if due <= Instant::now() => {
                    let letter = self.lock().deliveries.take_due();
                    if let Some(letter) = letter {
                        self.deliver(&letter).await;
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

/// An event as the Events API has it: a little more than RTM says.
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
