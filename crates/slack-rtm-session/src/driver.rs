//! The task of a session: it carries out what the state machine asks for.

mod calls;
mod links;
#[cfg(feature = "socket-mode")]
mod socket_mode;
#[cfg(test)]
mod tests;
mod timer;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use slack_rtm_apis::{Client, Headers};
use tokio::sync::{mpsc, oneshot};

use self::calls::Call;
use self::links::Link;
use self::timer::Timer;
use crate::calls::Caller;
use crate::catch_up::CatchUp;
use crate::command::Command;
use crate::connect_limit::Turn;
use crate::drain::Drains;
use crate::machine::{Action, ConnectionId, Input, Machine};
use crate::queue::Queue;
use crate::shared::Shared;
use crate::socket::Socket;
#[cfg(feature = "socket-mode")]
use crate::socket_mode::Port;
use crate::telemetry::{self, Telemetry};
use crate::transport::Transport;
use crate::{ConnectLimit, Error, Item, NotSent, Outcome, State};

/// How many commands are taken before others get a turn.
const COMMANDS_PER_TURN: usize = 64;

/// How often a session that waits for its next attempt looks whether the machine has slept. One that is connected does so with every ping.
const LOOK: Duration = Duration::from_secs(5);

/// What the user wants of a session's task.
pub(crate) enum Request {
    /// A command, and who wants to know what became of it.
    Send { command: Command, answer: oneshot::Sender<Outcome> },
    /// Somebody wants to know when all commands before have their outcomes.
    Drain(oneshot::Sender<()>),
}

/// Futures that exist for moments only: boxed, so that a session at rest is small.
type Transient<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a driver is made of.
pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) caller: Caller,
    pub(crate) connect_limit: ConnectLimit,
    pub(crate) max_frame: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) requests: mpsc::Receiver<Box<Request>>,
    pub(crate) opened: Option<oneshot::Sender<Result<(), Error>>>,
    #[cfg(feature = "socket-mode")]
    pub(crate) port: Option<Box<Port>>,
}

pub(crate) struct Driver {
    machine: Machine<oneshot::Sender<Outcome>>,
    parts: Parts,
    transport: Arc<Transport>,
    links: Vec<(ConnectionId, Link)>,
    call: Option<Call>,
    /// This session's turn to connect, from one of its steps to the next.
    turn: Option<Turn>,
    /// The headers that the next address wants.
    headers: Headers,
    timer: Timer,
    catch_up: CatchUp,
    /// Whether the timer has fired since the machine's sleeps were looked at.
    has_fired: bool,
    /// How long the machine had slept by then.
    slept: Duration,
    drains: Drains,
    telemetry: Telemetry,
    has_senders: bool,
    is_stopped: bool,
}

impl Driver {
    pub(crate) fn new(
        parts: Parts,
        machine: Machine<oneshot::Sender<Outcome>>,
        telemetry: Telemetry,
    ) -> Self {
        let slept = parts.shared.slept();
        Self {
            machine,
            transport: Arc::new(Transport::new(&parts.client)),
            parts,
            links: Vec::new(),
            call: None,
            turn: None,
            headers: Headers::default(),
            timer: Timer::new(),
            catch_up: CatchUp::default(),
            has_fired: false,
            slept,
            drains: Drains::default(),
            telemetry,
            has_senders: true,
            is_stopped: false,
        }
    }

    fn queue(&self) -> &Queue {
        &self.parts.shared.queue
    }

    /// Reads, then sees to everything else; `true` if there may be more to do at once.
    fn turn(&mut self, now: Duration, cx: &mut Context<'_>) -> bool {
        // What has come is read before anybody is declared dead: the silence may have been our own.
        let mut again = self.poll_links(now, cx);
        again |= self.poll_call(cx);
        again |= self.poll_requests(now, cx);
        #[cfg(feature = "socket-mode")]
        self.poll_answers(cx);
        self.poll_wishes(cx);
        self.tick(now);
        again |= self.act(cx);
        // What the queue has taken is acknowledged in the same turn.
        #[cfg(feature = "socket-mode")]
        while self.poll_answers(cx) {
            again |= self.act(cx);
        }
        self.flush(cx);
        // Flushing may have shown that a connection is lost.
        again |= self.act(cx);
        self.drains.end(self.machine.settled());
        self.report();
        again
    }

