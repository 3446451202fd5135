//! A token on this host: its session, and the way of its events into the stream.

mod filling;
mod publishing;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use slack_rtm::models::RawEvent;
use slack_rtm::session::ConnectedKind;
use slack_rtm::{Client, Connected, Events, Gap, Item, Sender, SessionBuilder};
use tokio::sync::watch;
use tokio::time::Instant;

use self::filling::Fill;
use crate::config::RelayConfig;
use crate::leases::Leases;
use crate::nats::Nats;
use crate::peers::Peers;
use crate::policy::{Answer, Coverage, Verdict};
use crate::progress::Progress;
use crate::publisher::Publisher;
use crate::record::GapState;
use crate::sending::Commands;
use crate::{Identify, Name};

/// How many events are taken out of a session ahead of the publisher.
const AHEAD: usize = 64;

/// How many events are held back while it is decided whether something is missing.
const MAX_HELD: usize = 4_096;

/// How long it is between two questions to the other hosts.
const ASK_AGAIN: Duration = Duration::from_millis(150);

/// How long a session that has ended for good is left alone.
const REST: Duration = Duration::from_secs(60);

/// What all tokens of a host share.
pub(crate) struct Environment {
    pub(crate) host: Name,
    pub(crate) nats: Nats,
    pub(crate) publisher: Publisher,
    pub(crate) leases: Leases,
    pub(crate) peers: Peers,
    pub(crate) identify: Arc<dyn Identify>,
    pub(crate) config: RelayConfig,
}

/// The session that commands go over.
pub(crate) type Slot = Arc<Mutex<Option<Sender>>>;

/// A token that is held, as others see it.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) progress: Arc<Progress>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Handle {
    /// Starts to hold a token.
    pub(crate) fn start(environment: Arc<Environment>, token: Name, client: Client) -> Self {
        let progress = Arc::new(Progress::default());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(hold(environment, token, client, progress.clone(), stopped));
        Self { progress, stop, task }
    }

    /// Ends the session, and publishes what it has received.
    pub(crate) fn stop(&self) {
        let _ = self.stop.send(true);
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Holds a token until it is told to stop. A session that ends by itself, such as by a token that was revoked, is begun again after a while.
async fn hold(
    environment: Arc<Environment>,
    token: Name,
    client: Client,
    progress: Arc<Progress>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let mut holding =
            Holding::start(environment.clone(), token.clone(), client.clone(), progress.clone());
        let is_stopped = holding.run(&mut stopped).await;
        drop(holding);
        if is_stopped || tokio::time::timeout(REST, stopped.wait_for(|stopped| *stopped)).await.is_ok() {
            break;
        }
    }
    environment.leases.forget(&token);
}

/// What an event is about to become.
struct Queued {
    event: RawEvent,
    is_from_history: bool,
    number: u64,
}

/// What is being decided or done about something that may be missing. Meanwhile live events are held back.
enum Doubt {
    /// Whether another host had it.
    Deciding {
        coverage: Coverage,
        gap: Option<Box<Gap>>,
        question: BoxFuture<'static, (Duration, usize, Vec<Answer>)>,
    },
    /// It is read from history.
    Filling(Box<Fill>),
}

struct Holding {
    environment: Arc<Environment>,
    token: Name,
    client: Client,
    progress: Arc<Progress>,
    team: String,
    epoch: Instant,
    events: Events,
    slot: Slot,
    /// The session fills its gaps itself.
    fills: bool,
    doubt: Option<Doubt>,
    queue: VecDeque<Queued>,
    held: VecDeque<Queued>,
    submitting: Option<BoxFuture<'static, ()>>,
}

/// What happened.
enum Happening {
    Item(Option<Item>),
    Filled(Option<Item>),
    Answers((Duration, usize, Vec<Answer>)),
    Submitted,
    Lease,
    Stop,
}

impl Holding {
    fn start(environment: Arc<Environment>, token: Name, client: Client, progress: Arc<Progress>) -> Self {
        let (sender, events) = builder(&client, &environment.config).start().split();
        Self {
            environment,
            token,
            client,
            progress,
            team: String::new(),
            epoch: Instant::now(),
            events,
            slot: Arc::new(Mutex::new(Some(sender))),
            fills: false,
            doubt: None,
            queue: VecDeque::new(),
            held: VecDeque::new(),
            submitting: None,
        }
    }

