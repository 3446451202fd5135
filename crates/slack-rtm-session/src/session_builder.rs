//! Sets up a session.

mod launch;
#[cfg(feature = "socket-mode")]
mod socket_mode;

use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::Client;
use tokio::sync::oneshot;

#[cfg(feature = "socket-mode")]
use self::socket_mode::Settings;
use crate::connector::Custom;
use crate::queue::OverflowPolicy;
use crate::rtm_connect::Arguments;
use crate::{Backfill, Checkpoint, Config, ConnectLimit, Connector, Error, Session};

/// The default of [`SessionBuilder::queue_bytes`].
const DEFAULT_QUEUE_BYTES: usize = 8 << 20;

/// The default of [`SessionBuilder::max_message_size`].
const DEFAULT_MAX_MESSAGE_SIZE: usize = 16 << 20;

/// Builds a [`Session`].
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
/// use slack_rtm_session::{Item, SessionBuilder};
///
/// let (sender, mut events) = SessionBuilder::new(client).presence_sub(true).open().await?.split();
/// while let Some(item) = events.next().await {
///     if let Item::Event(event) = item
///         && let Ok(slack_rtm_models::Event::Message(message)) = event.decode_event()
///         && let Some(channel) = message.channel
///     {
///         println!("{:?}", sender.send_message(channel, "I heard you").await);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a session starts with `open` or `start`"]
pub struct SessionBuilder {
    pub(crate) client: Client,
    pub(crate) name: Option<Arc<str>>,
    arguments: Arguments,
    pub(crate) config: Config,
    pub(crate) queue_bytes: usize,
    pub(crate) overflow: OverflowPolicy,
    pub(crate) max_message_size: usize,
    pub(crate) seed: Option<u64>,
    open_timeout: Option<Duration>,
    pub(crate) backfill: Option<Backfill>,
    pub(crate) checkpoint: Option<Checkpoint>,
    connector: Option<Custom>,
    #[cfg(feature = "socket-mode")]
    socket_mode: Option<Settings>,
    pub(crate) connect_limit: Option<ConnectLimit>,
}

impl Session {
    /// Returns a builder of a session over RTM, with the client's token, TLS configuration and proxy.
    pub fn builder(client: Client) -> SessionBuilder {
        SessionBuilder::new(client)
    }
}

