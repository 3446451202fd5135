//! How a relay is, as its buckets tell.

use std::fmt;

use async_nats::jetstream;
use futures_util::TryStreamExt as _;

use crate::{Beat, Config, Error, nats, relay};

/// How a relay is: its hosts, its leases, its stream. `Display` prints it as a table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// What each host said last.
    pub hosts: Vec<Beat>,
    /// Which host holds the lease of each token.
    pub leases: Vec<(String, String)>,
    /// The number of messages in the stream.
    pub messages: u64,
    /// The number of bytes in the stream.
    pub bytes: u64,
    /// On how many NATS servers it is, and for how long it remembers ids.
    pub stream: (usize, std::time::Duration),
}

impl Status {
    /// Asks NATS. It makes nothing and changes nothing.
    ///
    /// # Errors
    /// If NATS cannot be reached, or no relay has ever run.
    pub async fn read(config: &Config) -> Result<Self, Error> {
        let client = nats::connect(&config.nats, "slack-rtm-relay status").await?;
        let context = jetstream::new(client);
        let subjects = config.subjects();
        let bucket = async |what: &str| {
            let name = subjects.bucket(what);
            let store = context.get_key_value(&name).await;
            store.map_err(|error| {
                Error::nats(format!("there is no bucket {name}; a relay makes it")).because(error)
            })
        };
        let mut hosts = relay::hosts(&bucket("hosts").await?).await?;
        hosts.sort_by(|left, right| left.host.cmp(&right.host));
        let store = bucket("leases").await?;
        let keys = store.keys().await.map_err(|error| Error::nats("the bucket of leases").because(error))?;
        let mut leases = Vec::new();
        for token in keys
            .try_collect::<Vec<String>>()
            .await
            .map_err(|error| Error::nats("the bucket of leases").because(error))?
        {
            if let Some(host) =
                store.get(&token).await.map_err(|error| Error::nats("the bucket of leases").because(error))?
            {
                leases.push((token, String::from_utf8_lossy(&host).into_owned()));
            }
        }
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
            stream: (info.config.num_replicas, info.config.duplicate_window),
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
        for beat in &self.hosts {
            let state = match (beat.is_draining, beat.is_whole()) {
                (true, _) => "leaving",
                (false, true) => "ready",
                (false, false) => "filling",
            };
            rows.push([
                beat.host.to_string(),
                state.to_owned(),
                format!("{}/{}", beat.tokens, beat.share),
                beat.connected.to_string(),
                beat.leases.to_string(),
                beat.waiting.to_string(),
                format!("{:.1}s", std::time::Duration::from_millis(beat.lag_ms).as_secs_f64()),
                beat.stored.to_string(),
                beat.duplicates.to_string(),
                beat.gaps.to_string(),
            ]);
        }
        table(f, &rows)?;
        writeln!(f)?;
        let mut rows = vec![["TOKEN", "LEASE"].map(str::to_owned)];
        rows.extend(self.leases.iter().map(|(token, host)| [token.clone(), host.clone()]));
        table(f, &rows)?;
        let (replicas, window) = self.stream;
        let window = humantime::format_duration(window);
        write!(
            f,
            "\n{} messages, {} bytes, on {replicas} server(s); ids are remembered for {window}",
            self.messages, self.bytes
        )
    }
}

/// Columns two blanks apart, each as wide as its widest cell.
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
    fn it_is_a_table() {
        let beat: Beat = serde_json::from_value(serde_json::json!({
            "host": "east-1", "version": "0.1.0", "share": 12, "tokens": 12, "connected": 11, "leases": 6, "waiting": 3,
            "lag_ms": 1500, "stored": 120, "duplicates": 119, "failures": 0, "too_large": 0, "gaps": 1,
        }))
        .unwrap();
        let leaving = Beat { host: Name::new("w").unwrap(), is_draining: true, ..beat.clone() };
        let status = Status {
            hosts: vec![beat, leaving],
            leases: vec![("acme".to_owned(), "east-1".to_owned())],
            messages: 120,
            bytes: 40_000,
            stream: (1, std::time::Duration::from_secs(900)),
        };
        insta::assert_snapshot!(status, @"
        HOST    STATE    TOKENS  CONNECTED  LEASES  WAITING  LAG   STORED  DUPLICATES  GAPS
        east-1  filling  12/12   11         6       3        1.5s  120     119         1
        w       leaving  12/12   11         6       3        1.5s  120     119         1

        TOKEN  LEASE
        acme   east-1

        120 messages, 40000 bytes, on 1 server(s); ids are remembered for 15m
        ");
    }
}
