//! Where the tokens come from: the configuration, and a bucket that may change while the relay runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::kv;
use futures_util::StreamExt as _;
use serde::Deserialize;
use slack_rtm::apis::CallBudget;
use slack_rtm::{Client, ConfigError, Token};
use tokio::sync::watch;

use crate::call_budget::KvCallBudget;
use crate::config::TokenConfig;
use crate::nats::{self, Nats};
use crate::{Error, Name};

/// How often the bucket is read when no change was announced.
const REREAD_INTERVAL: Duration = Duration::from_secs(15);

/// A token in the bucket `<prefix>_relay_tokens`, as JSON under the token's name: `{"token":"xoxb-...","app_token":"xapp-...","api_url":"https://slack.com/api"}`.
/// `app_token` and `api_url` are optional. Other keys are refused: without the misspelt `app_token`, an app would be connected over RTM.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredToken {
    token: String,
    #[serde(default)]
    app_token: Option<String>,
    #[serde(default)]
    api_url: Option<String>,
}

/// Which protocol a token's sessions use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Rtm,
    SocketMode,
}

/// A token that the relay may hold a session of.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// The revision of the bucket's entry; 0 for a token of the configuration. An entry that was written again is a new account.
    pub(crate) revision: u64,
    pub(crate) protocol: Protocol,
    pub(crate) client: Client,
}

/// The accounts of all tokens, by name.
pub(crate) type Accounts = BTreeMap<Name, Account>;

/// Builds the clients of tokens. Tokens of the same API share an HTTP client, with its connection pool: one each would cost about 33 KiB a token.
pub(crate) struct ClientFactory {
    nats: Nats,
    by_url: BTreeMap<Option<String>, Client>,
    /// The revisions of the bucket's entries that cannot be used and were reported, by key.
    reported: BTreeMap<String, u64>,
}

impl ClientFactory {
    pub(crate) fn new(nats: Nats) -> Self {
        Self { nats, by_url: BTreeMap::new(), reported: BTreeMap::new() }
    }

    /// Returns a client whose calls of rtm.connect, or of apps.connections.open, are counted over all hosts.
    fn client(&mut self, name: &Name, token: &StoredToken) -> Result<Client, ConfigError> {
        let bot = Token::new(&token.token)?;
        let app = token.app_token.as_ref().map(Token::new).transpose()?;
        let shared = match self.by_url.get(&token.api_url) {
            Some(client) => client.clone(),
            None => {
                let builder = Client::builder()
                    .user_agent(concat!("slack-rtm-relay/", env!("CARGO_PKG_VERSION")))
                    .token(&token.token);
                let client = match &token.api_url {
                    Some(url) => builder.base_url(url).build()?,
                    None => builder.build()?,
                };
                self.by_url.entry(token.api_url.clone()).or_insert(client).clone()
            }
        };
        let mut client = shared.api().with_token(bot);
        if let Some(app) = app {
            client = client.with_app_token(app);
        }
        let budget = Arc::new(KvCallBudget::new(self.nats.clone(), name.clone()));
        Ok(client.with_call_budget(Arc::new(CallBudget::with_shared(budget))).into())
    }

    fn account(&mut self, name: &Name, revision: u64, token: &StoredToken) -> Result<Account, ConfigError> {
        let protocol = if token.app_token.is_some() { Protocol::SocketMode } else { Protocol::Rtm };
        Ok(Account { revision, protocol, client: self.client(name, token)? })
    }

    /// Reads the tokens of the configuration from the environment and from files.
    pub(crate) fn configured(&mut self, tokens: &[TokenConfig]) -> Result<Accounts, Error> {
        let mut accounts = Accounts::new();
        for config in tokens {
            let name = &config.name;
            let token = secret(name, "env or file", config.env.as_deref(), config.file.as_deref())?
                .ok_or_else(|| Error::config(format!("the token {name} needs env or file")))?;
            let app_token =
                secret(name, "app_env or app_file", config.app_env.as_deref(), config.app_file.as_deref())?;
            let token = StoredToken { token, app_token, api_url: config.api_url.clone() };
            let account = self.account(name, 0, &token);
            let account = account
                .map_err(|error| Error::config(format!("the token {name} cannot be used")).because(error))?;
            accounts.insert(name.clone(), account);
        }
        Ok(accounts)
    }

