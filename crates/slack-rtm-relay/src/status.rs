//! The status of a relay, read from its buckets.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream;

use crate::{Config, Error, Heartbeat, heartbeat, nats};

/// The status of a relay: its hosts, leases and stream. `Display` prints it as tables.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The last heartbeat of each live host, by name.
    pub hosts: Vec<Heartbeat>,
    /// The tokens, and the hosts that hold their leases.
    pub leases: Vec<(String, String)>,
    /// The number of messages in the stream.
    pub messages: u64,
    /// The number of bytes in the stream.
    pub bytes: u64,
    /// The number of replicas of the stream.
    pub replicas: usize,
    /// How long the stream remembers message ids.
    pub duplicate_window: Duration,
}

impl Status {
    /// Reads the status from NATS. Nothing is created or changed.
    ///
    /// # Errors
    /// Returns an error if NATS cannot be reached, or no relay has run yet.
    pub async fn read(config: &Config) -> Result<Self, Error> {
        let client = nats::connect(&config.nats, "slack-rtm-relay status").await?;
        let context = jetstream::new(client);
        let subjects = config.subjects();
        let bucket = async |what: &str| {
            let name = subjects.bucket(what);
            let store = context.get_key_value(&name).await;
            store.map_err(|error| {
                Error::nats(format!("there is no bucket {name}: a relay creates it")).because(error)
            })
        };
        let mut hosts = heartbeat::read_all(&bucket("hosts").await?).await?;
        hosts.sort_by(|left, right| left.host.cmp(&right.host));
        let held = nats::entries(&bucket("leases").await?).await?;
        let host = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let mut leases: Vec<_> = held.into_iter().map(|entry| (entry.key, host(&entry.value))).collect();
        leases.sort();
        let name = config.stream.name.as_str();
        let stream = context
            .get_stream(name)
            .await
            .map_err(|error| Error::nats(format!("there is no stream {name}")).because(error))?;
        let info = stream.cached_info();
        Ok(Self {
            hosts,
            leases,
            messages: info.state.messages,
            bytes: info.state.bytes,
            replicas: info.config.num_replicas,
            duplicate_window: info.config.duplicate_window,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "HOST",
            "STATE",
            "TOKENS",
            "CONNECTED",
            "LEASES",
            "WAITING",
            "LAG",
            "STORED",
            "DUPLICATES",
            "GAPS",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        for heartbeat in &self.hosts {
            let state = match (heartbeat.is_draining, heartbeat.is_complete()) {
                (true, _) => "draining",
                (false, true) => "ready",
                (false, false) => "incomplete",
            };
            rows.push([
                heartbeat.host.to_string(),
                state.to_owned(),
                format!("{}/{}", heartbeat.tokens, heartbeat.assigned),
                heartbeat.connected.to_string(),
                heartbeat.leases.to_string(),
                heartbeat.waiting.to_string(),
                format!("{:.1}s", Duration::from_millis(heartbeat.lag_ms).as_secs_f64()),
                heartbeat.stored.to_string(),
                heartbeat.duplicates.to_string(),
                heartbeat.gaps.to_string(),
            ]);
        }
        table(f, &rows)?;
        writeln!(f)?;
        let mut rows = vec![["TOKEN", "LEASE"].map(str::to_owned)];
        rows.extend(self.leases.iter().map(|(token, host)| [token.clone(), host.clone()]));
        table(f, &rows)?;
        write!(
            f,
            "\n{} messages, {} bytes, {} replica(s), duplicate window {}",
            self.messages,
            self.bytes,
            self.replicas,
            humantime::format_duration(self.duplicate_window)
        )
    }
}

/// Writes rows with columns two blanks apart, each as wide as its widest cell.
fn table<const N: usize>(f: &mut fmt::Formatter<'_>, rows: &[[String; N]]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    for row in rows {
        let line: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(f, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;

    #[test]
    fn the_status_is_printed_as_tables() {
        let heartbeat: Heartbeat = serde_json::from_value(serde_json::json!({
            "host": "east-1", "version": "0.1.0", "assigned": 12, "tokens": 12, "connected": 11, "leases": 6, "waiting": 3,
            "lag_ms": 1500, "stored": 120, "duplicates": 119, "failures": 0, "too_large": 0, "gaps": 1,
        }))
        .unwrap();
        let draining = Heartbeat { host: Name::new("w").unwrap(), is_draining: true, ..heartbeat.clone() };
        let status = Status {
            hosts: vec![heartbeat, draining],
            leases: vec![("acme".to_owned(), "east-1".to_owned())],
            messages: 120,
            bytes: 40_000,
            replicas: 1,
            duplicate_window: Duration::from_secs(900),
        };
        insta::assert_snapshot!(status, @"
        HOST    STATE       TOKENS  CONNECTED  LEASES  WAITING  LAG   STORED  DUPLICATES  GAPS
        east-1  incomplete  12/12   11         6       3        1.5s  120     119         1
        w       draining    12/12   11         6       3        1.5s  120     119         1

        TOKEN  LEASE
        acme   east-1

        120 messages, 40000 bytes, 1 replica(s), duplicate window 15m
        ");
    }
}
