//! Decides which checkpoint is safe to store: one whose events have been printed and, if lines are numbered, acknowledged.

use std::collections::VecDeque;

use slack_rtm::session::Checkpoint;

/// The number of checkpoints that wait to be stored.
const MAX_WAITING: usize = 8;

/// A checkpoint, and what must happen before it is stored.
#[derive(Debug)]
struct Waiting {
    /// The number of texts that must have been written.
    texts: u64,
    /// The line that must have been acknowledged.
    line: u64,
    checkpoint: Checkpoint,
}

/// Holds checkpoints back until the events before them cannot be lost.
#[derive(Debug)]
pub(super) struct Progress {
    needs_acks: bool,
    /// The number of the last line.
    line: u64,
    acked: u64,
    waiting: VecDeque<Waiting>,
}

impl Progress {
    pub(super) fn new(needs_acks: bool) -> Self {
        Self { needs_acks, line: 0, acked: 0, waiting: VecDeque::new() }
    }

    /// Returns the number of the next line, or `None` if lines are not numbered.
    pub(super) fn next_line(&mut self) -> Option<u64> {
        self.needs_acks.then(|| {
            self.line += 1;
            self.line
        })
    }

    /// Notes that the reader has processed this line and all lines before it.
    ///
    /// # Errors
    /// Returns an error if there was no such line, or if lines are not numbered.
    pub(super) fn ack(&mut self, line: u64) -> Result<(), String> {
        if !self.needs_acks {
            return Err("ack: lines are not numbered without --ack".to_owned());
        }
        if line > self.line {
            return Err(format!("ack: there is no line {line} yet; the last one is {}", self.line));
        }
        self.acked = self.acked.max(line);
        Ok(())
    }

    /// Whether there is room for another checkpoint.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    /// Adds a checkpoint after all lines so far, which are this number of texts.
    pub(super) fn add(&mut self, checkpoint: Checkpoint, texts: u64) {
        self.waiting.push_back(Waiting { texts, line: self.line, checkpoint });
    }

    /// Takes the newest checkpoint that is safe to store.
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
