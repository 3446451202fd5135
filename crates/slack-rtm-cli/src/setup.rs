//! What the environment says.

use slack_rtm::{Client, ConfigError};
use tracing_subscriber::EnvFilter;

/// Logs to standard error what `RUST_LOG` asks for; warnings without it.
pub(crate) fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// The client that `SLACK_TOKEN` and `SLACK_API_URL` describe.
pub(crate) fn client() -> Result<Client, ConfigError> {
    let builder = Client::builder().token_from_env("SLACK_TOKEN").user_agent(user_agent());
    match std::env::var("SLACK_API_URL") {
        Ok(url) => builder.base_url(url),
        Err(_) => builder,
    }
    .build()
}

/// What the program calls itself.
pub(crate) fn user_agent() -> &'static str {
    concat!("slack-rtm-cli/", env!("CARGO_PKG_VERSION"))
}