    /// Reads all tokens of the bucket. Accounts whose entry has not changed are kept.
    async fn stored(&mut self, before: Accounts) -> Result<Accounts, Error> {
        let mut accounts = Accounts::new();
        let entries = nats::entries(&self.nats.clone().tokens).await?;
        self.reported.retain(|key, _| entries.iter().any(|entry| entry.key == *key));
        for entry in entries {
            if self.reported.get(&entry.key) == Some(&entry.revision) {
                continue;
            }
            match self.of_entry(&entry, &before) {
                Some((name, account)) => drop(accounts.insert(name, account)),
                None => drop(self.reported.insert(entry.key, entry.revision)),
            }
        }
        Ok(accounts)
    }

    /// Returns the account of an entry; reports why if the entry cannot be used.
    fn of_entry(&mut self, entry: &kv::Entry, before: &Accounts) -> Option<(Name, Account)> {
        let Ok(name) = Name::new(entry.key.clone()) else {
            tracing::warn!("a key in the bucket of tokens is not a valid name");
            return None;
        };
        if let Some(same) = before.get(&name).filter(|account| account.revision == entry.revision) {
            return Some((name, same.clone()));
        }
        // The message of the decoder may contain the token.
        let Ok(token) = serde_json::from_slice::<StoredToken>(&entry.value) else {
            tracing::warn!(token = %name, "an entry of the bucket of tokens cannot be used: it is not a JSON object of token, app_token and api_url");
            return None;
        };
        match self.account(&name, entry.revision, &token) {
            Ok(account) => Some((name, account)),
            Err(error) => {
                tracing::warn!(token = %name, %error, "an entry of the bucket of tokens cannot be used");
                None
            }
        }
    }
}

/// Returns whether a name is one of Slack's tokens, which must not be printed.
fn looks_like_a_token(text: &str) -> bool {
    ["xox", "xapp-"].iter().any(|prefix| text.starts_with(prefix))
}

/// Reads a secret from an environment variable or from a file, of which at most one is named.
fn secret(
    name: &Name,
    keys: &str,
    variable: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<String>, Error> {
    let text = match (variable, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Error::config(format!("the token {name} takes {keys}, not both")));
        }
        (Some(variable), None) if looks_like_a_token(variable) => {
            return Err(Error::config(format!(
                "the token {name} names no environment variable: name one that contains the token"
            )));
        }
        (None, Some(file)) if looks_like_a_token(&file.to_string_lossy()) => {
            return Err(Error::config(format!(
                "the token {name} names no file: name one that contains the token"
            )));
        }
        (Some(variable), None) => std::env::var(variable).map_err(|_| {
            Error::config(format!("the environment variable {variable} of the token {name} is not set"))
        })?,
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            Error::config(format!("the file {} of the token {name} cannot be read", file.display()))
                .because(error)
        })?,
    };
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Follows the bucket, and sends all accounts whenever they change. A change is noticed within a second, and after [`REREAD_INTERVAL`] at the latest.
pub(crate) async fn watch(
    mut factory: ClientFactory,
    configured: Accounts,
    accounts: watch::Sender<Accounts>,
) {
    let nats = factory.nats.clone();
    let mut changes = nats.changes("tokens").await;
    loop {
        let before = accounts.borrow().clone();
        match factory.stored(before).await {
            Ok(stored) => {
                let mut all = configured.clone();
                for (name, account) in stored {
                    all.entry(name).or_insert(account);
                }
                accounts.send_if_modified(|before| {
                    let revisions = |accounts: &Accounts| -> Vec<(Name, u64)> {
                        accounts.iter().map(|(name, account)| (name.clone(), account.revision)).collect()
                    };
                    let has_changed = revisions(before) != revisions(&all);
                    *before = all;
                    has_changed
                });
            }
            Err(error) => tracing::warn!(%error, "the tokens cannot be read; the known ones stay in use"),
        }
        let changed = async {
            match &mut changes {
                Some(changes) => drop(changes.next().await),
                None => std::future::pending().await,
            }
        };
        let _ = tokio::time::timeout(REREAD_INTERVAL, changed).await;
        // The announcement of a write arrives before the write is readable.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token in place of the name of its variable or file is a likely mistake.
    #[test]
    fn a_token_in_a_wrong_place_is_not_printed() {
        let name = Name::new("acme").unwrap();
        let failure = |variable, file: Option<&str>| {
            secret(&name, "env or file", variable, file.map(Path::new)).unwrap_err().to_string()
        };
        let variable = failure(Some("xoxb-SECRET"), None);
        let file = failure(None, Some("xoxb-SECRET"));
        insta::assert_snapshot!(format!("{variable}\n{file}"), @"
        the token acme names no environment variable: name one that contains the token
        the token acme names no file: name one that contains the token
        ");
        assert!(failure(Some("NOT_SET"), None).contains("NOT_SET"));
        assert!(failure(None, Some("/nope/xoxb")).contains("/nope/xoxb"));
    }
}
