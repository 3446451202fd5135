//! Which checkpoint may be stored: one whose events have left, and have been acknowledged if that is wanted.

use std::collections::VecDeque;

use slack_rtm::session::Checkpoint;

/// How many checkpoints wait to be stored at the most.
const MAX_WAITING: usize = 8;

/// A checkpoint, and what has to have happened before it may be stored.
#[derive(Debug)]
struct Waiting {
    /// So many texts have been written.
    texts: u64,
    /// The line of this number has been acknowledged.
    line: u64,
    checkpoint: Checkpoint,
}

/// Keeps checkpoints back until nothing can be lost that they are past.
#[derive(Debug)]
pub(super) struct Progress {
    needs_acks: bool,
    /// The number of the last line that has one.
    line: u64,
    acked: u64,
    waiting: VecDeque<Waiting>,
}

impl Progress {
    pub(super) fn new(needs_acks: bool) -> Self {
        Self { needs_acks, line: 0, acked: 0, waiting: VecDeque::new() }
    }

    /// The number of the next line. `None` unless lines are acknowledged.
    pub(super) fn next_line(&mut self) -> Option<u64> {
        self.needs_acks.then(|| {
            self.line += 1;
            self.line
        })
    }

    /// The reader has dealt with this line and all before it.
    ///
    /// # Errors
    /// If there was no such line, or nobody asked for acknowledgements.
    pub(super) fn ack(&mut self, line: u64) -> Result<(), String> {
        if !self.needs_acks {
            return Err("ack: lines are not numbered without --ack".to_owned());
        }
        if line > self.line {
            return Err(format!("ack: there was no line {line} yet, the last one was {}", self.line));
        }
        self.acked = self.acked.max(line);
        Ok(())
    }

    /// Whether another checkpoint is of use.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    /// Adds a checkpoint that is past all lines so far, of which so many texts are made.
    pub(super) fn add(&mut self, checkpoint: Checkpoint, texts: u64) {
        self.waiting.push_back(Waiting { texts, line: self.line, checkpoint });
    }

    /// The newest checkpoint that may be stored now.
    pub(super) fn take(&mut self, written: u64) -> Option<Checkpoint> {
        let is_safe =
            |waiting: &&Waiting| waiting.texts <= written && (!self.needs_acks || waiting.line <= self.acked);
        let safe = self.waiting.iter().take_while(is_safe).count();
        self.waiting.drain(..safe).next_back().map(|waiting| waiting.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(number: u64) -> Checkpoint {
        serde_json::from_str(&format!(r#"{{"version":1,"newest":"{number}.0"}}"#)).unwrap()
    }

    #[test]
    fn nothing_is_stored_before_it_is_written() {
        let mut progress = Progress::new(false);
        assert_eq!(progress.next_line(), None);
        progress.add(checkpoint(1), 5);
        progress.add(checkpoint(2), 7);
        progress.add(checkpoint(3), 9);
        assert_eq!(progress.take(4), None);
        assert_eq!(progress.take(8), Some(checkpoint(2)));
        assert_eq!(progress.take(8), None);
        assert_eq!(progress.take(9), Some(checkpoint(3)));
        assert!(progress.ack(1).is_err());
    }

    #[test]
    fn nothing_is_stored_before_it_is_acknowledged() {
        let mut progress = Progress::new(true);
        assert_eq!([progress.next_line(), progress.next_line()], [Some(1), Some(2)]);
        progress.add(checkpoint(1), 2);
        assert_eq!(progress.next_line(), Some(3));
        progress.add(checkpoint(2), 3);
        assert_eq!(progress.take(9), None);
        progress.ack(1).unwrap();
        assert_eq!(progress.take(9), None);
        progress.ack(2).unwrap();
        progress.ack(1).unwrap();
        assert_eq!(progress.take(9), Some(checkpoint(1)));
        assert!(progress.ack(4).unwrap_err().contains("no line 4"));
        progress.ack(3).unwrap();
        assert_eq!(progress.take(2), None);
        assert_eq!(progress.take(3), Some(checkpoint(2)));
    }
}
