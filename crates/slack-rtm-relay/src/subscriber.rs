//! A consumer of the relay's stream.

use std::fmt;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, AckKind, Message};
use futures_util::StreamExt as _;
use slack_rtm::models::RawEvent;

use crate::config::{NatsConfig, StreamConfig};
use crate::{Error, GapRecord, Name, headers, nats};

/// A builder of a [`Subscriber`]. [`Subscriber::builder`] creates it.
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it is opened"]
pub struct SubscriberBuilder {
    nats: NatsConfig,
    stream: StreamConfig,
    durable: Name,
    team: Option<String>,
    interactions: bool,
    commands: bool,
    gaps: bool,
    ack_wait: Duration,
    max_ack_pending: i64,
    new_only: bool,
}

impl SubscriberBuilder {
    /// Sets how to connect to NATS. The default is `nats://127.0.0.1:4222` without credentials.
    pub fn nats(mut self, nats: NatsConfig) -> Self {
        self.nats = nats;
        self
    }

    /// Sets the stream by its name and the prefix of its subjects. The default is `slack` for both.
    pub fn stream(mut self, stream: StreamConfig) -> Self {
        self.stream = stream;
        self
    }

    /// Restricts the subscription to one workspace. By default it includes all workspaces.
    pub fn team(mut self, team: impl Into<String>) -> Self {
        self.team = Some(team.into());
        self
    }

    /// Sets whether interactions, which come over Socket Mode, are delivered. The default is `false`.
    pub fn interactions(mut self, interactions: bool) -> Self {
        self.interactions = interactions;
        self
    }

    /// Sets whether slash commands, which come over Socket Mode, are delivered. The default is `false`.
    pub fn commands(mut self, commands: bool) -> Self {
        self.commands = commands;
        self
    }

    /// Sets whether the records of gaps are delivered. The default is `false`.
    pub fn gaps(mut self, gaps: bool) -> Self {
        self.gaps = gaps;
        self
    }

    /// Sets whether a new consumer skips the events that are already in the stream. The default is `false`: it begins with the oldest event.
    pub fn new_only(mut self, new_only: bool) -> Self {
        self.new_only = new_only;
        self
    }

    /// Sets how long an event may take to be acknowledged before it is delivered again. The default is 30 seconds.
    pub fn ack_wait(mut self, time: Duration) -> Self {
        self.ack_wait = time;
        self
    }

    /// Sets how many delivered events may be unacknowledged at a time, over all processes that share the consumer. The default is 1,000. With 1, each event is delivered
    /// after the one before was acknowledged.
    pub fn max_ack_pending(mut self, events: u32) -> Self {
        self.max_ack_pending = i64::from(events.max(1));
        self
    }

    /// Connects to NATS, and creates the consumer if it does not exist.
    ///
    /// # Errors
    /// Returns an error if NATS cannot be reached, the stream does not exist, or the consumer exists with other settings.
    pub async fn open(self) -> Result<Subscriber, Error> {
        let client =
            nats::connect(&self.nats, &format!("slack-rtm-relay subscriber {}", self.durable)).await?;
        let context = jetstream::new(client);
        let name = self.stream.name.as_str();
        let stream = context.get_stream(name).await.map_err(|error| {
            Error::nats(format!("there is no stream {name}: a relay creates it")).because(error)
        })?;
        let subjects = crate::Subjects::new(self.stream.prefix);
        let mut filter_subjects = vec![subjects.events_of(self.team.as_deref())];
        if self.interactions {
            filter_subjects.push(subjects.interactions_of(self.team.as_deref()));
        }
        if self.commands {
            filter_subjects.push(subjects.commands_of(self.team.as_deref()));
        }
        if self.gaps {
            filter_subjects.push(subjects.gaps_of(self.team.as_deref()));
        }
        let config = pull::Config {
            durable_name: Some(self.durable.to_string()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: self.max_ack_pending,
            deliver_policy: if self.new_only { DeliverPolicy::New } else { DeliverPolicy::All },
            filter_subjects,
            ..Default::default()
        };
        let consumer: PullConsumer =
            stream.get_or_create_consumer(self.durable.as_str(), config).await.map_err(|error| {
                Error::nats(format!("the consumer {} cannot be opened", self.durable)).because(error)
            })?;
        let messages = consumer.messages().await.map_err(|error| {
            Error::nats(format!("the consumer {} cannot be opened", self.durable)).because(error)
        })?;
        Ok(Subscriber { messages })
    }
}

/// A durable consumer of the stream. It delivers events in the order of their channel, each at least once until it is acknowledged. A program that must not handle an
/// event twice has to remember [`Delivery::id`].
///
/// A consumer that is opened again continues where it was. Processes that open the consumer at the same time share its events.
///
/// ```no_run
/// # async fn f() -> Result<(), slack_rtm_relay::Error> {
/// use slack_rtm_relay::{Name, Subscriber};
///
/// let mut events = Subscriber::builder(Name::new("my-bot").unwrap()).open().await?;
/// while let Some(delivery) = events.next().await {
///     let delivery = delivery?;
///     if let Some(event) = delivery.event() {
///         println!("{} {:?}", delivery.team(), event.decode_event());
///     }
///     delivery.ack().await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct Subscriber {
    messages: pull::Stream,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").finish_non_exhaustive()
    }
}

