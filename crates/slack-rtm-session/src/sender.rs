//! The user's way to the session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;
use slack_rtm_models::{ChannelId, MessageCommand, MessageEvent, UserId};
use tokio::sync::{mpsc, oneshot};

use crate::command::Command;
use crate::driver::Request;
use crate::shared_state::SharedState;
use crate::{DrainTimeout, Health, NotSent, Outcome};

/// Sends commands over a session, and sees how it is. Clones are cheap and share the session.
///
/// A command is queued when the method is called, in the order of the calls, and sent at most once: when there is a connection, and at Slack's rate. What became
/// of it tells the [`Delivery`] that the method returns; nobody has to await it.
#[derive(Clone)]
pub struct Sender {
    requests: mpsc::Sender<Box<Request>>,
    shared: Arc<SharedState>,
}

impl Sender {
    pub(crate) fn new(requests: mpsc::Sender<Box<Request>>, shared: Arc<SharedState>) -> Self {
        Self { requests, shared }
    }

    /// Posts a message. The text may have 4,000 characters, and the encoded frame 16,384 bytes.
    ///
    /// The channel is an id such as `C01GENERAL0`; a name such as `#general` is [`NotSent::InvalidChannelId`].
    ///
    /// The text is sent as it is, in Slack's own markup: `*bold*`, `<https://example.com|a link>`, `<@U02BOB00000>` for a mention. In it `&`, `<` and `>` have a meaning,
    /// so [`escape`](slack_rtm_models::escape) what somebody else has written: otherwise `<!channel>` in it calls everybody. The limits count the text as it is
    /// sent, after that.
    pub fn send_message(&self, channel: impl Into<ChannelId>, text: impl Into<String>) -> Delivery {
        self.send(MessageCommand::new(0_u64, channel, text))
    }

    /// Posts a message that has more to it than channel and text, such as a thread. Its `id` does not matter: the session numbers all commands.
    pub fn send(&self, mut message: MessageCommand) -> Delivery {
        message.id = 0;
        self.request(Command::message(&message))
    }

