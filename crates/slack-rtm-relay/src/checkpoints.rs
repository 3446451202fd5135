//! The checkpoints of the tokens, in a bucket.

use std::sync::Arc;

use slack_rtm::Checkpoint;

use crate::nats::{self, Nats};
use crate::token_state::TokenState;
use crate::{Error, Name};

/// Returns the checkpoint of a token, if it is of the same workspace: a token's name may have been given to another one since.
pub(crate) async fn read(nats: &Nats, token: &Name, team: &str) -> Option<Checkpoint> {
    let unreadable = || Error::nats("the checkpoint cannot be read");
    let read = || async {
        let stored = tokio::time::timeout(2 * nats::TIMEOUT, nats.checkpoints.get(token.as_str())).await;
        stored.map_err(|error| unreadable().because(error))?.map_err(|error| unreadable().because(error))
    };
    let stored = match nats::retry(read).await {
        Ok(stored) => stored?,
        Err(error) => {
            tracing::error!(%token, %error, "a gap is not read from history");
            return None;
        }
    };
    let checkpoint: Checkpoint = serde_json::from_slice(&stored).ok()?;
    checkpoint.team().is_none_or(|of| of.as_str() == team).then_some(checkpoint)
}

/// Stores checkpoints, each in place of the previous one. A checkpoint that cannot be stored now is stored with the next ones.
pub(crate) async fn store(nats: Nats, changed: Vec<(Name, Arc<TokenState>, Checkpoint)>) {
    for (name, state, checkpoint) in changed {
        let Ok(json) = serde_json::to_vec(&checkpoint) else { continue };
        let put = nats.checkpoints.put(name.as_str(), json.into());
        if !matches!(tokio::time::timeout(nats::TIMEOUT, put).await, Ok(Ok(_))) {
            state.checkpoint_failed();
        }
    }
}

/// Stores the first checkpoint of a token, if no host has stored one. All hosts try it immediately: without a checkpoint, nothing could be read from history if the holder
/// of the lease died before it stored one.
pub(crate) async fn create_first(nats: &Nats, token: &Name, state: &TokenState) {
    let Some(checkpoint) = state.checkpoint() else { return };
    if let Ok(json) = serde_json::to_vec(&checkpoint) {
        nats::create(&nats.checkpoints, token.as_str(), json).await;
    }
}
