//! The worker of a token over Socket Mode. Slack delivers each envelope to one connection, and again until it is acknowledged, which happens once the stream has it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use slack_rtm::session::{AckPolicy, Envelope};
use slack_rtm::{Client, Events, Item};
use tokio::sync::watch;

use super::{Context, LeasedCommands, configured, on_closed};
use crate::publisher::{Message, PublishOutcome};
use crate::shared_sender::SharedSender;
use crate::token_state::TokenState;
use crate::{Name, routing};

/// How long a worker that stops waits until what it has received is stored and acknowledged. Slack delivers the rest to another host.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct SocketModeWorker {
    context: Arc<Context>,
    token: Name,
    state: Arc<TokenState>,
    team: String,
    events: Events,
    sender: SharedSender,
    submitting: Option<BoxFuture<'static, ()>>,
}

/// What the worker waits for.
enum Input {
    Item(Option<Item>),
    Submitted,
    LeaseChanged,
    Stop,
}

impl SocketModeWorker {
    pub(super) fn start(context: Arc<Context>, token: Name, client: &Client, state: Arc<TokenState>) -> Self {
        let session = configured(client.socket_mode(), &context.config).ack_policy(AckPolicy::Manual);
        let (sender, events) = session.start().split();
        Self {
            context,
            token,
            state,
            team: String::new(),
            events,
            sender: SharedSender::new(sender),
            submitting: None,
        }
    }

    /// Runs until the worker is stopped or the session ends. Returns whether it was stopped.
    pub(super) async fn run(mut self, stopped: &mut watch::Receiver<bool>) -> bool {
        let mut commands = LeasedCommands::new(&self.context, &self.token);
        let is_stopped = loop {
            match self.next(stopped, &mut commands).await {
                Input::Stop => break true,
                Input::Submitted => self.submitting = None,
                Input::Item(Some(item)) => {
                    if self.on_item(item) {
                        break false;
                    }
                }
                Input::Item(None) => break false,
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
        let is_submitting = self.submitting.is_some();
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => Input::Stop,
            () = commands.changed() => Input::LeaseChanged,
            () = async { if let Some(submitting) = &mut self.submitting { submitting.await } }, if is_submitting => Input::Submitted,
            item = self.events.next(), if !is_submitting => Input::Item(item),
        }
    }

    /// Handles an item of the session. Returns whether it was the last one.
    fn on_item(&mut self, item: Item) -> bool {
        let subjects = &self.context.nats.subjects;
        match item {
            Item::Event(event) => {
                let Some(envelope) = event.envelope().cloned() else { return false };
                let event = event.into_raw();
                let message = routing::enveloped_event(subjects, &self.team, &self.token, &envelope, event);
                self.submit(message, envelope);
            }
            Item::Interaction(interaction) => {
                let message = routing::interaction(subjects, &self.team, &self.token, &interaction);
                self.submit(message, Envelope::clone(&interaction));
            }
            Item::SlashCommand(command) => {
                let message = routing::slash_command(subjects, &self.team, &self.token, &command);
                self.submit(message, Envelope::clone(&command));
            }
            Item::Envelope(envelope) => {
                tracing::warn!(token = %self.token, kind = envelope.kind(), "an envelope of an unknown type is not acknowledged");
            }
            Item::Connected(connected) => {
                self.team = self.context.on_connected(&self.token, &self.state, &connected);
            }
            Item::Lagged(count) => {
                tracing::warn!(token = %self.token, count, "NATS is unavailable and the queue is full; Slack delivers these events again");
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

    /// Submits a message, and has its envelope acknowledged once it is stored. One that exceeds `max_payload` is acknowledged as well, since a redelivery would not
    /// be any smaller.
    fn submit(&mut self, mut message: Message, envelope: Envelope) {
        let (state, token, number) = (self.state.clone(), self.token.clone(), self.state.received());
        message.on_done = Box::new(move |outcome| {
            if outcome == PublishOutcome::TooLarge {
                tracing::error!(%token, "an event exceeds the max_payload of the NATS server, and is not in the stream");
            }
            envelope.ack();
            state.stored(number, None);
        });
        self.submitting = self.context.publisher.submit_or_wait(message);
    }

    /// Waits until what was received is stored and acknowledged, and closes the session.
    async fn finish(&mut self) {
        let stored = async {
            if let Some(submitting) = self.submitting.take() {
                submitting.await;
            }
            while self.state.has_unstored() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(STOP_TIMEOUT, stored).await;
        self.sender.close().await;
        self.state.set_disconnected();
    }
}
