//! The methods of the Web API that `doctor` calls.

use crate::tokens::{BOT_TOKEN, TOKEN};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    RtmConnect,
    AuthTest,
    AppsConnectionsOpen,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::RtmConnect => "rtm.connect",
            Self::AuthTest => "auth.test",
            Self::AppsConnectionsOpen => "apps.connections.open",
        }
    }

    /// Returns the variable that has the token for this method.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::RtmConnect | Self::AppsConnectionsOpen => TOKEN,
            Self::AuthTest => BOT_TOKEN,
        }
    }

    /// Returns a sentence about the tokens that this method accepts.
    pub(super) fn accepted_tokens(self) -> &'static str {
        match self {
            Self::RtmConnect => {
                "RTM accepts the bot token (xoxb-) of a classic app, or a user token (xoxp-) with the scope rtm:stream."
            }
            Self::AuthTest => "SLACK_BOT_TOKEN needs the bot token (xoxb-) of the same app.",
            Self::AppsConnectionsOpen => {
                "Socket Mode needs an app-level token (xapp-) with the scope connections:write."
            }
        }
    }
}
