//! The task of a session: it does the I/O that the state machine asks for.

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
use self::links::{Link, REST_AFTER};
use self::timer::Timer;
use crate::calls::Caller;
use crate::catch_up::CatchUp;
use crate::command::Command;
use crate::connect_limit::ConnectPermit;
use crate::connection_id::ConnectionId;
use crate::drain::Drains;
use crate::machine::{Action, Input, Machine};
use crate::queue::Queue;
use crate::shared_state::SharedState;
#[cfg(feature = "socket-mode")]
use crate::socket_mode::PoolMember;
use crate::telemetry::{self, Telemetry};
use crate::transport::Transport;
use crate::websocket::WebSocket;
use crate::{ConnectLimit, Error, Item, NotSent, Outcome, State};

/// How many commands are read before the driver continues with its other work.
const COMMANDS_PER_TURN: usize = 64;

/// How often a disconnected session checks whether the computer was suspended. A connected session checks with every ping.
const SUSPEND_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// A request of the user to the session's task.
pub(crate) enum Request {
    /// Send a command, and return its outcome.
    Send { command: Command, answer: oneshot::Sender<Outcome> },
    /// Answer when all earlier commands have their outcomes.
    Drain(oneshot::Sender<()>),
}

/// A short-lived future. It is boxed so that an idle session is small.
type Transient<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The parts that a driver is built from.
pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) caller: Caller,
    pub(crate) connect_limit: ConnectLimit,
    pub(crate) max_frame: usize,
    pub(crate) shared: Arc<SharedState>,
    pub(crate) requests: mpsc::Receiver<Box<Request>>,
    pub(crate) opened: Option<oneshot::Sender<Result<(), Error>>>,
    #[cfg(feature = "socket-mode")]
    pub(crate) member: Option<Box<PoolMember>>,
}

