//! The text of the message.

use std::fmt;
use std::io;
use std::process::ExitCode;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::exit;

/// How much of standard input is read, in bytes: far more than Slack takes.
const MAX: u64 = 1 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Why there is no text that could be sent.
#[derive(Debug)]
pub(super) enum Unusable {
    Empty,
    NotUtf8,
    TooLong,
    Unread(io::Error),
}

impl Unusable {
    pub(super) fn exit(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Unread(_)) { exit::FAILED } else { exit::USAGE })
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no text on standard input"),
            Self::NotUtf8 => f.write_str("the text on standard input is not UTF-8"),
            Self::TooLong => write!(f, "the text on standard input is longer than {MAX} bytes"),
            Self::Unread(error) => write!(f, "standard input cannot be read: {error}"),
        }
    }
}

/// Takes the argument, or what is on standard input if the argument is a dash alone.
pub(super) async fn read(argument: String) -> Result<String, Unusable> {
    if argument == "-" { read_from(tokio::io::stdin()).await } else { Ok(argument) }
}

/// Reads to the end; the line ends there belong to the file, and not to the text.
async fn read_from(input: impl AsyncRead + Unpin) -> Result<String, Unusable> {
    let mut bytes = Vec::new();
    input.take(MAX + 1).read_to_end(&mut bytes).await.map_err(Unusable::Unread)?;
    if bytes.len() as u64 > MAX {
        return Err(Unusable::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| Unusable::NotUtf8)?;
    let text = text.trim_start_matches(BYTE_ORDER_MARK).trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() { Err(Unusable::Empty) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_stay_lines() {
        for (input, expected) in [
            ("one\ntwo\n\n three\n", "one\ntwo\n\n three"),
            ("one\r\ntwo\r\n\r\n", "one\r\ntwo"),
            ("\u{feff}x", "x"),
            ("- item", "- item"),
        ] {
            assert_eq!(read_from(input.as_bytes()).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn what_is_no_text_is_refused() {
        assert!(matches!(read_from(&b"\xff"[..]).await, Err(Unusable::NotUtf8)));
        let long = vec![b'x'; 1 + (1 << 20)];
        assert!(matches!(read_from(&long[..]).await, Err(Unusable::TooLong)));
        for text in ["", " ", "\n\t"] {
            assert!(matches!(read_from(text.as_bytes()).await, Err(Unusable::Empty)));
        }
    }
}
