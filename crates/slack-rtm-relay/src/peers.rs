//! Asking the other hosts what they have had.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::Name;
use crate::nats::Nats;
use crate::policy::Answer;

/// How long another host may take to answer.
const PATIENCE: Duration = Duration::from_millis(700);

/// An answer, as it is sent.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent {
    connected_for_ms: Option<u64>,
    lag_ms: u64,
}

/// The other hosts that live.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    nats: Nats,
    names: watch::Receiver<Vec<String>>,
}

impl Peers {
    pub(crate) fn new(nats: Nats, names: watch::Receiver<Vec<String>>) -> Self {
        Self { nats, names }
    }

    /// Asks all of them about a token; returns how many were asked, and the answers of those who answered.
    pub(crate) async fn ask(&self, token: &Name) -> (usize, Vec<Answer>) {
        let names = self.names.borrow().clone();
        let asked = names.iter().map(|host| self.ask_one(host, token));
        let answers = join_all(asked).await.into_iter().flatten().collect();
        (names.len(), answers)
    }

    async fn ask_one(&self, host: &str, token: &Name) -> Option<Answer> {
        let request = self.nats.client.request(self.nats.subjects.coverage(host), token.to_string().into());
        let message = tokio::time::timeout(PATIENCE, request).await.ok()?.ok()?;
        let sent: Sent = serde_json::from_slice(&message.payload).ok()?;
        Some(Answer {
            connected_for: sent.connected_for_ms.map(Duration::from_millis),
            lag: Duration::from_millis(sent.lag_ms),
        })
    }
}

/// Tells what this host has had of a token.
pub(crate) type Look = Arc<dyn Fn(&str) -> Option<Answer> + Send + Sync>;

/// Answers the other hosts, until the connection is closed. `look` is asked for each token.
pub(crate) async fn answer(nats: Nats, host: Name, look: Look) -> Result<(), async_nats::SubscribeError> {
    let mut questions = nats.client.subscribe(nats.subjects.coverage(host.as_str())).await?;
    while let Some(question) = questions.next().await {
        let Some(reply) = question.reply else { continue };
        let answer = std::str::from_utf8(&question.payload).ok().and_then(|token| look(token));
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let sent = answer.map_or_else(Sent::default, |answer| Sent {
            connected_for_ms: answer.connected_for.map(millis),
            // A length that was cut off must not look like none.
            lag_ms: millis(answer.lag + Duration::from_micros(999)),
        });
        if let Ok(json) = serde_json::to_vec(&sent) {
            let _ = nats.client.publish(reply, json.into()).await;
        }
    }
    Ok(())
}
