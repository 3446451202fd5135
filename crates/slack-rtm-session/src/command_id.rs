//! The first id of a session's commands.
//!
//! After hello, Slack may repeat the last message of the token's user with the id that an earlier process gave it. Two sessions of a token must therefore not use the
//! same ids, whether they run one after the other, at the same time, or on computers whose clocks are wrong.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// The lowest id. Other clients use counters or times in seconds, milliseconds or microseconds as ids, which are all below it.
const MIN: u64 = 1 << 52;

/// The limit of integers that JSON parsers which use doubles represent exactly.
const LIMIT: u64 = 1 << 53;

/// The minimum number of ids that a session has: enough for 500 years at a thousand a second.
const ROOM: u64 = 1 << 44;

/// Returns an id that is far from those of every other session of the token. It mixes the system's random numbers with the time and the process id, so that any one of
/// them suffices.
pub(crate) fn first_id() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    first_id_from(RandomState::new().hash_one((time, std::process::id(), fastrand::u64(..))))
}

/// Maps a random number to the range in which ids may begin.
pub(crate) fn first_id_from(random: u64) -> u64 {
    MIN + random % (LIMIT - MIN - ROOM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_safe_integers_that_no_counter_and_no_clock_reaches() {
        for random in [0, 1, LIMIT, u64::MAX / 3, u64::MAX] {
            let id = first_id_from(random);
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
