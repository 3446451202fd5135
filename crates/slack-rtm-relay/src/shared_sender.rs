//! The sender of the session that messages are sent over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slack_rtm::Sender;

/// The replaceable sender of a token's session. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SharedSender(Arc<Mutex<Option<Sender>>>);

impl SharedSender {
    pub(crate) fn new(sender: Sender) -> Self {
        Self(Arc::new(Mutex::new(Some(sender))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Sender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the sender, or `None` once the worker stops.
    pub(crate) fn get(&self) -> Option<Sender> {
        self.lock().clone()
    }

    /// Sets the sender, and returns the one before.
    pub(crate) fn replace(&self, sender: Sender) -> Option<Sender> {
        self.lock().replace(sender)
    }

    /// Removes the sender, and closes its session.
    pub(crate) async fn close(&self) {
        let sender = self.lock().take();
        if let Some(sender) = sender {
            sender.close().await;
        }
    }
}
