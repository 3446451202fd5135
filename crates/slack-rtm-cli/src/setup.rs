//! What the environment says.

use std::env::{self, VarError};
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use slack_rtm::{Client, ClientBuilder, ConfigError};
use tracing_subscriber::EnvFilter;

use crate::exit;
use crate::output::{self, complain};

/// Where the token is.
pub(crate) const TOKEN: &str = "SLACK_TOKEN";
/// Where another API than Slack's is named.
pub(crate) const API_URL: &str = "SLACK_API_URL";

/// Logs to standard error what `RUST_LOG` asks for; warnings without it.
pub(crate) fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        // They would be told to standard error, and it is just that which does not work then.
        .log_internal_errors(false)
        .init();
}

/// The client that the environment describes, or how to end because it describes none. Then it has been said why.
pub(crate) fn client() -> Result<Client, ExitCode> {
    let builder = builder().map_err(|why| {
        complain(format_args!("base_url: {why}"));
        ExitCode::from(exit::USAGE)
    })?;
    builder.token_from_env(TOKEN).build().map_err(|error| unusable(&error))
}

/// Begins to set up a client of the API that the environment names, or says why it names none.
pub(crate) fn builder() -> Result<ClientBuilder, String> {
    let builder = Client::builder().user_agent(user_agent());
    match env::var(API_URL) {
        Ok(url) => Ok(builder.base_url(url)),
        Err(VarError::NotPresent) => Ok(builder),
        Err(VarError::NotUnicode(_)) => Err(format!("the environment variable {API_URL} is no text")),
    }
}

/// Says what is wrong with the environment, and what can be done about it.
pub(crate) fn unusable(error: &ConfigError) -> ExitCode {
    complain(exit::describe(error));
    let hint = match error.setting() {
        "token" => {
            Some("set SLACK_TOKEN to the token alone, or try `slack-rtm listen --demo`, which needs none")
        }
        "base_url" => {
            Some("unset SLACK_API_URL to use Slack itself, or set it to a URL such as https://slack.com/api")
        }
        _ => None,
    };
    if let Some(hint) = hint {
        output::hint(hint);
    }
    ExitCode::from(exit::USAGE)
}

/// What the program calls itself.
pub(crate) fn user_agent() -> &'static str {
    concat!("slack-rtm-cli/", env!("CARGO_PKG_VERSION"))
}
