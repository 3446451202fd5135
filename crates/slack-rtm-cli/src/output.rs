//! Lines on standard output.

use std::io::{self, Write as _};

use serde::Serialize;

/// Writes a line at once, so that whoever reads it need not wait.
///
/// # Errors
/// If standard output is closed, which ends the program quietly.
pub(crate) fn line(value: &impl Serialize) -> io::Result<()> {
    text(&serde_json::to_string(value)?)
}

/// The same for a line that is text already.
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
