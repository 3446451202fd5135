//! Refusals with fatal codes: which of them end a session, and how long to wait after the others.
//!
//! Before the first connection, a refused call ends the session at once. Later it does so only with codes that report a change of the token or the account, because during
//! outages Slack has answered `invalid_auth` for minutes. A message server that refuses a token which the call has just accepted is always tried a few times.

use std::time::Duration;

use slack_rtm_apis::is_fatal_code;
use slack_rtm_models::ErrorCode;

use super::Config;
use crate::connection_id::ConnectionId;
use crate::server_error::ServerError;

/// For how long an error of the server explains the end of the connection.
const EXPLAINS_FOR: Duration = Duration::from_secs(10);

/// The maximum wait after a refusal.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The consequence of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The usual backoff.
    Backoff,
    /// Another attempt after this time.
    After(Duration),
    /// The end of the session.
    Final,
}

#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// Whether the session was connected before.
    was_connected: bool,
    /// Whether a connection was stable.
    was_stable: bool,
    /// The number of refused calls since the last hello.
    by_call: u32,
    /// The number of refusals by the message server since the last stable connection.
    by_server: u32,
    /// The last error that arrived over an active connection.
    last_error: Option<(Duration, ConnectionId, ServerError)>,
}

impl Refusals {
    pub(super) fn connected(&mut self) {
        self.was_connected = true;
        self.by_call = 0;
    }

    pub(super) fn stable(&mut self) {
        self.was_stable = true;
        self.by_server = 0;
    }

    /// Notes an error that the server sent over an active connection.
    pub(super) fn note_error(&mut self, now: Duration, connection: ConnectionId, error: ServerError) {
        self.last_error = Some((now, connection, error));
    }

    /// Takes the error that the server sent a moment ago over a connection that has ended now.
    pub(super) fn take_error(&mut self, now: Duration, connection: ConnectionId) -> Option<ServerError> {
        let (at, of, error) = self.last_error.take()?;
        (of == connection && now <= at + EXPLAINS_FOR).then_some(error)
    }

    /// Decides on a call that was refused with a fatal code.
    pub(super) fn on_call_refused(&mut self, code: Option<&ErrorCode>, config: &Config) -> Verdict {
        if !self.was_connected || code.is_none_or(is_definite) || self.by_call >= config.refusal_retries {
            return Verdict::Final;
        }
        self.by_call += 1;
        Verdict::After(doubled(config.refusal_wait, self.by_call))
    }

    /// Decides on a connection that the message server has refused with this code. Codes that are not fatal for rtm.connect have no special meaning.
    pub(super) fn on_server_refused(&mut self, code: Option<&ErrorCode>, config: &Config) -> Verdict {
        if !code.is_some_and(|code| is_fatal_code(code.as_str())) {
            return Verdict::Backoff;
        }
        self.by_server += 1;
        if self.by_server >= config.max_server_refusals {
            return Verdict::Final;
        }
        let wait = if self.was_stable { config.refusal_wait } else { config.server_refusal_wait };
        Verdict::After(doubled(wait, self.by_server))
    }
}

/// Returns the wait before the attempt of this number, which starts at 1.
fn doubled(first: Duration, attempt: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(MAX_WAIT)
}

/// Returns whether a code means that the token or the account is gone, and not only that the token was not accepted.
fn is_definite(code: &ErrorCode) -> bool {
    use ErrorCode::{AccountInactive, TeamDisabled, TokenExpired, TokenRevoked, UserRemovedFromTeam};
    matches!(code, AccountInactive | TeamDisabled | TokenExpired | TokenRevoked | UserRemovedFromTeam)
}
