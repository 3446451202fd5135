//! Contents of files to upload, from memory or from a stream.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use crate::ConfigError;

/// The size of the chunks that are read from a reader, in bytes.
const CHUNK: usize = 64 << 10;

type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The content of a file. `Debug` prints only its length.
///
/// Content in memory can be sent any number of times. A reader or a stream can be sent once: a call with one is never repeated, and sending a clone of it
/// afterwards fails.
///
/// ```
/// use slack_rtm_apis::FileContent;
///
/// let memory = FileContent::from("remember the milk");
/// assert_eq!(memory.length(), Some(17));
///
/// // Any `AsyncRead`, such as a `tokio::fs::File`.
/// let reader: &[u8] = b"remember the milk";
/// let streamed = FileContent::from_reader(reader).with_length(17);
/// ```
#[derive(Clone)]
pub struct FileContent(Kind);

#[derive(Clone)]
enum Kind {
    Memory(Bytes),
    Once { source: Arc<Mutex<Option<Source>>>, length: Option<u64> },
}

impl FileContent {
    /// Creates content from a reader, which is read in chunks of up to 64 KiB while the content is sent.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::from_stream(ReaderStream::with_capacity(reader, CHUNK))
    }

    /// Creates content from a stream of chunks. An error of the stream fails the call.
    pub fn from_stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        let source: Source = Box::pin(stream);
        Self(Kind::Once { source: Arc::new(Mutex::new(Some(source))), length: None })
    }

    /// Sets the length of a reader or a stream in bytes, for the `Content-Length` header. Without it the request uses the chunked transfer encoding.
    ///
    /// Exactly this number of bytes is sent: further bytes, such as of a growing file, are ignored, and the call fails if there are fewer.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        if let Kind::Once { length, .. } = &mut self.0 {
            *length = Some(bytes);
        }
        self
    }

    /// Returns the length in bytes, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Memory(bytes) => Some(bytes.len() as u64),
            Kind::Once { length, .. } => *length,
        }
    }

    pub(crate) fn is_replayable(&self) -> bool {
        matches!(self.0, Kind::Memory(_))
    }

    /// Returns the content as a request body. A reader or a stream can be taken once.
    pub(crate) fn open(&self) -> Result<reqwest::Body, ConfigError> {
        match &self.0 {
            Kind::Memory(bytes) => Ok(bytes.clone().into()),
            Kind::Once { source, length } => {
                let source = source.lock().unwrap_or_else(PoisonError::into_inner).take();
                let source = source
                    .ok_or_else(|| ConfigError::new("file", "the reader or stream was already sent"))?;
                Ok(match length {
                    Some(length) => reqwest::Body::wrap_stream(ExactLength { source, left: *length }),
                    None => reqwest::Body::wrap_stream(source),
                })
            }
        }
    }
}

/// A stream of exactly the declared length.
struct ExactLength {
    source: Source,
    left: u64,
}

impl Stream for ExactLength {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = match ready!(self.source.as_mut().poll_next(context)) {
            Some(Ok(mut piece)) => {
                piece.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= piece.len() as u64;
                Ok(piece)
            }
            failed => {
                let left = std::mem::take(&mut self.left);
                let early = || {
                    let text = format!("the content ended {left} bytes before its declared length");
                    io::Error::new(io::ErrorKind::UnexpectedEof, text)
                };
                Err(failed.and_then(Result::err).unwrap_or_else(early))
            }
        };
        Poll::Ready(Some(piece))
    }
}

macro_rules! from_memory {
    ($($type:ty),*) => {
        $(impl From<$type> for FileContent {
            fn from(content: $type) -> Self {
                Self(Kind::Memory(content.into()))
            }
        })*
    };
}

from_memory!(Bytes, Vec<u8>, String, &'static [u8], &'static str);

/// Compares content in memory by value, and streams by identity.
impl PartialEq for FileContent {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Memory(a), Kind::Memory(b)) => a == b,
            (Kind::Once { source: a, .. }, Kind::Once { source: b, .. }) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            Some(length) => write!(f, "FileContent({length} bytes)"),
            None => f.write_str("FileContent(stream)"),
        }
    }
}

/// A file in a multipart form.
///
/// ```
/// use slack_rtm_apis::{FileContent, FilePart};
///
/// let small = FilePart::new("notes.txt", "remember the milk").with_media_type("text/plain");
/// # let reader: &[u8] = b"";
/// let large = FilePart::new("film.mp4", FileContent::from_reader(reader));
/// # assert_ne!(small, large);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FilePart {
    pub(crate) name: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) content: FileContent,
}

impl FilePart {
    /// Creates a file from its name and content.
    pub fn new(name: impl Into<String>, content: impl Into<FileContent>) -> Self {
        Self { name: Some(name.into()), media_type: None, content: content.into() }
    }

    /// Sets the media type; the default is `application/octet-stream`.
    #[must_use]
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }
}

/// A value that represents the files of an argument: a file, an option or a list.
pub trait Files {
    /// Returns the files in order.
    fn files(&self) -> Vec<FilePart>;
}

impl Files for FilePart {
    fn files(&self) -> Vec<FilePart> {
        vec![self.clone()]
    }
}

impl Files for FileContent {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { name: None, media_type: None, content: self.clone() }]
    }
}

impl<T: Files> Files for Option<T> {
    fn files(&self) -> Vec<FilePart> {
        self.iter().flat_map(Files::files).collect()
    }
}

impl<T: Files> Files for Vec<T> {
    fn files(&self) -> Vec<FilePart> {
        self.iter().flat_map(Files::files).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_sent_again_and_a_stream_is_not() {
        let memory = FileContent::from("abc");
        assert!(memory.is_replayable() && memory.open().is_ok() && memory.open().is_ok());
        let once = FileContent::from_reader(&b"abc"[..]).with_length(3);
        assert_eq!((once.is_replayable(), once.length()), (false, Some(3)));
        let copy = once.clone();
        assert_eq!(copy, once);
        assert!(once.open().is_ok());
        assert!(copy.open().err().unwrap().to_string().contains("already sent"));
    }

    #[test]
    fn content_is_not_printed() {
        let part = FilePart::new("a.txt", "SECRET");
        assert!(!format!("{part:?}").contains("SECRET"));
        assert_eq!(format!("{:?}", FileContent::from_reader(&b"x"[..])), "FileContent(stream)");
    }
}
