//! `slack-rtm send`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use slack_rtm::models::MessageCommand;
use slack_rtm::session::{Delivery, NotSent};
use slack_rtm::{Client, Events, Item, Outcome, Sender, Ts, session};

use crate::output::complain;
use crate::signal::Interrupt;
use crate::{exit, output, setup};

/// Send one message, wait for its acknowledgement, and print its timestamp
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("send/help.txt"))]
pub(crate) struct Arguments {
    /// The id of the conversation, such as C01GENERAL0; a name will not do
    channel: String,
    /// The text, with Slack's default formatting
    text: String,
    /// Reply in the thread of the message with this timestamp
    #[arg(long, value_name = "TS")]
    thread: Option<Ts>,
    /// How long to try, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    match setup::client() {
        Ok(client) => send(&client, arguments).await,
        Err(code) => code,
    }
}

async fn send(client: &Client, arguments: Arguments) -> ExitCode {
    let (sender, mut events) = client.session().start().split();
    let mut message = MessageCommand::new(0_u64, arguments.channel, arguments.text);
    message.thread_ts = arguments.thread;
    let mut delivery = sender.send(message);
    let most = Duration::from_secs(arguments.timeout);
    let outcome = tokio::select! {
        biased;
        outcome = &mut delivery => match outcome {
            // Nobody has closed the session but Slack, and the session knows why.
            Outcome::NotSent(NotSent::Closed) => Err(failure(&mut events).await),
            outcome => Ok(outcome),
        },
        error = failure(&mut events) => Err(error),
        () = tokio::time::sleep(most) => Ok(give_up(&sender, delivery, "it took too long").await),
        () = interrupt() => Ok(give_up(&sender, delivery, "interrupted").await),
    };
    sender.close().await;
    match outcome {
        Ok(outcome @ Outcome::Acked(_)) => {
            let ts = outcome.ts().map(Ts::as_str).unwrap_or_default();
            match output::line(ts) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    output::complain_of_output(&error);
                    output::hint(format_args!("the message was sent all the same; its timestamp is {ts}"));
                    ExitCode::from(exit::FAILED)
                }
            }
        }
        Ok(outcome) => {
            complain(outcome);
            ExitCode::from(exit::FAILED)
        }
        Err(error) => {
            if let Some(code) = error.code()
                && let Err(error) = output::line(code)
            {
                output::complain_of_output(&error);
            }
            complain(exit::describe_session(&error));
            exit::code(&error)
        }
    }
}

/// Waits for the session to fail for good, and says meanwhile why it takes so long.
async fn failure(events: &mut Events) -> session::Error {
    loop {
        match events.next().await {
            Some(Item::Closed(error)) => return error,
            Some(Item::Retry(retry)) => complain(format_args!(
                "{}; trying again in {:.1} s",
                exit::describe_session(&retry.error),
                retry.delay.as_secs_f64()
            )),
            Some(_) => {}
            None => return session::Error::Closed,
        }
    }
}

/// Ends the session, after which it is known what became of the message.
async fn give_up(sender: &Sender, delivery: Delivery, why: &str) -> Outcome {
    complain(why);
    sender.close().await;
    delivery.await
}

async fn interrupt() {
    match Interrupt::catch() {
        Ok(mut interrupt) => interrupt.wait().await,
        Err(_) => std::future::pending().await,
    }
}
