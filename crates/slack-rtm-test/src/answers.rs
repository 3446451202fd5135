//! The answers that a test has set, and the choice among them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use crate::Answer;
use crate::log::Request;

/// Answers a request, or leaves it to the other answers.
pub(crate) type Handler = Arc<dyn Fn(&Request) -> Option<Answer> + Send + Sync>;

#[derive(Default)]
pub(crate) struct Answers {
    /// The answers that are given once, with the method that each is for, if any.
    next: VecDeque<(Option<String>, Answer)>,
    handler: Option<Handler>,
    by_method: HashMap<String, Answer>,
    always: Option<Answer>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("next", &self.next)
            .field("has_handler", &self.handler.is_some())
            .field("by_method", &self.by_method)
            .field("always", &self.always)
            .finish()
    }
}

impl Answers {
    pub(crate) fn push_next(&mut self, method: Option<&str>, answer: Answer) {
        self.next.push_back((method.map(str::to_owned), answer));
    }

    pub(crate) fn set_handler(&mut self, handler: Handler) {
        self.handler = Some(handler);
    }

    pub(crate) fn set_for(&mut self, method: &str, answer: Answer) {
        self.by_method.insert(method.to_owned(), answer);
    }

    pub(crate) fn set_always(&mut self, answer: Answer) {
        self.always = Some(answer);
    }

    /// Takes the first one-time answer that fits the method.
    pub(crate) fn take_next(&mut self, method: &str) -> Option<Answer> {
        let fits = |of: &Option<String>| of.as_deref().is_none_or(|of| of == method);
        let index = self.next.iter().position(|(of, _)| fits(of))?;
        self.next.remove(index).map(|(_, answer)| answer)
    }

    pub(crate) fn handler(&self) -> Option<Handler> {
        self.handler.clone()
    }

    /// Returns the permanent answer of a method.
    pub(crate) fn standing(&self, method: &str) -> Option<Answer> {
        self.by_method.get(method).or(self.always.as_ref()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(answer: Option<Answer>) -> Option<u16> {
        answer.map(|answer| answer.status.as_u16())
    }

    #[test]
    fn answers_for_other_methods_are_passed_over_and_kept() {
        let mut answers = Answers::default();
        answers.push_next(Some("users.info"), Answer::json("").with_status(201));
        answers.push_next(None, Answer::json("").with_status(202));
        answers.push_next(Some("users.info"), Answer::json("").with_status(203));
        let mut take = |method| status(answers.take_next(method));
        assert_eq!([take("auth.test"), take("auth.test")], [Some(202), None]);
        assert_eq!(
            [take("users.info"), take("users.info"), take("users.info")],
            [Some(201), Some(203), None]
        );
    }

    #[test]
    fn a_method_s_own_answer_goes_before_the_one_for_all() {
        let mut answers = Answers::default();
        answers.set_always(Answer::json("").with_status(201));
        answers.set_for("users.info", Answer::json("").with_status(202));
        assert_eq!(status(answers.standing("users.info")), Some(202));
        assert_eq!(status(answers.standing("auth.test")), Some(201));
    }
}
