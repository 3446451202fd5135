//! The additional work of the task over Socket Mode: it is one of several connections, and writes acknowledgements.

use std::task::Context;

use super::{Driver, Parts, report_item};
use crate::Item;
use crate::machine::Input;

impl Driver {
    /// Closes the connection if the session is closing; returns `true` if another task handles the requests of the user.
    pub(super) fn poll_pool(&mut self, cx: &Context<'_>) -> bool {
        let Some(member) = &self.parts.member else { return false };
        let is_close_requested = member.pool.is_close_requested(member.index, cx);
        let is_first = member.is_first();
        if is_close_requested {
            self.machine.handle(self.parts.shared.now(), Input::Close);
        }
        !is_first
    }

    /// Closes all connections of the session.
    pub(super) fn request_close_of_pool(&self) {
        if let Some(member) = &self.parts.member {
            member.pool.request_close();
        }
    }

    /// Passes new acknowledgements to the machine; returns `true` if there were any.
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

    /// Queues the items of this connection for the user; returns `true` if the overflow policy ends the session.
    pub(super) fn push_through_pool(&mut self) -> bool {
        let Parts { shared, opened, member: Some(member), .. } = &mut self.parts else { return false };
        let items = self.machine.items();
        if items.is_empty() {
            return false;
        }
        member.mailbox.mute();
        let passed = items.drain(..).filter_map(|item| {
            let is_end = matches!(item, Item::Closed(_));
            let item = member.pass(item);
            if let Some(item) = &item {
                report_item(item, opened, shared);
            } else if is_end && let Some(opened) = opened.take() {
                // The receiver may have been dropped.
                let _ = opened.send(Err(member.end()));
            }
            item
        });
        let fits = shared.queue.push(&mut passed.collect());
        if !fits {
            self.machine.handle(self.parts.shared.now(), Input::Overflow);
        }
        !fits
    }
}
