//! Stores the position of the session periodically.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use slack_rtm::session::{Checkpoint, Connected};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::progress::Progress;
use super::state_file::{Found, OpenError, StateFile};
use crate::exit;
use crate::output::{complain, hint, warn};

/// The shortest time between two writes.
const INTERVAL: Duration = Duration::from_secs(1);

/// The state file and the checkpoints for it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    file: Arc<StateFile>,
    /// The checkpoint that the session resumes from.
    found: Option<Checkpoint>,
    pub(super) progress: Progress,
    saved: Option<Checkpoint>,
    saving: Option<JoinHandle<bool>>,
    is_failing: bool,
    ticks: Interval,
}

impl Checkpointer {
    /// Opens the file. If it is not usable, prints why and returns the exit code.
    pub(super) fn open(path: &Path, needs_acks: bool) -> Result<Self, ExitCode> {
        let shown = path.display();
        let (file, found) = StateFile::open(path).map_err(|error| match error {
            OpenError::Locked => {
                complain(format_args!("{shown} is in use by another process"));
                ExitCode::from(exit::USAGE)
            }
            OpenError::Io(error) => {
                complain(format_args!("{shown} is not usable: {error}"));
                ExitCode::from(exit::USAGE)
            }
        })?;
        let found = match found {
            Found::Nothing => None,
            Found::Checkpoint(checkpoint) => Some(checkpoint),
            Found::Unreadable(reason, aside) => {
                warn(format_args!("{shown} cannot be read: {reason}"));
                hint(format_args!("it was moved to {}, and the session starts from now", aside.display()));
                None
            }
        };
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            file: Arc::new(file),
            saved: found.clone(),
            found,
            progress: Progress::new(needs_acks),
            saving: None,
            is_failing: false,
            ticks,
        })
    }

    /// Returns the checkpoint that the session resumes from.
    pub(super) fn checkpoint(&self) -> Option<&Checkpoint> {
        self.found.as_ref()
    }

    /// Checks that the file belongs to the workspace and the user of the connection.
    ///
    /// # Errors
    /// Returns an error if it belongs to others.
    pub(super) fn check(&self, connected: &Connected) -> Result<(), String> {
        let Some(found) = &self.found else { return Ok(()) };
        let identity = &connected.identity;
        let (team, user) = (&identity.team.id, &identity.user.id);
        if found.team().is_none_or(|known| known == team) && found.user().is_none_or(|known| known == user) {
            return Ok(());
        }
        let name = |id: Option<&str>| id.unwrap_or("unknown").to_owned();
        Err(format!(
            "{} belongs to user {} in team {}, and the token to user {user} in team {team}: name another file for this token",
            self.file.path().display(),
            name(found.user().map(slack_rtm::UserId::as_str)),
            name(found.team().map(slack_rtm::TeamId::as_str)),
        ))
    }

    /// Stores the first position, before any event is printed.
    pub(super) async fn begin(&mut self, checkpoint: Checkpoint) {
        if self.saved.is_some() {
            return;
        }
        self.write(checkpoint);
        self.saved().await;
    }

    /// Waits until the next write is due. Cancel safe.
    pub(super) async fn tick(&mut self) {
        self.ticks.tick().await;
    }

    /// Stores the newest checkpoint that is safe, unless the last write is still in progress.
    pub(super) async fn store(&mut self, written: u64) {
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return;
        }
        self.saved().await;
        let Some(checkpoint) = self.progress.take(written) else { return };
        if self.saved.as_ref() != Some(&checkpoint) {
            self.write(checkpoint);
        }
    }

    fn write(&mut self, checkpoint: Checkpoint) {
        let file = self.file.clone();
        self.saved = Some(checkpoint.clone());
        let was_failing = self.is_failing;
        self.saving = Some(tokio::task::spawn_blocking(move || match file.save(&checkpoint) {
            Ok(()) => true,
            Err(error) => {
                if !was_failing {
                    complain(format_args!(
                        "the state file cannot be written, and the session continues: {error}"
                    ));
                }
                false
            }
        }));
    }

    /// Waits for the write in progress.
    async fn saved(&mut self) {
        if let Some(saving) = self.saving.take() {
            self.is_failing = !saving.await.unwrap_or(false);
            if self.is_failing {
                // So that it is written again.
                self.saved = None;
            }
        }
    }

    /// Stores the last checkpoint and waits for the write. Returns `false` if it failed.
    pub(super) async fn finish(mut self, written: u64, until: Instant) -> bool {
        let end = async {
            self.saved().await;
            self.store(written).await;
            self.saved().await;
        };
        let _ = tokio::time::timeout_at(until, end).await;
        !self.is_failing
    }
}
