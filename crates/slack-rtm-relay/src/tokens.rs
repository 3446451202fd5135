//! The tokens, and where they come from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use slack_rtm::Client;
use tokio::sync::watch;

use crate::budget::CallSlots;
use crate::config::TokenConfig;
use crate::nats::{self, Nats};
use crate::{Error, Name};

/// How often the bucket is read, even if nothing was seen to change.
const READ_AGAIN: Duration = Duration::from_secs(15);

/// A token as the bucket `<prefix>_relay_tokens` has it, as JSON under its name: `{"token":"xoxb-...","api_url":"https://slack.com/api"}`, where the URL may be left out.
#[derive(Deserialize)]
struct Stored {
    token: String,
    #[serde(default)]
    api_url: Option<String>,
}

/// The clients of all tokens, by name. One whose setting has changed is another client.
pub(crate) type Clients = BTreeMap<Name, (u64, Client)>;

/// Reads the tokens of the configuration.
pub(crate) fn of_config(tokens: &[TokenConfig], nats: &Nats) -> Result<Clients, Error> {
    let mut clients = Clients::new();
    for config in tokens {
        let name = &config.name;
        let malformed = |error| Error::config(format!("the token {name}")).because(error);
        let token = match (&config.env, &config.file) {
            (Some(variable), None) => std::env::var(variable).map_err(|_| {
                Error::config(format!("the environment variable {variable} of the token {name} is not set"))
            })?,
            (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
                Error::config(format!("the file {} of the token {name}", file.display())).because(error)
            })?,
            _ => return Err(Error::config(format!("the token {name} needs env or file, and not both"))),
        };
        let token = token.trim_end_matches(['\r', '\n']);
        let client = client(name, token, config.api_url.as_deref(), nats).map_err(malformed)?;
        clients.insert(name.clone(), (0, client));
    }
    Ok(clients)
}

/// A client whose calls of rtm.connect are counted over all hosts.
fn client(
    name: &Name,
    token: &str,
    api_url: Option<&str>,
    nats: &Nats,
) -> Result<Client, slack_rtm::ConfigError> {
    let slots = Arc::new(CallSlots::new(nats.calls.clone(), name.clone()));
    let budget = Arc::new(slack_rtm::apis::CallBudget::with_shared(slots));
    let builder = Client::builder()
        .user_agent(concat!("slack-rtm-relay/", env!("CARGO_PKG_VERSION")))
        .token(token)
        .call_budget(budget);
    match api_url {
        Some(url) => builder.base_url(url).build(),
        None => builder.build(),
    }
}

/// Follows the bucket; what changes is seen at once, and at the latest a little later.
pub(crate) async fn follow(nats: Nats, of_config: Clients, clients: watch::Sender<Clients>) {
    let subject = format!("$KV.{}.>", nats.subjects.bucket("tokens"));
    let mut changes = nats.client.subscribe(subject).await.ok();
    loop {
        let before = clients.borrow().clone();
        match read(&nats, before).await {
            Ok(stored) => {
                let mut all = of_config.clone();
                for (name, client) in stored {
                    all.entry(name).or_insert(client);
                }
                clients.send_if_modified(|before| {
                    let is_same = before.len() == all.len()
                        && before.iter().zip(&all).all(|(old, new)| old.0 == new.0 && old.1.0 == new.1.0);
                    *before = all;
                    !is_same
                });
            }
            Err(error) => tracing::warn!(%error, "the tokens cannot be read; those that are known are kept"),
        }
        let changed = async {
            match &mut changes {
                Some(changes) => drop(changes.next().await),
                None => std::future::pending().await,
            }
        };
        // Whatever was seen, it is stored a moment later.
        let _ = tokio::time::timeout(READ_AGAIN, changed).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Reads all tokens of the bucket. Those that are as before keep their clients.
async fn read(nats: &Nats, before: Clients) -> Result<Clients, Error> {
    let reading = async {
        nats.tokens.keys().await.map_err(unreadable)?.try_collect::<Vec<String>>().await.map_err(unreadable)
    };
    let keys = tokio::time::timeout(5 * nats::TIMEOUT, reading)
        .await
        .map_err(|_| Error::nats("the bucket of tokens does not answer"))??;
    let mut clients = Clients::new();
    for key in keys {
        let Ok(name) = Name::new(key.clone()) else {
            tracing::warn!("the bucket of tokens has a key that is no name");
            continue;
        };
        let entry = nats.tokens.entry(&key).await.map_err(unreadable)?;
        let Some(entry) = entry.filter(|entry| entry.operation == async_nats::jetstream::kv::Operation::Put)
        else {
            continue;
        };
        if let Some(same) = before.get(&name).filter(|(revision, _)| *revision == entry.revision) {
            clients.insert(name, same.clone());
            continue;
        }
        let made = serde_json::from_slice::<Stored>(&entry.value)
            .ok()
            .and_then(|stored| client(&name, &stored.token, stored.api_url.as_deref(), nats).ok());
        match made {
            Some(client) => drop(clients.insert(name, (entry.revision, client))),
            None => tracing::warn!(token = %name, "the bucket's entry is no token"),
        }
    }
    Ok(clients)
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::nats("the bucket of tokens").because(error)
}
