//! The configuration of a host.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::{Error, Name, Subjects};

/// The maximum of `max_in_flight`: NATS keeps a permit of a semaphore for each.
const MAX_IN_FLIGHT: usize = 65_536;

/// The maximum of every duration, so that the end of each can be computed.
const MAX_DURATION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The number of connections over Socket Mode that Slack allows an app.
const MAX_APP_CONNECTIONS: usize = 10;

/// The configuration of a host, which is read from a TOML file. All hosts of a relay have the same configuration, except for the name.
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
    /// The name of this host, which is unique in the relay.
    pub host: Name,
    /// How to connect to NATS.
    pub nats: NatsConfig,
    /// The settings of the stream.
    #[serde(default)]
    pub stream: StreamConfig,
    /// Times and limits.
    #[serde(default)]
    pub relay: RelayConfig,
    /// The address at which health and metrics are served. By default they are not.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// The tokens.
    #[serde(default)]
    pub tokens: Vec<TokenConfig>,
    /// Whether tokens are also read from the bucket `<prefix>_relay_tokens`, which may change while the relay runs. The default is `false`.
    #[serde(default)]
    pub tokens_bucket: bool,
}

impl Config {
    /// Parses a configuration.
    ///
    /// # Errors
    /// Returns an error if the text is not valid TOML, has an unknown key, or a value that cannot be used.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text)
            // `Display` of the error quotes the file, which may contain a password.
            .map_err(|error| {
                let message = without_value(error.message());
                let line = error.span().filter(|span| span.start > 0).and_then(|span| text.get(..span.start));
                Error::config(match line.map(|before| before.matches('\n').count() + 1) {
                    Some(line) => format!("line {line} of the configuration: {message}"),
                    None => format!("the configuration cannot be read: {message}"),
                })
            })?;
        config.check()?;
        Ok(config)
    }

    /// Reads a configuration from a file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, and as for [`parse`](Self::parse).
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
            return Err(Error::config("relay.lease_ttl must be at least 1s"));
        }
        if relay.replicas == 0 || relay.dials_per_second == 0 || relay.calls_per_minute == 0 {
            return Err(Error::config(
                "relay.replicas, dials_per_second and calls_per_minute must be at least 1",
            ));
        }
        if !(1..=MAX_IN_FLIGHT).contains(&relay.max_in_flight) {
            return Err(Error::config(format!("relay.max_in_flight must be 1 to {MAX_IN_FLIGHT}")));
        }
        let stream = &self.stream;
        // These are limits of NATS.
        if !(1..=5).contains(&stream.replicas) {
            return Err(Error::config("stream.replicas must be 1 to 5"));
        }
        if stream.duplicate_window < Duration::from_millis(100) {
            return Err(Error::config("stream.duplicate_window must be at least 100ms"));
        }
        if !stream.max_age.is_zero() && stream.duplicate_window > stream.max_age {
            return Err(Error::config("stream.duplicate_window must not be longer than stream.max_age"));
        }
        let has_socket_mode =
            self.tokens.iter().any(|token| token.app_env.is_some() || token.app_file.is_some());
        if has_socket_mode && relay.replicas > MAX_APP_CONNECTIONS {
            return Err(Error::config(
                "relay.replicas must be at most 10 for tokens with app_env or app_file",
            ));
        }
        Ok(())
    }

    /// Returns the subjects of the relay.
    #[must_use]
    pub fn subjects(&self) -> Subjects {
        Subjects::new(self.stream.prefix.clone())
    }
}

/// How to connect to NATS.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NatsConfig {
    /// The URLs of the servers, `nats://` or `tls://`.
    pub servers: Vec<String>,
    /// A file with credentials, in the format of `nsc`.
    #[serde(default)]
    pub credentials: Option<PathBuf>,
    /// The user name.
    #[serde(default)]
    pub user: Option<String>,
    /// The environment variable that contains the user's password.
    #[serde(default)]
    pub password_env: Option<String>,
    /// The environment variable that contains the token of NATS.
    #[serde(default)]
    pub token_env: Option<String>,
    /// A PEM file with the root certificates of the servers. By default the system's are trusted.
    #[serde(default)]
    pub root_certificates: Option<PathBuf>,
}

