//! Opening a session.

use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::Client;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use crate::backfill::Filler;
use crate::calls::{Arguments, Caller, Plain};
use crate::connector::{Custom, WebApi};
use crate::driver::{Driver, Parts};
use crate::machine::Machine;
use crate::queue::{Overflow, Queue};
use crate::shared::Shared;
#[cfg(feature = "socket-mode")]
use crate::socket_mode::Settings;
use crate::telemetry::Telemetry;
use crate::{
    Backfill, Checkpoint, Config, ConnectLimit, Connector, Error, Events, Sender, Session, numbering,
};

/// How many bytes of items may wait by default.
const DEFAULT_QUEUE_BYTES: usize = 8 << 20;

/// How long a frame may be by default, in bytes.
const DEFAULT_MAX_INCOMING: usize = 16 << 20;

/// Sets up a session.
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
#[must_use = "nothing happens until it is opened"]
pub struct SessionBuilder {
    pub(crate) client: Client,
    pub(crate) name: Option<Arc<str>>,
    arguments: Arguments,
    pub(crate) config: Config,
    pub(crate) queue_bytes: usize,
    pub(crate) overflow: Overflow,
    pub(crate) max_incoming: usize,
    pub(crate) seed: Option<u64>,
    open_timeout: Option<Duration>,
    pub(crate) backfill: Option<Backfill>,
    pub(crate) checkpoint: Option<Checkpoint>,
    connector: Option<Custom>,
    #[cfg(feature = "socket-mode")]
    socket_mode: Option<Settings>,
    pub(crate) connect_limit: Option<ConnectLimit>,
}

impl SessionBuilder {
    /// A session with the client's token, TLS configuration and proxy. It takes its calls of rtm.connect out of the client's
    /// [`CallBudget`](slack_rtm_apis::CallBudget), which all sessions of the client and its clones share.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            name: None,
            arguments: Arguments::default(),
            config: Config::default(),
            queue_bytes: DEFAULT_QUEUE_BYTES,
            overflow: Overflow::default(),
            max_incoming: DEFAULT_MAX_INCOMING,
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

    /// A session over Socket Mode, with the client's app-level token (`ClientBuilder::app_token`). It gives the same items as one over RTM, so a bot runs over either;
    /// beside them it gives [`Item::Interaction`](crate::Item::Interaction) and [`Item::Command`](crate::Item::Command). What differs:
    ///
    /// - Slack gives each event to one of the app's connections, and delivers again what is not acknowledged; see [`ack_policy`](Self::ack_policy). What the queue has
    ///   no room for is not acknowledged, so the default of [`overflow`](Self::overflow) is [`Overflow::DropNewest`] here.
    /// - Messages are posted with chat.postMessage and the client's own token, a bot's, one after the other; their [`Outcome`](crate::Outcome) is as honest. Other commands
    ///   of the [`Sender`] are [`NotSent::Unsupported`](crate::NotSent::Unsupported).
    /// - The identity is that of the bot's token, asked for with auth.test. Without one, its ids and names are empty.
    /// - Where this documentation says rtm.connect, it is apps.connections.open.
    #[cfg(feature = "socket-mode")]
    pub fn socket_mode(client: Client) -> Self {
        let socket_mode = Some(Settings::default());
        Self { socket_mode, overflow: Overflow::DropNewest, ..Self::new(client) }
    }

    /// Over Socket Mode, sets when envelopes are acknowledged. The default is [`AckPolicy::Auto`](crate::AckPolicy::Auto). Over RTM it has no effect.
    #[cfg(feature = "socket-mode")]
    pub fn ack_policy(mut self, policy: crate::AckPolicy) -> Self {
        if let Some(settings) = &mut self.socket_mode {
            settings.policy = policy;
        }
        self
    }

    /// Over Socket Mode, sets how many connections the session has, from 1 to 10, which is what Slack allows an app in all. The default is 1. Each needs a call of
    /// its own to open, so more than [`Config::calls_per_minute`] take some time. With several, the session is connected while one of them is, and each tells of its own
    /// connections and losses. Over RTM it has no effect.
    #[cfg(feature = "socket-mode")]
    pub fn connections(mut self, connections: usize) -> Self {
        if let Some(settings) = &mut self.socket_mode {
            settings.connections = connections.clamp(1, 10);
        }
        self
    }

