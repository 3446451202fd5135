//! Why a call was refused.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::code_class;

/// Stands in messages for a code that is none.
pub(crate) const UNKNOWN_FORM: &str = "a code of an unknown form";

/// Slack's refusal of a call.
#[non_exhaustive]
pub struct Refusal<R> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code, as the wire has it.
    pub code: String,
    /// The typed body.
    pub body: R,
    pub(crate) is_fatal: bool,
    pub(crate) is_transient: bool,
    /// Whether the status alone says that it is one.
    pub(crate) is_by_status: bool,
    /// How long to wait, where the status says that there were too many calls.
    pub(crate) retry_after: Option<Duration>,
}

impl<R> Refusal<R> {
    /// Whether there is a code, and not the status alone.
    pub(crate) fn has_code(&self) -> bool {
        !self.is_by_status
    }

    /// Whether the call may have been carried out all the same.
    pub(crate) fn may_have_been_done(&self) -> bool {
        match self.has_code() {
            true => code_class::may_have_been_done(&self.code) && !self.is_fatal,
            false => !self.status.is_client_error(),
        }
    }

    /// The code, where it looks like one: whatever else a server may put there is not printed.
    pub(crate) fn printable_code(&self) -> Option<&str> {
        let is_code = self.code.len() <= 64
            && !self.code.is_empty()
            && self.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_code.then_some(&self.code)
    }
}

/// The body may hold anything, so it is left out.
impl<R> fmt::Debug for Refusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.printable_code().unwrap_or(UNKNOWN_FORM))
            .field("is_fatal", &self.is_fatal)
            .field("is_transient", &self.is_transient)
            .finish_non_exhaustive()
    }
}