impl Subscriber {
    /// Returns a builder of a durable consumer with this name.
    pub fn builder(durable: Name) -> SubscriberBuilder {
        SubscriberBuilder {
            nats: NatsConfig::new(vec!["nats://127.0.0.1:4222".to_owned()]),
            stream: StreamConfig::default(),
            durable,
            team: None,
            interactions: false,
            commands: false,
            gaps: false,
            ack_wait: Duration::from_secs(30),
            max_ack_pending: 1_000,
            new_only: false,
        }
    }

    /// Waits for the next delivery. Returns `None` once the consumer is closed.
    ///
    /// # Cancel safety
    /// This method is cancel safe: no delivery is lost.
    ///
    /// # Errors
    /// Returns an error if the connection to NATS is lost or the consumer was deleted. The client reconnects by itself, so call it again in the first case.
    pub async fn next(&mut self) -> Option<Result<Delivery, Error>> {
        let message = self.messages.next().await?;
        Some(message.map(Delivery::new).map_err(|error| Error::nats("the consumer").because(error)))
    }
}

/// An event of the stream, or an interaction, a slash command or a gap record. Unless it is acknowledged, it is delivered again after
/// [`SubscriberBuilder::ack_wait`].
pub struct Delivery {
    content: Content,
    message: Message,
}

enum Content {
    Event(RawEvent),
    Interaction(RawEvent),
    Command(RawEvent),
    Gap(Box<GapRecord>),
    /// A record of a later version.
    Unknown,
}

/// Prints the subject alone: the content is private.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("subject", &self.message.subject).finish_non_exhaustive()
    }
}

impl Delivery {
    fn new(message: Message) -> Self {
        let content = match message.subject.split('.').nth(2) {
            Some("event") => Content::Event(RawEvent::new(message.payload.clone())),
            Some("interaction") => Content::Interaction(RawEvent::new(message.payload.clone())),
            Some("command") => Content::Command(RawEvent::new(message.payload.clone())),
            _ => serde_json::from_slice(&message.payload)
                .map_or(Content::Unknown, |gap| Content::Gap(Box::new(gap))),
        };
        Self { content, message }
    }

    /// Returns the event as Slack sent it, or `None` for another kind of delivery.
    #[must_use]
    pub fn event(&self) -> Option<&RawEvent> {
        match &self.content {
            Content::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Returns the payload of an interaction as Slack sent it, or `None` for another kind of delivery. Decode it as an
    /// [`InteractionPayload`](slack_rtm::models::InteractionPayload).
    #[must_use]
    pub fn interaction(&self) -> Option<&RawEvent> {
        match &self.content {
            Content::Interaction(payload) => Some(payload),
            _ => None,
        }
    }

    /// Returns the payload of a slash command as Slack sent it, or `None` for another kind of delivery. Decode it as a
    /// [`SlashCommandPayload`](slack_rtm::models::SlashCommandPayload).
    #[must_use]
    pub fn command(&self) -> Option<&RawEvent> {
        match &self.content {
            Content::Command(payload) => Some(payload),
            _ => None,
        }
    }

    /// Returns the record of a gap, or `None` for another kind of delivery.
    #[must_use]
    pub fn gap(&self) -> Option<&GapRecord> {
        match &self.content {
            Content::Gap(gap) => Some(gap),
            _ => None,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.message
            .headers
            .as_ref()
            .and_then(|headers: &HeaderMap| headers.get(name))
            .map(async_nats::HeaderValue::as_str)
    }

    /// Returns the message id, which is the same for every delivery of the event.
    #[must_use]
    pub fn id(&self) -> &str {
        self.header("Nats-Msg-Id").unwrap_or_default()
    }

    /// Returns the id of the workspace.
    #[must_use]
    pub fn team(&self) -> &str {
        self.header(headers::TEAM).unwrap_or_default()
    }

    /// Returns the id of the channel, if the event has one.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        self.header(headers::CHANNEL)
    }

    /// Returns whether the event was read from history after a gap.
    #[must_use]
    pub fn is_from_history(&self) -> bool {
        self.header(headers::SOURCE) == Some("history")
    }

    /// Returns the sequence number in the stream and the number of deliveries so far, or `None` if NATS sent neither.
    #[must_use]
    pub fn sequence(&self) -> Option<(u64, i64)> {
        self.message.info().ok().map(|info| (info.stream_sequence, info.delivered))
    }

    /// Acknowledges the event, without waiting for the server to confirm that.
    ///
    /// # Errors
    /// Returns an error if the connection is closed.
    pub async fn ack(&self) -> Result<(), Error> {
        self.message.ack().await.map_err(|error| Error::nats("the acknowledgement failed").because(error))
    }

    /// Acknowledges the event, and waits for the server to confirm that. After that, the event is not delivered again.
    ///
    /// # Errors
    /// Returns an error if the server does not answer.
    pub async fn double_ack(&self) -> Result<(), Error> {
        self.message
            .double_ack()
            .await
            .map_err(|error| Error::nats("the acknowledgement failed").because(error))
    }

    /// Asks the server to deliver the event again after `delay`.
    ///
    /// # Errors
    /// Returns an error if the connection is closed.
    pub async fn nak(&self, delay: Duration) -> Result<(), Error> {
        let outcome = self.message.ack_with(AckKind::Nak(Some(delay))).await;
        outcome.map_err(|error| Error::nats("the acknowledgement failed").because(error))
    }
}
