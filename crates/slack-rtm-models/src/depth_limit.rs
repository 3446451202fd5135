//! Limits how deep objects may nest.

use std::cell::Cell;

/// A level of nesting, as of a message within a message. Dropping it leaves the level.
///
/// Each level takes kilobytes of stack, so the depth of 128 that `serde_json` allows could overflow a small stack. Slack nests objects five deep.
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
