//! Reads the stream.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::{TIMEOUT, Workspaces};

/// The content of the stream.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// The timestamps of the messages of each channel, in the order of the stream.
    pub(crate) messages: BTreeMap<String, Vec<String>>,
    /// The timestamps and texts of edited messages.
    pub(crate) edits: Vec<(String, String)>,
    /// The subjects and ids of interactions and slash commands.
    pub(crate) payloads: Vec<(String, String)>,
    /// The records of gaps.
    pub(crate) gaps: Vec<serde_json::Value>,
    /// The number of messages that were read from history.
    pub(crate) from_history: usize,
}

impl Stored {
    /// Asserts that exactly the posted messages are stored, each once, in the order of their channel.
    pub(crate) fn assert_exactly(&self, workspaces: &Workspaces) {
        for (channel, posted) in workspaces.posted() {
            let stored = self.messages.get(&channel).cloned().unwrap_or_default();
            let missing: Vec<_> = posted.iter().filter(|ts| !stored.contains(ts)).collect();
            let wrong = stored.iter().zip(&posted).position(|(stored, posted)| stored != posted);
            let around = wrong.map(|index| &stored[index.saturating_sub(2)..stored.len().min(index + 6)]);
            assert!(
                stored == posted,
                "{channel}: {} posted, {} stored, missing {missing:?}, not as posted from {wrong:?}: {around:?}",
                posted.len(),
                stored.len(),
            );
        }
        assert_eq!(self.messages.values().map(Vec::len).sum::<usize>(), workspaces.count());
    }

    /// Asserts the same without the order, which Socket Mode does not keep.
    pub(crate) fn assert_each_once(&self, workspaces: &Workspaces) {
        for (channel, posted) in workspaces.posted() {
            let mut stored = self.messages.get(&channel).cloned().unwrap_or_default();
            stored.sort();
            assert_eq!(stored, posted, "{channel}");
        }
    }
}

/// Waits until the stream has as many messages as were posted, or the time is over, and reads it after a while.
pub(crate) async fn stored(url: &str, workspaces: &Workspaces) -> Stored {
    let client = async_nats::connect(url).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let expected = workspaces.count();
    let is_complete = async || {
        // Reading takes longer than counting.
        let Ok(mut stream) = context.get_stream("slack").await else { return false };
        stream.info().await.is_ok_and(|info| info.state.messages >= expected as u64)
            && read(&context).await.messages.values().map(Vec::len).sum::<usize>() >= expected
    };
    // The assertions say what is missing.
    let deadline = Instant::now() + TIMEOUT;
    while !is_complete().await && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A duplicate would be stored a little later.
    tokio::time::sleep(Duration::from_secs(2)).await;
    read(&context).await
}

/// Reads the stream, once more if a server cannot answer, such as during the election of a leader.
pub(crate) async fn read(context: &async_nats::jetstream::Context) -> Stored {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match try_read(context).await {
            Ok(stored) => return stored,
            Err(error) => assert!(Instant::now() < deadline, "the stream cannot be read: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn try_read(context: &async_nats::jetstream::Context) -> Result<Stored, async_nats::Error> {
    let mut stored = Stored::default();
    let mut stream = context.get_stream("slack").await?;
    let total = stream.info().await?.state.messages;
    let config = pull::Config { ack_policy: AckPolicy::None, ..Default::default() };
    let consumer = stream.create_consumer(config).await?;
    let mut read = 0;
    while read < total {
        let mut batch =
            consumer.fetch().max_messages(1_000).expires(Duration::from_secs(5)).messages().await?;
        let before = read;
        while let Some(message) = batch.next().await {
            let message = message?;
            read += 1;
            let json: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
            if message.subject.contains(".gap.") {
                stored.gaps.push(json);
                continue;
            }
            let headers = message.headers.as_ref().unwrap();
            if [".interaction.", ".command."].iter().any(|kind| message.subject.contains(kind)) {
                let id = headers.get("Nats-Msg-Id").unwrap().to_string();
                stored.payloads.push((message.subject.to_string(), id));
                continue;
            }
            if json["type"] != "message" {
                continue;
            }
            if json["subtype"] == "message_changed" {
                let text = |key: &str| json["message"][key].as_str().unwrap().to_owned();
                stored.edits.push((text("ts"), text("text")));
                continue;
            }
            stored.from_history += usize::from(headers.get("Slack-Source").is_some());
            let channel = json["channel"].as_str().unwrap().to_owned();
            assert_eq!(headers.get("Slack-Channel").unwrap().as_str(), channel);
            let ts = json["ts"].as_str().unwrap().to_owned();
            if json["user"] != "U01ROBOT000" {
                stored.messages.entry(channel).or_default().push(ts);
            }
        }
        if read == before {
            return Err(format!("the stream gives no more than {read} of {total} messages").into());
        }
    }
    Ok(stored)
}
