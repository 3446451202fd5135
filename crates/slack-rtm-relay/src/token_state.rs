//! The state of a token on this host: its connection, the events that are not stored yet, and its checkpoint.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use slack_rtm::Checkpoint;
use tokio::time::Instant;

use crate::policy::SessionReport;
use crate::shared_sender::SharedSender;

/// The number of channels that a checkpoint keeps. Those whose last message is the oldest are dropped first.
const MAX_CHANNELS: usize = 4_096;

/// The state of a token on this host. The token's worker writes it; the host reads it for heartbeats, checkpoints and the queries of other hosts.
#[derive(Debug, Default)]
pub(crate) struct TokenState {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    team: Option<String>,
    user: Option<String>,
    connected_since: Option<Instant>,
    /// Since when live events are held back.
    held_since: Option<Instant>,
    /// When each event that is not stored yet was received.
    unstored: BTreeMap<u64, Instant>,
    next_number: u64,
    /// The timestamp of the last stored message, by channel.
    channels: BTreeMap<String, String>,
    has_changed: bool,
    gaps: u64,
    session: Option<SharedSender>,
}

impl TokenState {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the session, of which [`report`](Self::report) says whether it has events that the worker has not taken yet.
    pub(crate) fn set_session(&self, session: SharedSender) {
        self.inner().session = Some(session);
    }

    pub(crate) fn set_identity(&self, team: &str, user: &str) {
        let mut inner = self.inner();
        inner.team = Some(team.to_owned());
        inner.user = Some(user.to_owned());
    }

    /// Marks the session as connected. A session that was connected already keeps the time since when it is.
    pub(crate) fn set_connected(&self) {
        self.inner().connected_since.get_or_insert_with(Instant::now);
    }

    /// Marks the session as disconnected, or as having lost events.
    pub(crate) fn set_disconnected(&self) {
        self.inner().connected_since = None;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.inner().connected_since.is_some()
    }

    /// Sets whether live events are held back, which counts as lag.
    pub(crate) fn set_held(&self, is_held: bool) {
        let mut inner = self.inner();
        inner.held_since = is_held.then(|| inner.held_since.unwrap_or_else(Instant::now));
    }

    pub(crate) fn count_gap(&self) {
        self.inner().gaps += 1;
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.inner().gaps
    }

    /// Registers an event that has to be stored, and returns its number for [`stored`](Self::stored).
    pub(crate) fn received(&self) -> u64 {
        let mut inner = self.inner();
        let number = inner.next_number;
        inner.next_number += 1;
        inner.unstored.insert(number, Instant::now());
        number
    }

    /// Registers that an event is stored. `position` is the channel and the timestamp of a message, which the checkpoint then includes. Returns whether it is the first one
    /// of the checkpoint.
    pub(crate) fn stored(&self, number: u64, position: Option<(String, String)>) -> bool {
        let mut inner = self.inner();
        inner.unstored.remove(&number);
        let Some((channel, ts)) = position else { return false };
        let is_first = inner.channels.is_empty();
        let order = |ts: &str| (ts.len(), ts.to_owned());
        if inner.channels.get(&channel).is_none_or(|last| order(last) < order(&ts)) {
            inner.channels.insert(channel, ts);
            inner.has_changed = true;
            if inner.channels.len() > MAX_CHANNELS {
                let oldest =
                    inner.channels.iter().min_by_key(|(_, ts)| order(ts)).map(|(channel, _)| channel.clone());
                oldest.and_then(|channel| inner.channels.remove(&channel));
            }
        }
        is_first
    }

    /// Registers that an event is given up: another host or a later backfill stores it.
    pub(crate) fn dropped(&self, number: u64) {
        self.inner().unstored.remove(&number);
    }

    /// Returns whether received events are still to be stored.
    pub(crate) fn has_unstored(&self) -> bool {
        !self.inner().unstored.is_empty()
    }

