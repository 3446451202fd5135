//! The text of the message.

use std::fmt;
use std::io;
use std::process::ExitCode;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::exit;

/// How much of standard input is read, in bytes: far more than Slack accepts.
const MAX: u64 = 1 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Why there is no text to send.
#[derive(Debug)]
pub(super) enum TextError {
    Empty,
    NotUtf8,
    TooLong,
    Io(io::Error),
}

impl TextError {
    pub(super) fn exit(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Io(_)) { exit::FAILED } else { exit::USAGE })
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no text on standard input"),
            Self::NotUtf8 => f.write_str("the text on standard input is not UTF-8"),
            Self::TooLong => write!(f, "the text on standard input is longer than {MAX} bytes"),
            Self::Io(error) => write!(f, "standard input cannot be read: {error}"),
        }
    }
}

/// Returns the argument, or standard input if the argument is a single hyphen.
pub(super) async fn read(argument: String) -> Result<String, TextError> {
    if argument == "-" { read_from(tokio::io::stdin()).await } else { Ok(argument) }
}

/// Reads to the end, without the line ends there.
async fn read_from(input: impl AsyncRead + Unpin) -> Result<String, TextError> {
    let mut bytes = Vec::new();
    input.take(MAX + 1).read_to_end(&mut bytes).await.map_err(TextError::Io)?;
    if bytes.len() as u64 > MAX {
        return Err(TextError::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| TextError::NotUtf8)?;
    let text = text.trim_start_matches(BYTE_ORDER_MARK).trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() { Err(TextError::Empty) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn line_ends_within_the_text_are_kept() {
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
    async fn invalid_text_is_refused() {
        assert!(matches!(read_from(&b"\xff"[..]).await, Err(TextError::NotUtf8)));
        let long = vec![b'x'; 1 + (1 << 20)];
        assert!(matches!(read_from(&long[..]).await, Err(TextError::TooLong)));
        for text in ["", " ", "\n\t"] {
            assert!(matches!(read_from(text.as_bytes()).await, Err(TextError::Empty)));
        }
    }
}
