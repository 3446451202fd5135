//! NATS: the connection, the stream and the buckets.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{self, kv, stream};
use async_nats::{Client, ConnectOptions, Subscriber, connection};
use futures_util::TryStreamExt as _;
use tokio::time::Instant;

use crate::config::{NatsConfig, StreamConfig};
use crate::{Config, Error, Subjects};

/// How long NATS may take to answer a request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// How long a host that starts repeats what fails, and the wait between two attempts.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// How long a call of rtm.connect counts against the budget: a minute with a margin.
const CALLS_AGE: Duration = Duration::from_secs(61);

/// The connection, the JetStream context and the buckets. Clones share them: a [`kv::Store`] takes about two kilobytes, and every token needs several.
#[derive(Clone, Debug)]
pub(crate) struct Nats(Arc<Handles>);

#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) client: Client,
    pub(crate) context: jetstream::Context,
    pub(crate) subjects: Subjects,
    pub(crate) hosts: kv::Store,
    pub(crate) leases: kv::Store,
    pub(crate) calls: kv::Store,
    pub(crate) commands: kv::Store,
    pub(crate) checkpoints: kv::Store,
    pub(crate) tokens: kv::Store,
}

impl Handles {
    async fn open(config: &Config, client: Client) -> Result<Self, Error> {
        let context = context(&client, config.relay.max_in_flight);
        let subjects = config.subjects();
        open_stream(&context, &config.stream, &subjects).await?;
        let ttl = config.relay.lease_ttl;
        let bucket = |name: &str, max_age: Duration| {
            open_bucket(context.clone(), subjects.bucket(name), max_age, config.stream.replicas)
        };
        Ok(Self {
            hosts: bucket("hosts", ttl).await?,
            leases: bucket("leases", ttl).await?,
            calls: bucket("calls", CALLS_AGE).await?,
            commands: bucket("commands", config.relay.command_memory).await?,
            checkpoints: bucket("checkpoints", Duration::ZERO).await?,
            tokens: bucket("tokens", Duration::ZERO).await?,
            client,
            subjects,
            context,
        })
    }
}

impl Deref for Nats {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}

/// Connects with the settings of the configuration.
pub(crate) async fn connect(config: &NatsConfig, name: &str) -> Result<Client, Error> {
    let mut options = ConnectOptions::new()
        .name(name)
        .ping_interval(Duration::from_secs(5))
        .request_timeout(Some(TIMEOUT))
        .reconnect_delay_callback(|attempts| {
            let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
            Duration::from_millis(50).saturating_mul(attempts).min(TIMEOUT)
        })
        .event_callback(|event| async move { tracing::info!(%event, "NATS") });
    if let Some(file) = &config.credentials {
        options = options
            .credentials_file(file)
            .await
            .map_err(|error| Error::config(format!("{} cannot be read", file.display())).because(error))?;
    }
    if let Some(user) = &config.user {
        options =
            options.user_and_password(user.clone(), secret("password_env", config.password_env.as_deref())?);
    }
    if config.token_env.is_some() {
        options = options.token(secret("token_env", config.token_env.as_deref())?);
    }
    if let Some(file) = &config.root_certificates {
        options = options.add_root_certificates(file.clone());
    }
    options
        .connect(&config.servers[..])
        .await
        .map_err(|error| Error::nats("NATS cannot be reached").because(error))
}

/// Reads the environment variable that a key of the configuration names. The error does not name it: it may be the password itself, by mistake.
fn secret(key: &str, variable: Option<&str>) -> Result<String, Error> {
    let variable = variable.ok_or_else(|| Error::config("nats.user needs nats.password_env"))?;
    std::env::var(variable)
        .map_err(|_| Error::config(format!("the environment variable that nats.{key} names is not set")))
}

/// Returns a JetStream context with the relay's timeouts.
pub(crate) fn context(client: &Client, max_in_flight: usize) -> jetstream::Context {
    ContextBuilder::new()
        .timeout(TIMEOUT)
        .ack_timeout(TIMEOUT)
        .max_ack_inflight(max_in_flight.saturating_mul(2) + 256)
        .backpressure_on_inflight(true)
        .build(client.clone())
}

impl Nats {
    /// Connects, and creates the stream and the buckets that are missing.
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        let client = connect(&config.nats, &format!("slack-rtm-relay {}", config.host)).await?;
        let handles = retry(|| Handles::open(config, client.clone())).await?;
        Ok(Self(Arc::new(handles)))
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.client.connection_state() == connection::State::Connected
    }

    /// Subscribes to the writes of a bucket, each of which is announced as a message. `None` if the connection is closed.
    pub(crate) async fn changes(&self, bucket: &str) -> Option<Subscriber> {
        self.client.subscribe(format!("$KV.{}.>", self.subjects.bucket(bucket))).await.ok()
    }
}

/// Repeats an operation for [`START_TIMEOUT`] while NATS refuses it or does not answer, such as during the election of a leader, or while hosts that start at the same
/// time create the same stream. An error of the configuration is returned at once.
pub(crate) async fn retry<T, F>(mut operation: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        match operation().await {
            Err(error) if error.is_nats() && Instant::now() < deadline => {
                tracing::warn!(%error, "NATS is not ready yet");
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
            result => return result,
        }
    }
}

