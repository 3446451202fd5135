//! Setting up a client from the environment.

use std::env::{self, VarError};
use std::fmt;
use std::process::ExitCode;

use slack_rtm::{Client, ClientBuilder, ConfigError};

use crate::exit;
use crate::output::{self, complain};
use crate::tokens::{BOT_TOKEN, Protocol, TOKEN, Tokens};

/// The variable that names another API than Slack's.
pub(crate) const API_URL: &str = "SLACK_API_URL";

/// Why no client can be set up from the environment.
#[derive(Debug)]
pub(crate) enum SetupError {
    Config(ConfigError),
    ApiUrlNotUtf8,
    TokensMixedUp,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => f.write_str(&exit::describe(error)),
            Self::ApiUrlNotUtf8 => write!(f, "the environment variable {API_URL} is not UTF-8"),
            Self::TokensMixedUp => write!(f, "{BOT_TOKEN} has an app-level token (xapp-)"),
        }
    }
}

impl SetupError {
    /// Prints the error and a hint, and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        complain(self);
        let setting = match self {
            Self::Config(error) => error.setting(),
            Self::ApiUrlNotUtf8 => "base_url",
            Self::TokensMixedUp => "bot_token",
        };
        match setting {
            "token" | "app_token" => output::hint(
                "set SLACK_TOKEN to the token itself, or try `slack-rtm listen --demo`, which needs no token",
            ),
            "bot_token" => output::hint(
                "for Socket Mode, set SLACK_TOKEN to the app-level token (xapp-) and SLACK_BOT_TOKEN to the bot token (xoxb-)",
            ),
            "base_url" => output::hint(
                "unset SLACK_API_URL to use Slack itself, or set it to a URL such as https://slack.com/api",
            ),
            "proxy" => output::hint(
                "set a proxy such as http://proxy.example.com:3128, or add the API's host to NO_PROXY to bypass it",
            ),
            "tls" => {
                output::hint("install the system's certificates, for example the package ca-certificates");
            }
            _ => {}
        }
        ExitCode::from(exit::USAGE)
    }
}

/// Sets up a client with the tokens in the environment. On failure, prints the reason and returns the exit code.
pub(crate) fn client() -> Result<(Client, Protocol), ExitCode> {
    let tokens = Tokens::from_env();
    if tokens.are_mixed_up() {
        return Err(SetupError::TokensMixedUp.report());
    }
    let client = builder().and_then(|builder| tokens.apply(builder).build().map_err(SetupError::Config));
    client.map(|client| (client, tokens.protocol())).map_err(|error| error.report())
}

/// Returns a client builder for the API in the environment, without a token.
pub(crate) fn builder() -> Result<ClientBuilder, SetupError> {
    let builder = Client::builder().user_agent(user_agent());
    match env::var(API_URL) {
        Ok(url) => Ok(builder.base_url(url)),
        Err(VarError::NotPresent) => Ok(builder),
        Err(VarError::NotUnicode(_)) => Err(SetupError::ApiUrlNotUtf8),
    }
}

/// Returns the program's user agent.
pub(crate) fn user_agent() -> &'static str {
    concat!("slack-rtm-cli/", env!("CARGO_PKG_VERSION"))
}

/// Prints that an option or a command is not available with the token in use, and returns the exit code.
pub(crate) fn reject_protocol(what: &str, protocol: Protocol) -> ExitCode {
    match protocol {
        Protocol::Rtm => {
            complain(format_args!("{what} needs Socket Mode, and {TOKEN} is not an app-level token (xapp-)"));
        }
        Protocol::SocketMode => complain(format_args!(
            "{what} needs RTM, and {TOKEN} is an app-level token (xapp-), which is for Socket Mode"
        )),
    }
    ExitCode::from(exit::USAGE)
}
