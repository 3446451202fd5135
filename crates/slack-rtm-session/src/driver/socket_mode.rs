//! What the task does beside its work for RTM when it speaks Socket Mode: it is one of several, and has answers to write.

use std::task::Context;

use super::{Driver, Parts, tell};
use crate::Item;
use crate::machine::Input;

impl Driver {
    /// Looks whether the session is to end, if there are several connections; `true` if the wishes of the user are another one's affair.
    pub(super) fn poll_pool(&mut self, cx: &Context<'_>) -> bool {
        let Some(member) = &self.parts.member else { return false };
        let is_close_requested = member.pool.is_close_requested(member.index, cx);
        let is_first = member.is_first();
        if is_close_requested {
            self.machine.handle(self.parts.shared.now(), Input::Close);
        }
        !is_first
    }

    /// The user wants an end, of all connections.
    pub(super) fn request_close_of_pool(&self) {
        if let Some(member) = &self.parts.member {
            member.pool.request_close();
        }
    }

    /// Takes in what was answered since; `true` if there was something.
    pub(super) fn poll_answers(&mut self, cx: &Context<'_>) -> bool {
        let Some(member) = &self.parts.member else { return false };
        let answers = member.answers(cx);
        let now = self.parts.shared.now();
        let is_any = !answers.is_empty();
        for answer in answers {
            self.machine.on_answer(now, answer);
        }
        is_any
    }

    /// Gives the items of one connection of several to the user; `true` if the session ends over it.
    pub(super) fn push_through_pool(&mut self) -> bool {
        let Parts { shared, opened, member: Some(member), .. } = &mut self.parts else { return false };
        let items = self.machine.items();
        if items.len() == 0 {
            return false;
        }
        member.mailbox.hush();
        let items = items.filter_map(|item| {
            let is_end = matches!(item, Item::Closed(_));
            let item = member.pass(item);
            if let Some(item) = &item {
                tell(item, opened, shared);
            } else if is_end && let Some(opened) = opened.take() {
                // Whoever waits may have left.
                let _ = opened.send(Err(member.end()));
            }
            item
        });
        let fits = shared.queue.push(items);
        if !fits {
            self.machine.handle(self.parts.shared.now(), Input::Overflow);
        }
        !fits
    }
}
