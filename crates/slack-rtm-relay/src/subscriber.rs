//! The other end of the stream: who wants the events.

use std::fmt;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, AckKind, Message};
use futures_util::StreamExt as _;
use slack_rtm::models::RawEvent;

use crate::config::{NatsConfig, StreamConfig};
use crate::{Error, GapRecord, Name, nats, record};

/// Sets up a [`Subscriber`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it is opened"]
pub struct SubscriberBuilder {
    nats: NatsConfig,
    stream: StreamConfig,
    durable: Name,
    team: Option<String>,
    gaps: bool,
    ack_wait: Duration,
    max_ack_pending: i64,
    new_only: bool,
}

impl SubscriberBuilder {
    /// Sets how NATS is reached; the default is `nats://127.0.0.1:4222`.
    pub fn nats(mut self, nats: NatsConfig) -> Self {
        self.nats = nats;
        self
    }

    /// Sets which stream it is; the default is `slack`, with subjects that begin with `slack`.
    pub fn stream(mut self, stream: StreamConfig) -> Self {
        self.stream = stream;
        self
    }

    /// Takes the events of one workspace alone; the default is all.
    pub fn team(mut self, team: impl Into<String>) -> Self {
        self.team = Some(team.into());
        self
    }

    /// Takes the records of gaps too; the default is no.
    pub fn gaps(mut self, gaps: bool) -> Self {
        self.gaps = gaps;
        self
    }

    /// Begins with what comes from now on, if the consumer is new; the default is to begin with the oldest that the stream has.
    pub fn new_only(mut self, new_only: bool) -> Self {
        self.new_only = new_only;
        self
    }

    /// Sets after which time what was not acknowledged is delivered again; the default is 30 seconds.
    pub fn ack_wait(mut self, time: Duration) -> Self {
        self.ack_wait = time;
        self
    }

    /// Sets how many events may be unacknowledged at once, over all that share the consumer; the default is 1,000. With 1 they come strictly after each other.
    pub fn max_ack_pending(mut self, events: u32) -> Self {
        self.max_ack_pending = i64::from(events.max(1));
        self
    }

    /// Connects, and makes the consumer if there is none of its name.
    ///
    /// # Errors
    /// If NATS cannot be reached, there is no such stream, or the consumer exists with other settings.
    pub async fn open(self) -> Result<Subscriber, Error> {
        let client =
            nats::connect(&self.nats, &format!("slack-rtm-relay subscriber {}", self.durable)).await?;
        let context = jetstream::new(client);
        let name = self.stream.name.as_str();
        let stream = context.get_stream(name).await.map_err(|error| {
            Error::nats(format!("there is no stream {name}; a relay makes it")).because(error)
        })?;
        let subjects = crate::Subjects::new(self.stream.prefix);
        let mut filter_subjects = vec![subjects.events_of(self.team.as_deref())];
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
        let consumer: PullConsumer = stream
            .get_or_create_consumer(self.durable.as_str(), config)
            .await
            .map_err(|error| Error::nats(format!("the consumer {}", self.durable)).because(error))?;
        let messages = consumer
            .messages()
            .await
            .map_err(|error| Error::nats(format!("the consumer {}", self.durable)).because(error))?;
        Ok(Subscriber { messages })
    }
}

/// The events of a stream, each until it is acknowledged: at least once, and in the order of each channel. What is not acknowledged comes again, so whoever must not
/// act twice compares [`Delivery::id`] with what has been dealt with.
///
/// The consumer is durable: it goes on where it was when it is opened again under its name, and several processes that open it share the events.
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
    /// Begins to set up a durable consumer of this name.
    pub fn builder(durable: Name) -> SubscriberBuilder {
        SubscriberBuilder {
            nats: NatsConfig::new(vec!["nats://127.0.0.1:4222".to_owned()]),
            stream: StreamConfig::default(),
            durable,
            team: None,
            gaps: false,
            ack_wait: Duration::from_secs(30),
            max_ack_pending: 1_000,
            new_only: false,
        }
    }

    /// The next event; `None` at the end. An error passes, unless the consumer was deleted: NATS is connected to again by itself. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Delivery, Error>> {
        let message = self.messages.next().await?;
        Some(message.map(Delivery::new).map_err(|error| Error::nats("the consumer").because(error)))
    }
}

/// An event of the stream, to be acknowledged.
pub struct Delivery {
    content: Content,
    message: Message,
}

enum Content {
    Event(RawEvent),
    Gap(Box<GapRecord>),
    /// A record that a later release has written.
    Unknown,
}

/// Neither what it holds nor whom it concerns.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("subject", &self.message.subject).finish_non_exhaustive()
    }
}

impl Delivery {
    fn new(message: Message) -> Self {
        let content = match message.subject.split('.').nth(2) {
            Some("event") => Content::Event(RawEvent::new(message.payload.clone())),
            _ => serde_json::from_slice(&message.payload)
                .map_or(Content::Unknown, |gap| Content::Gap(Box::new(gap))),
        };
        Self { content, message }
    }

    /// Returns the event, as Slack sent it; `None` for the record of a gap.
    #[must_use]
    pub fn event(&self) -> Option<&RawEvent> {
        match &self.content {
            Content::Event(event) => Some(event),
            Content::Gap(_) | Content::Unknown => None,
        }
    }

    /// Returns the record of a gap.
    #[must_use]
    pub fn gap(&self) -> Option<&GapRecord> {
        match &self.content {
            Content::Gap(gap) => Some(gap),
            Content::Event(_) | Content::Unknown => None,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.message
            .headers
            .as_ref()
            .and_then(|headers: &HeaderMap| headers.get(name))
            .map(async_nats::HeaderValue::as_str)
    }

    /// Returns what is the same for every copy of the event, such as one that is delivered again.
    #[must_use]
    pub fn id(&self) -> &str {
        self.header("Nats-Msg-Id").unwrap_or_default()
    }

    /// Returns the workspace's id.
    #[must_use]
    pub fn team(&self) -> &str {
        self.header(record::TEAM).unwrap_or_default()
    }

    /// Returns the channel's id, if the event has one.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        self.header(record::CHANNEL)
    }

    /// Tells whether the event was read from history after a gap.
    #[must_use]
    pub fn is_from_history(&self) -> bool {
        self.header(record::SOURCE) == Some("history")
    }

    /// Returns its place in the stream, and how often it has been delivered.
    #[must_use]
    pub fn place(&self) -> Option<(u64, i64)> {
        self.message.info().ok().map(|info| (info.stream_sequence, info.delivered))
    }

    /// Says that it has been dealt with, without waiting for the server to have heard it.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn ack(&self) -> Result<(), Error> {
        self.message.ack().await.map_err(|error| Error::nats("an acknowledgement").because(error))
    }

    /// Says that it has been dealt with, and waits until the server has heard it: after that it is not delivered again.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn double_ack(&self) -> Result<(), Error> {
        self.message.double_ack().await.map_err(|error| Error::nats("an acknowledgement").because(error))
    }

    /// Has it delivered again, after a while.
    ///
    /// # Errors
    /// If the connection is closed.
    pub async fn again_after(&self, wait: Duration) -> Result<(), Error> {
        let outcome = self.message.ack_with(AckKind::Nak(Some(wait))).await;
        outcome.map_err(|error| Error::nats("an acknowledgement").because(error))
    }
}
