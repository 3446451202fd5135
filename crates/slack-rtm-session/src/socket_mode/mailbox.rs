//! Carries acknowledgements from the holders of envelopes to the task that writes them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use crate::connection_id::ConnectionId;

/// Identifies an event: a repetition of it has the same key.
pub(crate) type Key = u128;

/// What happened to an envelope.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It was acknowledged; write this frame.
    Ack { connection: ConnectionId, key: Key, frame: String },
    /// It was dropped without an acknowledgement, so that Slack delivers it again.
    Abandoned { key: Key, serial: u64 },
}

/// Holds answers until the task takes them. There is at most one for each envelope that exists, so it is bounded by the queue and by what the user keeps.
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

    /// Takes all answers; the next one will wake the task.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Vec<Answer> {
        let mut state = self.state();
        if state.task.is_none() {
            state.task = Some(cx.waker().clone());
        }
        std::mem::take(&mut state.answers)
    }

    /// Stops waking the task until the next call of [`take`](Self::take), which the task is about to make.
    pub(crate) fn mute(&self) {
        self.state().task = None;
    }

    /// Closes the mailbox: answers are no longer taken.
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
