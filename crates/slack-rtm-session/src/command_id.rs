//! Where the ids of a session's commands begin.
//!
//! After hello, Slack may repeat the last message of the token's user, with the id that an earlier process had given it. So no two sessions of a token may use the
//! same ids, whether they run one after the other, at the same time, or on machines whose clocks are wrong.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// The least id. Counters, and times in seconds, milliseconds or microseconds, which other clients use as ids, are below it.
const LEAST: u64 = 1 << 52;

/// Beyond this, a reader of JSON that has nothing but doubles takes one number for another.
const LIMIT: u64 = 1 << 53;

/// How many ids a session has at the least: it would take 500 years at a thousand a second to use them up.
const ROOM: u64 = 1 << 44;

/// Returns an id that no other session of the token plausibly is near. It mixes what the system has of chance with the time and the process, so that each of them
/// would do alone.
pub(crate) fn first_id() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    spread(RandomState::new().hash_one((time, std::process::id(), fastrand::u64(..))))
}

/// Maps what was drawn to where ids may begin.
pub(crate) fn spread(drawn: u64) -> u64 {
    LEAST + drawn % (LIMIT - LEAST - ROOM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_safe_integers_that_no_counter_and_no_clock_reaches() {
        for drawn in [0, 1, LIMIT, u64::MAX / 3, u64::MAX] {
            let id = spread(drawn);
            assert!(id > 4_000_000_000_000_000, "microseconds until the year 2096");
            assert_eq!((id + ROOM) as f64 as u64, id + ROOM);
            assert_eq!((id.to_string().len(), (id + ROOM).to_string().len()), (16, 16));
        }
    }

    #[test]
    fn sessions_of_one_moment_are_far_apart() {
        let ids: HashSet<u64> = (0..100).map(|_| first_id() / 1_000_000).collect();
        assert_eq!(ids.len(), 100);
    }
}
