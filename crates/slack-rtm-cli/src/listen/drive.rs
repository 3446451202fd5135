//! The loop of `listen`: items and outcomes to standard output, commands from standard input, signals.

use std::collections::VecDeque;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::value::RawValue;
use slack_rtm::session::{NotSent, Session};
use slack_rtm::{Events, Item, Outcome, Sender};
use tokio::sync::mpsc::Permit;
use tokio::time::Instant;

use super::command::{Command, Started};
use super::input::{self, Lines};
use super::keeper::Keeper;
use super::narrator::Narrator;
use crate::exit;
use crate::output::{self, Closed, Output, complain};
use crate::signal::Interrupt;
use crate::stdin;

/// How many outcomes may be open before no more commands are read. Fewer than the session queues, so that none finds its queue full; it bounds what a reader who
/// stands still costs, too.
const MAX_OPEN: usize = 200;

/// How long it takes at most to end, once that is asked for: the session takes 2 seconds of it.
const GRACE: Duration = Duration::from_secs(4);

/// A command whose outcome is known.
enum Settled {
    Message(Box<RawValue>, Outcome),
    /// Its name, and the number of its line.
    Other(&'static str, u64, Outcome),
}

/// How it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// Whether the end of the input ends it.
    pub(super) on_eof: bool,
    /// How long each outcome is waited for that is open when an end is asked for.
    pub(super) patience: Duration,
}

struct Listening {
    sender: Sender,
    narrator: Narrator,
    ending: Ending,
    /// Until when to wait for the next outcome, once an end was asked for.
    drain: Option<Instant>,
    /// Until when to wait for an outcome while the input cannot be read on, where its end is waited for.
    stuck: Option<Instant>,
    /// Whether a message was not acknowledged that the exit code answers for.
    has_failed: bool,
    deliveries: FuturesUnordered<Pin<Box<dyn Future<Output = Settled> + Send>>>,
    /// What is to be written beside the session's items.
    texts: VecDeque<String>,
    /// When to give up on a polite end.
    give_up: Option<Instant>,
    keeper: Option<Keeper>,
    /// How many texts have been handed to the output.
    made: u64,
}