impl NatsConfig {
    /// Creates a configuration for servers that need no credentials.
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

/// Prints the number of servers alone: a URL may contain a password.
impl fmt::Debug for NatsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsConfig").field("servers", &self.servers.len()).finish_non_exhaustive()
    }
}

/// The settings of the stream and the buckets. They are created if they do not exist; an existing stream keeps its own settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StreamConfig {
    /// The name of the stream. The default is `slack`.
    pub name: Name,
    /// The prefix of the subjects and of the buckets' names. The default is `slack`.
    pub prefix: Name,
    /// The number of NATS servers that the stream and the buckets are stored on. The default is 1.
    pub replicas: usize,
    /// How long the stream remembers the ids of events. The default is 15 minutes.
    #[serde(deserialize_with = "duration")]
    pub duplicate_window: Duration,
    /// How long the stream keeps events; 0 is no limit. The default is 7 days.
    #[serde(deserialize_with = "duration")]
    pub max_age: Duration,
    /// The maximum size of the stream, in bytes. The default is -1, which is no limit.
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

/// Times and limits of a host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RelayConfig {
    /// The number of hosts that have a session of each token. The default is 2. With tokens over Socket Mode the maximum is 10, Slack's limit of connections for an app.
    pub replicas: usize,
    /// How long a host without a heartbeat is considered alive and keeps its leases. The default is 10 seconds.
    #[serde(deserialize_with = "duration")]
    pub lease_ttl: Duration,
    /// The maximum number of events that are published at the same time, at most 65,536. The default is 256. Events of one channel are published one after the other.
    pub max_in_flight: usize,
    /// The maximum size of the events that wait for NATS on this host, in bytes. Further events wait in the queues of the sessions. The default is 64 MiB.
    pub queue_bytes: usize,
    /// The capacity of the queue of each session, in bytes. If it is full, the oldest events are dropped and later read from history; over Socket Mode, the newest events
    /// are dropped and Slack delivers them again. The default is 8 MiB.
    pub session_queue_bytes: usize,
    /// The maximum number of sessions that a host starts in a second. The default is 20.
    pub dials_per_second: u32,
    /// The maximum number of calls of rtm.connect, or of apps.connections.open, that all hosts together make for a token in a minute. The default is 6.
    pub calls_per_minute: usize,
    /// How long other hosts are asked whether they have received the events of a gap, before the gap is read from history. The default is 3 seconds.
    #[serde(deserialize_with = "duration")]
    pub coverage_timeout: Duration,
    /// How often a checkpoint that has changed is stored. The default is 1 second.
    #[serde(deserialize_with = "duration")]
    pub checkpoint_interval: Duration,
    /// How long the ids and outcomes of requests to send a message are remembered. The default is 1 hour.
    #[serde(deserialize_with = "duration")]
    pub command_memory: Duration,
    /// How long a leaving host waits for other hosts to take over its tokens. The default is 30 seconds.
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
            coverage_timeout: 3 * SECOND,
            checkpoint_interval: SECOND,
            command_memory: 60 * 60 * SECOND,
            drain_timeout: 30 * SECOND,
        }
    }
}

/// A token, which is read from an environment variable or from a file.
///
/// With an app-level token beside it, the token's events are received over Socket Mode; otherwise over RTM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenConfig {
    /// The relay's name of the token, which appears in subjects and logs. The token itself does not.
    pub name: Name,
    /// The environment variable that contains the token. Over Socket Mode this is the bot token, such as `xoxb-...`.
    #[serde(default)]
    pub env: Option<String>,
    /// The file that contains the token. A line end after it is ignored.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The environment variable that contains the app-level token, such as `xapp-...`.
    #[serde(default)]
    pub app_env: Option<String>,
    /// The file that contains the app-level token.
    #[serde(default)]
    pub app_file: Option<PathBuf>,
    /// The URL of the Web API. The default is Slack's.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// Returns the decoder's message without the text that it quotes, which may contain a password.
