//! Standard output.

use std::fmt;
use std::io::{self, Write as _};

/// Writes a line. Returns `false` if its reader has closed the pipe, which is how a reader ends the program.
///
/// # Errors
/// Returns an error if the line cannot be written.
pub(crate) fn line(text: impl fmt::Display) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}
