//! Carrying out the commands that `listen` reads, and printing their outcomes.

use serde_json::value::RawValue;
use slack_rtm::Outcome;
use slack_rtm::session::NotSent;

use super::command::{Ack, Command, Started};
use super::event_loop::EventLoop;
use super::input::Line;

/// A command whose outcome is known.
pub(super) enum Settled {
    Message(Box<RawValue>, Outcome),
    /// The name of the command, and the number of its line.
    Other(&'static str, u64, Outcome),
}

impl EventLoop {
    /// Carries out a line of the input.
    pub(super) fn execute(&mut self, line: Line) {
        let Line { number, text } = line;
        let command = text.map_err(|error| error.to_string()).and_then(|text| Command::parse(&text));
        let command = command.and_then(|command| match command.problem() {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(command),
        });
        match command {
            Ok(command) => self.start(command, number),
            Err(message) => {
                self.note_failure();
                self.reject(message, number);
            }
        }
    }

    fn start(&mut self, command: Command, number: u64) {
        let done = match command.start(&self.sender) {
            Started::Message { reference, delivery } => {
                let settled = async move { Settled::Message(reference, delivery.await) };
                self.deliveries.push(Box::pin(settled));
                Ok(())
            }
            Started::Other { name, delivery } => {
                let settled = async move { Settled::Other(name, number, delivery.await) };
                self.deliveries.push(Box::pin(settled));
                Ok(())
            }
            Started::Close => {
                self.drain();
                Ok(())
            }
            Started::Ack(Ack::Line(line)) => match &mut self.checkpointer {
                Some(checkpointer) => checkpointer.progress.ack(line),
                None => Err("ack: the number of a line needs --state and --ack".to_owned()),
            },
            Started::Ack(Ack::Envelope(id)) => self.envelopes.ack(&id),
            Started::Respond { envelope, payload } => self.envelopes.respond(&envelope, &payload),
        };
        if let Err(message) = done {
            self.reject(message, number);
        }
    }

    fn reject(&mut self, message: String, number: u64) {
        self.texts.push_back(self.renderer.rejected_command("bad_command", message, number));
    }

    /// Prints the outcome of a command.
    pub(super) fn settle(&mut self, settled: Settled) {
        let text = match settled {
            Settled::Message(reference, outcome) => {
                if !matches!(outcome, Outcome::Acked(_) | Outcome::Sent) {
                    self.note_failure();
                }
                self.renderer.reply(&reference, &outcome)
            }
            // Typing indicators that come too fast are left out on purpose.
            Settled::Other(name, number, Outcome::NotSent(reason)) if reason != NotSent::Throttled => {
                self.renderer.rejected_command("not_sent", format!("{name} was not sent: {reason}"), number)
            }
            Settled::Other(..) => return,
        };
        self.texts.push_back(text);
    }
}
