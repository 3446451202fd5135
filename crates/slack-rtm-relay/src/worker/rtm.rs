//! The worker of a token over RTM.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use slack_rtm::models::RawEvent;
use slack_rtm::session::ConnectedKind;
use slack_rtm::{Client, Connected, Events, Gap, Item, SessionBuilder};
use tokio::sync::watch;
use tokio::time::Instant;

use super::backfill::{self, BackfillSession};
use super::{Context, LeasedCommands, configured, on_closed};
use crate::config::RelayConfig;
use crate::coverage_query::Answers;
use crate::policy::{Coverage, Verdict};
use crate::shared_sender::SharedSender;
use crate::token_state::TokenState;
use crate::{GapRecord, GapState, Name};

/// How many events are taken out of the session ahead of the publisher.
const MAX_QUEUED: usize = 64;

/// How many live events are held back during a recovery.
const MAX_HELD: usize = 4_096;

/// The wait between two queries of the other hosts.
const QUERY_INTERVAL: Duration = Duration::from_millis(150);

/// The reason of a gap whose events were received, but dropped.
const LAGGED: &str = "lagged";

/// An event that is to be published.
pub(super) struct QueuedEvent {
    pub(super) event: RawEvent,
    pub(super) is_from_history: bool,
    pub(super) number: u64,
}

/// What is done about events that may be missing. Live events are held back meanwhile, so that the order of a channel is kept.
pub(super) enum Recovery {
    /// The other hosts are asked whether one of them has received the events.
    Querying { coverage: Coverage, gap: Option<Box<Gap>>, query: BoxFuture<'static, Answers> },
    /// The events are read from history.
    Backfilling(Box<BackfillSession>),
}

pub(super) struct RtmWorker {
    pub(super) context: Arc<Context>,
    pub(super) token: Name,
    pub(super) client: Client,
    pub(super) state: Arc<TokenState>,
    pub(super) team: String,
    epoch: Instant,
    pub(super) events: Events,
    pub(super) sender: SharedSender,
    /// Whether the session fills its gaps itself, because it was started for a backfill.
    pub(super) has_backfill: bool,
    pub(super) recovery: Option<Recovery>,
    pub(super) queue: VecDeque<QueuedEvent>,
    pub(super) held: VecDeque<QueuedEvent>,
    pub(super) submitting: Option<BoxFuture<'static, ()>>,
}

/// What the worker waits for.
enum Input {
    Item(Option<Item>),
    BackfillItem(Option<Item>),
    Answers(Answers),
    Submitted,
    LeaseChanged,
    Stop,
}

impl RtmWorker {
    pub(super) fn start(context: Arc<Context>, token: Name, client: Client, state: Arc<TokenState>) -> Self {
        let (sender, events) = session(&client, &context.config).start().split();
        let sender = SharedSender::new(sender);
        state.set_session(sender.clone());
        Self {
            context,
            token,
            client,
            state,
            team: String::new(),
            epoch: Instant::now(),
            events,
            sender,
            has_backfill: false,
            recovery: None,
            queue: VecDeque::new(),
            held: VecDeque::new(),
            submitting: None,
        }
    }

    /// Runs until the worker is stopped or the session ends. Returns whether it was stopped.
    pub(super) async fn run(mut self, stopped: &mut watch::Receiver<bool>) -> bool {
        let mut commands = LeasedCommands::new(&self.context, &self.token);
        let is_stopped = loop {
            self.submit_queued();
            match self.next(stopped, &mut commands).await {
                Input::Stop => break true,
                Input::Submitted => self.submitting = None,
                Input::Item(Some(item)) => {
                    if self.on_item(item).await {
                        break false;
                    }
                }
                Input::Item(None) => break false,
                Input::BackfillItem(item) => self.on_backfill_item(item),
                Input::Answers(answers) => self.on_answers(&answers).await,
                Input::LeaseChanged => {}
            }
            commands.update(&self.context, &self.token, &self.team, &self.sender);
        };
        drop(commands);
        self.finish().await;
        is_stopped
    }

    /// Waits for the next input.
    ///
    /// Cancel safe: no input is lost if another one comes first.
    async fn next(&mut self, stopped: &mut watch::Receiver<bool>, commands: &mut LeasedCommands) -> Input {
        let has_room = self.queue.len() < MAX_QUEUED && self.held.len() < MAX_HELD;
        let (query, backfill) = match &mut self.recovery {
            Some(Recovery::Querying { query, .. }) => (Some(query), None),
            Some(Recovery::Backfilling(backfill)) => (None, Some(backfill)),
            None => (None, None),
        };
        // The old session is read until that of the backfill is connected.
        let is_read = has_room && backfill.as_ref().is_none_or(|backfill| !backfill.is_connected);
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => Input::Stop,
            () = commands.changed() => Input::LeaseChanged,
            () = async { if let Some(submitting) = &mut self.submitting { submitting.await } }, if self.submitting.is_some() => Input::Submitted,
            result = async { match query { Some(query) => query.await, None => std::future::pending().await } } => Input::Answers(result),
            item = async { match backfill { Some(backfill) => backfill.events.next().await, None => std::future::pending().await } }, if has_room => Input::BackfillItem(item),
            item = self.events.next(), if is_read => Input::Item(item),
        }
    }

