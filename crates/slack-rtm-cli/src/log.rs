//! Standard error: the log and the program's messages.
//!
//! A separate thread writes it, and lines that do not fit are dropped, so that a reader that stalls does not block a session.

mod filter;

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// The number of lines that wait to be written.
const WAITING: usize = 4096;

/// How long the program waits at its end for the remaining lines.
const GRACE: Duration = Duration::from_secs(1);

/// The channel to the thread, once it runs.
static MESSAGES: OnceLock<SyncSender<Message>> = OnceLock::new();

/// Writes a text to standard error, in order with the lines of the log.
pub(crate) fn say(text: String) {
    match MESSAGES.get() {
        Some(messages) => drop(messages.try_send(Message::Line(text.into_bytes()))),
        None => drop(io::stderr().lock().write_all(text.as_bytes())),
    }
}

enum Message {
    Line(Vec<u8>),
    /// Is dropped once everything before it has been written.
    Flush(#[allow(dead_code, reason = "it is only dropped")] SyncSender<()>),
}

/// The log. Dropping it writes the remaining lines.
pub(crate) struct Log {
    messages: SyncSender<Message>,
}

impl Log {
    /// Starts the log with the filter in `RUST_LOG`; the default is warnings. Prints what is wrong with the filter.
    pub(crate) fn start() -> Self {
        let (messages, queue) = sync_channel(WAITING);
        std::thread::spawn(move || write(&queue, &mut io::stderr()));
        let _ = MESSAGES.set(messages.clone());
        let filter = filter::from_env();
        let lines = messages.clone();
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(io::stderr().is_terminal())
            .with_writer(move || Line(lines.clone()))
            // They would go to standard error, which is what does not work then.
            .log_internal_errors(false)
            .init();
        Self { messages }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, wait) = sync_channel(0);
        // If this does not fit, nobody reads.
        if self.messages.try_send(Message::Flush(written)).is_ok() {
            let _: Result<(), RecvTimeoutError> = wait.recv_timeout(GRACE);
        }
    }
}

/// A line of the log, which the subscriber writes at once.
struct Line(SyncSender<Message>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.try_send(Message::Line(bytes.to_vec()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the messages. It goes on after an error, because `Log` waits for the end.
fn write(queue: &Receiver<Message>, to: &mut impl Write) {
    while let Ok(message) = queue.recv() {
        match message {
            Message::Line(line) => drop(to.write_all(&line)),
            Message::Flush(written) => drop(written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_not_read_blocks_nothing() {
        let (messages, queue) = sync_channel(1);
        let mut line = Line(messages.clone());
        for text in ["first", "second"] {
            line.write_all(text.as_bytes()).unwrap();
        }
        drop(Log { messages });
        assert!(matches!(queue.try_recv(), Ok(Message::Line(line)) if line == b"first"));
        assert!(queue.try_recv().is_err());
    }

    #[test]
    fn the_end_waits_for_what_was_logged() {
        let (messages, queue) = sync_channel(8);
        Line(messages.clone()).write_all(b"last words").unwrap();
        let writer = std::thread::spawn(move || {
            let mut written = Vec::new();
            write(&queue, &mut written);
            written
        });
        // The last sender; without it the thread ends.
        drop(Log { messages });
        assert_eq!(writer.join().unwrap(), b"last words");
    }
}
