//! Sending commands over a session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;
use slack_rtm_models::{ChannelId, Message, MessageCommand, UserId};
use tokio::sync::{mpsc, oneshot};

use crate::command::Command;
use crate::driver::Request;
use crate::shared_state::SharedState;
use crate::{DrainTimeout, Health, NotSent, Outcome};

/// Sends commands over a session, and reports the session's [`Health`]. Clones are cheap and share the session.
///
/// Each method queues its command before it returns. Commands are sent in the order of the calls, each at most once, when there is a connection and at Slack's rate. The
/// returned [`Delivery`] is a future of the command's [`Outcome`]; a command is sent whether or not it is awaited.
///
/// ```no_run
/// # async fn f(sender: slack_rtm_session::Sender) -> Result<(), slack_rtm_session::SendError> {
/// let ack = sender.send_message("C01GENERAL0", "hello").await.into_result()?;
/// println!("posted: {ack:?}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sender {
    requests: mpsc::Sender<Box<Request>>,
    shared: Arc<SharedState>,
}

impl Sender {
    pub(crate) fn new(requests: mpsc::Sender<Box<Request>>, shared: Arc<SharedState>) -> Self {
        Self { requests, shared }
    }

    /// Posts a message of up to 4,000 characters ([`Config::max_text`](crate::Config::max_text)).
    ///
    /// The channel is an id such as `C01GENERAL0`; a name such as `#general` is [`NotSent::InvalidChannelId`].
    ///
    /// The text is sent unchanged, in Slack's markup: `*bold*`, `<https://example.com|a link>`, `<@U02BOB00000>` for a mention. The characters `&`, `<` and `>` are special,
    /// so [`escape`](slack_rtm_models::escape) text from other users; otherwise a `<!channel>` in it notifies the whole channel. The limit applies to the escaped text.
    pub fn send_message(&self, channel: impl Into<ChannelId>, text: impl Into<String>) -> Delivery {
        self.send(MessageCommand::new(0_u64, channel, text))
    }

    /// Posts a message with further properties, such as a thread. Its `id` is ignored: the session numbers all commands.
    pub fn send(&self, mut message: MessageCommand) -> Delivery {
        message.id = 0;
        self.request(Command::message(&message))
    }

