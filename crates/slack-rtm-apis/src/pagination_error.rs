//! The error of paginated calls.

use std::fmt;

/// The error of a stream of pages that cannot continue although every call succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaginationError {
    /// Slack returned the cursor of an earlier page, so that the stream would not end.
    RepeatedCursor,
    /// There are more pages than [`Pages::max_pages`](crate::Pages::max_pages) allows.
    #[non_exhaustive]
    TooManyPages {
        /// The maximum number of pages.
        max_pages: usize,
    },
}

impl fmt::Display for PaginationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedCursor => f.write_str("Slack returned the cursor of an earlier page"),
            Self::TooManyPages { max_pages } => write!(f, "more than {max_pages} pages"),
        }
    }
}

impl std::error::Error for PaginationError {}
