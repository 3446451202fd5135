//! `slack-rtm send`.

mod attempt;
mod failure;
mod text;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use slack_rtm::models::{MessageCommand, escape};
use slack_rtm::session::Session;
use slack_rtm::{ChannelId, Outcome, Ts};

use self::attempt::Ended;
use crate::limits::Limits;
use crate::output::complain;
use crate::tokens::Protocol;
use crate::{exit, ids, output, setup};

/// Send one message, wait for its acknowledgement, and print its timestamp
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("send/help.txt"))]
pub(crate) struct Arguments {
    /// The id of the conversation, such as C01GENERAL0; not its name
    #[arg(value_parser = ids::channel)]
    channel: ChannelId,
    /// The text, in Slack's markup; - reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Reply in the thread of the message with this timestamp
    #[arg(long, value_name = "TS", value_parser = ids::ts)]
    thread: Option<Ts>,
    /// Show the reply in the channel too
    #[arg(long, requires = "thread")]
    broadcast: bool,
    /// Send &, < and > literally, so that nothing in the text becomes a mention or a link
    #[arg(long)]
    plain: bool,
    /// How long to retry, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    #[command(flatten)]
    limits: Limits,
}

pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let text = match text::read(arguments.text).await {
        Ok(text) => text,
        Err(unusable) => {
            complain(&unusable);
            return unusable.exit();
        }
    };
    let text = if arguments.plain { escape(&text).into_owned() } else { text };
    let mut message = MessageCommand::new(0_u64, arguments.channel, text);
    message.thread_ts = arguments.thread;
    message.reply_broadcast = arguments.broadcast.then_some(true);
    match setup::client() {
        Ok((_, protocol @ Protocol::SocketMode)) => {
            let code = setup::reject_protocol("send", protocol);
            output::hint(
                "set SLACK_TOKEN to a token for RTM; an app with Socket Mode posts with chat.postMessage",
            );
            code
        }
        Ok((client, Protocol::Rtm)) => {
            let session = arguments.limits.apply(client.session());
            send(session.start(), message, Duration::from_secs(arguments.timeout)).await
        }
        Err(code) => code,
    }
}

async fn send(session: Session, message: MessageCommand, max: Duration) -> ExitCode {
    match attempt::send(session, message, max).await {
        Ended::Known(outcome @ Outcome::Acked(_)) => {
            let ts = outcome.ts().map(Ts::as_str).unwrap_or_default();
            match output::line(ts) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    output::complain_of_output(&error);
                    output::hint(format_args!("the message was sent nevertheless; its timestamp is {ts}"));
                    ExitCode::from(exit::FAILED)
                }
            }
        }
        Ended::Known(outcome) => {
            complain(&outcome);
            if matches!(outcome, Outcome::TimedOut | Outcome::Unknown) {
                hint_to_check();
            }
            ExitCode::from(exit::FAILED)
        }
        Ended::Refused(error) => {
            if let Some(code) = error.code()
                && let Err(error) = output::line(code)
            {
                output::complain_of_output(&error);
            }
            complain(format_args!("not sent: {}", exit::describe_session(&error)));
            output::hint(output::DOCTOR);
            exit::code(&error)
        }
        Ended::Hopeless(error) => {
            complain(format_args!("not sent: {}", exit::describe_session(&error)));
            output::hint(output::DOCTOR);
            ExitCode::from(exit::FAILED)
        }
        Ended::GivenUp { why, outcome, hint } => {
            complain(format_args!("{why}: {outcome}"));
            match hint {
                Some(hint) => output::hint(hint),
                None => hint_to_check(),
            }
            ExitCode::from(exit::FAILED)
        }
    }
}

fn hint_to_check() {
    output::hint("the message may have been posted: check the conversation before you send it again");
}