    /// Handles an item of the session. Returns whether it was the last one.
    async fn on_item(&mut self, item: Item) -> bool {
        match item {
            Item::Event(event) => self.on_event(event.into_raw(), false),
            Item::Missed(missed) => self.on_event(missed.event, true),
            Item::Connected(connected) => self.on_connected(&connected),
            Item::Gap(gap) if self.has_backfill => self.record_gap(gap.reason.as_str(), Some(&gap)),
            Item::Gap(gap) => self.recover(gap.duration, Some(gap)),
            Item::Backfilled(report) => {
                let record = backfill::record(&self.context.host, &self.token, &report);
                self.publish_record(&record);
                self.state.set_held(false);
            }
            Item::Lagged(count) => {
                tracing::warn!(token = %self.token, count, "events were dropped: NATS is unavailable and the queue is full");
                self.state.set_disconnected();
                self.state.set_connected();
                if self.has_backfill {
                    self.record_gap(LAGGED, None);
                } else if self.recovery.is_none() {
                    self.start_backfill(LAGGED, None).await;
                }
            }
            Item::Disconnected(reason) => self.context.on_disconnected(&self.token, &self.state, &reason),
            Item::Closed(error) => {
                on_closed(&self.token, &self.state, &error);
                return true;
            }
            _ => {}
        }
        false
    }

    fn on_connected(&mut self, connected: &Connected) {
        self.team = self.context.on_connected(&self.token, &self.state, connected);
        match connected.kind {
            ConnectedKind::First if self.recovery.is_none() => self.recover(Duration::ZERO, None),
            // `Item::Gap` follows.
            ConnectedKind::Reconnected => self.state.set_held(true),
            _ => {}
        }
    }

    /// Begins to recover events that may be missing, because the session received nothing for `missed`.
    fn recover(&mut self, missed: Duration, gap: Option<Box<Gap>>) {
        if matches!(self.recovery, Some(Recovery::Backfilling(_))) {
            return;
        }
        self.state.set_held(true);
        let coverage = Coverage::new(self.epoch.elapsed(), missed, self.context.config.coverage_timeout);
        let query = self.query_hosts(Duration::ZERO);
        self.recovery = Some(Recovery::Querying { coverage, gap, query });
    }

    /// Asks the other hosts, after a wait.
    fn query_hosts(&self, wait: Duration) -> BoxFuture<'static, Answers> {
        let (context, token) = (self.context.clone(), self.token.clone());
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            // Without NATS nobody can be asked, and nothing can be published either.
            while !context.nats.is_connected() {
                tokio::time::sleep(QUERY_INTERVAL).await;
            }
            context.coverage.ask_all(&token).await
        })
    }

    async fn on_answers(&mut self, answers: &Answers) {
        let Some(Recovery::Querying { coverage, gap, .. }) = &mut self.recovery else { return };
        let asked = answers.asked.saturating_duration_since(self.epoch);
        match coverage.decide(asked, self.epoch.elapsed(), answers.hosts, &answers.reports) {
            Verdict::Covered => self.end_recovery(),
            Verdict::Uncovered => {
                let gap = gap.take();
                let reason = gap.as_ref().map_or("restart", |gap| gap.reason.as_str());
                self.start_backfill(reason, gap.as_deref()).await;
            }
            Verdict::Undecided => {
                let next = self.query_hosts(QUERY_INTERVAL);
                if let Some(Recovery::Querying { query, .. }) = &mut self.recovery {
                    *query = next;
                }
            }
        }
    }

    /// Releases the live events that were held back.
    pub(super) fn end_recovery(&mut self) {
        self.recovery = None;
        self.queue.append(&mut self.held);
        self.state.set_held(false);
    }

    /// Publishes the record of a gap that begins.
    pub(super) fn record_gap(&mut self, reason: &'static str, gap: Option<&Gap>) {
        self.state.count_gap();
        let mut record = GapRecord::new(self.context.host.clone(), self.token.clone(), GapState::Open);
        record.reason = Some(reason.to_owned());
        record.duration_ms = gap.and_then(|gap| u64::try_from(gap.duration.as_millis()).ok());
        record.channels = self.state.channels();
        self.publish_record(&record);
    }

    /// Closes the sessions, and submits what they have received, except for events that may follow missing ones. Those are left to the other hosts or to the next
    /// backfill: if they were stored, the checkpoint would skip what is missing.
    async fn finish(&mut self) {
        self.sender.close().await;
        self.state.set_disconnected();
        let mut is_complete = self.recovery.is_none() && !self.team.is_empty();
        while let Some(item) = self.events.next().await {
            match item {
                Item::Connected(_) | Item::Lagged(_) => is_complete = false,
                Item::Event(event) if is_complete => self.on_event(event.into_raw(), false),
                Item::Missed(missed) => self.on_event(missed.event, true),
                _ => {}
            }
        }
        self.held.drain(..).for_each(|held| self.state.dropped(held.number));
        if let Some(Recovery::Backfilling(mut backfill)) = self.recovery.take() {
            backfill.sender.close().await;
            while let Some(item) = backfill.events.next().await {
                if let Item::Missed(missed) = item {
                    let queued = self.queued(missed.event, true);
                    self.queue.push_back(queued);
                }
            }
        }
        self.state.set_held(false);
        while !self.queue.is_empty() || self.submitting.is_some() {
            self.submit_queued();
            if let Some(submitting) = self.submitting.take() {
                submitting.await;
            }
        }
    }
}

/// Sets up a session with the relay's settings.
pub(super) fn session(client: &Client, config: &RelayConfig) -> SessionBuilder {
    configured(client.session(), config)
}
