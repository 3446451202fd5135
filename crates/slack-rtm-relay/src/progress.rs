//! How far a host has come with a token.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use slack_rtm::Checkpoint;
use tokio::time::Instant;

use crate::policy::Answer;

/// How many channels a checkpoint has; those whose last message is the oldest go first.
const MAX_CHANNELS: usize = 4_096;

/// How far a host has come with a token: what it received and has not published, and the last message of each channel that the stream has.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    team: Option<String>,
    user: Option<String>,
    connected: Option<Instant>,
    /// Since when events are held back.
    holding: Option<Instant>,
    /// What is on its way into the stream, and when it came.
    unpublished: BTreeMap<u64, Instant>,
    next: u64,
    marks: BTreeMap<String, String>,
    is_changed: bool,
    gaps: u64,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_identity(&self, team: &str, user: &str) {
        let mut state = self.state();
        state.team = Some(team.to_owned());
        state.user = Some(user.to_owned());
    }

    /// The session is connected; if it was already, it goes on to have been since then.
    pub(crate) fn connected(&self) {
        self.state().connected.get_or_insert_with(Instant::now);
    }

    /// Something may be missing from now on.
    pub(crate) fn interrupted(&self) {
        self.state().connected = None;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state().connected.is_some()
    }

    pub(crate) fn hold(&self, is_held: bool) {
        let mut state = self.state();
        state.holding = is_held.then(|| state.holding.unwrap_or_else(Instant::now));
    }

    pub(crate) fn gap(&self) {
        self.state().gaps += 1;
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.state().gaps
    }

    /// An event is on its way; returns its number.
    pub(crate) fn began(&self) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.unpublished.insert(number, Instant::now());
        number
    }

    /// It has arrived, and what it says of its channel is known to be in the stream.
    pub(crate) fn ended(&self, number: u64, mark: Option<(String, String)>) {
        let mut state = self.state();
        state.unpublished.remove(&number);
        let Some((channel, ts)) = mark else { return };
        let order = |ts: &str| (ts.len(), ts.to_owned());
        if state.marks.get(&channel).is_none_or(|last| order(last) < order(&ts)) {
            state.marks.insert(channel, ts);
            state.is_changed = true;
            if state.marks.len() > MAX_CHANNELS {
                let oldest =
                    state.marks.iter().min_by_key(|(_, ts)| order(ts)).map(|(channel, _)| channel.clone());
                oldest.and_then(|channel| state.marks.remove(&channel));
            }
        }
    }

    /// What this host says to another one that has missed something.
    pub(crate) fn answer(&self) -> Answer {
        let state = self.state();
        let oldest = state.unpublished.values().next().into_iter().chain(state.holding.as_ref()).min();
        Answer {
            connected_for: state.connected.map(|since| since.elapsed()),
            lag: oldest.map_or(Duration::ZERO, |since| since.elapsed().max(Duration::from_millis(1))),
        }
    }

    /// The marks, as they stand in a record.
    pub(crate) fn marks(&self) -> BTreeMap<String, String> {
        self.state().marks.clone()
    }

    /// The checkpoint, if there is something in it.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let state = self.state();
        let newest = state.marks.values().max_by_key(|ts| (ts.len(), (*ts).clone()))?;
        let stored = json!({
            "version": 1, "team": state.team, "user": state.user, "newest": newest, "channels": state.marks,
        });
        serde_json::from_value(stored).ok()
    }

    /// The checkpoint, if it has changed since the last time.
    pub(crate) fn changed_checkpoint(&self) -> Option<Checkpoint> {
        if !std::mem::take(&mut self.state().is_changed) {
            return None;
        }
        self.checkpoint()
    }

    /// The checkpoint could not be written.
    pub(crate) fn unsaved(&self) {
        self.state().is_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_lag_is_that_of_the_oldest_event_that_waits() {
        let progress = Progress::default();
        assert_eq!(progress.answer(), Answer { connected_for: None, lag: Duration::ZERO });
        progress.connected();
        let (first, second) = (progress.began(), progress.began());
        tokio::time::advance(Duration::from_secs(3)).await;
        progress.ended(second, None);
        assert_eq!(progress.answer().lag, Duration::from_secs(3));
        progress.connected();
        assert_eq!(progress.answer().connected_for, Some(Duration::from_secs(3)));
        progress.ended(first, None);
        assert_eq!(progress.answer().lag, Duration::ZERO);
        progress.hold(true);
        tokio::time::advance(Duration::from_secs(1)).await;
        progress.hold(true);
        assert_eq!(progress.answer().lag, Duration::from_secs(1));
        progress.interrupted();
        assert_eq!(progress.answer().connected_for, None);
    }

    #[tokio::test]
    async fn a_checkpoint_is_what_the_session_can_go_on_from() {
        let progress = Progress::default();
        assert_eq!(progress.checkpoint(), None);
        progress.set_identity("T1", "U1");
        for (channel, ts) in
            [("C1", "1700000000.000300"), ("C1", "1700000000.000200"), ("C2", "1700000000.000100")]
        {
            let number = progress.began();
            progress.ended(number, Some((channel.to_owned(), ts.to_owned())));
        }
        let checkpoint = progress.changed_checkpoint().unwrap();
        let channels: Vec<String> =
            checkpoint.channels().map(|(channel, ts)| format!("{channel} {ts}")).collect();
        assert_eq!(channels, ["C1 1700000000.000300", "C2 1700000000.000100"]);
        assert_eq!(checkpoint.team().unwrap(), "T1");
        assert_eq!(progress.changed_checkpoint(), None);
        progress.unsaved();
        assert!(progress.changed_checkpoint().is_some());
        for number in 0..5_000 {
            let began = progress.began();
            progress.ended(began, Some((format!("D{number}"), format!("17000000{number:02}.000400"))));
        }
        assert_eq!(progress.marks().len(), MAX_CHANNELS);
    }
}
