//! The configuration of a host.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::{Error, Name, Subjects};

/// The configuration of a host, as a TOML file has it. All hosts of a relay have the same, except for their names.
///
/// ```
/// let config = slack_rtm_relay::Config::parse(r#"
///     host = "east-1"
///
///     [nats]
///     servers = ["nats://127.0.0.1:4222"]
///
///     [[tokens]]
///     name = "acme"
///     env = "SLACK_TOKEN_ACME"
/// "#)?;
/// assert_eq!((config.relay.replicas, config.stream.name.as_str()), (2, "slack"));
/// # Ok::<(), slack_rtm_relay::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The name of this host, which no other host of the relay has.
    pub host: Name,
    /// How NATS is reached.
    pub nats: NatsConfig,
    /// What the stream is like.
    #[serde(default)]
    pub stream: StreamConfig,
    /// The times and limits.
    #[serde(default)]
    pub relay: RelayConfig,
    /// Where health and metrics are served; nowhere by default.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// The tokens.
    #[serde(default)]
    pub tokens: Vec<TokenConfig>,
    /// Whether tokens are also taken from the bucket `<prefix>_relay_tokens`, which may change while the relay runs. The default is no.
    #[serde(default)]
    pub tokens_bucket: bool,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// If it is no TOML, has unknown keys, or values that cannot be used.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text)
            // The error's own text quotes the file, in which there may be a password.
            .map_err(|error| {
                Error::config(format!("the configuration cannot be read: {}", error.message()))
            })?;
        config.check()?;
        Ok(config)
    }

    /// Reads a configuration from a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::config(format!("{} cannot be read", path.display())).because(error))?;
        Self::parse(&text)
    }

    fn check(&self) -> Result<(), Error> {
        let mut names: Vec<&Name> = self.tokens.iter().map(|token| &token.name).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::config(format!("two tokens have the name {}", twice[0])));
        }
        if self.nats.servers.is_empty() {
            return Err(Error::config("nats.servers is empty"));
        }
        let relay = &self.relay;
        if relay.lease_ttl < Duration::from_secs(1) {
            return Err(Error::config("relay.lease_ttl is less than a second"));
        }
        if relay.replicas == 0 || relay.max_in_flight == 0 || relay.dials_per_second == 0 {
            return Err(Error::config("relay.replicas, max_in_flight and dials_per_second are at least 1"));
        }
        Ok(())
    }

    /// Returns the subjects and the names of the buckets.
    #[must_use]
    pub fn subjects(&self) -> Subjects {
        Subjects::new(self.stream.prefix.clone())
    }
}

/// How NATS is reached.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NatsConfig {
    /// The URLs of the servers, `nats://` or `tls://`.
    pub servers: Vec<String>,
    /// A file with credentials, as `nsc` writes it.
    #[serde(default)]
    pub credentials: Option<PathBuf>,
    /// The user, if there is one.
    #[serde(default)]
    pub user: Option<String>,
    /// The environment variable with the user's password.
    #[serde(default)]
    pub password_env: Option<String>,
    /// The environment variable with a token of NATS, if it wants one.
    #[serde(default)]
    pub token_env: Option<String>,
    /// A file with the certificates that the servers' are signed by, in place of the system's.
    #[serde(default)]
    pub root_certificates: Option<PathBuf>,
}

impl NatsConfig {
    /// Reaches these servers without credentials.
    #[must_use]
    pub fn new(servers: Vec<String>) -> Self {
        Self {
            servers,
            credentials: None,
            user: None,
            password_env: None,
            token_env: None,
            root_certificates: None,
        }
    }
}

/// A URL may have a password in it.
impl fmt::Debug for NatsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsConfig").field("servers", &self.servers.len()).finish_non_exhaustive()
    }
}

/// What the stream is like. It is made where it is missing; one that is there is taken as it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StreamConfig {
    /// The name; the default is `slack`.
    pub name: Name,
    /// What the subjects and the buckets begin with; the default is `slack`.
    pub prefix: Name,
    /// On how many NATS servers the stream and the buckets are; the default is 1.
    pub replicas: usize,
    /// For how long the stream remembers the ids of events; the default is 15 minutes.
    #[serde(deserialize_with = "duration")]
    pub duplicate_window: Duration,
    /// For how long it keeps events; the default is 7 days.
    #[serde(deserialize_with = "duration")]
    pub max_age: Duration,
    /// How many bytes it keeps at most; the default, -1, is no limit.
    pub max_bytes: i64,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self {
            name: plain("slack"),
            prefix: plain("slack"),
            replicas: 1,
            duplicate_window: Duration::from_secs(15 * 60),
            max_age: Duration::from_secs(7 * 24 * 60 * 60),
            max_bytes: -1,
        }
    }
}