impl SessionBuilder {
    /// Creates a builder of a session over RTM, with the client's token, TLS configuration and proxy.
    ///
    /// Its calls of rtm.connect count against the client's [`CallBudget`](slack_rtm_apis::CallBudget), which all sessions of the client and of its clones share.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            name: None,
            arguments: Arguments::default(),
            config: Config::default(),
            queue_bytes: DEFAULT_QUEUE_BYTES,
            overflow: OverflowPolicy::default(),
            max_message_size: DEFAULT_MAX_MESSAGE_SIZE,
            seed: None,
            open_timeout: None,
            backfill: None,
            checkpoint: None,
            connector: None,
            #[cfg(feature = "socket-mode")]
            socket_mode: None,
            connect_limit: None,
        }
    }

    /// Creates a builder of a session over Socket Mode, with the client's app-level token (`ClientBuilder::app_token`).
    ///
    /// The session yields the same items as one over RTM, so a bot can run over either, and in addition [`Item::Interaction`](crate::Item::Interaction) and
    /// [`Item::SlashCommand`](crate::Item::SlashCommand). These are the differences:
    ///
    /// - Slack sends each event to only one of the app's connections, and delivers it again if it is not acknowledged; see [`ack_policy`](Self::ack_policy). An event that
    ///   does not fit into the queue is not acknowledged, so the default of [`overflow`](Self::overflow) is [`OverflowPolicy::DropNewest`].
    /// - Messages are posted with chat.postMessage and the client's bot token, one at a time; they have an [`Outcome`](crate::Outcome) as over RTM. All other commands of the
    ///   [`Sender`](crate::Sender) are [`NotSent::Unsupported`](crate::NotSent::Unsupported).
    /// - The identity is that of the bot token, from auth.test. Without a bot token, its ids and names are empty.
    /// - The call for an address is apps.connections.open, and [`presence_sub`](Self::presence_sub), [`batch_presence_aware`](Self::batch_presence_aware) and
    ///   [`connector`](Self::connector) have no effect.
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
    /// use slack_rtm_session::{Item, SessionBuilder};
    ///
    /// let mut session = SessionBuilder::socket_mode(client).open().await?;
    /// while let Some(item) = session.next().await {
    ///     if let Item::SlashCommand(command) = item {
    ///         println!("{:?}", command.decode());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "socket-mode")]
    pub fn socket_mode(client: Client) -> Self {
        let socket_mode = Some(Settings::default());
        Self { socket_mode, overflow: OverflowPolicy::DropNewest, ..Self::new(client) }
    }

    /// Sets when envelopes are acknowledged; the default is [`AckPolicy::Auto`](crate::AckPolicy::Auto). Has no effect over RTM.
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
    /// use slack_rtm_session::{AckPolicy, Item, SessionBuilder};
    ///
    /// let mut session = SessionBuilder::socket_mode(client).ack_policy(AckPolicy::Manual).open().await?;
    /// while let Some(item) = session.next().await {
    ///     if let Item::Event(event) = item {
    ///         println!("{:?}", event.decode_event());
    ///         // Slack delivers the event again unless it is acknowledged.
    ///         event.ack();
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "socket-mode")]
    pub fn ack_policy(mut self, policy: crate::AckPolicy) -> Self {
        if let Some(settings) = &mut self.socket_mode {
            settings.policy = policy;
        }
        self
    }

    /// Sets the number of connections of the session, from 1 to 10, which is Slack's limit for an app; the default is 1. Has no effect over RTM.
    ///
    /// Each connection needs a call of its own, so opening more than [`Config::calls_per_minute`] takes more than a minute. The session is connected while at least one
    /// connection is, and yields the items of all of them, such as [`Item::Connected`](crate::Item::Connected).
    #[cfg(feature = "socket-mode")]
    pub fn connections(mut self, connections: usize) -> Self {
        if let Some(settings) = &mut self.socket_mode {
            settings.connections = connections.clamp(1, 10);
        }
        self
    }

    /// Sets the `name` field of the session's [`tracing`] span; the default is no name. The fields `team` and `user` are set as soon as they are known; a name
    /// distinguishes sessions before that.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into());
        self
    }

    /// Sets the argument `presence_sub` of rtm.connect: whether presence changes arrive only for subscribed users. By default the argument is not sent.
    pub fn presence_sub(mut self, value: bool) -> Self {
        self.arguments.presence_sub = Some(value);
        self
    }

    /// Sets the argument `batch_presence_aware` of rtm.connect: whether one presence change may be about several users. By default the argument is not sent.
    pub fn batch_presence_aware(mut self, value: bool) -> Self {
        self.arguments.batch_presence_aware = Some(value);
        self
    }

    /// Sets a [`Connector`] that provides the address to connect to; the default calls rtm.connect. [`presence_sub`](Self::presence_sub) and
    /// [`batch_presence_aware`](Self::batch_presence_aware) have no effect then.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connector = Some(Custom(Arc::new(connector)));
        self
    }

    /// Sets the limit on sessions that connect at the same time; the default is a limit of 64 that all sessions of the process share. See [`ConnectLimit`].
    pub fn connect_limit(mut self, limit: &ConnectLimit) -> Self {
        self.connect_limit = Some(limit.clone());
        self
    }

    /// Sets all times and limits at once; the default is [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the time between two pings; the default is 5 seconds.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// Sets how long the server may be silent after a ping: `min`, and up to `max` on a slow line. The defaults are 4 and 15 seconds. See [`Config::pong_timeout`].
    pub fn pong_timeout(mut self, min: Duration, max: Duration) -> Self {
        self.config.pong_timeout = min;
        self.config.max_pong_timeout = max;
        self
    }

    /// Sets how long DNS, TCP, the proxy, TLS and the upgrade may take together: `min`, and up to `max` on a slow line and after repeated timeouts. The defaults are
    /// 9.5 and 30 seconds. See [`Config::dial_timeout`].
    pub fn dial_timeout(mut self, min: Duration, max: Duration) -> Self {
        self.config.dial_timeout = min;
        self.config.max_dial_timeout = max;
        self
    }

    /// Sets how long the server may take to say hello after the upgrade: `min`, and up to `max` on a slow line and after repeated timeouts. The defaults are 9.5 and
    /// 30 seconds. See [`Config::hello_timeout`].
    pub fn hello_timeout(mut self, min: Duration, max: Duration) -> Self {
        self.config.hello_timeout = min;
        self.config.max_hello_timeout = max;
        self
    }

    /// Sets how long to wait for the acknowledgement of a command; the default is 9.5 seconds, and more on a slow line. See [`Config::ack_timeout`].
    pub fn ack_timeout(mut self, timeout: Duration) -> Self {
        self.config.ack_timeout = timeout;
        self
    }

    /// Sets how many times a session that was connected before calls again after Slack refuses its token, for instance with `invalid_auth`, and the wait before the first
    /// retry, which doubles with each. The default is 4 retries, the first after 15 seconds, which takes about four minutes. See [`Config::refusal_retries`].
    pub fn refusal_retries(mut self, retries: u32, first_wait: Duration) -> Self {
        self.config.refusal_retries = retries;
        self.config.refusal_wait = first_wait;
        self
    }

    /// Sets the capacity of the queue of items, in bytes; the default is 8 MiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Sets the overflow policy of the queue; the default drops the oldest events over RTM, and the newest over Socket Mode.
    pub fn overflow(mut self, overflow: OverflowPolicy) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets the maximum size of an incoming message, in bytes; the default is 16 MiB. A larger one ends the connection with
    /// [`DisconnectReason::FrameTooLarge`](crate::DisconnectReason::FrameTooLarge).
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Sets the seed of the random waits between attempts, so that tests are reproducible; the default is a random seed. The ids of commands do not depend on it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how long [`open`](Self::open) may take over all attempts; the default is no limit. After that time `open` returns [`Error::OpenTimeout`] with the
    /// last failure, and the session ends. Has no effect on [`start`](Self::start).
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.open_timeout = Some(timeout);
        self
    }

    /// Enables filling gaps from history: messages that were posted while there was no connection arrive as [`Item::Missed`](crate::Item::Missed). By default gaps are not filled.
    /// See [`Backfill`].
    pub fn backfill(mut self, settings: Backfill) -> Self {
        self.backfill = Some(settings);
        self
    }

    /// Resumes from the checkpoint of an earlier process: the session begins with a gap from there, and fills it. Enables [`backfill`](Self::backfill), with the default
    /// settings unless others are set.
    ///
    /// A checkpoint of another workspace or user is ignored: the session starts afresh, and its [`Item::Backfilled`](crate::Item::Backfilled) has
    /// [`ShortfallReason::OtherIdentity`](crate::ShortfallReason::OtherIdentity).
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm_session::{Backfill, Checkpoint, SessionBuilder};
    ///
    /// let checkpoint: Checkpoint = match std::fs::read("checkpoint.json") {
    ///     Ok(json) => serde_json::from_slice(&json)?,
    ///     Err(_) => Checkpoint::default(),
    /// };
    /// let (sender, mut events) = SessionBuilder::new(client).resume(checkpoint).open().await?.split();
    /// while let Some(item) = events.next().await {
    ///     println!("{item:?}");
    ///     if let Some(checkpoint) = events.checkpoint() {
    ///         std::fs::write("checkpoint.json", serde_json::to_vec(&checkpoint)?)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.backfill.get_or_insert_default();
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Opens the session and waits until it is connected. Transient failures are retried without a limit, so this waits for as long as the network is down unless
    /// [`open_timeout`](Self::open_timeout) is set.
    ///
    /// Each failure is logged as a warning and yields an [`Item::Retry`](crate::Item::Retry). To receive these items while the session opens, use
    /// [`start`](Self::start).
    ///
    /// # Cancel safety
    /// Dropping the future ends the session.
    ///
    /// # Errors
    /// Returns an error if Slack refuses the session for good, and [`Error::OpenTimeout`] after [`open_timeout`](Self::open_timeout).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time and I/O enabled.
    pub async fn open(self) -> Result<Session, Error> {
        let (opened, outcome) = oneshot::channel();
        let limit = self.open_timeout;
        let session = self.launch(Some(opened));
        let outcome = async { outcome.await.unwrap_or(Err(Error::Closed)) };
        match limit {
            None => outcome.await?,
            Some(limit) => match tokio::time::timeout(limit, outcome).await {
                Ok(outcome) => outcome?,
                Err(_) => return Err(Error::OpenTimeout { last: session.sender().shared().last_failure() }),
            },
        }
        Ok(session)
    }

    /// Starts the session without waiting for a connection. Its items include every failed attempt.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time and I/O enabled.
    pub fn start(self) -> Session {
        self.launch(None)
    }
}
