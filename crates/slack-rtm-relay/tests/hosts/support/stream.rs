//! A look into the stream.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures_util::StreamExt as _;

use super::{Workspaces, until};

/// What the stream has.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// The timestamps of the messages of each channel, in the stream's order.
    pub(crate) messages: BTreeMap<String, Vec<String>>,
    /// The records of gaps.
    pub(crate) gaps: Vec<serde_json::Value>,
    /// How many messages came from history.
    pub(crate) from_history: usize,
}

impl Stored {
    /// Checks that it is exactly what was said, each once, in the order of its channel.
    pub(crate) fn assert_exactly(&self, workspaces: &Workspaces) {
        for (channel, said) in &workspaces.said {
            let stored = self.messages.get(channel).cloned().unwrap_or_default();
            let missing: Vec<_> = said.iter().filter(|ts| !stored.contains(ts)).collect();
            let mut sorted = stored.clone();
            sorted.sort();
            sorted.dedup();
            assert!(
                &stored == said,
                "{channel}: {} said, {} stored, {} different, missing {missing:?}, in order: {}",
                said.len(),
                stored.len(),
                sorted.len(),
                stored.is_sorted()
            );
        }
        assert_eq!(self.messages.values().map(Vec::len).sum::<usize>(), workspaces.count());
    }
}

/// Waits until the stream has as many messages as were said, and a moment longer, and reads it.
pub(crate) async fn stored(url: &str, workspaces: &Workspaces) -> Stored {
    let client = async_nats::connect(url).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let expected = workspaces.count();
    until("the stream has what was said", async || {
        read(&context).await.messages.values().map(Vec::len).sum::<usize>() >= expected
    })
    .await;
    // What comes twice comes a little later.
    tokio::time::sleep(Duration::from_secs(2)).await;
    read(&context).await
}

async fn read(context: &async_nats::jetstream::Context) -> Stored {
    let mut stored = Stored::default();
    let Ok(mut stream) = context.get_stream("slack").await else { return stored };
    let Ok(total) = stream.info().await.map(|info| info.state.messages) else { return stored };
    let config = pull::Config { ack_policy: AckPolicy::None, ..Default::default() };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut read = 0;
    while read < total {
        let mut batch =
            consumer.fetch().max_messages(1_000).expires(Duration::from_secs(5)).messages().await.unwrap();
        let before = read;
        while let Some(message) = batch.next().await {
            let message = message.unwrap();
            read += 1;
            let json: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
            if message.subject.contains(".gap.") {
                stored.gaps.push(json);
                continue;
            }
            if json["type"] != "message" {
                continue;
            }
            let headers = message.headers.as_ref().unwrap();
            stored.from_history += usize::from(headers.get("Slack-Source").is_some());
            let channel = json["channel"].as_str().unwrap().to_owned();
            assert_eq!(headers.get("Slack-Channel").unwrap().as_str(), channel);
            let ts = json["ts"].as_str().unwrap().to_owned();
            if json["user"] != "U01ROBOT000" {
                stored.messages.entry(channel).or_default().push(ts);
            }
        }
        assert!(read > before, "the stream gives no more than {read} of {total} messages");
    }
    stored
}