    /// Sets the name that the session has in the log, as the field `name` of its span. The default is none. Team and user are fields of the span in any case, as soon as
    /// they are known; a name tells sessions apart before that.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into());
        self
    }

    /// Sets the argument `presence_sub` of rtm.connect: presence changes come only for users subscribed to. By default Slack decides.
    pub fn presence_sub(mut self, value: bool) -> Self {
        self.arguments.presence_sub = Some(value);
        self
    }

    /// Sets the argument `batch_presence_aware` of rtm.connect: presence changes may be about several users at once. By default Slack decides.
    pub fn batch_presence_aware(mut self, value: bool) -> Self {
        self.arguments.batch_presence_aware = Some(value);
        self
    }

    /// Sets what tells the session where to connect to, in place of rtm.connect; see [`Connector`]. The arguments of rtm.connect are its own affair then.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connector = Some(Custom(Arc::new(connector)));
        self
    }

    /// Sets the limit of sessions that connect at the same time. The default is one of 64 that all sessions of the process share; see [`ConnectLimit`].
    pub fn connect_limit(mut self, limit: &ConnectLimit) -> Self {
        self.connect_limit = Some(limit.clone());
        self
    }

    /// Sets all times and limits.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the time between two pings. Default: 5 seconds.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// Sets how long the server may be silent after a ping, before the connection is given up: `min` on a fast line, and as long as answers take on a slow one, up to
    /// `max`. The defaults are 4 and 15 seconds. See [`Config::pong_timeout`].
    pub fn pong_timeout(mut self, min: Duration, max: Duration) -> Self {
        self.config.pong_timeout = min;
        self.config.max_pong_timeout = max;
        self
    }

    /// Sets how long DNS, TCP, a proxy, TLS and the upgrade may take together: `min`, and up to `max` on a slow line and after repeated timeouts. The defaults are 9.5
    /// and 30 seconds. See [`Config::dial_timeout`].
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

    /// Sets how long an acknowledgement may take. Default: 9.5 seconds; more where pings take longer to be answered.
    pub fn ack_timeout(mut self, timeout: Duration) -> Self {
        self.config.ack_timeout = timeout;
        self
    }

    /// Sets how a session that was connected takes a refusal of its token that may pass, such as `invalid_auth`: how often rtm.connect is called again before that
    /// ends the session, and how long after the first refusal. The wait doubles with each. The default is 4 times, first after 15 seconds, which makes about four
    /// minutes. See [`Config::refusal_retries`] for the codes.
    pub fn refusal_retries(mut self, retries: u32, first_wait: Duration) -> Self {
        self.config.refusal_retries = retries;
        self.config.refusal_wait = first_wait;
        self
    }

    /// Sets how many bytes of items may wait to be taken. Default: 8 MiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Sets what happens when more than that wait. Default: the oldest events are dropped.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how long a frame of the server may be, in bytes. Default: 16 MiB. A longer one costs the connection.
    pub fn max_incoming(mut self, bytes: usize) -> Self {
        self.max_incoming = bytes;
        self
    }

    /// Fixes what is left to chance, such as the waits between attempts, but not the ids of commands: for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how long [`open`](Self::open) may take, over all attempts. The default is no limit. When the time is over, `open` fails with [`Error::OpenTimeout`], which
    /// holds the last failure, and the session ends. [`start`](Self::start) has no limit.
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.open_timeout = Some(timeout);
        self
    }

    /// Has gaps filled from history: messages that were posted while there was no connection come as [`Item::Missed`](crate::Item::Missed). See [`Backfill`].
    pub fn backfill(mut self, settings: Backfill) -> Self {
        self.backfill = Some(settings);
        self
    }

    /// Goes on from a checkpoint of an earlier process: the session begins with a gap from there, which is filled. Filling is switched on by this, with the default
    /// settings unless [`backfill`](Self::backfill) sets others.
    ///
    /// A checkpoint of another workspace, or of another user, is put aside when the session is connected: the session starts anew, and an [`Item::Filled`](crate::Item::Filled) says so
    /// with [`ShortfallReason::OtherIdentity`](crate::ShortfallReason::OtherIdentity).
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

    /// Opens the session and waits for the server's hello. Failures that may pass are tried again meanwhile, without an end; what failed is told by the items.
    ///
    /// It waits for as long as the network is down, unless [`open_timeout`](Self::open_timeout) is set. Each failure is logged as a warning, and is an
    /// [`Item::Retry`](crate::Item::Retry); to receive those while the session opens, use [`start`](Self::start), which does not wait.
    ///
    /// Cancel safe: dropping the future ends the session.
    ///
    /// # Errors
    /// If rtm.connect is refused for good, and with [`Error::OpenTimeout`] if [`open_timeout`](Self::open_timeout) passes.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O.
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

    /// Starts the session and does not wait: the items tell from the first attempt on how it goes.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O.
    pub fn start(self) -> Session {
        self.launch(None)
    }

    /// Returns the numbers that the state machine goes by.
    pub(crate) fn machine_config(&self) -> Config {
        let mut config = self.config.clone();
        if self.backfill.is_some() {
            // It keeps the channels itself.
            config.max_channels = 0;
        }
        config
    }

    fn launch(self, opened: Option<oneshot::Sender<Result<(), Error>>>) -> Session {
        let suspend_clock = self.client.suspend_clock().clone();
        #[cfg(feature = "socket-mode")]
        if let Some(settings) = self.socket_mode {
            let (sender, events) = crate::socket_mode::launch(self, settings, opened, suspend_clock);
            return Session::new(sender, events);
        }
        let client = self.client.clone();
        let budget = self.client.call_budget().clone();
        let shared =
            Arc::new(Shared::new(Queue::new(self.queue_bytes, self.overflow), budget.epoch(), suspend_clock));
        let (sender, requests) = mpsc::channel(self.config.send_queue.max(1));
        let config = self.machine_config();
        let per_minute = config.calls_per_minute;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut machine = Machine::new(shared.now(), config, budget.clone(), seed);
        // Not by the seed, which is the same in each run of a test, and of a program that sets one.
        machine.number_from(numbering::first_id());
        let plain = Plain::of(&self.client, self.connector.is_some());
        let connector = match self.connector {
            Some(Custom(connector)) => connector,
            None => Arc::new(WebApi { client: self.client.clone(), arguments: self.arguments }),
        };
        let telemetry = Telemetry::new(self.name.as_deref());
        let span = telemetry.span();
        let driver = Driver::new(
            Parts {
                client: self.client,
                caller: Caller { connector, plain, budget, per_minute },
                connect_limit: self.connect_limit.unwrap_or_else(ConnectLimit::of_process),
                max_frame: self.max_incoming,
                shared: shared.clone(),
                requests,
                opened,
                #[cfg(feature = "socket-mode")]
                port: None,
            },
            machine,
            telemetry,
        );
        tokio::spawn(driver.instrument(span));
        let filler =
            self.backfill.map(|settings| Box::new(Filler::new(client, settings, self.checkpoint.as_ref())));
        Session::new(Sender::new(sender, shared.clone()), Events::new(shared, filler))
    }
}