    /// Replies to a message in its thread; if it is not in one, the reply starts a thread. A message without a channel or a timestamp is
    /// [`NotSent::NotRepliable`].
    ///
    /// ```no_run
    /// # use slack_rtm_models::Message;
    /// # async fn f(sender: slack_rtm_session::Sender, message: Message) -> Result<(), slack_rtm_session::SendError> {
    /// sender.reply(&message, "on it").await.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(&self, message: &Message, text: impl Into<String>) -> Delivery {
        self.request(reply_to(message, text.into()).and_then(|reply| Command::message(&reply)))
    }

    /// Replies to a message in its thread as [`reply`](Self::reply) does, and also shows the reply in the channel.
    pub fn reply_broadcast(&self, message: &Message, text: impl Into<String>) -> Delivery {
        let reply = reply_to(message, text.into()).map(|reply| reply.set_reply_broadcast(true));
        self.request(reply.and_then(|reply| Command::message(&reply)))
    }

    /// Sends a typing indicator. More than one in 3 seconds for a channel is [`NotSent::Throttled`]; see
    /// [`Config::typing_interval`](crate::Config::typing_interval).
    pub fn typing(&self, channel: impl Into<ChannelId>) -> Delivery {
        self.request(Command::typing(channel.into()))
    }

    /// Subscribes to the presence of these users, in place of any previous subscription. The session repeats the subscription after a reconnect.
    ///
    /// A subscription is one frame, which holds about 1,160 users. More are [`NotSent::TooManyUsers`], which has the number that fits: subscribe to the most important
    /// users, and ask for the others with [`presence_query`](Self::presence_query), up to 500 at a time.
    pub fn presence_sub(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_sub(users.into_iter().map(Into::into).collect()))
    }

    /// Asks for the presence of up to 500 users; more are [`NotSent::TooManyUsers`]. The results arrive as `presence_change` events.
    pub fn presence_query(&self, users: impl IntoIterator<Item = impl Into<UserId>>) -> Delivery {
        self.request(Command::presence_query(users.into_iter().map(Into::into).collect()))
    }

    /// Sends any JSON object that has a `type`, for commands that this release does not know. The session sets its `id` and waits for a reply.
    pub fn send_raw(&self, command: &impl Serialize) -> Delivery {
        self.request(Command::raw(command))
    }

    fn request(&self, command: Result<Command, NotSent>) -> Delivery {
        let command = match command {
            Ok(command) => command,
            Err(reason) => return Delivery::not_sent(reason),
        };
        let (answer, outcome) = oneshot::channel();
        // Counted first: the session's task may resolve the command before `try_send` returns.
        self.shared.command_submitted();
        let reason = match self.requests.try_send(Box::new(Request::Send { command, answer })) {
            Ok(()) => return Delivery(State::Waiting(outcome)),
            Err(mpsc::error::TrySendError::Full(_)) => NotSent::QueueFull,
            Err(mpsc::error::TrySendError::Closed(_)) => NotSent::Closed,
        };
        self.shared.command_resolved();
        Delivery::not_sent(reason)
    }

    /// Waits up to `timeout` until every command that was submitted before, by any of the session's senders, has its outcome. The session stays open. Commands that are
    /// submitted meanwhile do not count.
    ///
    /// A command that was refused or not acknowledged in time has an outcome, too, which its [`Delivery`] returns. Call this before [`close`](Self::close), which gives up
    /// on commands that wait to be sent.
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
    /// # Cancel safety
    /// This method is cancel safe: dropping the future has no effect on the commands.
    ///
    /// # Errors
    /// Returns [`DrainTimeout`] if commands are left after `timeout`. The end of the session is not an error, since all commands have their outcomes then.
    pub async fn drain(&self, timeout: Duration) -> Result<(), DrainTimeout> {
        let drained = async {
            let (waiter, resolved) = oneshot::channel();
            if self.requests.send(Box::new(Request::Drain(waiter))).await.is_ok() {
                // An error means that the session has ended, and with it all commands.
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

    /// Returns a snapshot of the session's state and counters.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Closes the session and waits until it has ended, which takes at most [`Config::close_timeout`](crate::Config::close_timeout), 2 seconds by default.
    ///
    /// Commands that wait to be sent are given up at once, as [`NotSent::Closed`]. Commands that were sent may still be acknowledged while the connection closes; otherwise
    /// they end as [`Outcome::Unknown`]. To have all commands sent and acknowledged first, call [`drain`](Self::drain).
    ///
    /// # Cancel safety
    /// This method is cancel safe: the session closes even if the future is dropped.
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

/// Creates the reply to a message, in its thread.
fn reply_to(message: &Message, text: String) -> Result<MessageCommand, NotSent> {
    let place = message.channel.as_ref().zip(message.thread_to_answer());
    let (channel, thread) = place.ok_or(NotSent::NotRepliable)?;
    Ok(MessageCommand::new(0_u64, channel, text).set_thread_ts(thread))
}

/// A future of the [`Outcome`] of a command.
///
/// Dropping it does not recall the command.
///
/// ```no_run
/// # async fn f(sender: slack_rtm_session::Sender) {
/// // Both messages are queued at once, and sent in this order.
/// let first = sender.send_message("C01GENERAL0", "one");
/// let second = sender.send_message("C01GENERAL0", "two");
/// println!("{}, {}", first.await, second.await);
/// # }
/// ```
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
            // The session's task always answers, unless the runtime shuts down and drops it.
            State::Waiting(outcome) => {
                Pin::new(outcome).poll(cx).map(|known| known.unwrap_or(Outcome::Unknown))
            }
        }
    }
}