#[allow(clippy::expect_used, reason = "the text is one of ours")]
fn plain(name: &str) -> Name {
    Name::new(name).expect("a name")
}

/// The times and limits of a host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RelayConfig {
    /// On how many hosts each token has a session; the default is 2.
    pub replicas: usize,
    /// After which time a host that is silent is dead, and its leases are free; the default is 10 seconds.
    #[serde(deserialize_with = "duration")]
    pub lease_ttl: Duration,
    /// How many events are on their way to NATS at once; the default is 256. Those of one channel follow each other.
    pub max_in_flight: usize,
    /// How many bytes of events wait for NATS in this host before its sessions have to hold theirs; the default is 64 MiB.
    pub queue_bytes: usize,
    /// How many bytes of events each session holds then, before the oldest are dropped and read again from history later; the default is 8 MiB.
    pub session_queue_bytes: usize,
    /// How many sessions a host starts in a second; the default is 20.
    pub dials_per_second: u32,
    /// How many calls of rtm.connect a token makes in a minute, over all hosts; the default is 6.
    pub calls_per_minute: usize,
    /// How long to wait for a host that covers a gap before it is filled from history; the default is 3 seconds.
    #[serde(deserialize_with = "duration")]
    pub coverage_patience: Duration,
    /// How often the checkpoint of a token is written when it has changed; the default is 1 second.
    #[serde(deserialize_with = "duration")]
    pub checkpoint_interval: Duration,
    /// For how long the outcomes of commands are remembered; the default is 1 hour.
    #[serde(deserialize_with = "duration")]
    pub command_memory: Duration,
    /// How long a host that leaves waits for others to take over its tokens; the default is 30 seconds.
    #[serde(deserialize_with = "duration")]
    pub drain_timeout: Duration,
}

impl Default for RelayConfig {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        Self {
            replicas: 2,
            lease_ttl: 10 * SECOND,
            max_in_flight: 256,
            queue_bytes: 64 << 20,
            session_queue_bytes: 8 << 20,
            dials_per_second: 20,
            calls_per_minute: 6,
            coverage_patience: 3 * SECOND,
            checkpoint_interval: SECOND,
            command_memory: 60 * 60 * SECOND,
            drain_timeout: 30 * SECOND,
        }
    }
}

/// Where a token is: in an environment variable or in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenConfig {
    /// What the relay calls it. The name stands in subjects, logs and metrics; the token itself never does.
    pub name: Name,
    /// The environment variable.
    #[serde(default)]
    pub env: Option<String>,
    /// The file, whose content is the token, with or without a line end.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Where the API is; the default is Slack.
    #[serde(default)]
    pub api_url: Option<String>,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is no length of time such as 10s or 15m")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "host = \"a\"\n[nats]\nservers = [\"nats://u:SECRET@127.0.0.1\"]\n";

    #[test]
    fn a_password_is_not_shown() {
        let config = Config::parse(LEAST).unwrap();
        assert!(!format!("{config:?}").contains("SECRET"));
        let error = Config::parse(&format!("{LEAST}SECRET = 1")).unwrap_err();
        assert!(error.is_config() && !format!("{error} {error:?}").contains("u:SECRET"), "{error}");
    }

    #[test]
    fn lengths_of_time_have_units() {
        let config = Config::parse(&format!("{LEAST}[relay]\nlease_ttl = \"2s\"")).unwrap();
        assert_eq!(config.relay.lease_ttl, Duration::from_secs(2));
        for wrong in
            ["lease_ttl = 2", "lease_ttl = \"long\"", "lease_ttl = \"10ms\"", "replicas = 0", "x = 1"]
        {
            assert!(Config::parse(&format!("{LEAST}[relay]\n{wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_unique_and_plain() {
        let token = |name: &str| format!("\n[[tokens]]\nname = \"{name}\"\nenv = \"X\"");
        assert!(Config::parse(&format!("{LEAST}{}{}", token("a"), token("b"))).is_ok());
        assert!(Config::parse(&format!("{LEAST}{}{}", token("a"), token("a"))).is_err());
        assert!(Config::parse(&format!("{LEAST}{}", token("a.b"))).is_err());
    }
}