pub(crate) struct Driver {
    machine: Machine<oneshot::Sender<Outcome>>,
    parts: Parts,
    transport: Arc<Transport>,
    links: Vec<(ConnectionId, Link)>,
    call: Option<Call>,
    /// The permit to connect, while it is passed from one step of an attempt to the next.
    permit: Option<ConnectPermit>,
    /// The upgrade headers of the next address.
    headers: Headers,
    timer: Timer,
    catch_up: CatchUp,
    /// Whether the timer has fired since the last check for a suspend.
    has_fired: bool,
    /// How long the computer had been suspended in total at that check.
    suspended: Duration,
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
        let suspended = parts.shared.suspended();
        Self {
            machine,
            transport: Arc::new(Transport::new(&parts.client)),
            parts,
            links: Vec::new(),
            call: None,
            permit: None,
            headers: Headers::default(),
            timer: Timer::new(),
            catch_up: CatchUp::default(),
            has_fired: false,
            suspended,
            drains: Drains::default(),
            telemetry,
            has_senders: true,
            is_stopped: false,
        }
    }

    fn queue(&self) -> &Queue {
        &self.parts.shared.queue
    }

    /// Reads from the connections, then does everything else; returns `true` if there may be more to do at once.
    fn turn(&mut self, now: Duration, cx: &mut Context<'_>) -> bool {
        // Read before checking deadlines: if this task was delayed, the frames that look late may already be here.
        let mut again = self.poll_links(now, cx);
        again |= self.poll_call(cx);
        again |= self.poll_requests(now, cx);
        #[cfg(feature = "socket-mode")]
        self.poll_answers(cx);
        self.poll_consumer(cx);
        self.tick(now);
        again |= self.act(cx);
        // Acknowledge what was queued just now.
        #[cfg(feature = "socket-mode")]
        while self.poll_answers(cx) {
            again |= self.act(cx);
        }
        self.flush(cx);
        // Flushing may have found that a connection is lost.
        again |= self.act(cx);
        self.drains.complete(self.machine.resolved());
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

    /// Lets the state machine act if a deadline has passed.
    fn tick(&mut self, mut now: Duration) {
        let mut deadline = self.machine.deadline();
        // A suspend is only checked for here, so that an idle session is not woken.
        if std::mem::take(&mut self.has_fired) || deadline.is_some_and(|at| now >= at) {
            self.check_for_suspend();
            now = self.parts.shared.now();
            deadline = self.machine.deadline();
        }
        if self.catch_up.is_due(now, deadline) {
            self.machine.tick(now);
        }
    }

    /// Tells the state machine about a suspend.
    fn check_for_suspend(&mut self) {
        let suspended = self.parts.shared.suspended();
        let length = suspended.saturating_sub(std::mem::replace(&mut self.suspended, suspended));
        if !length.is_zero() {
            tracing::debug!(?length, "the computer was suspended");
            self.machine.handle(self.parts.shared.now(), Input::Resumed(length));
        }
    }

    fn poll_consumer(&mut self, cx: &mut Context<'_>) {
        #[cfg(feature = "socket-mode")]
        if self.poll_pool(cx) {
            return;
        }
        let consumer = self.queue().consumer_state(cx);
        if self.telemetry.has_unlogged_drops(consumer.dropped) {
            self.telemetry.dropped(self.parts.shared.now(), consumer.dropped);
        }
        if consumer.is_close_requested || (consumer.is_abandoned && !self.has_senders) {
            self.machine.handle(self.parts.shared.now(), Input::Close);
            #[cfg(feature = "socket-mode")]
            self.request_close_of_pool();
        }
    }

    /// Performs the machine's actions; returns `true` if there is a new future to poll.
    fn act(&mut self, cx: &mut Context<'_>) -> bool {
        let mut again = false;
        self.parts.shared.set_unacknowledged(self.machine.unacknowledged());
        while let Some(action) = self.machine.poll() {
            match action {
                Action::Write(connection, text) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(reason) = socket.write(text)
                    {
                        self.lose(connection, reason);
                    }
                }
                Action::Resolve(answer, outcome) => {
                    telemetry::resolved(&outcome);
                    self.parts.shared.command_resolved();
                    // The receiver may have been dropped.
                    let _ = answer.send(outcome);
                }
                Action::Measured(measured) => telemetry::measured(measured),
                Action::RequestPermit => {
                    self.permit = self.parts.connect_limit.try_acquire();
                    if self.permit.is_some() {
                        self.machine.handle(self.parts.shared.now(), Input::Permit);
                    } else {
                        let permit = self.parts.connect_limit.clone().acquire();
                        self.call = Some(Call::AwaitingPermit(Box::pin(permit)));
                        again = true;
                    }
                }
                Action::Call => {
                    let Some(permit) = self.permit.take() else { continue };
                    let endpoint = self.parts.caller.fetch();
                    self.call = Some(Call::Calling(Box::pin(async move { Ok((endpoint.await?, permit)) })));
                    again = true;
                }
                Action::AbortCall => self.call = None,
                Action::Dial(connection, url) => {
                    let (transport, max_frame) = (self.transport.clone(), self.parts.max_frame);
                    let headers = transport.headers(&std::mem::take::<Headers>(&mut self.headers));
                    let permit = self.permit.take();
                    let dial = async move {
                        let _permit = permit;
                        WebSocket::dial(&url, &transport, &headers, max_frame).await
                    };
                    // There is nearly always only one.
                    self.links.reserve_exact(1);
                    self.links.push((connection, Link::Dialing(Box::pin(dial))));
                    again = true;
                }
                #[cfg(feature = "socket-mode")]
                Action::Ping(connection, id) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(reason) = socket.ping(id)
                    {
                        self.lose(connection, reason);
                    }
                }
                Action::Close(connection) => {
                    if let Some(socket) = self.socket(connection)
                        && let Err(reason) = socket.close()
                    {
                        self.lose(connection, reason);
                    }
                }
                Action::Drop(connection) => self.remove(connection, cx),
                Action::Stop => self.is_stopped = true,
            }
        }
        // A permit that was not used is returned.
        self.permit = None;
        #[cfg(feature = "socket-mode")]
        if self.parts.member.is_some() {
            return self.push_through_pool() || again;
        }
        let Parts { shared, opened, .. } = &mut self.parts;
        let items = self.machine.items();
        items.iter().for_each(|item| report_item(item, opened, shared));
        if !items.is_empty() && !shared.queue.push(items) {
            self.machine.handle(self.parts.shared.now(), Input::Overflow);
            again = true;
        }
        again
    }

    /// Returns whether no other task of the session may still have items for the user.
    fn is_last(&mut self) -> bool {
        #[cfg(feature = "socket-mode")]
        if let Some(member) = &mut self.parts.member {
            return member.leave();
        }
        true
    }

    /// Ends the session: drops the connections and answers everyone who waits.
    fn leave(&mut self) {
        self.links.clear();
        self.call = None;
        let dropped = self.queue().level().dropped;
        self.telemetry.ended(dropped);
        self.parts.requests.close();
        while let Ok(request) = self.parts.requests.try_recv() {
            if let Request::Send { answer, .. } = *request {
                self.parts.shared.command_resolved();
                let _ = answer.send(Outcome::NotSent(NotSent::Closed));
            }
        }
        // Dropping the waiters completes their calls of `drain`.
        self.drains = Drains::default();
        if self.is_last() {
            self.queue().finish();
        }
    }

    fn report(&mut self) {
        if let Some(vitals) = self.machine.changed_vitals() {
            self.telemetry.set_connected(vitals.state == State::Connected);
            #[cfg(feature = "socket-mode")]
            if let Some(member) = &self.parts.member {
                return self.parts.shared.set_vitals(&member.merged(vitals));
            }
            self.parts.shared.set_vitals(vitals);
        }
    }

    /// Waits for the next deadline.
    fn arm(&mut self, now: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.catch_up.until().or_else(|| self.machine.deadline());
        let Some(mut deadline) = deadline else { return Poll::Pending };
        if !self.machine.is_connected() {
            deadline = deadline.min(now + SUSPEND_CHECK_INTERVAL);
        }
        if self.rest() {
            deadline = deadline.min(now + REST_AFTER);
        }
        let fired = self.timer.poll(now, deadline, &self.parts.shared, cx);
        self.has_fired |= fired.is_ready();
        fired
    }
}

/// Reports an item to the logs, the metrics and `open`.
fn report_item(item: &Item, opened: &mut Option<oneshot::Sender<Result<(), Error>>>, shared: &SharedState) {
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
        // The receiver may have been dropped.
        let _ = opened.send(outcome);
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // A turn is short, so the clock is read once.
        let now = this.parts.shared.now();
        let again = this.turn(now, cx);
        if this.is_stopped {
            this.leave();
            return Poll::Ready(());
        }
        if again || this.arm(now, cx).is_ready() {
            // Yield to the runtime, which polls its sockets and then the user's code. A task that wakes itself is polled dozens of times before a future in
            // `block_on` is, and by then the frames have left the processor's cache.
            let _ = pin!(tokio::task::yield_now()).poll(cx);
        } else {
            this.machine.shrink();
        }
        Poll::Pending
    }
}

/// Answers everyone who waits, even if the runtime drops the task.
impl Drop for Driver {
    fn drop(&mut self) {
        if !self.is_stopped {
            self.leave();
            self.parts.shared.all_commands_resolved();
        }
        if self.is_last() {
            self.queue().finish();
        }
    }
}