fn without_value(message: &str) -> String {
    const QUOTED: &str = "string \"";
    const EXPECTED: &str = "\", expected ";
    match (message.find(QUOTED), message.rfind(EXPECTED)) {
        (Some(start), Some(end)) if start < end => {
            format!("{}string, expected {}", &message[..start], &message[end + EXPECTED.len()..])
        }
        _ => message.to_owned(),
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).ok().filter(|duration| *duration <= MAX_DURATION).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "{text:?} is not a duration such as 10s or 15m, of at most 100 years"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "host = \"a\"\n[nats]\nservers = [\"nats://u:SECRET@127.0.0.1\"]\n";

    #[test]
    fn passwords_are_not_printed() {
        let config = Config::parse(LEAST).unwrap();
        assert!(!format!("{config:?}").contains("SECRET"));
        let error = Config::parse(&format!("{LEAST}SECRET = 1")).unwrap_err();
        assert!(error.is_config() && !format!("{error} {error:?}").contains("u:SECRET"), "{error}");
    }

    #[test]
    fn an_error_names_the_line_and_no_value() {
        let error =
            Config::parse("host = \"a\"\n[nats]\nservers = \"nats://u:SECRET@127.0.0.1\"\n").unwrap_err();
        insta::assert_snapshot!(error, @"line 3 of the configuration: invalid type: string, expected a sequence");
        let error = Config::parse(&format!("{LEAST}[relay]\nreplica = 2\n")).unwrap_err();
        assert!(
            error.to_string().starts_with("line 5 of the configuration: unknown field `replica`"),
            "{error}"
        );
        let error = Config::parse("").unwrap_err();
        assert!(error.to_string().contains("missing field `host`"), "{error}");
    }

    #[test]
    fn values_that_nothing_can_run_with_are_refused() {
        for (table, wrong) in [
            ("relay", "max_in_flight = 9223372036854775807"),
            ("relay", "max_in_flight = 4000000000000000000"),
            ("relay", "calls_per_minute = 0"),
            ("relay", "lease_ttl = \"500000000000years\""),
            ("relay", "drain_timeout = \"500000000000years\""),
            ("relay", "coverage_timeout = \"101years\""),
            ("stream", "replicas = 0"),
            ("stream", "replicas = 6"),
            ("stream", "max_age = \"5m\""),
            ("stream", "duplicate_window = \"10ms\""),
        ] {
            assert!(Config::parse(&format!("{LEAST}[{table}]\n{wrong}\n")).is_err(), "{wrong}");
        }
        // No age is no limit.
        for right in ["[stream]\nmax_age = \"0s\"", "[relay]\nmax_in_flight = 65536\ndrain_timeout = \"0s\""]
        {
            Config::parse(&format!("{LEAST}{right}\n")).unwrap();
        }
    }

    #[test]
    fn durations_have_units() {
        let config = Config::parse(&format!("{LEAST}[relay]\nlease_ttl = \"2s\"")).unwrap();
        assert_eq!(config.relay.lease_ttl, Duration::from_secs(2));
        for wrong in
            ["lease_ttl = 2", "lease_ttl = \"long\"", "lease_ttl = \"10ms\"", "replicas = 0", "x = 1"]
        {
            assert!(Config::parse(&format!("{LEAST}[relay]\n{wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_unique_and_valid() {
        let token = |name: &str| format!("\n[[tokens]]\nname = \"{name}\"\nenv = \"X\"");
        assert!(Config::parse(&format!("{LEAST}{}{}", token("a"), token("b"))).is_ok());
        assert!(Config::parse(&format!("{LEAST}{}{}", token("a"), token("a"))).is_err());
        assert!(Config::parse(&format!("{LEAST}{}", token("a.b"))).is_err());
        let app = format!("{}\napp_env = \"Y\"", token("a"));
        assert!(Config::parse(&format!("{LEAST}{app}")).is_ok());
        assert!(Config::parse(&format!("{LEAST}[relay]\nreplicas = 11{app}")).is_err());
    }
}