    fn poll_requests(&mut self, now: Duration, cx: &mut Context<'_>) -> bool {
        for _ in 0..COMMANDS_PER_TURN {
            match self.parts.requests.poll_recv(cx) {
                Poll::Pending => return false,
                Poll::Ready(Some(request)) => match *request {
                    Request::Send { command, answer } => {
                        self.machine.handle(now, Input::Send(answer, command));
                    }
                    Request::Drain(waiter) => self.drains.add(self.machine.submitted(), waiter),
                },
                Poll::Ready(None) => {
                    self.has_senders = false;
                    return false;
                }
            }
        }
        true
    }

    /// Has the state machine do what is due.
    fn tick(&mut self, mut now: Duration) {
        let mut deadline = self.machine.deadline();
        if std::mem::take(&mut self.has_fired) || deadline.is_some_and(|at| now >= at) {
            self.look_for_sleeps();
            now = self.parts.shared.now();
            deadline = self.machine.deadline();
        }
        if self.catch_up.is_due(now, deadline) {
            self.machine.tick(now);
        }
    }

    /// Tells the state machine of a sleep. It is called when something is due or the timer has fired: a session at rest is not woken for it.
    fn look_for_sleeps(&mut self) {
        let slept = self.parts.shared.slept();
        let length = slept.saturating_sub(std::mem::replace(&mut self.slept, slept));
        if !length.is_zero() {
            tracing::debug!(?length, "the machine has slept");
            self.machine.handle(self.parts.shared.now(), Input::Resumed(length));
        }
    }

    fn poll_wishes(&mut self, cx: &mut Context<'_>) {
        #[cfg(feature = "socket-mode")]
        if self.poll_fleet(cx) {
            return;
        }
        let wishes = self.queue().wishes(cx);
        if self.telemetry.is_news(wishes.dropped) {
            self.telemetry.dropped(self.parts.shared.now(), wishes.dropped);
        }
        if wishes.is_close_wanted || (wishes.is_abandoned && !self.has_senders) {
            self.machine.handle(self.parts.shared.now(), Input::Close);
            #[cfg(feature = "socket-mode")]
            self.want_close_of_fleet();
        }
    }

