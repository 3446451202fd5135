//! The event loop of `listen`: items and outcomes to standard output, commands from standard input, and signals.

use std::collections::VecDeque;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use slack_rtm::session::Session;
use slack_rtm::{Events, Item, Sender};
use tokio::sync::mpsc::Permit;
use tokio::time::Instant;

use super::checkpointer::Checkpointer;
use super::envelopes::Envelopes;
use super::execution::Settled;
use super::input::Lines;
use super::renderer::Renderer;
use super::waiting::{next_item, next_line, tick, until};
use crate::exit;
use crate::output::{self, Closed, Output, complain};
use crate::signal::Interrupt;
use crate::stdin;

/// The number of outcomes that may be open before no more commands are read. Fewer than the session queues, so that no command finds its queue full. It also bounds
/// the memory for a reader that stalls.
const MAX_OPEN: usize = 200;

/// How long exiting may take. Closing the session takes up to 2 seconds of it.
const GRACE: Duration = Duration::from_secs(4);

/// When to exit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// Whether to exit at the end of the input.
    pub(super) on_eof: bool,
    /// How long to wait for each outcome that is open then.
    pub(super) patience: Duration,
}

pub(super) struct EventLoop {
    pub(super) sender: Sender,
    pub(super) renderer: Renderer,
    ending: Ending,
    /// The deadline for the next outcome, once the program is about to exit.
    drain: Option<Instant>,
    /// The deadline for the next outcome while no more input is read, if it exits at the end of the input.
    stuck: Option<Instant>,
    /// Whether a message failed that counts for the exit code.
    has_failed: bool,
    pub(super) deliveries: FuturesUnordered<Pin<Box<dyn Future<Output = Settled> + Send>>>,
    pub(super) envelopes: Envelopes,
    /// Lines to print besides those of the session's items.
    pub(super) texts: VecDeque<String>,
    /// The deadline for closing the session.
    give_up: Option<Instant>,
    pub(super) checkpointer: Option<Checkpointer>,
    /// The number of texts that have been handed to the output.
    made: u64,
}

