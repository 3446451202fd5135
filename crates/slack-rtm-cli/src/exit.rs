//! Exit codes.

use std::process::ExitCode;

use slack_rtm::apis::error_chain;
use slack_rtm::session;

/// Something failed.
pub(crate) const FAILED: u8 = 1;
/// The command line or the environment is not usable.
pub(crate) const USAGE: u8 = 2;
/// Slack refuses the token.
pub(crate) const REFUSED: u8 = 3;

/// Returns the exit code for the error that ended a session. Closing it is a success.
pub(crate) fn code(error: &session::Error) -> ExitCode {
    if error.is_closed() {
        ExitCode::SUCCESS
    } else if error.is_fatal() {
        ExitCode::from(REFUSED)
    } else {
        ExitCode::from(FAILED)
    }
}

/// Describes the error of a session on one line: with its causes, unless it has a code of Slack's.
pub(crate) fn describe_session(error: &session::Error) -> String {
    if error.code().is_some() { error.to_string().replace(char::is_control, " ") } else { describe(error) }
}

/// Describes an error and its causes on one line.
pub(crate) fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    error_chain(error).replace(char::is_control, " ")
}