    /// Returns whether it was told to stop; otherwise the session has ended by itself.
    async fn run(&mut self, stopped: &mut watch::Receiver<bool>) -> bool {
        let mut lease = self.environment.leases.watch(&self.token);
        let mut commands: Option<Commands> = None;
        loop {
            self.publish();
            let happening = self.next(stopped, &mut lease).await;
            match happening {
                Happening::Stop => break,
                Happening::Submitted => self.submitting = None,
                Happening::Item(Some(item)) => {
                    if self.main(item).await {
                        self.leave().await;
                        return false;
                    }
                }
                Happening::Item(None) => {
                    self.leave().await;
                    return false;
                }
                Happening::Filled(item) => self.filled(item).await,
                Happening::Answers((asked, hosts, answers)) => self.answered(asked, hosts, &answers).await,
                Happening::Lease => {}
            }
            let is_held = *lease.borrow_and_update() && !self.team.is_empty();
            if is_held != commands.is_some() {
                commands = is_held.then(|| {
                    Commands::serve(
                        self.environment.clone(),
                        self.token.clone(),
                        self.team.clone(),
                        self.slot.clone(),
                    )
                });
            }
        }
        drop(commands);
        self.leave().await;
        true
    }

    /// Waits for what happens next. Nothing is lost if other things happen first.
    async fn next(
        &mut self,
        stopped: &mut watch::Receiver<bool>,
        lease: &mut watch::Receiver<bool>,
    ) -> Happening {
        let has_room = self.queue.len() < AHEAD && self.held.len() < MAX_HELD;
        let (question, fill) = match &mut self.doubt {
            Some(Doubt::Deciding { question, .. }) => (Some(question), None),
            Some(Doubt::Filling(fill)) => (None, Some(fill)),
            None => (None, None),
        };
        // While the other session fills, this one is of use until that one is connected.
        let is_read = has_room && fill.as_ref().is_none_or(|fill| !fill.is_connected);
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => Happening::Stop,
            _ = lease.changed() => Happening::Lease,
            () = async { if let Some(submitting) = &mut self.submitting { submitting.await } }, if self.submitting.is_some() => Happening::Submitted,
            answers = async { match question { Some(question) => question.await, None => std::future::pending().await } } => Happening::Answers(answers),
            item = async { match fill { Some(fill) => fill.events.next().await, None => std::future::pending().await } }, if has_room => Happening::Filled(item),
            item = self.events.next(), if is_read => Happening::Item(item),
        }
    }

    /// Deals with an item of the session; returns whether it was its last.
    async fn main(&mut self, item: Item) -> bool {
        match item {
            Item::Event(event) => self.received(event.into_raw(), false),
            Item::Missed(missed) => self.received(missed.event, true),
            Item::Connected(connected) => self.connected(&connected),
            Item::Gap(gap) if self.fills => self.note_gap(Some(&gap)).await,
            Item::Gap(gap) => self.doubt(gap.duration, Some(gap)),
            Item::Backfilled(filled) => {
                let record = filling::filled_record(&self.environment.host, &self.token, &filled);
                self.record(record).await;
                self.progress.hold(false);
            }
            Item::Lagged(count) => {
                tracing::warn!(token = %self.token, count, "NATS takes no events, and this host had no more room");
                self.progress.interrupted();
                self.progress.connected();
                if !self.fills && self.doubt.is_none() {
                    self.fill("lagged", None).await;
                }
            }
            Item::Disconnected(reason) => {
                tracing::warn!(token = %self.token, reason = reason.as_str(), "connection lost");
                self.progress.interrupted();
                self.environment.leases.want(&self.token, false);
            }
            Item::Closed(error) => {
                tracing::error!(token = %self.token, %error, "the session has ended");
                self.progress.interrupted();
                return true;
            }
            _ => {}
        }
        false
    }

    fn connected(&mut self, connected: &Connected) {
        let identity = &connected.identity;
        self.team = identity.team.id.as_str().to_owned();
        self.progress.set_identity(&self.team, identity.user.id.as_str());
        self.progress.connected();
        self.environment.leases.want(&self.token, true);
        tracing::info!(token = %self.token, team = %self.team, kind = ?connected.kind, "connected");
        match connected.kind {
            ConnectedKind::First if self.doubt.is_none() => self.doubt(Duration::ZERO, None),
            // The gap follows.
            ConnectedKind::Reconnected => self.progress.hold(true),
            _ => {}
        }
    }

    /// Something may be missing, which the session did not hear of for so long.
    fn doubt(&mut self, missed: Duration, gap: Option<Box<Gap>>) {
        if matches!(self.doubt, Some(Doubt::Filling(_))) {
            return;
        }
        self.progress.hold(true);
        let coverage = Coverage::new(self.epoch.elapsed(), missed, self.environment.config.coverage_patience);
        let question = self.question(Duration::ZERO);
        self.doubt = Some(Doubt::Deciding { coverage, gap, question });
    }

    /// Asks the other hosts, after a while.
    fn question(&self, wait: Duration) -> BoxFuture<'static, (Duration, usize, Vec<Answer>)> {
        let (peers, token, epoch) = (self.environment.peers.clone(), self.token.clone(), self.epoch);
        let nats = self.environment.nats.clone();
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            // Without NATS nobody can be asked, and nothing can be published either.
            while !nats.is_connected() {
                tokio::time::sleep(ASK_AGAIN).await;
            }
            let asked = epoch.elapsed();
            let (hosts, answers) = peers.ask(&token).await;
            (asked, hosts, answers)
        })
    }

    async fn answered(&mut self, asked: Duration, hosts: usize, answers: &[Answer]) {
        let Some(Doubt::Deciding { coverage, gap, .. }) = &mut self.doubt else { return };
        match coverage.decide(asked, self.epoch.elapsed(), hosts, answers) {
            Verdict::Covered => self.certain(),
            Verdict::Uncovered => {
                let gap = gap.take();
                let reason = gap.as_ref().map_or("restart", |gap| gap.reason.as_str());
                self.fill(reason, gap.as_deref()).await;
            }
            Verdict::Open => {
                let again = self.question(ASK_AGAIN);
                if let Some(Doubt::Deciding { question, .. }) = &mut self.doubt {
                    *question = again;
                }
            }
        }
    }

    /// Nothing is missing any more: what was held back may go.
    fn certain(&mut self) {
        self.doubt = None;
        self.queue.append(&mut self.held);
        self.progress.hold(false);
    }

    async fn note_gap(&mut self, gap: Option<&Gap>) {
        let reason = gap.map_or("restart", |gap| gap.reason.as_str());
        self.progress.gap();
        let mut record =
            crate::GapRecord::new(self.environment.host.clone(), self.token.clone(), GapState::Open);
        record.reason = Some(reason.to_owned());
        record.lasted_ms = gap.and_then(|gap| u64::try_from(gap.duration.as_millis()).ok());
        record.channels = self.progress.marks();
        self.record(record).await;
    }

    /// Ends the sessions, and publishes all that they have received.
    async fn leave(&mut self) {
        let sender = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            sender.close().await;
        }
        self.progress.interrupted();
        while let Some(item) = self.events.next().await {
            match item {
                Item::Event(event) => self.received(event.into_raw(), false),
                Item::Missed(missed) => self.received(missed.event, true),
                _ => {}
            }
        }
        if let Some(Doubt::Filling(mut fill)) = self.doubt.take() {
            fill.sender.close().await;
            while let Some(item) = fill.events.next().await {
                match item {
                    Item::Event(event) => self.received(event.into_raw(), false),
                    Item::Missed(missed) => self.queue.push_back(self.queued(missed.event, true)),
                    _ => {}
                }
            }
        }
        self.certain();
        while !self.queue.is_empty() || self.submitting.is_some() {
            self.publish();
            if let Some(submitting) = self.submitting.take() {
                submitting.await;
            }
        }
    }
}

/// A session with the relay's settings.
fn builder(client: &Client, config: &RelayConfig) -> SessionBuilder {
    let mut settings = slack_rtm::Config::default();
    settings.calls_per_minute = config.calls_per_minute;
    client.session().config(settings).queue_bytes(config.session_queue_bytes)
}