/// Runs until the session ends or the reader of standard output has gone.
pub(super) async fn run(
    session: Session,
    renderer: Renderer,
    ending: Ending,
    checkpointer: Option<Checkpointer>,
) -> ExitCode {
    let mut interrupt = match Interrupt::catch() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            complain(format_args!("signals cannot be caught: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let (sender, mut events) = session.split();
    let mut event_loop = EventLoop {
        sender,
        renderer,
        ending,
        drain: None,
        stuck: None,
        has_failed: false,
        deliveries: FuturesUnordered::new(),
        envelopes: Envelopes::default(),
        texts: VecDeque::new(),
        give_up: None,
        checkpointer,
        made: 0,
    };
    let output = Output::start();
    let code = event_loop.run(&mut events, &output, &mut interrupt).await;
    let give_up = event_loop.give_up.unwrap_or_else(|| Instant::now() + GRACE);
    if code.is_err() {
        let _ = tokio::time::timeout_at(give_up, event_loop.sender.close()).await;
    }
    let checkpointer = event_loop.checkpointer.take();
    let counter = output.counter();
    let finished = output.finish(give_up).await;
    if let Some(mut checkpointer) = checkpointer {
        if let Some(checkpoint) = events.checkpoint() {
            checkpointer.progress.add(checkpoint, event_loop.made);
        }
        if !checkpointer.finish(counter.written(), Instant::now() + GRACE).await && code.is_ok() {
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

impl EventLoop {
    async fn run(
        &mut self,
        events: &mut Events,
        output: &Output,
        interrupt: &mut Interrupt,
    ) -> Result<ExitCode, Closed> {
        let mut input = Some(Lines::new(stdin::open()));
        let mut last = None;
        output.room().await?.send(self.renderer.connecting());
        self.made += 1;
        let mut reader_left = std::pin::pin!(output::reader_left());
        loop {
            let has_room = self.texts.len() + self.deliveries.len() < MAX_OPEN;
            self.watch_input(has_room);
            tokio::select! {
                () = interrupt.wait(), if self.give_up.is_none() => self.close(),
                line = next_line(&mut input), if has_room && self.drain.is_none() => match line {
                    Some(line) => self.execute(line),
                    None => {
                        input = None;
                        if self.ending.on_eof {
                            self.drain();
                        }
                    }
                },
                Some(settled) = self.deliveries.next() => {
                    self.settle(settled);
                    self.extend_deadlines();
                }
                () = until(self.drain), if self.give_up.is_none() => self.close(),
                () = until(self.stuck), if self.give_up.is_none() => self.abandon_input(),
                room = output.room(), if !self.texts.is_empty() => self.write(room?),
                next = next_item(output, events) => match next? {
                    (_, Some(Item::Closed(error))) => last = Some(error),
                    (room, Some(item)) => {
                        report(&item);
                        if let (Item::Connected(_), Some(checkpointer)) = (&item, &mut self.checkpointer)
                            && let Some(checkpoint) = events.checkpoint()
                        {
                            checkpointer.begin(checkpoint).await;
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
                () = tick(&mut self.checkpointer) => self.store(events, output).await,
                () = &mut reader_left => return Err(Closed),
                () = until(self.give_up) => return Ok(self.code()),
            }
        }
        // Nothing more is sent, so every outcome is known. The line for Closed comes last.
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
            self.texts.push_back(self.renderer.item(&Item::Closed(error), None));
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

    /// Returns the lines for an item, or the exit code if the state file belongs to another session.
    fn lines(&mut self, item: &Item) -> Result<String, ExitCode> {
        if let (Item::Connected(connected), Some(checkpointer)) = (item, &self.checkpointer)
            && let Err(message) = checkpointer.check(connected)
        {
            // This session must not write to that file.
            self.checkpointer = None;
            complain(message);
            return Err(ExitCode::from(exit::USAGE));
        }
        let event = match item {
            Item::Event(event) => Some(&**event),
            Item::Missed(missed) => Some(&missed.event),
            _ => None,
        };
        let is_printed = event.is_none_or(|event| self.renderer.wants(event));
        self.envelopes.keep(item, is_printed);
        let checkpointer = self.checkpointer.as_mut().filter(|_| event.is_some() && is_printed);
        let number = checkpointer.and_then(|checkpointer| checkpointer.progress.next_line());
        Ok(self.renderer.item(item, number))
    }

    /// Stores the position of the session.
    async fn store(&mut self, events: &Events, output: &Output) {
        let Some(checkpointer) = &mut self.checkpointer else { return };
        if checkpointer.progress.has_room()
            && let Some(checkpoint) = events.checkpoint()
        {
            checkpointer.progress.add(checkpoint, self.made);
        }
        checkpointer.store(output.counter().written()).await;
    }

    /// Stops reading commands, and closes the session when all outcomes are known.
    pub(super) fn drain(&mut self) {
        self.drain = Some(Instant::now() + self.ending.patience);
        self.extend_deadlines();
    }

    /// Watches for messages that stay open, which keep the loop from reading up to the end of the input.
    fn watch_input(&mut self, has_room: bool) {
        let is_stuck = self.ending.on_eof && self.drain.is_none() && !has_room && self.texts.is_empty();
        self.stuck = match self.stuck {
            Some(until) if is_stuck => Some(until),
            None if is_stuck => Some(Instant::now() + self.ending.patience),
            _ => None,
        };
    }

    fn abandon_input(&mut self) {
        let (open, patience) = (self.deliveries.len(), self.ending.patience.as_secs());
        complain(format_args!(
            "the input was not read to its end: {open} messages are open, and there was no outcome for {patience} s"
        ));
        self.note_failure();
        self.drain = Some(Instant::now());
        self.close();
    }

    /// Extends the deadlines after an outcome.
    fn extend_deadlines(&mut self) {
        self.stuck = None;
        if self.drain.is_some() {
            self.drain = Some(Instant::now() + self.ending.patience);
            if self.deliveries.is_empty() {
                self.close();
            }
        }
    }

    /// Returns the exit code of an orderly end.
    fn code(&self) -> ExitCode {
        let has_failed = self.drain.is_some() && self.has_failed;
        if has_failed { ExitCode::from(exit::FAILED) } else { ExitCode::SUCCESS }
    }

    /// Notes a failure that counts for the exit code: with --exit-on-eof of any message, with `close` of those that were open then.
    pub(super) fn note_failure(&mut self) {
        self.has_failed |= self.ending.on_eof || self.drain.is_some();
    }

    /// Closes the session in the background, so that its last items are still printed.
    fn close(&mut self) {
        if self.give_up.is_none() {
            self.give_up = Some(Instant::now() + GRACE);
            let sender = self.sender.clone();
            tokio::spawn(async move { sender.close().await });
        }
    }
}

/// Prints connection failures to standard error, unless standard output is the same terminal.
fn report(item: &Item) {
    match item {
        _ if output::are_both_seen() => {}
        Item::Disconnected(reason) => output::warn(format_args!("{reason}; reconnecting")),
        Item::Retry(retry) => complain(format_args!(
            "{}; retrying in {:.1} s",
            exit::describe_session(&retry.error),
            retry.delay.as_secs_f64()
        )),
        _ => {}
    }
}
