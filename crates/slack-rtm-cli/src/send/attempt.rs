//! Sending one message over one session.

use std::time::Duration;

use slack_rtm::models::MessageCommand;
use slack_rtm::session::{self, NotSent, Retry, Session};
use slack_rtm::{Events, Item, Outcome};
use tokio::time::Instant;

use super::failure;
use crate::exit;
use crate::output::{self, complain};
use crate::signal::Interrupt;

/// The result of the attempt.
pub(super) enum Ended {
    /// The outcome of the message is known.
    Known(Outcome),
    /// Slack refuses the session.
    Refused(session::Error),
    /// There is no connection, and waiting does not help.
    Hopeless(session::Error),
    /// It stopped before the outcome was known.
    GivenUp { why: &'static str, outcome: String, hint: Option<String> },
}

/// Why it stops retrying.
enum Stop {
    TooLate,
    Interrupted,
    /// The next attempt would come after the timeout.
    NoTimeLeft {
        retry: Box<Retry>,
        left: Duration,
    },
}

/// The state of the session.
struct Progress {
    /// Why there is no connection, if there is none.
    missing: Option<String>,
    until: Instant,
}

enum Progressed {
    Stop(Stop),
    Ended(Ended),
}

pub(super) async fn send(session: Session, message: MessageCommand, max: Duration) -> Ended {
    let (sender, mut events) = session.split();
    let mut delivery = sender.send(message);
    let mut progress =
        Progress { missing: Some("no connection was made".to_owned()), until: Instant::now() + max };
    let progressed = tokio::select! {
        biased;
        outcome = &mut delivery => match outcome {
            // The session has ended because of Slack, and its last item has the reason.
            Outcome::NotSent(NotSent::Closed) => progress.follow(&mut events).await,
            outcome => Progressed::Ended(Ended::Known(outcome)),
        },
        progressed = progress.follow(&mut events) => progressed,
        () = tokio::time::sleep(max) => Progressed::Stop(Stop::TooLate),
        () = interrupt() => Progressed::Stop(Stop::Interrupted),
    };
    sender.close().await;
    match progressed {
        Progressed::Ended(ended) => ended,
        // After the end of the session the outcome is known.
        Progressed::Stop(stop) => stop.explain(delivery.await, &progress, max),
    }
}

impl Progress {
    /// Waits for the session to fail, and prints why it takes so long.
    async fn follow(&mut self, events: &mut Events) -> Progressed {
        loop {
            match events.next().await {
                Some(Item::Closed(error)) => return Progressed::Ended(Ended::Refused(error)),
                Some(Item::Retry(retry)) if failure::is_hopeless(&retry.error) => {
                    return Progressed::Ended(Ended::Hopeless(retry.error));
                }
                Some(Item::Retry(retry)) => {
                    let left = self.until.saturating_duration_since(Instant::now());
                    if retry.delay >= left {
                        return Progressed::Stop(Stop::NoTimeLeft { retry, left });
                    }
                    let why = exit::describe_session(&retry.error);
                    complain(format_args!("{why}; retrying in {:.1} s", retry.delay.as_secs_f64()));
                    self.missing = Some(why);
                }
                Some(Item::Disconnected(reason)) => self.missing = Some(reason.to_string()),
                Some(Item::Connected(_)) => self.missing = None,
                Some(_) => {}
                None => return Progressed::Ended(Ended::Refused(session::Error::Closed)),
            }
        }
    }
}

impl Stop {
    fn explain(self, outcome: Outcome, progress: &Progress, max: Duration) -> Ended {
        let not_sent = match outcome {
            Outcome::NotSent(NotSent::Closed) => true,
            Outcome::Unknown | Outcome::TimedOut => false,
            // The outcome came at the last moment.
            known => return Ended::Known(known),
        };
        let why = match &self {
            Self::Interrupted => "interrupted",
            Self::TooLate => "it took too long",
            Self::NoTimeLeft { retry, .. } if retry.error.is_rate_limited() => "Slack asks for a longer wait",
            Self::NoTimeLeft { .. } => "it would take too long",
        };
        if !not_sent {
            let outcome = "sent, but not acknowledged yet".to_owned();
            return Ended::GivenUp { why, outcome, hint: None };
        }
        let max = max.as_secs();
        let (outcome, hint) = match self {
            Self::NoTimeLeft { retry, left } => {
                // The error of a rate limit includes the wait that Slack asks for.
                let error = exit::describe(&retry.error);
                let delay = retry.delay.as_secs_f64().ceil();
                let left = left.as_secs();
                (
                    format!(
                        "not sent: {error}; the next attempt is in {delay} s, and {left} s are left of --timeout {max}"
                    ),
                    if retry.error.is_rate_limited() {
                        format!("try again in {delay} s, or with --timeout {}", delay + 30.0)
                    } else {
                        output::DOCTOR.to_owned()
                    },
                )
            }
            _ => {
                let missing = progress.missing.as_deref();
                let missing = missing.unwrap_or("the message was still in the queue");
                (format!("not sent within {max} s: {missing}"), output::DOCTOR.to_owned())
            }
        };
        Ended::GivenUp { why, outcome, hint: Some(hint) }
    }
}

async fn interrupt() {
    match Interrupt::catch() {
        Ok(mut interrupt) => interrupt.wait().await,
        Err(_) => std::future::pending().await,
    }
}