    /// Returns what this host reports to another one that has missed something.
    pub(crate) fn report(&self) -> SessionReport {
        let inner = self.inner();
        let queued = inner.session.as_ref().and_then(SharedSender::get).map(|sender| sender.health().queued);
        let oldest = inner.unstored.values().next().into_iter().chain(inner.held_since.as_ref()).min();
        SessionReport {
            connected_for: inner.connected_since.map(|since| since.elapsed()),
            lag: oldest.map_or(Duration::ZERO, |since| since.elapsed().max(Duration::from_millis(1))),
            is_behind: queued.is_some_and(|queued| queued > 0) || inner.held_since.is_some(),
            answered_in: Duration::ZERO,
        }
    }

    /// Returns the timestamp of the last stored message, by channel.
    pub(crate) fn channels(&self) -> BTreeMap<String, String> {
        self.inner().channels.clone()
    }

    /// Returns the checkpoint, or `None` before the first message is stored.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let inner = self.inner();
        let newest = inner.channels.values().max_by_key(|ts| (ts.len(), (*ts).clone()))?;
        let stored = json!({
            "version": 1, "team": inner.team, "user": inner.user, "newest": newest, "channels": inner.channels,
        });
        serde_json::from_value(stored).ok()
    }

    /// Returns the checkpoint if it has changed since the last call.
    pub(crate) fn take_changed_checkpoint(&self) -> Option<Checkpoint> {
        if !std::mem::take(&mut self.inner().has_changed) {
            return None;
        }
        self.checkpoint()
    }

    /// Has the next call of [`take_changed_checkpoint`](Self::take_changed_checkpoint) return the checkpoint again, because it could not be written.
    pub(crate) fn checkpoint_failed(&self) {
        self.inner().has_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_lag_is_the_age_of_the_oldest_unstored_event() {
        let state = TokenState::default();
        let (connected_for, lag, answered_in) = (None, Duration::ZERO, Duration::ZERO);
        assert_eq!(state.report(), SessionReport { connected_for, lag, is_behind: false, answered_in });
        state.set_connected();
        let (first, second) = (state.received(), state.received());
        tokio::time::advance(Duration::from_secs(3)).await;
        state.stored(second, None);
        assert_eq!(state.report().lag, Duration::from_secs(3));
        state.set_connected();
        assert_eq!(state.report().connected_for, Some(Duration::from_secs(3)));
        assert!(state.has_unstored());
        let dropped = state.received();
        state.stored(first, None);
        assert!(state.has_unstored());
        state.dropped(dropped);
        assert!(!state.has_unstored());
        assert_eq!(state.report().lag, Duration::ZERO);
        state.set_held(true);
        tokio::time::advance(Duration::from_secs(1)).await;
        state.set_held(true);
        assert_eq!(state.report().lag, Duration::from_secs(1));
        assert!(state.report().is_behind);
        state.set_disconnected();
        assert_eq!(state.report().connected_for, None);
    }

    #[tokio::test]
    async fn a_session_can_resume_from_a_checkpoint() {
        let state = TokenState::default();
        assert_eq!(state.checkpoint(), None);
        state.set_identity("T1", "U1");
        for (channel, ts) in
            [("C1", "1700000000.000300"), ("C1", "1700000000.000200"), ("C2", "1700000000.000100")]
        {
            let number = state.received();
            let is_first = state.stored(number, Some((channel.to_owned(), ts.to_owned())));
            assert_eq!(is_first, number == 0);
        }
        let checkpoint = state.take_changed_checkpoint().unwrap();
        let channels: Vec<String> =
            checkpoint.channels().map(|(channel, ts)| format!("{channel} {ts}")).collect();
        assert_eq!(channels, ["C1 1700000000.000300", "C2 1700000000.000100"]);
        assert_eq!(checkpoint.team().unwrap(), "T1");
        assert_eq!(state.take_changed_checkpoint(), None);
        state.checkpoint_failed();
        assert!(state.take_changed_checkpoint().is_some());
        for number in 0..5_000 {
            let received = state.received();
            state.stored(received, Some((format!("D{number}"), format!("17000000{number:02}.000400"))));
        }
        assert_eq!(state.channels().len(), MAX_CHANNELS);
    }
}
