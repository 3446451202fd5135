//! Refusals that would be fatal: which of them end a session, and how long to wait after the others.
//!
//! rtm.connect is believed at once before there was a connection. A token that has worked is another matter: Slack has answered `invalid_auth` for minutes in its
//! outages, so only codes that tell of a change to the token or the account are final then. A message server that refuses what rtm.connect has just accepted is
//! asked a few times, whenever it does so.

use std::time::Duration;

use slack_rtm_apis::is_fatal_code;
use slack_rtm_models::ErrorCode;

use super::Config;
use crate::connection_id::ConnectionId;
use crate::server_error::ServerError;

/// How long after an error of the server an end is explained by it.
const SUSPICION: Duration = Duration::from_secs(10);

/// The longest wait between two attempts after refusals.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a refusal leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing of its own: the attempt has failed like any other.
    Backoff,
    /// Another attempt, so much later.
    After(Duration),
    /// The end.
    Final,
}

#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// There was a connection.
    was_connected: bool,
    /// A connection was stable.
    was_stable: bool,
    /// How often rtm.connect has refused since the last hello.
    by_call: u32,
    /// How often the message server has since the last stable connection.
    by_server: u32,
    /// The last error that came over a connection in use.
    suspect: Option<(Duration, ConnectionId, ServerError)>,
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

    /// The server says that something is wrong with a connection.
    pub(super) fn suspect(&mut self, now: Duration, connection: ConnectionId, error: ServerError) {
        self.suspect = Some((now, connection, error));
    }

    /// Returns what the server said a moment ago about a connection that has ended now.
    pub(super) fn suspected(&mut self, now: Duration, connection: ConnectionId) -> Option<ServerError> {
        let (at, of, error) = self.suspect.take()?;
        (of == connection && now <= at + SUSPICION).then_some(error)
    }

    /// rtm.connect has refused with a fatal code.
    pub(super) fn of_call(&mut self, code: Option<&ErrorCode>, config: &Config) -> Verdict {
        if !self.was_connected || code.is_none_or(is_definite) || self.by_call >= config.refusal_retries {
            return Verdict::Final;
        }
        self.by_call += 1;
        Verdict::After(doubled(config.refusal_wait, self.by_call))
    }

    /// The message server has refused a connection with this code. Codes that only some methods of the Web API have mean nothing here.
    pub(super) fn of_server(&mut self, code: Option<&ErrorCode>, config: &Config) -> Verdict {
        if !code.is_some_and(|code| is_fatal_code(code.as_str())) {
            return Verdict::Backoff;
        }
        self.by_server += 1;
        if self.by_server >= config.server_refusals {
            return Verdict::Final;
        }
        let wait = if self.was_stable { config.refusal_wait } else { config.server_refusal_wait };
        Verdict::After(doubled(wait, self.by_server))
    }
}

/// The wait before the attempt of this number, from 1.
fn doubled(first: Duration, attempt: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(MAX_WAIT)
}

/// Whether a code tells that the token or the account is gone, and not only that the token is not accepted.
fn is_definite(code: &ErrorCode) -> bool {
    use ErrorCode::{AccountInactive, TeamDisabled, TokenExpired, TokenRevoked, UserRemovedFromTeam};
    matches!(code, AccountInactive | TeamDisabled | TokenExpired | TokenRevoked | UserRemovedFromTeam)
}
