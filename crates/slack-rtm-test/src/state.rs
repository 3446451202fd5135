//! What the fake Slack was told, and what it saw.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::history::History;
use crate::log::{Dial, Frame, Request};
use crate::socket::Order;
use crate::{Answer, Script};

/// How long a ticket is valid, as Slack documents it.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// How long a test waits for something at the most.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time on tokio's clock, which a test may have paused.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

#[derive(Debug)]
struct Ticket {
    name: String,
    made: Instant,
    used: bool,
}

/// Shared by the server's tasks and its handle.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) next_answers: VecDeque<Answer>,
    pub(crate) always_answer: Option<Answer>,
    pub(crate) next_scripts: VecDeque<Script>,
    pub(crate) always_script: Script,
    pub(crate) requests: Vec<Request>,
    pub(crate) dials: Vec<Dial>,
    pub(crate) frames: Vec<Frame>,
    /// The connections that are open and past their greeting.
    pub(crate) sockets: Vec<(u64, mpsc::Sender<Order>)>,
    /// Who is said to be there or not.
    pub(crate) presence: HashMap<String, String>,
    /// What was said.
    pub(crate) history: History,
    /// Answers to a method that are given before any other.
    pub(crate) method_answers: HashMap<String, VecDeque<Answer>>,
    tickets: Vec<Ticket>,
    messages: u64,
}

impl Shared {
    /// A poisoned lock means that a test has failed already; what it guards is sound.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something that others may wait for.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_waiters();
        result
    }

    /// Waits until something is there. `None` if it does not come in a minute.
    pub(crate) async fn wait<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let search = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Whatever changes from here on wakes it.
                changed.as_mut().enable();
                if let Some(found) = look(&self.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, search).await.ok()
    }
}

impl State {
    /// Makes a ticket.
    pub(crate) fn ticket(&mut self) -> String {
        let name = format!("ticket-{}", self.tickets.len());
        self.tickets.push(Ticket { name: name.clone(), made: Instant::now(), used: false });
        name
    }

    /// Notes a dial, and uses up its ticket.
    pub(crate) fn dialled(&mut self, ticket: &str) -> Dial {
        let connection = self.dials.len() as u64;
        let valid = self.tickets.iter_mut().find(|known| known.name == ticket).is_some_and(|known| {
            let valid = !known.used && known.made.elapsed() <= TICKET_LIFE;
            known.used = true;
            valid
        });
        let dial =
            Dial { at: now(), connection, ticket: ticket.to_owned(), valid, greeted: None, ended: None };
        self.dials.push(dial.clone());
        dial
    }

    pub(crate) fn dial_mut(&mut self, connection: u64) -> Option<&mut Dial> {
        self.dials.iter_mut().find(|dial| dial.connection == connection)
    }

    /// The next timestamp. They grow, over all conversations.
    pub(crate) fn ts(&mut self) -> String {
        let ts = format!("1700000000.{:06}", self.messages);
        self.messages += 1;
        ts
    }

    /// The answer to a request: the one for its method, the one that is next, or what the fake workspace has.
    pub(crate) fn answer(&mut self, request: &Request) -> Option<Answer> {
        let method = request.path.rsplit('/').next().unwrap_or_default();
        if let Some(answer) = self.method_answers.get_mut(method).and_then(VecDeque::pop_front) {
            return Some(answer);
        }
        let set = self.set_answer();
        set.or_else(|| request.token().and_then(|_| self.history.answer(request)))
    }

    fn set_answer(&mut self) -> Option<Answer> {
        self.next_answers.pop_front().or_else(|| self.always_answer.clone())
    }

    pub(crate) fn script(&mut self) -> Script {
        self.next_scripts.pop_front().unwrap_or_else(|| self.always_script.clone())
    }
}
