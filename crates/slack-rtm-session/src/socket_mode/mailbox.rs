//! The way from whoever answers envelopes to the task that writes the answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use crate::connection_id::ConnectionId;

/// Identifies an event: a repetition of it has the same key.
pub(crate) type Key = u128;

/// What became of an envelope.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is acknowledged with this frame.
    Ack { connection: ConnectionId, key: Key, frame: String },
    /// It was dropped without an answer, and Slack is to deliver it again.
    Abandoned { key: Key, serial: u64 },
}

/// Holds answers until the task comes to them. There is one at the most for each envelope that the user or the queue holds, so it is as bounded as those are.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: Vec<Answer>,
    is_closed: bool,
    task: Option<Waker>,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, answer: Answer) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        state.answers.push(answer);
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    /// Takes all answers out, and has the task woken by the next one.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Vec<Answer> {
        let mut state = self.state();
        if state.task.is_none() {
            state.task = Some(cx.waker().clone());
        }
        std::mem::take(&mut state.answers)
    }

    /// What is pushed from here on does not wake the task until it takes answers out again, which it is about to do.
    pub(crate) fn hush(&self) {
        self.state().task = None;
    }

    /// Nobody takes answers any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let answers = std::mem::take(&mut state.answers);
        drop(state);
        drop(answers);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }
}
