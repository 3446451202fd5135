//! The lines of standard input, with their numbers.

use std::fmt;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// The maximum length of a line, in bytes, far longer than any command that Slack accepts.
const MAX: usize = 1 << 20;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, including blank lines.
    pub(super) number: u64,
    pub(super) text: Result<String, Unreadable>,
}

/// Why a line is not readable.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    TooLong,
    NotUtf8,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the line is longer than {MAX} bytes"),
            Self::NotUtf8 => f.write_str("the line is not UTF-8"),
        }
    }
}

/// Reads lines of bounded length.
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    is_too_long: bool,
    number: u64,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), is_too_long: false, number: 0 }
    }

    /// Returns the next line that is not blank, or `None` at the end or after an error. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<Line> {
        loop {
            // No data is held across this wait, so cancelling it loses nothing.
            let Ok(part) = self.reader.fill_buf().await else { return None };
            let end = part.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(part.len());
            self.is_too_long |= self.line.len() + taken > MAX;
            if !self.is_too_long {
                self.line.extend_from_slice(&part[..taken]);
            }
            let is_end = part.is_empty();
            self.reader.consume(taken + usize::from(end.is_some()));
            if (end.is_some() || is_end)
                && let Some(line) = self.take()
            {
                return Some(line);
            }
            if is_end {
                return None;
            }
        }
    }

    fn take(&mut self) -> Option<Line> {
        self.number += 1;
        let bytes = std::mem::take(&mut self.line);
        let text = if std::mem::take(&mut self.is_too_long) {
            Err(Unreadable::TooLong)
        } else {
            String::from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)
        };
        let text = text.map(|text| text.trim_start_matches(BYTE_ORDER_MARK).trim().to_owned());
        (text != Ok(String::new())).then_some(Line { number: self.number, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    async fn read(bytes: &[u8], buffer: usize) -> Vec<(u64, String)> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, bytes));
        let mut all = Vec::new();
        while let Some(line) = lines.next().await {
            all.push((line.number, line.text.unwrap_or_else(|error| error.to_string())));
        }
        all
    }

    #[tokio::test]
    async fn lines_are_read_whatever_their_ends() {
        for buffer in [1, 2, 3, 64] {
            let lines = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n \t\r\nb\0c\n\xff\xfe\nlast", buffer).await;
            let expected = [(1, "{\"a\":1}"), (4, "b\0c"), (5, "the line is not UTF-8"), (6, "last")];
            assert_eq!(lines, expected.map(|(number, text)| (number, text.to_owned())));
        }
        assert_eq!(read(b"", 8).await, []);
        assert_eq!(read(b"\n\n", 8).await, []);
    }

    #[tokio::test]
    async fn a_line_is_kept_up_to_a_length() {
        let mut bytes = vec![b'x'; MAX];
        bytes.push(b'\n');
        bytes.extend_from_slice(&vec![b'y'; MAX + 1]);
        bytes.extend_from_slice(b"\nz\n");
        let lines = read(&bytes, 8192).await;
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].1.len(), MAX);
        assert_eq!(lines[1], (2, "the line is longer than 1048576 bytes".to_owned()));
        assert_eq!(lines[2], (3, "z".to_owned()));
    }
}
