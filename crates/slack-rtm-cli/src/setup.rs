//! What the environment says.

use std::env::{self, VarError};
use std::fmt;
use std::process::ExitCode;

use slack_rtm::{Client, ClientBuilder, ConfigError};

use crate::exit;
use crate::output::{self, complain};

/// Where the token is.
pub(crate) const TOKEN: &str = "SLACK_TOKEN";
/// Where another API than Slack's is named.
pub(crate) const API_URL: &str = "SLACK_API_URL";

/// Why the environment describes no client.
#[derive(Debug)]
pub(crate) enum Unusable {
    Setting(ConfigError),
    ApiUrlIsNoText,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(error) => f.write_str(&exit::describe(error)),
            Self::ApiUrlIsNoText => write!(f, "the environment variable {API_URL} is no text"),
        }
    }
}

impl Unusable {
    /// Says what is wrong, and what can be done about it.
    pub(crate) fn explain(&self) -> ExitCode {
        complain(self);
        let setting = match self {
            Self::Setting(error) => error.setting(),
            Self::ApiUrlIsNoText => "base_url",
        };
        match setting {
            "token" => output::hint(
                "set SLACK_TOKEN to the token alone, or try `slack-rtm listen --demo`, which needs none",
            ),
            "base_url" => output::hint(
                "unset SLACK_API_URL to use Slack itself, or set it to a URL such as https://slack.com/api",
            ),
            "proxy" => output::hint(
                "name a proxy such as http://proxy.example.com:3128, or list the API's host in NO_PROXY to go without one",
            ),
            "tls" => output::hint("install the system's certificates, such as the package ca-certificates"),
            _ => {}
        }
        ExitCode::from(exit::USAGE)
    }
}

/// The client that the environment describes, or how to end because it describes none. Then it has been said why.
pub(crate) fn client() -> Result<Client, ExitCode> {
    builder()
        .and_then(|builder| builder.token_from_env(TOKEN).build().map_err(Unusable::Setting))
        .map_err(|unusable| unusable.explain())
}

/// Begins to set up a client of the API that the environment names.
pub(crate) fn builder() -> Result<ClientBuilder, Unusable> {
    let builder = Client::builder().user_agent(user_agent());
    match env::var(API_URL) {
        Ok(url) => Ok(builder.base_url(url)),
        Err(VarError::NotPresent) => Ok(builder),
        Err(VarError::NotUnicode(_)) => Err(Unusable::ApiUrlIsNoText),
    }
}

/// What the program calls itself.
pub(crate) fn user_agent() -> &'static str {
    concat!("slack-rtm-cli/", env!("CARGO_PKG_VERSION"))
}
