//! How the program ends.

use std::process::ExitCode;

use slack_rtm::apis::error_chain;
use slack_rtm::session;

/// Something failed.
pub(crate) const FAILED: u8 = 1;
/// The command line or the environment cannot be used.
pub(crate) const USAGE: u8 = 2;
/// Slack refuses for good.
pub(crate) const REFUSED: u8 = 3;

/// The code for the error that ended a session; closing it was asked for.
pub(crate) fn code(error: &session::Error) -> ExitCode {
    if error.is_closed() {
        ExitCode::SUCCESS
    } else if error.is_fatal() {
        ExitCode::from(REFUSED)
    } else {
        ExitCode::from(FAILED)
    }
}

/// The error of a session, on one line: Slack's code says it all, and for whatever else the causes matter.
pub(crate) fn describe_session(error: &session::Error) -> String {
    if error.code().is_some() { error.to_string().replace(char::is_control, " ") } else { describe(error) }
}

/// An error with everything that caused it, on one line.
pub(crate) fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    error_chain(error).replace(char::is_control, " ")
}