/// Runs until the session ends, or nobody reads standard output any more.
pub(super) async fn drive(
    session: Session,
    narrator: Narrator,
    ending: Ending,
    keeper: Option<Keeper>,
) -> ExitCode {
    let mut interrupt = match Interrupt::catch() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            complain(format_args!("signals cannot be caught: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let (sender, mut events) = session.split();
    let mut listening = Listening {
        sender,
        narrator,
        ending,
        drain: None,
        stuck: None,
        has_failed: false,
        deliveries: FuturesUnordered::new(),
        texts: VecDeque::new(),
        give_up: None,
        keeper,
        made: 0,
    };
    let output = Output::start();
    let code = listening.run(&mut events, &output, &mut interrupt).await;
    let give_up = listening.give_up.unwrap_or_else(|| Instant::now() + GRACE);
    if code.is_err() {
        let _ = tokio::time::timeout_at(give_up, listening.sender.close()).await;
    }
    let keeper = listening.keeper.take();
    let counter = output.counter();
    let finished = output.finish(give_up).await;
    if let Some(mut keeper) = keeper {
        if let Some(checkpoint) = events.checkpoint() {
            keeper.progress.add(checkpoint, listening.made);
        }
        if !keeper.finish(counter.written(), Instant::now() + GRACE).await && code.is_ok() {
            return ExitCode::from(exit::FAILED);
        }
    }
    match finished {
        Ok(()) => code.unwrap_or(ExitCode::SUCCESS),
        Err(error) => {
            output::complain_of_output(&error);
            ExitCode::from(exit::FAILED)
        }
    }
}

impl Listening {
    async fn run(
        &mut self,
        events: &mut Events,
        output: &Output,
        interrupt: &mut Interrupt,
    ) -> Result<ExitCode, Closed> {
        let mut input = Some(Lines::new(stdin::open()));
        let mut last = None;
        output.room().await?.send(self.narrator.beginning());
        self.made += 1;
        let mut reader_left = std::pin::pin!(output::reader_left());
        loop {
            let has_room = self.texts.len() + self.deliveries.len() < MAX_OPEN;
            self.watch_input(has_room);
            tokio::select! {
                () = interrupt.wait(), if self.give_up.is_none() => self.close(),
                line = next_line(&mut input), if has_room && self.drain.is_none() => match line {
                    Some(line) => self.obey(line),
                    None => {
                        input = None;
                        // Otherwise the end of the input is not the end.
                        if self.ending.on_eof {
                            self.drain();
                        }
                    }
                },
                Some(settled) = self.deliveries.next() => {
                    self.settle(settled);
                    self.go_on_draining();
                }
                () = until(self.drain), if self.give_up.is_none() => self.close(),
                () = until(self.stuck), if self.give_up.is_none() => self.give_input_up(),
                room = output.room(), if !self.texts.is_empty() => self.write(room?),
                next = next_item(output, events) => match next? {
                    (_, Some(Item::Closed(error))) => last = Some(error),
                    (room, Some(item)) => {
                        tell(&item);
                        if let (Item::Connected(_), Some(keeper)) = (&item, &mut self.keeper)
                            && let Some(checkpoint) = events.checkpoint()
                        {
                            keeper.begin(checkpoint).await;
                        }
                        match self.lines(&item) {
                            Ok(text) if text.is_empty() => {}
                            Ok(text) => {
                                room.send(text);
                                self.made += 1;
                            }
                            Err(code) => return Ok(code),
                        }
                    }
                    (_, None) => break,
                },
                () = tick(&mut self.keeper) => self.keep(events, output).await,
                () = &mut reader_left => return Err(Closed),
                () = until(self.give_up) => return Ok(self.code()),
            }
        }
        // Nothing is sent any more, so that every outcome is known. Closed is the last word.
        while let Some(settled) = self.deliveries.next().await {
            self.settle(settled);
        }
        let mut code = self.code();
        if let Some(error) = last {
            if !error.is_closed() {
                if !output::are_both_seen() {
                    complain(exit::describe_session(&error));
                }
                output::hint(output::DOCTOR);
                code = exit::code(&error);
            }
            self.texts.push_back(self.narrator.item(&Item::Closed(error), None));
        }
        let give_up = self.give_up.unwrap_or_else(|| Instant::now() + GRACE);
        while !self.texts.is_empty() {
            tokio::select! {
                room = output.room() => self.write(room?),
                () = until(Some(give_up)) => break,
            }
        }
        Ok(code)
    }

    fn write(&mut self, room: Permit<'_, String>) {
        if let Some(text) = self.texts.pop_front() {
            room.send(text);
            self.made += 1;
        }
    }

    /// The lines of an item. The exit code if it shows that the state file is another session's.
    fn lines(&mut self, item: &Item) -> Result<String, ExitCode> {
        if let (Item::Connected(connected), Some(keeper)) = (item, &self.keeper)
            && let Err(message) = keeper.check(connected)
        {
            // Nothing of this session belongs into that file.
            self.keeper = None;
            complain(message);
            return Err(ExitCode::from(exit::USAGE));
        }
        let event = match item {
            Item::Event(event) => Some(&**event),
            Item::Missed(missed) => Some(&missed.event),
            _ => None,
        };
        let is_written = event.is_some_and(|event| self.narrator.wants(event));
        let keeper = self.keeper.as_mut().filter(|_| is_written);
        let number = keeper.and_then(|keeper| keeper.progress.next_line());
        Ok(self.narrator.item(item, number))
    }

    /// Stores how far the session has come.
    async fn keep(&mut self, events: &Events, output: &Output) {
        let Some(keeper) = &mut self.keeper else { return };
        if keeper.progress.has_room()
            && let Some(checkpoint) = events.checkpoint()
        {
            keeper.progress.add(checkpoint, self.made);
        }
        keeper.store(output.counter().written()).await;
    }

    /// Reads no more commands, and ends the session when the outcomes of those that were read are known.
    fn drain(&mut self) {
        self.drain = Some(Instant::now() + self.ending.patience);
        self.go_on_draining();
    }

    /// The end of the input does not come while too many messages are open to read on, and they may stay so.
    fn watch_input(&mut self, has_room: bool) {
        let is_stuck = self.ending.on_eof && self.drain.is_none() && !has_room && self.texts.is_empty();
        self.stuck = match self.stuck {
            Some(until) if is_stuck => Some(until),
            None if is_stuck => Some(Instant::now() + self.ending.patience),
            _ => None,
        };
    }

    fn give_input_up(&mut self) {
        let (open, patience) = (self.deliveries.len(), self.ending.patience.as_secs());
        complain(format_args!(
            "the input was not read to its end: {open} messages are open, and no outcome came for {patience} s"
        ));
        self.note_failure();
        self.drain = Some(Instant::now());
        self.close();
    }

    /// Every outcome shows that it goes on.
    fn go_on_draining(&mut self) {
        self.stuck = None;
        if self.drain.is_some() {
            self.drain = Some(Instant::now() + self.ending.patience);
            if self.deliveries.is_empty() {
                self.close();
            }
        }
    }

    /// How the program ends, if an end was asked for.
    fn code(&self) -> ExitCode {
        let has_failed = self.drain.is_some() && self.has_failed;
        if has_failed { ExitCode::from(exit::FAILED) } else { ExitCode::SUCCESS }
    }

    /// Notes what the exit code answers for: with --exit-on-eof every message, with `close` those that were open then.
    fn note_failure(&mut self) {
        self.has_failed |= self.ending.on_eof || self.drain.is_some();
    }

    /// Ends the session, while what it tells is still written.
    fn close(&mut self) {
        if self.give_up.is_none() {
            self.give_up = Some(Instant::now() + GRACE);
            let sender = self.sender.clone();
            tokio::spawn(async move { sender.close().await });
        }
    }

    /// Carries out a line of the input.
    fn obey(&mut self, line: input::Line) {
        let input::Line { number, text } = line;
        let command = text.map_err(|error| error.to_string()).and_then(|text| Command::parse(&text));
        let command = command.and_then(|command| match command.problem() {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(command),
        });
        match command {
            Ok(command) => match command.start(&self.sender) {
                Started::Message { reference, delivery } => {
                    self.deliveries
                        .push(Box::pin(async move { Settled::Message(reference, delivery.await) }));
                }
                Started::Other { name, delivery } => {
                    self.deliveries
                        .push(Box::pin(async move { Settled::Other(name, number, delivery.await) }));
                }
                Started::Close => self.drain(),
                Started::Ack(line) => {
                    let acked = match &mut self.keeper {
                        Some(keeper) => keeper.progress.ack(line),
                        None => Err("ack: there is no --state".to_owned()),
                    };
                    if let Err(message) = acked {
                        self.texts.push_back(self.narrator.refused_command("bad_command", message, number));
                    }
                }
            },
            Err(message) => {
                self.note_failure();
                self.texts.push_back(self.narrator.refused_command("bad_command", message, number));
            }
        }
    }

    fn settle(&mut self, settled: Settled) {
        let text = match settled {
            Settled::Message(reference, outcome) => {
                if !matches!(outcome, Outcome::Acked(_) | Outcome::Sent) {
                    self.note_failure();
                }
                self.narrator.reply(&reference, &outcome)
            }
            // To type fast is no fault.
            Settled::Other(name, number, Outcome::NotSent(reason)) if reason != NotSent::Throttled => {
                self.narrator.refused_command("not_sent", format!("{name} was not sent: {reason}"), number)
            }
            Settled::Other(..) => return,
        };
        self.texts.push_back(text);
    }
}

/// Says on standard error why there is no connection, unless standard output says so in the same place.
fn tell(item: &Item) {
    match item {
        _ if output::are_both_seen() => {}
        Item::Disconnected(reason) => output::warn(format_args!("{reason}; connecting again")),
        Item::Retry(retry) => complain(format_args!(
            "{}; trying again in {:.1} s",
            exit::describe_session(&retry.error),
            retry.delay.as_secs_f64()
        )),
        _ => {}
    }
}

/// The next item, and room for it: what cannot be written stays in the session's queue, which is bounded and says what it drops.
async fn next_item<'a>(
    output: &'a Output,
    events: &mut Events,
) -> Result<(Permit<'a, String>, Option<Item>), Closed> {
    let room = output.room().await?;
    Ok((room, events.next().await))
}

async fn next_line<R: tokio::io::AsyncBufRead + Unpin>(input: &mut Option<Lines<R>>) -> Option<input::Line> {
    match input {
        Some(lines) => lines.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until it is time to look at the state file, if there is one.
async fn tick(keeper: &mut Option<Keeper>) {
    match keeper {
        Some(keeper) => keeper.tick().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
