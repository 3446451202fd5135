//! The user's way to the session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde::Serialize;
use slack_rtm_models::{ChannelId, MessageCommand, UserId};
use tokio::sync::{mpsc, oneshot};

use crate::command::Command;
use crate::driver::Request;
use crate::shared::Shared;
use crate::{Health, NotSent, Outcome};

/// Sends commands over a session, and sees how it is. Clones are cheap and share the session.
///
/// A command is queued when the method is called, in the order of the calls, and sent at most once: when there is a connection, and at Slack's rate. What became
/// of it tells the [`Delivery`] that the method returns; nobody has to await it.
#[derive(Clone)]
pub struct Sender {
    requests: mpsc::Sender<Box<Request>>,
    shared: Arc<Shared>,
}

impl Sender {
    pub(crate) fn new(requests: mpsc::Sender<Box<Request>>, shared: Arc<Shared>) -> Self {
        Self { requests, shared }
    }

    /// Posts a message with Slack's default formatting. The text may have 4,000 characters, and the encoded frame 16,384 bytes.
    pub fn send_message(&self, channel: impl Into<ChannelId>, text: impl Into<String>) -> Delivery {
        self.send(MessageCommand::new(0_u64, channel, text))
    }

    /// Posts a message that has more to it than channel and text, such as a thread. Its `id` does not matter: the session numbers all commands.
    pub fn send(&self, mut message: MessageCommand) -> Delivery {
        message.id = 0;
        self.request(Command::message(&message))
    }

    /// Says that the user is typing. At most once in 3 seconds for each channel; more often is [`NotSent::TooSoon`].
    pub fn typing(&self, channel: impl Into<ChannelId>) -> Delivery {
        self.request(Command::typing(channel.into()))
    }

    /// Says whose presence is of interest, in place of what was said before. The session says it again after a reconnect.
    pub fn presence_sub(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_sub(users.into_iter().map(Into::into).collect()))
    }

    /// Asks for the presence of up to 500 users; more are [`NotSent::TooManyUsers`]. The answers are `presence_change` events.
    pub fn presence_query(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_query(users.into_iter().map(Into::into).collect()))
    }

    /// Sends any JSON object that has a `type`, for what this release does not know. It gets an `id`, and a reply is waited for.
    pub fn raw(&self, command: &impl Serialize) -> Delivery {
        self.request(Command::raw(command))
    }

    fn request(&self, command: Result<Command, NotSent>) -> Delivery {
        let command = match command {
            Ok(command) => command,
            Err(reason) => return Delivery::not_sent(reason),
        };
        let (answer, outcome) = oneshot::channel();
        match self.requests.try_send(Box::new(Request { command, answer })) {
            Ok(()) => Delivery(State::Waiting(outcome)),
            Err(mpsc::error::TrySendError::Full(_)) => Delivery::not_sent(NotSent::QueueFull),
            Err(mpsc::error::TrySendError::Closed(_)) => Delivery::not_sent(NotSent::Closed),
        }
    }

    /// How the session is, now.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Ends the session, and waits for that: 2 seconds at most, if the server does not take part. Commands that are queued are not sent any more.
    ///
    /// Cancel safe: the session ends all the same.
    pub async fn close(&self) {
        self.shared.queue.want_close();
        self.requests.closed().await;
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_closed", &self.requests.is_closed()).finish_non_exhaustive()
    }
}

/// What will become of a command: a future of its [`Outcome`].
///
/// Dropping it takes nothing back. Awaiting it is cancel safe.
#[derive(Debug)]
pub struct Delivery(State);

#[derive(Debug)]
enum State {
    Known(Outcome),
    Waiting(oneshot::Receiver<Outcome>),
}

impl Delivery {
    fn not_sent(reason: NotSent) -> Self {
        Self(State::Known(Outcome::NotSent(reason)))
    }
}

impl Future for Delivery {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        match &mut self.0 {
            State::Known(outcome) => Poll::Ready(outcome.clone()),
            // Only the runtime's end takes the session away without a word.
            State::Waiting(outcome) => {
                Pin::new(outcome).poll(cx).map(|known| known.unwrap_or(Outcome::Unknown))
            }
        }
    }
}
