//! Posts the messages of a Socket Mode session with chat.postMessage, one at a time: its connections carry only acknowledgements.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use slack_rtm_apis::{Client, RetryPolicy};
use slack_rtm_models::{Ack, AckError, ErrorResponse, MessageCommand, ReplyError};
use tokio::sync::{mpsc, oneshot};

use crate::command::Command;
use crate::driver::Request;
use crate::machine::RateLimiter;
use crate::shared_state::SharedState;
use crate::{Config, NotSent, Outcome, telemetry};

/// Posts the messages of a session.
pub(crate) struct Poster {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) shared: Arc<SharedState>,
    pub(crate) requests: mpsc::Receiver<Box<Request>>,
    /// Tells the session's task that senders exist; its receiver closes when the session ends.
    pub(crate) alive: mpsc::Sender<Box<Request>>,
}

impl Poster {
    /// Posts messages until all senders are dropped or the session has ended.
    pub(crate) async fn run(mut self) {
        let alive = self.alive.clone();
        let mut end = std::pin::pin!(alive.closed());
        let mut limiter = RateLimiter::default();
        let mut numbers = 1_u64..;
        while let Some(request) = next(end.as_mut(), &mut self.requests).await {
            let Request::Send { command, answer } = *request else { continue };
            let message = match self.check(&command) {
                Ok(message) => message,
                Err(reason) => {
                    self.resolve(answer, Outcome::NotSent(reason));
                    continue;
                }
            };
            let wait = limiter.free_from(&self.config).saturating_sub(self.shared.now());
            if !wait.is_zero() && until(end.as_mut(), tokio::time::sleep(wait)).await.is_none() {
                self.resolve(answer, Outcome::NotSent(NotSent::Closed));
                break;
            }
            limiter.sent(self.shared.now(), &self.config);
            let number = numbers.next().unwrap_or_default();
            // Boxed, because it is many times as large as the rest of the task and exists only for moments.
            let mut call = Box::pin(post(&self.client, message, number, self.config.ack_timeout));
            let outcome = match until(end.as_mut(), call.as_mut()).await {
                Some(outcome) => Some(outcome),
                // The session is closing, but the call was sent: give it a short time to be answered.
                None => tokio::time::timeout(self.config.close_timeout, call).await.ok(),
            };
            let (outcome, pause) = outcome.unwrap_or((Outcome::Unknown, Duration::ZERO));
            self.resolve(answer, outcome);
            let pause = pause.min(self.config.max_retry_after);
            if !pause.is_zero() && until(end.as_mut(), tokio::time::sleep(pause)).await.is_none() {
                break;
            }
        }
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            if let Request::Send { answer, .. } = *request {
                self.resolve(answer, Outcome::NotSent(NotSent::Closed));
            }
        }
    }

    fn check(&self, command: &Command) -> Result<MessageCommand, NotSent> {
        let message = command.posting().ok_or(NotSent::Unsupported)?;
        if !self.client.has_bot_token() {
            return Err(NotSent::MissingBotToken);
        }
        match command.characters {
            characters if characters > self.config.max_text => {
                Err(NotSent::TextTooLong { characters, max: self.config.max_text })
            }
            _ => Ok(message),
        }
    }

    fn resolve(&self, answer: oneshot::Sender<Outcome>, outcome: Outcome) {
        telemetry::resolved(&outcome);
        self.shared.command_resolved();
        // The receiver may have been dropped.
        let _ = answer.send(outcome);
    }
}

/// Returns the next request, or `None` at the end.
async fn next(
    mut end: Pin<&mut impl Future<Output = ()>>,
    requests: &mut mpsc::Receiver<Box<Request>>,
) -> Option<Box<Request>> {
    std::future::poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => requests.poll_recv(cx),
    })
    .await
}

/// Returns the output of a future, or `None` if the session ends first.
async fn until<F: Future>(mut end: Pin<&mut impl Future<Output = ()>>, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |cx: &mut Context<'_>| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Posts a message, and returns its outcome with the time to wait before the next one.
async fn post(client: &Client, message: MessageCommand, number: u64, limit: Duration) -> (Outcome, Duration) {
    let mut call = client
        .chat_post_message(message.channel)
        .with_retry(RetryPolicy::with_max_attempts(1))
        .text(message.text);
    if let Some(thread) = message.thread_ts {
        call = call.thread_ts(thread);
    }
    if let Some(broadcast) = message.reply_broadcast {
        call = call.reply_broadcast(broadcast);
    }
    match tokio::time::timeout(limit, call.send()).await {
        Err(_) => (Outcome::TimedOut, Duration::ZERO),
        Ok(Ok(posted)) => {
            let mut ack = Ack::new(number).set_ts(posted.ts).set_channel(posted.channel);
            ack.text = posted.message.and_then(|message| message.text);
            (Outcome::Acked(Box::new(ack)), Duration::ZERO)
        }
        Ok(Err(error)) => outcome(&error, number),
    }
}

/// Returns the outcome of a message whose call failed: whether it may have been posted.
fn outcome(error: &slack_rtm_apis::Error<ErrorResponse>, number: u64) -> (Outcome, Duration) {
    use slack_rtm_apis::Error;
    let rejected = |words: &str| {
        let error = AckError::new().set_reply_to(number).set_error(ReplyError::new().set_msg(words));
        Outcome::Rejected(Box::new(error))
    };
    let outcome = match error {
        Error::Slack(_) | Error::RateLimited { .. } => {
            rejected(error.printable_code().unwrap_or("ratelimited"))
        }
        Error::Transport(error) if error.is_connect() => Outcome::NotSent(NotSent::NotConnected),
        Error::Transport(error) if error.is_timeout() => Outcome::TimedOut,
        Error::Config(_) => Outcome::NotSent(NotSent::NotConnected),
        _ => Outcome::Unknown,
    };
    let pause = if error.is_rate_limited() { error.retry_after() } else { None };
    (outcome, pause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<A, F: Future>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_poster_at_rest_is_small() {
        let size = size_of_future(Poster::run);
        assert!(size <= 4_096, "{size} bytes");
    }
}
