//! Lines inside brackets and quotes that are indented less than YAML allows. Other parsers accept them, and closing brackets are often written so.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// The number of columns by which such a line is moved: more than the indentation of any block.
const WIDTH: usize = 256;

/// The maximum number of bytes that are parsed again, since the whole text is parsed again for each such line.
const MAX_READ: usize = 128 << 20;

/// The lines that are moved.
#[derive(Debug, Default)]
pub(super) struct Moved {
    lines: BTreeSet<usize>,
    read: usize,
}

impl Moved {
    /// Moves the line that the parser refused with this message. Returns whether to parse again.
    pub(super) fn line(&mut self, text: &mut Cow<'_, str>, message: &str, line: usize) -> bool {
        let line = match message {
            "invalid indentation" | "invalid indentation in flow construct" => line,
            // The location is that of the opening quote, and the line is one of those after it.
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

    /// Returns the column of a character in the file as it was.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        if self.lines.contains(&line) { column.saturating_sub(WIDTH) } else { column }
    }
}
