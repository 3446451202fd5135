//! One message over one session: how it ends, and why.

use std::time::Duration;

use slack_rtm::models::MessageCommand;
use slack_rtm::session::{self, NotSent, Retry, Session};
use slack_rtm::{Events, Item, Outcome};
use tokio::time::Instant;

use super::failure;
use crate::exit;
use crate::output::{self, complain};
use crate::signal::Interrupt;

/// How it ended.
pub(super) enum Ended {
    /// The message has this outcome.
    Known(Outcome),
    /// Slack does not let the session connect.
    Refused(session::Error),
    /// There is no connection, and waiting gives none.
    Hopeless(session::Error),
    /// It was ended before the outcome was known.
    GivenUp { why: &'static str, outcome: String, hint: Option<String> },
}

/// Why the program stops trying.
enum Stop {
    TooLate,
    Interrupted,
    /// The next attempt comes after the time is up.
    NoTimeLeft {
        retry: Box<Retry>,
        left: Duration,
    },
}

/// What the session has told.
struct Progress {
    /// Why there is no connection, if there is none.
    missing: Option<String>,
    until: Instant,
}

enum Told {
    Stop(Stop),
    Ended(Ended),
}

pub(super) async fn send(session: Session, message: MessageCommand, max: Duration) -> Ended {
    let (sender, mut events) = session.split();
    let mut delivery = sender.send(message);
    let mut progress =
        Progress { missing: Some("no connection was made".to_owned()), until: Instant::now() + max };
    let told = tokio::select! {
        biased;
        outcome = &mut delivery => match outcome {
            // Nobody has closed the session but Slack, and the session knows why.
            Outcome::NotSent(NotSent::Closed) => progress.follow(&mut events).await,
            outcome => Told::Ended(Ended::Known(outcome)),
        },
        told = progress.follow(&mut events) => told,
        () = tokio::time::sleep(max) => Told::Stop(Stop::TooLate),
        () = interrupt() => Told::Stop(Stop::Interrupted),
    };
    sender.close().await;
    match told {
        Told::Ended(ended) => ended,
        // After the end of the session it is known what became of the message.
        Told::Stop(stop) => stop.explain(delivery.await, &progress, max),
    }
}

impl Progress {
    /// Waits for the session to fail for good, and says meanwhile why it takes so long.
    async fn follow(&mut self, events: &mut Events) -> Told {
        loop {
            match events.next().await {
                Some(Item::Closed(error)) => return Told::Ended(Ended::Refused(error)),
                Some(Item::Retry(retry)) if failure::is_hopeless(&retry.error) => {
                    return Told::Ended(Ended::Hopeless(retry.error));
                }
                Some(Item::Retry(retry)) => {
                    let left = self.until.saturating_duration_since(Instant::now());
                    if retry.delay >= left {
                        return Told::Stop(Stop::NoTimeLeft { retry, left });
                    }
                    let why = exit::describe_session(&retry.error);
                    complain(format_args!("{why}; trying again in {:.1} s", retry.delay.as_secs_f64()));
                    self.missing = Some(why);
                }
                Some(Item::Disconnected(reason)) => self.missing = Some(reason.to_string()),
                Some(Item::Connected(_)) => self.missing = None,
                Some(_) => {}
                None => return Told::Ended(Ended::Refused(session::Error::Closed)),
            }
        }
    }
}

impl Stop {
    fn explain(self, outcome: Outcome, progress: &Progress, max: Duration) -> Ended {
        let not_sent = match outcome {
            Outcome::NotSent(NotSent::Closed) => true,
            Outcome::Unknown | Outcome::TimedOut => false,
            // It came at the last moment.
            known => return Ended::Known(known),
        };
        let why = match &self {
            Self::Interrupted => "interrupted",
            Self::TooLate => "it took too long",
            Self::NoTimeLeft { retry, .. } if retry.error.is_rate_limited() => "Slack asks for patience",
            Self::NoTimeLeft { .. } => "it would take too long",
        };
        if !not_sent {
            let outcome = "sent, but it ended before it was acknowledged".to_owned();
            return Ended::GivenUp { why, outcome, hint: None };
        }
        let max = max.as_secs();
        let (outcome, hint) = match self {
            Self::NoTimeLeft { retry, left } => {
                // That of a rate limit says how long Slack wants it to be.
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
                let missing = missing.unwrap_or("the message was still waiting for its turn");
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
