//! Standard output and standard error. Neither can make the program panic or wait forever.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(target_os = "linux")]
use tokio::io::Interest;
#[cfg(target_os = "linux")]
use tokio::net::unix::pipe::Sender;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::{exit, log};

/// The number of texts that wait for a slow reader.
const WAITING: usize = 16;

/// The size of one write, in bytes.
const BATCH: usize = 64 << 10;

/// Prints an error to standard error.
pub(crate) fn complain(message: impl fmt::Display) {
    log::say(format!("error: {message}\n"));
}

/// Prints a warning to standard error.
pub(crate) fn warn(message: impl fmt::Display) {
    log::say(format!("warning: {message}\n"));
}

/// Prints a suggestion to standard error.
pub(crate) fn hint(message: impl fmt::Display) {
    log::say(format!("hint: {message}\n"));
}

/// The suggestion if there is no connection.
pub(crate) const DOCTOR: &str = "`slack-rtm doctor` checks step by step why there is no connection";

/// Whether both outputs are a terminal, where a message on both of them would appear twice.
pub(crate) fn are_both_seen() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Whether text on standard output is coloured.
pub(crate) fn is_coloured() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Whether the program was started with its standard output closed.
///
/// The standard library replaces a closed descriptor by /dev/null, opened for reading and writing. A shell opens `>/dev/null` for writing only.
pub(crate) fn is_closed() -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
        let is_null = fstat(io::stdout())
            .and_then(|output| Ok((output, stat("/dev/null")?)))
            .is_ok_and(|(output, null)| (output.st_rdev, output.st_mode) == (null.st_rdev, null.st_mode));
        is_null && fcntl_getfl(io::stdout()).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
    }
    #[cfg(not(unix))]
    false
}

/// Writes a text to standard output and returns the exit code.
pub(crate) fn document(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match unless_unread(out.write_all(text).and_then(|()| out.flush())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain_of_output(&error);
            ExitCode::from(exit::FAILED)
        }
    }
}

/// Writes a line to standard output.
///
/// # Errors
/// Returns an error if it cannot be written, unless the reader has closed the pipe.
pub(crate) fn line(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    unless_unread(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Prints that standard output cannot be written.
pub(crate) fn complain_of_output(error: &io::Error) {
    complain(format_args!("standard output cannot be written: {error}"));
}

/// Ignores a closed pipe, which is how a reader ends the program.
fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Standard output, written by a separate thread, so that a slow reader blocks nothing else.
pub(crate) struct Output {
    texts: mpsc::Sender<String>,
    written: oneshot::Receiver<io::Result<()>>,
    counter: Counter,
}

/// Counts the texts that have been written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Returns the number of texts that have been written.
    pub(crate) fn written(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Standard output is closed. [`Output::finish`] returns the reason.
#[derive(Debug)]
pub(crate) struct Closed;

impl Output {
    pub(crate) fn start() -> Self {
        let (texts, queue) = mpsc::channel(WAITING);
        let (done, written) = oneshot::channel();
        let counter = Counter::default();
        let counted = counter.clone();
        std::thread::spawn(move || {
            // The receiver may have been dropped.
            let _ = done.send(write(queue, &counted));
        });
        Self { texts, written, counter }
    }

    /// Returns the counter, which outlives the output.
    pub(crate) fn counter(&self) -> Counter {
        self.counter.clone()
    }

    /// Waits until there is room for a text. Cancel safe.
    pub(crate) async fn room(&self) -> Result<mpsc::Permit<'_, String>, Closed> {
        self.texts.reserve().await.map_err(|_| Closed)
    }

    /// Waits until everything is written, but not longer than this time.
    ///
    /// # Errors
    /// Returns an error if it cannot be written, unless the reader has closed the pipe.
    pub(crate) async fn finish(self, until: Instant) -> io::Result<()> {
        drop(self.texts);
        match tokio::time::timeout_at(until, self.written).await {
            Ok(Ok(written)) => unless_unread(written),
            _ => Ok(()),
        }
    }
}

/// Waits until the reader has closed the pipe, which shows even while nothing is written. If standard output is not a pipe, waits forever.
pub(crate) async fn reader_left() {
    #[cfg(target_os = "linux")]
    if let Ok(pipe) = io::stdout().as_fd().try_clone_to_owned().and_then(Sender::from_owned_fd_unchecked) {
        // Unchecked, because the descriptor is blocking; nothing is written through it.
        while let Ok(ready) = pipe.ready(Interest::ERROR).await {
            if ready.is_error() {
                return;
            }
        }
    }
    std::future::pending::<()>().await;
}

/// Writes each text immediately, together with those that have arrived in the meantime.
fn write(mut queue: mpsc::Receiver<String>, counter: &Counter) -> io::Result<()> {
    let mut out = io::stdout().lock();
    while let Some(mut text) = queue.blocking_recv() {
        let mut count = 1;
        while text.len() < BATCH {
            let Ok(more) = queue.try_recv() else { break };
            text.push_str(&more);
            count += 1;
        }
        out.write_all(text.as_bytes())?;
        out.flush()?;
        counter.0.fetch_add(count, Ordering::Release);
    }
    Ok(())
}
