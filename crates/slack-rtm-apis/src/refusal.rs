//! Refusals of calls.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::error_codes;

/// The text that replaces an invalid code in messages.
pub(crate) const INVALID_CODE: &str = "an invalid error code";

/// The refusal of a call by Slack. `Debug` omits the body, which can contain secrets.
#[non_exhaustive]
pub struct Refusal<R> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The error code, as sent by Slack.
    pub code: String,
    /// The typed body of the response.
    pub body: R,
    pub(crate) is_fatal: bool,
    pub(crate) is_transient: bool,
    /// Whether only the status, and no code, indicates the refusal.
    pub(crate) is_by_status: bool,
    /// The time to wait, if the status indicates a rate limit.
    pub(crate) retry_after: Option<Duration>,
}

impl<R> Refusal<R> {
    /// Returns whether the refusal has a code.
    pub(crate) fn has_code(&self) -> bool {
        !self.is_by_status
    }

    /// Returns whether Slack may have processed the call.
    pub(crate) fn may_have_been_processed(&self) -> bool {
        match self.has_code() {
            true => error_codes::may_have_been_processed(&self.code) && !self.is_fatal,
            false => !self.status.is_client_error(),
        }
    }

    /// Returns the code if it has the form of a code. Any other text must not be printed.
    pub(crate) fn printable_code(&self) -> Option<&str> {
        let is_code = self.code.len() <= 64
            && !self.code.is_empty()
            && self.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_code.then_some(&self.code)
    }
}

impl<R> fmt::Debug for Refusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.printable_code().unwrap_or(INVALID_CODE))
            .field("is_fatal", &self.is_fatal)
            .field("is_transient", &self.is_transient)
            .finish_non_exhaustive()
    }
}
