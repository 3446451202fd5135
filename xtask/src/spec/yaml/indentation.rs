//! Lines that begin further left than YAML allows inside of brackets and quotes. Other parsers accept them, and people write closing brackets so.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// How far such a line is moved: further than any block is indented.
const WIDTH: usize = 256;

/// How much may be read again for it, in bytes: every such line takes another reading.
const MAX_READ: usize = 128 << 20;

/// The lines that are moved.
#[derive(Debug, Default)]
pub(super) struct Moved {
    lines: BTreeSet<usize>,
    read: usize,
}

impl Moved {
    /// Moves the line that the parser refused with this message at this place. Returns whether it is worth another try.
    pub(super) fn line(&mut self, text: &mut Cow<'_, str>, message: &str, line: usize) -> bool {
        let line = match message {
            "invalid indentation" | "invalid indentation in flow construct" => line,
            // Here the place is that of the quote, and the line is one of the next.
            "invalid indentation in quoted scalar" => {
                (line + 1..).find(|line| !self.lines.contains(line)).unwrap_or(line)
            }
            _ => return false,
        };
        self.read += text.len();
        if self.read > MAX_READ || !self.lines.insert(line) {
            return false;
        }
        let begin: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        if begin < text.len() {
            text.to_mut().insert_str(begin, &" ".repeat(WIDTH));
        }
        begin < text.len()
    }

    /// The column that the file has a character in.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        if self.lines.contains(&line) { column.saturating_sub(WIDTH) } else { column }
    }
}
