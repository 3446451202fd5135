//! The connector of Socket Mode: apps.connections.open with the app-level token, and auth.test with the bot token for the identity.

use std::sync::{Arc, OnceLock};

use slack_rtm_apis::{Client, RetryPolicy};
use slack_rtm_models::{ConnectedTeam, ConnectedUser};

use crate::call_error::{CallError, Called};
use crate::connector::ConnectFuture;
use crate::{Connector, Endpoint, Error, Identity};

/// The connector of all connections of a session, which belong to the same bot.
pub(crate) struct AppConnections {
    client: Client,
    identity: OnceLock<Arc<Identity>>,
}

impl AppConnections {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, identity: OnceLock::new() }
    }

    async fn open(&self) -> Result<Endpoint, Error> {
        let app = self
            .client
            .app_client()
            .map_err(|error| CallError::fatal(error).of(Called::AppsConnectionsOpen))?;
        let identity = self.identity().await?;
        let call = app.apps_connections_open().with_retry(RetryPolicy::with_max_attempts(1));
        let answer =
            call.send().await.map_err(|error| CallError::from(error).of(Called::AppsConnectionsOpen))?;
        let mut endpoint = Endpoint::new(answer.url, Identity::clone(&identity));
        endpoint.identity = identity;
        Ok(endpoint)
    }

    /// Returns the identity, which is requested only once because it does not change.
    async fn identity(&self) -> Result<Arc<Identity>, Error> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity.clone());
        }
        let identity = if self.client.has_bot_token() {
            let call = self.client.auth_test().with_retry(RetryPolicy::with_max_attempts(1));
            let bot = call.send().await.map_err(|error| CallError::from(error).of(Called::AuthTest))?;
            let domain = domain(&bot.url).to_owned();
            Identity::new(
                ConnectedUser::new(bot.user_id, bot.user),
                ConnectedTeam::new(bot.team_id, bot.team, domain),
            )
        } else {
            Identity::new(ConnectedUser::new("", ""), ConnectedTeam::new("", "", ""))
        };
        Ok(self.identity.get_or_init(|| Arc::new(identity)).clone())
    }
}

impl Connector for AppConnections {
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(self.open())
    }
}

/// Returns the domain of a workspace from its URL.
fn domain(url: &str) -> &str {
    let host = url.strip_prefix("https://").unwrap_or(url);
    host.split(['.', '/']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_the_first_label() {
        for (url, wanted) in [("https://acme.slack.com/", "acme"), ("", ""), ("acme/x", "acme")] {
            assert_eq!(domain(url), wanted);
        }
    }
}
