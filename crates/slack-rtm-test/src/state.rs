//! What the fake Slack was told, and what it saw.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::socket::Order;
use crate::{Answer, Request, Script};

/// How long a ticket is valid, as Slack documents it.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// A frame that a client sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Frame {
    /// When it came.
    pub at: Instant,
    /// The connection, counted from 0 in the order of their dials.
    pub connection: u64,
    /// Its text.
    pub text: String,
}

/// A connection that a client made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dial {
    /// When it came.
    pub at: Instant,
    /// The connection's number.
    pub connection: u64,
    /// The ticket that it named.
    pub ticket: String,
    /// Whether the ticket was one of ours, not older than 30 seconds and not used before.
    pub valid: bool,
}

#[derive(Debug)]
pub(crate) struct Ticket {
    name: String,
    made: Instant,
    used: bool,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) next_answers: Mutex<VecDeque<Answer>>,
    pub(crate) always_answer: Mutex<Option<Answer>>,
    pub(crate) next_scripts: Mutex<VecDeque<Script>>,
    pub(crate) always_script: Mutex<Script>,
    pub(crate) requests: Mutex<Vec<Request>>,
    pub(crate) dials: Mutex<Vec<Dial>>,
    pub(crate) frames: Mutex<Vec<Frame>>,
    pub(crate) sockets: Mutex<Vec<(u64, mpsc::Sender<Order>)>>,
    pub(crate) connections: AtomicU64,
    pub(crate) messages: AtomicU64,
    tickets: Mutex<Vec<Ticket>>,
}

/// A poisoned lock means that a test has failed already; what it guards is sound.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Makes a ticket.
    pub(crate) fn ticket(&self) -> String {
        let mut tickets = lock(&self.tickets);
        let name = format!("ticket-{}", tickets.len());
        tickets.push(Ticket { name: name.clone(), made: Instant::now(), used: false });
        name
    }

    /// Takes a ticket; `false` where it is not valid.
    pub(crate) fn take(&self, name: &str) -> bool {
        let mut tickets = lock(&self.tickets);
        let Some(ticket) = tickets.iter_mut().find(|ticket| ticket.name == name) else { return false };
        let valid = !ticket.used && ticket.made.elapsed() <= TICKET_LIFE;
        ticket.used = true;
        valid
    }

    pub(crate) fn answer(&self) -> Option<Answer> {
        lock(&self.next_answers).pop_front().or_else(|| lock(&self.always_answer).clone())
    }

    pub(crate) fn script(&self) -> Script {
        let next = lock(&self.next_scripts).pop_front();
        next.unwrap_or_else(|| lock(&self.always_script).clone())
    }
}