    /// Posts a reply in the thread of a message, or in the one that it begins. A message without channel or timestamp is [`NotSent::NotRepliable`].
    ///
    /// ```no_run
    /// # use slack_rtm_models::MessageEvent;
    /// # async fn f(sender: slack_rtm_session::Sender, message: MessageEvent) -> Result<(), slack_rtm_session::SendError> {
    /// sender.reply(&message, "on it").await.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(&self, message: &MessageEvent, text: impl Into<String>) -> Delivery {
        self.request(reply_to(message, text.into()).and_then(|reply| Command::message(&reply)))
    }

    /// Posts a reply, as [`reply`](Self::reply) does, that is shown in the conversation too.
    pub fn reply_broadcast(&self, message: &MessageEvent, text: impl Into<String>) -> Delivery {
        let reply = reply_to(message, text.into()).map(|reply| reply.set_reply_broadcast(true));
        self.request(reply.and_then(|reply| Command::message(&reply)))
    }

    /// Says that the user is typing. At most once in 3 seconds for each channel; more often is [`NotSent::Throttled`].
    pub fn typing(&self, channel: impl Into<ChannelId>) -> Delivery {
        self.request(Command::typing(channel.into()))
    }

    /// Says whose presence is of interest, in place of what was said before. The session says it again after a reconnect. Who is named twice counts once.
    ///
    /// A subscription is one frame, into which about 1,160 users go. More are [`NotSent::TooManyUsers`], which says how many these would be: subscribe to those who
    /// matter most, and ask for the others from time to time with [`presence_query`](Self::presence_query), up to 500 at once.
    pub fn presence_sub(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_sub(users.into_iter().map(Into::into).collect()))
    }

    /// Asks for the presence of up to 500 users, of whom each counts once; more are [`NotSent::TooManyUsers`]. The answers are `presence_change` events.
    pub fn presence_query(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_query(users.into_iter().map(Into::into).collect()))
    }

    /// Sends any JSON object that has a `type`, for what this release does not know. It gets an `id`, and a reply is waited for.
    pub fn send_raw(&self, command: &impl Serialize) -> Delivery {
        self.request(Command::raw(command))
    }

    fn request(&self, command: Result<Command, NotSent>) -> Delivery {
        let command = match command {
            Ok(command) => command,
            Err(reason) => return Delivery::not_sent(reason),
        };
        let (answer, outcome) = oneshot::channel();
        // Before the session's task can take it out of the count.
        self.shared.command_submitted();
        let reason = match self.requests.try_send(Box::new(Request::Send { command, answer })) {
            Ok(()) => return Delivery(State::Waiting(outcome)),
            Err(mpsc::error::TrySendError::Full(_)) => NotSent::QueueFull,
            Err(mpsc::error::TrySendError::Closed(_)) => NotSent::Closed,
        };
        self.shared.command_resolved();
        Delivery::not_sent(reason)
    }

    /// Waits until every command that was given to the session before, by any of its senders, has its outcome; at most for `timeout`. The session goes on, and takes
    /// commands meanwhile, which are not waited for.
    ///
    /// What became of the commands tell their [`Delivery`]s: a command that was refused, or got no acknowledgement in time, has an outcome too. Call it before
    /// [`close`](Self::close), which gives up what waits.
    ///
    /// ```no_run
    /// # async fn f(sender: slack_rtm_session::Sender) {
    /// use std::time::Duration;
    ///
    /// let last = sender.send_message("C01GENERAL0", "shutting down");
    /// if let Err(left) = sender.drain(Duration::from_secs(20)).await {
    ///     eprintln!("{left}");
    /// }
    /// sender.close().await;
    /// println!("{}", last.await);
    /// # }
    /// ```
    ///
    /// Cancel safe: dropping the future takes nothing back.
    ///
    /// # Errors
    /// [`DrainTimeout`] if the time passes first. If the session ends meanwhile, that is no error: then all commands have their outcomes.
    pub async fn drain(&self, timeout: Duration) -> Result<(), DrainTimeout> {
        let drained = async {
            let (waiter, resolved) = oneshot::channel();
            if self.requests.send(Box::new(Request::Drain(waiter))).await.is_ok() {
                // The session's end is an answer too.
                let _ = resolved.await;
            }
        };
        tokio::time::timeout(timeout, drained).await.map_err(|_| {
            let (unsent, unacknowledged) = self.shared.open_commands();
            DrainTimeout { unsent, unacknowledged }
        })
    }

    pub(crate) fn shared(&self) -> &SharedState {
        &self.shared
    }

    /// How the session is, now.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Ends the session, and waits for that: 2 seconds at most, if the server does not take part.
    ///
    /// Commands that wait to be sent are given up at once, as [`NotSent::Closed`]. Those that were sent and not acknowledged may still get their acknowledgement while
    /// the connection closes, and otherwise end as [`Outcome::Unknown`]. To have them sent and acknowledged first, call [`drain`](Self::drain).
    ///
    /// Cancel safe: the session ends all the same.
    pub async fn close(&self) {
        self.shared.queue.request_close();
        self.requests.closed().await;
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_closed", &self.requests.is_closed()).finish_non_exhaustive()
    }
}

/// The reply to a message, in its thread.
fn reply_to(message: &MessageEvent, text: String) -> Result<MessageCommand, NotSent> {
    let place = message.channel.as_ref().zip(message.thread_to_answer());
    let (channel, thread) = place.ok_or(NotSent::NotRepliable)?;
    Ok(MessageCommand::new(0_u64, channel, text).set_thread_ts(thread))
}

/// What will become of a command: a future of its [`Outcome`].
///
/// Dropping it takes nothing back. Awaiting it is cancel safe.
#[derive(Debug)]
#[must_use = "a command may be refused or lost: await its outcome, or say that it does not matter with `drop`"]
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
