//! Commands: queued, numbered, sent at most once, and matched with their replies.

use std::collections::VecDeque;
use std::time::Duration;

use slack_rtm_models::{Reply, UserId};

use super::echo::Echo;
use super::rate_limit::{RateLimiter, Typing};
use super::{Action, Config, Measured};
use crate::command::{Command, CommandKind};
use crate::connection_id::ConnectionId;
use crate::{NotSent, Outcome};

/// A command that was not sent yet. `number` counts the submitted commands, which shows up to which one all have their outcomes.
#[derive(Debug)]
struct Queued<T> {
    number: u64,
    ticket: T,
    command: Command,
}

/// A command that was sent and is waiting for its reply.
#[derive(Debug)]
struct Pending<T> {
    id: u64,
    number: u64,
    connection: ConnectionId,
    since: Duration,
    /// `None` once it has its outcome.
    waiting: Option<(T, Command)>,
}

#[derive(Debug)]
pub(super) struct Sending<T> {
    last_id: u64,
    submitted: u64,
    queue: VecDeque<Queued<T>>,
    /// In the order of their ids, which is also that of their times. The first one has no outcome.
    pending: VecDeque<Pending<T>>,
    waiting: usize,
    limiter: RateLimiter,
    typing: Typing,
    /// The last presence subscription that was sent.
    presence: Option<Command>,
    /// Until when replies to commands of earlier connections are waited for.
    resume_until: Option<Duration>,
}

impl<T> Sending<T> {
    pub(super) fn new(first_id: u64) -> Self {
        Self {
            last_id: first_id - 1,
            submitted: 0,
            queue: VecDeque::new(),
            pending: VecDeque::new(),
            waiting: 0,
            limiter: RateLimiter::default(),
            typing: Typing::default(),
            presence: None,
            resume_until: None,
        }
    }

    pub(super) fn number_from(&mut self, id: u64) {
        self.last_id = id - 1;
    }

    pub(super) fn unacknowledged(&self) -> usize {
        self.waiting
    }

    pub(super) fn submitted(&self) -> u64 {
        self.submitted
    }