async fn open_stream(
    context: &jetstream::Context,
    config: &StreamConfig,
    subjects: &Subjects,
) -> Result<(), Error> {
    let stream = context
        .get_or_create_stream(stream::Config {
            name: config.name.to_string(),
            subjects: subjects.stream_subjects(),
            retention: stream::RetentionPolicy::Limits,
            storage: stream::StorageType::File,
            num_replicas: config.replicas,
            duplicate_window: config.duplicate_window,
            max_age: config.max_age,
            max_bytes: config.max_bytes,
            allow_direct: true,
            ..Default::default()
        })
        .await
        .map_err(|error| Error::nats(format!("the stream {} cannot be used", config.name)).because(error))?;
    let found = &stream.cached_info().config;
    if found.retention != stream::RetentionPolicy::Limits {
        return Err(Error::config(format!(
            "the stream {} needs the retention policy `limits`: with any other, a restarted server forgets message ids",
            config.name
        )));
    }
    let missing = subjects
        .stream_subjects()
        .into_iter()
        .find(|subject| !found.subjects.iter().any(|filter| crate::subjects::includes(filter, subject)));
    if let Some(subject) = missing {
        return Err(Error::config(format!(
            "the stream {} does not store {subject}: add it to the stream's subjects",
            config.name
        )));
    }
    if found.duplicate_window < config.duplicate_window {
        tracing::warn!(window = ?found.duplicate_window, "the duplicate window of the stream is shorter than the configured one");
    }
    Ok(())
}

/// Opens a bucket, or creates it. Another host may create it at the same time.
async fn open_bucket(
    context: jetstream::Context,
    name: String,
    max_age: Duration,
    replicas: usize,
) -> Result<kv::Store, Error> {
    let config = kv::Config {
        bucket: name.clone(),
        history: 1,
        max_age,
        num_replicas: replicas,
        ..Default::default()
    };
    let store = match context.get_key_value(&name).await {
        Ok(store) => store,
        Err(_) => context
            .create_key_value(config)
            .await
            .map_err(|error| Error::nats(format!("the bucket {name} cannot be created")).because(error))?,
    };
    let found = store
        .status()
        .await
        .map_err(|error| Error::nats(format!("the bucket {name} cannot be read")).because(error))?;
    if found.max_age() != max_age {
        let found = found.max_age();
        return Err(Error::config(format!(
            "the bucket {name} keeps entries for {found:?}, but the configuration says {max_age:?}: all hosts need the same times; delete the bucket to change them"
        )));
    }
    Ok(store)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Reads a bucket: the last entry of each key that is not deleted.
pub(crate) async fn entries(store: &kv::Store) -> Result<Vec<kv::Entry>, Error> {
    let unreadable = |error| Error::nats(format!("the bucket {} cannot be read", store.name)).because(error);
    read(store).await.map_err(unreadable)
}

async fn read(store: &kv::Store) -> Result<Vec<kv::Entry>, BoxError> {
    let keys = async { Ok::<Vec<String>, BoxError>(store.keys().await?.try_collect().await?) };
    // The stream of keys has no timeout of its own.
    let keys = tokio::time::timeout(5 * TIMEOUT, keys).await??;
    let mut entries = Vec::with_capacity(keys.len());
    for key in keys {
        let entry = store.entry(key).await?;
        entries.extend(entry.filter(|entry| entry.operation == kv::Operation::Put));
    }
    Ok(entries)
}

/// The result of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteResult {
    /// The key was written, and has this revision.
    Revision(u64),
    /// The key exists, or has another revision than the one that was expected.
    Conflict,
    /// The server did not answer, so the write may or may not have happened.
    Unknown,
}

/// Creates a key if it does not exist.
pub(crate) async fn create(store: &kv::Store, key: &str, value: impl Into<bytes::Bytes>) -> WriteResult {
    match tokio::time::timeout(3 * TIMEOUT, store.create(key, value.into())).await {
        Ok(Ok(revision)) => WriteResult::Revision(revision),
        Ok(Err(error)) if error.kind() == kv::CreateErrorKind::AlreadyExists => WriteResult::Conflict,
        Ok(Err(_)) | Err(_) => WriteResult::Unknown,
    }
}

/// Writes a key if it has this revision.
pub(crate) async fn update(
    store: &kv::Store,
    key: &str,
    value: impl Into<bytes::Bytes>,
    revision: u64,
) -> WriteResult {
    match tokio::time::timeout(2 * TIMEOUT, store.update(key, value.into(), revision)).await {
        Ok(Ok(revision)) => WriteResult::Revision(revision),
        Ok(Err(error)) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => WriteResult::Conflict,
        Ok(Err(_)) | Err(_) => WriteResult::Unknown,
    }
}

/// Deletes a key if it has this revision.
pub(crate) async fn delete(store: &kv::Store, key: &str, revision: u64) -> WriteResult {
    match tokio::time::timeout(2 * TIMEOUT, store.delete_expect_revision(key, Some(revision))).await {
        Ok(Ok(())) => WriteResult::Revision(revision),
        Ok(Err(error)) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => WriteResult::Conflict,
        Ok(Err(_)) | Err(_) => WriteResult::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_place_of_its_variable_is_not_printed() {
        let error = secret("password_env", Some("SECRET")).unwrap_err();
        insta::assert_snapshot!(error, @"the environment variable that nats.password_env names is not set");
    }
}
