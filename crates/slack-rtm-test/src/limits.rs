//! Rate limits and page sizes of methods.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Limits {
    calls: HashMap<String, Rate>,
    pages: HashMap<String, usize>,
}

#[derive(Debug)]
struct Rate {
    calls: usize,
    per: Duration,
    /// The times of recent calls.
    made: VecDeque<Instant>,
}

impl Limits {
    pub(crate) fn set_rate(&mut self, method: &str, calls: usize, per: Duration) {
        self.calls.insert(method.to_owned(), Rate { calls, per, made: VecDeque::new() });
    }

    pub(crate) fn set_page(&mut self, method: &str, items: usize) {
        self.pages.insert(method.to_owned(), items);
    }

    pub(crate) fn page(&self, method: &str) -> Option<usize> {
        self.pages.get(method).copied()
    }

    /// Counts a call. If it exceeds the limit, returns the number of seconds after which it can be made.
    pub(crate) fn count(&mut self, method: &str, now: Instant) -> Result<(), u64> {
        let Some(rate) = self.calls.get_mut(method) else { return Ok(()) };
        while rate.made.front().is_some_and(|made| now.duration_since(*made) >= rate.per) {
            rate.made.pop_front();
        }
        if rate.made.len() < rate.calls {
            rate.made.push_back(now);
            return Ok(());
        }
        let left =
            rate.made.front().map_or(rate.per, |first| rate.per.saturating_sub(now.duration_since(*first)));
        Err(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_too_many_waits_until_the_first_is_old() {
        let mut limits = Limits::default();
        limits.set_rate("a", 2, Duration::from_secs(60));
        let start = Instant::now();
        let mut count = |seconds: f32| limits.count("a", start + Duration::from_secs_f32(seconds));
        assert_eq!([count(0.0), count(10.0), count(30.5)], [Ok(()), Ok(()), Err(30)]);
        assert_eq!([count(60.0), count(60.0), count(70.0)], [Ok(()), Err(10), Ok(())]);
        assert_eq!(limits.count("b", start), Ok(()));
    }
}