    /// Carries out what the machine asks for; `true` if there was something that has to be polled.
    fn act(&mut self, cx: &mut Context<'_>) -> bool {
        let mut again = false;
        self.parts.shared.set_unacknowledged(self.machine.unacknowledged());
        while let Some(action) = self.machine.poll() {
            match action {
                Action::Write(connection, text) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(loss) = socket.write(text)
                    {
                        self.lose(connection, loss);
                    }
                }
                Action::Resolve(answer, outcome) => {
                    telemetry::resolved(&outcome);
                    self.parts.shared.settled();
                    // Whoever asked may have left.
                    let _ = answer.send(outcome);
                }
                Action::Measured(measured) => telemetry::measured(measured),
                Action::Queue => {
                    self.turn = self.parts.connect_limit.try_turn();
                    if self.turn.is_some() {
                        self.machine.handle(self.parts.shared.now(), Input::Turn);
                    } else {
                        let turn = self.parts.connect_limit.clone().turn();
                        self.call = Some(Call::Queued(Box::pin(turn)));
                        again = true;
                    }
                }
                Action::Call => {
                    let Some(turn) = self.turn.take() else { continue };
                    let endpoint = self.parts.caller.fetch();
                    self.call = Some(Call::Made(Box::pin(async move { Ok((endpoint.await?, turn)) })));
                    again = true;
                }
                Action::AbortCall => self.call = None,
                Action::Dial(connection, url) => {
                    let (transport, max_frame) = (self.transport.clone(), self.parts.max_frame);
                    let headers = transport.headers(&std::mem::take::<Headers>(&mut self.headers));
                    let turn = self.turn.take();
                    let dial = async move {
                        let _turn = turn;
                        Socket::dial(&url, &transport, &headers, max_frame).await
                    };
                    // There is one nearly always.
                    self.links.reserve_exact(1);
                    self.links.push((connection, Link::Dialling(Box::pin(dial))));
                    again = true;
                }
                #[cfg(feature = "socket-mode")]
                Action::Ping(connection, id) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(loss) = socket.ping(id)
                    {
                        self.lose(connection, loss);
                    }
                }
                Action::Close(connection) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(loss) = socket.close()
                    {
                        self.lose(connection, loss);
                    }
                }
                Action::Drop(connection) => self.remove(connection, cx),
                Action::Stop => self.is_stopped = true,
            }
        }
        // Whatever was not done with it: it is the next one's.
        self.turn = None;
        #[cfg(feature = "socket-mode")]
        if self.parts.port.is_some() {
            return self.push_through_port() || again;
        }
        let Parts { shared, opened, .. } = &mut self.parts;
        let items = self.machine.items();
        if items.len() > 0 && !shared.queue.push(items.inspect(|item| tell(item, opened, shared))) {
            self.machine.handle(self.parts.shared.now(), Input::Overflow);
            again = true;
        }
        again
    }

    /// Whether nobody is left who may have items for the user.
    fn is_last(&mut self) -> bool {
        #[cfg(feature = "socket-mode")]
        if let Some(port) = &mut self.parts.port {
            return port.leave();
        }
        true
    }

    /// Nothing will be done any more, and everybody who waits is told.
    fn leave(&mut self) {
        self.links.clear();
        self.call = None;
        let dropped = self.queue().level().dropped;
        self.telemetry.ended(dropped);
        self.parts.requests.close();
        while let Ok(request) = self.parts.requests.try_recv() {
            if let Request::Send { answer, .. } = *request {
                self.parts.shared.settled();
                let _ = answer.send(Outcome::NotSent(NotSent::Closed));
            }
        }
        // Whoever waited for outcomes sees that there is nobody left to tell.
        self.drains = Drains::default();
        if self.is_last() {
            self.queue().finish();
        }
    }

    fn report(&mut self) {
        if let Some(vitals) = self.machine.changed_vitals() {
            self.telemetry.set_connected(vitals.state == State::Connected);
            #[cfg(feature = "socket-mode")]
            if let Some(port) = &self.parts.port {
                return self.parts.shared.set_vitals(&port.merged(vitals));
            }
            self.parts.shared.set_vitals(vitals);
        }
    }

    /// Waits for the next deadline.
    fn arm(&mut self, now: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.catch_up.until().or_else(|| self.machine.deadline());
        let Some(mut deadline) = deadline else { return Poll::Pending };
        if !self.machine.is_connected() {
            deadline = deadline.min(now + LOOK);
        }
        let fired = self.timer.poll(now, deadline, &self.parts.shared, cx);
        self.has_fired |= fired.is_ready();
        fired
    }
}

/// Tells others than the user of an item.
fn tell(item: &Item, opened: &mut Option<oneshot::Sender<Result<(), Error>>>, shared: &Shared) {
    telemetry::delivered(item);
    let outcome = match item {
        Item::Connected(_) => Ok(()),
        Item::Closed(error) => Err(error.clone()),
        Item::Retry(retry) => {
            if opened.is_some() {
                shared.set_last_failure(&retry.error);
            }
            return;
        }
        _ => return,
    };
    if let Some(opened) = opened.take() {
        // Whoever waits may have left.
        let _ = opened.send(outcome);
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // One reading of the clock will do for a turn, which is short.
        let now = this.parts.shared.now();
        let again = this.turn(now, cx);
        if this.is_stopped {
            this.leave();
            return Poll::Ready(());
        }
        if again || this.arm(now, cx).is_ready() {
            let turn_of_others = pin!(tokio::task::yield_now());
            // The runtime wakes the task after it has looked at its sockets, and then polls the user's code first. A task that wakes itself would on a runtime with
            // one thread be polled dozens of times before that, and what it reads meanwhile is no longer in the processor's cache when it is decoded.
            let _ = turn_of_others.poll(cx);
        } else {
            this.machine.rest();
        }
        Poll::Pending
    }
}

/// Whatever ends the task, nobody waits for it any longer.
impl Drop for Driver {
    fn drop(&mut self) {
        if !self.is_stopped {
            self.leave();
            self.parts.shared.settled_all();
        }
        if self.is_last() {
            self.queue().finish();
        }
    }
}