    pub(super) fn resolved(&self) -> u64 {
        let oldest = self.pending.front().map(|pending| pending.number);
        let oldest = oldest.or_else(|| self.queue.front().map(|queued| queued.number));
        oldest.map_or(self.submitted, |number| number - 1)
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Queues a command, or resolves it if it is not valid.
    pub(super) fn submit(
        &mut self,
        now: Duration,
        ticket: T,
        command: Command,
        is_connected: bool,
        config: &Config,
        out: &mut VecDeque<Action<T>>,
    ) {
        self.submitted += 1;
        match self.check(now, &command, is_connected, config) {
            Ok(()) => self.queue.push_back(Queued { number: self.submitted, ticket, command }),
            Err(reason) => out.push_back(Action::Resolve(ticket, Outcome::NotSent(reason))),
        }
    }

    fn check(
        &mut self,
        now: Duration,
        command: &Command,
        is_connected: bool,
        config: &Config,
    ) -> Result<(), NotSent> {
        let characters = command.characters;
        if characters > config.max_text {
            return Err(NotSent::TextTooLong { characters, max: config.max_text });
        }
        let id = self.last_id + self.queue.len() as u64 + 1;
        if command.len(id) > config.max_frame {
            return Err(command.too_long(id, config.max_frame));
        }
        if self.queue.len() + self.waiting >= config.send_queue {
            return Err(NotSent::QueueFull);
        }
        if let CommandKind::Typing(channel) = &command.kind {
            if !is_connected {
                return Err(NotSent::NotConnected);
            }
            if !self.typing.allow(now, channel, config) {
                return Err(NotSent::Throttled);
            }
        }
        Ok(())
    }

    /// Sends the commands that the rate limit allows now.
    pub(super) fn flush(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        config: &Config,
        out: &mut VecDeque<Action<T>>,
    ) {
        while !self.queue.is_empty() && self.limiter.free_from(config) <= now {
            let Some(Queued { number, ticket, command }) = self.queue.pop_front() else { return };
            self.limiter.sent(now, config);
            let id = self.next_id();
            out.push_back(Action::Write(connection, command.with_id(id)));
            if command.kind == CommandKind::Replied {
                self.waiting += 1;
                let waiting = Some((ticket, command));
                self.pending.push_back(Pending { id, number, connection, since: now, waiting });
            } else {
                out.push_back(Action::Resolve(ticket, Outcome::Sent));
                if command.kind == CommandKind::PresenceSub {
                    self.presence = Some(command);
                }
            }
        }
    }

    /// Prepares for a new connection: repeats the presence subscription, and limits how long to wait for replies to earlier commands.
    pub(super) fn resume(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        config: &Config,
        out: &mut VecDeque<Action<T>>,
    ) {
        if self.waiting > 0 {
            self.resume_until = Some(now + config.late_reply_window);
        }
        let id = self.last_id + 1;
        if let Some(presence) = &self.presence {
            out.push_back(Action::Write(connection, presence.with_id(id)));
            self.last_id = id;
            self.limiter.sent(now, config);
        }
    }

    /// Handles a reply that arrived over any connection.
    pub(super) fn replied(&mut self, now: Duration, reply: Reply, out: &mut VecDeque<Action<T>>) {
        let Some(pending) = reply.reply_to().and_then(|id| self.find(id)) else { return };
        let since = pending.since;
        let Some((ticket, _)) = pending.waiting.take() else { return };
        self.waiting -= 1;
        out.push_back(Action::Measured(Measured::Reply(now.saturating_sub(since))));
        out.push_back(Action::Resolve(
            ticket,
            match reply {
                Reply::Ack(ack) => Outcome::Acked(Box::new(ack)),
                Reply::Error(error) => Outcome::Rejected(Box::new(error)),
            },
        ));
        self.forget_answered();
    }

    /// Handles a message that has the id of a command. It is the reply if it can be the message that the command posted.
    pub(super) fn echoed(
        &mut self,
        now: Duration,
        echo: &Echo,
        own: Option<&UserId>,
        out: &mut VecDeque<Action<T>>,
    ) {
        let pending = echo.reply.reply_to().and_then(|id| self.find(id));
        let waiting = pending.and_then(|pending| pending.waiting.as_ref());
        if waiting.is_some_and(|(_, command)| echo.can_answer(&command.posted(), own)) {
            self.replied(now, echo.reply.clone(), out);
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut Pending<T>> {
        // Nearly always it is the first one.
        if self.pending.front().is_some_and(|pending| pending.id == id) {
            return self.pending.front_mut();
        }
        let index = self.pending.partition_point(|pending| pending.id < id);
        self.pending.get_mut(index).filter(|pending| pending.id == id)
    }

    fn forget_answered(&mut self) {
        while self.pending.front().is_some_and(|pending| pending.waiting.is_none()) {
            self.pending.pop_front();
        }
    }

    /// Resolves commands whose replies have not arrived in time.
    pub(super) fn expire(
        &mut self,
        now: Duration,
        active: Option<ConnectionId>,
        ack_limit: Duration,
        out: &mut VecDeque<Action<T>>,
    ) {
        while let Some(pending) = self.pending.front_mut() {
            if now < pending.since + ack_limit {
                break;
            }
            let outcome =
                if Some(pending.connection) == active { Outcome::TimedOut } else { Outcome::Unknown };
            let waiting = pending.waiting.take();
            self.waiting -= usize::from(waiting.is_some());
            out.extend(waiting.map(|(ticket, _)| Action::Resolve(ticket, outcome)));
            self.forget_answered();
        }
        if self.resume_until.take_if(|until| now >= *until).is_some() {
            self.give_up(|pending| Some(pending.connection) != active, out);
        }
    }

    /// Resolves commands as unknown.
    fn give_up(&mut self, which: impl Fn(&Pending<T>) -> bool, out: &mut VecDeque<Action<T>>) {
        for pending in self.pending.iter_mut().filter(|pending| which(pending)) {
            let waiting = pending.waiting.take();
            self.waiting -= usize::from(waiting.is_some());
            out.extend(waiting.map(|(ticket, _)| Action::Resolve(ticket, Outcome::Unknown)));
        }
        self.forget_answered();
    }

    /// Resolves the queued commands: nothing more will be sent.
    pub(super) fn close(&mut self, out: &mut VecDeque<Action<T>>) {
        let closed = Outcome::NotSent(NotSent::Closed);
        out.extend(self.queue.drain(..).map(|queued| Action::Resolve(queued.ticket, closed.clone())));
    }

    /// Resolves all commands: no more replies will arrive.
    pub(super) fn stop(&mut self, out: &mut VecDeque<Action<T>>) {
        self.close(out);
        self.give_up(|_| true, out);
    }

    /// Returns the next time at which something has to be done. `may_send` says whether queued commands can be sent.
    pub(super) fn deadline(&self, may_send: bool, ack_limit: Duration, config: &Config) -> Option<Duration> {
        let free = (may_send && !self.queue.is_empty()).then(|| self.limiter.free_from(config));
        let expires = self.pending.front().map(|pending| pending.since + ack_limit);
        [free, expires, self.resume_until].into_iter().flatten().min()
    }
}
