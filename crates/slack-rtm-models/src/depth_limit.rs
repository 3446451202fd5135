//! How deep objects are within each other.

use std::cell::Cell;

/// One object within another, as a message within a message.
///
/// The levels are counted because each takes kilobytes of stack, so the depth that `serde_json` allows would be too much for a small one. Slack nests five deep.
pub(crate) struct Level(());

impl Level {
    const MAX: u8 = 16;

    pub(crate) fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        (depth < Self::MAX).then(|| DEPTH.set(depth + 1))?;
        Some(Self(()))
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
}
