//! The bytes of a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection runs over: TCP, TLS, or a proxy's tunnel.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// A stream of which the first bytes were read already.
pub(crate) struct PrefixedStream {
    stream: Box<dyn ByteStream>,
    ahead: Bytes,
    has_ended: bool,
}

impl PrefixedStream {
    /// Creates a stream that gives the bytes of `ahead` first.
    pub(crate) fn new(stream: Box<dyn ByteStream>, ahead: Bytes) -> Self {
        // Even no bytes keep the memory that they are part of.
        let ahead = if ahead.is_empty() { Bytes::new() } else { ahead };
        Self { stream, ahead, has_ended: false }
    }

    /// Returns whether the peer has ended the stream.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }
}

impl AsyncRead for PrefixedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(buf.remaining());
            buf.put_slice(&self.ahead.split_to(length));
            if self.ahead.is_empty() {
                // The memory that the bytes are part of is not needed any more.
                self.ahead = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.has_ended |= buf.filled().len() == before && buf.remaining() > 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PrefixedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[test]
    fn the_buffer_of_what_was_read_ahead_is_given_back_when_there_was_nothing() {
        let mut head = BytesMut::from(&b"the head of a response"[..]);
        let rest = head.split_off(head.len()).freeze();
        let _wire = PrefixedStream::new(Box::new(tokio::io::empty()), rest);
        head.clear();
        assert!(head.try_reclaim(16), "the wire keeps it");
    }

    #[tokio::test]
    async fn what_was_read_ahead_comes_first() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut wire = PrefixedStream::new(Box::new(ours), Bytes::from_static(b"abc"));
        theirs.write_all(b"de").await.unwrap();
        let mut two = [0; 2];
        wire.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"ab");
        let mut rest = Vec::new();
        drop(theirs);
        assert!(!wire.has_ended());
        wire.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"cde");
        assert!(wire.has_ended());
    }
}
