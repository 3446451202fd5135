//! Why a response was not given.

use std::error::Error as StdError;
use std::fmt;

/// Why [`Envelope::respond`](crate::Envelope::respond) has written nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RespondError {
    /// The envelope accepts no response.
    NotAccepted,
    /// The envelope was answered before: by the user, or by the session because the time for it was over.
    AlreadyAnswered,
    /// The response does not serialize to JSON.
    InvalidJson,
    /// The acknowledgement would be too long with it; Slack drops such ones without a word. The envelope can still be answered.
    TooLarge {
        /// How many bytes it would have.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// The session has ended.
    Closed,
}

impl fmt::Display for RespondError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAccepted => f.write_str("the envelope accepts no response"),
            Self::AlreadyAnswered => f.write_str("the envelope was answered before"),
            Self::InvalidJson => f.write_str("the response does not serialize to JSON"),
            Self::TooLarge { bytes, max } => {
                write!(f, "the acknowledgement would have {bytes} bytes, and may have {max}")
            }
            Self::Closed => f.write_str("the session has ended"),
        }
    }
}

impl StdError for RespondError {}
