//! The error of a response to an envelope.

use std::error::Error as StdError;
use std::fmt;

/// The error of [`Envelope::respond`](crate::Envelope::respond). Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RespondError {
    /// The envelope does not accept a response.
    NotAccepted,
    /// The envelope was answered already, by the user or by the session after [`Config::response_timeout`](crate::Config::response_timeout).
    AlreadyAnswered,
    /// The response cannot be serialized to JSON. The envelope can still be answered.
    InvalidJson,
    /// The acknowledgement would be too large; Slack silently discards such acknowledgements. The envelope can still be answered.
    TooLarge {
        /// The size of the acknowledgement, in bytes.
        bytes: usize,
        /// The maximum size, in bytes.
        max: usize,
    },
    /// The session has ended.
    Closed,
}

impl fmt::Display for RespondError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAccepted => f.write_str("the envelope does not accept a response"),
            Self::AlreadyAnswered => f.write_str("the envelope was answered already"),
            Self::InvalidJson => f.write_str("the response cannot be serialized to JSON"),
            Self::TooLarge { bytes, max } => {
                write!(f, "the acknowledgement would have {bytes} bytes, and {max} are allowed")
            }
            Self::Closed => f.write_str("the session has ended"),
        }
    }
}

impl StdError for RespondError {}
