//! The byte streams below a WebSocket.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream: TCP, TLS, or a tunnel through a proxy.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// A stream that first returns bytes that were read ahead, with the head of an HTTP response.
pub(crate) struct PrefixedStream {
    stream: Box<dyn ByteStream>,
    ahead: Bytes,
    /// The error that follows the bytes of `ahead`.
    failure: Option<io::Error>,
    has_ended: bool,
    /// The number of bytes that were read from this stream.
    count: usize,
}

/// A stream that has ended.
impl Default for PrefixedStream {
    fn default() -> Self {
        Self::new(Box::new(tokio::io::empty()), Bytes::new())
    }
}

impl PrefixedStream {
    /// Creates a stream that returns the bytes of `ahead` first.
    pub(crate) fn new(stream: Box<dyn ByteStream>, ahead: Bytes) -> Self {
        // An empty `Bytes` may still hold on to the buffer that it is a part of.
        let ahead = if ahead.is_empty() { Bytes::new() } else { ahead };
        Self { stream, ahead, failure: None, has_ended: false, count: 0 }
    }

    /// Returns how many bytes were read since the last call of [`count_from_zero`](Self::count_from_zero).
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn count_from_zero(&mut self) {
        self.count = 0;
    }

    /// Waits until there is something to read, at most `N` bytes of which are read ahead: bytes, the end, or an error.
    pub(crate) fn poll_ahead<const N: usize>(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.ahead.is_empty() || self.failure.is_some() || self.has_ended {
            return Poll::Ready(());
        }
        let mut bytes = [const { MaybeUninit::uninit() }; N];
        let mut buf = ReadBuf::uninit(&mut bytes);
        match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf)) {
            Ok(()) if buf.filled().is_empty() => self.has_ended = true,
            Ok(()) => self.ahead = Bytes::copy_from_slice(buf.filled()),
            Err(error) => self.failure = Some(error),
        }
        Poll::Ready(())
    }

    /// Returns whether the peer has closed the stream.
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
            self.count += length;
            if self.ahead.is_empty() {
                // Release the buffer that the bytes are a part of.
                self.ahead = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(error) = self.failure.take() {
            return Poll::Ready(Err(error));
        }
        if self.has_ended {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let length = buf.filled().len() - before;
        self.count += length;
        self.has_ended |= length == 0 && buf.remaining() > 0;
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
    fn an_empty_remainder_does_not_hold_the_read_buffer() {
        let mut head = BytesMut::from(&b"the head of a response"[..]);
        let rest = head.split_off(head.len()).freeze();
        let _stream = PrefixedStream::new(Box::new(tokio::io::empty()), rest);
        head.clear();
        assert!(head.try_reclaim(16), "the stream holds the buffer");
    }

    #[tokio::test]
    async fn bytes_read_ahead_are_returned_first() {
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

    /// Fails once, and would wait for ever afterwards.
    struct Broken(bool);

    impl AsyncRead for Broken {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            match std::mem::replace(&mut self.0, true) {
                false => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                true => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn what_is_read_ahead_is_returned_later() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut wire = PrefixedStream::new(Box::new(ours), Bytes::new());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(wire.poll_ahead::<2>(&mut cx).is_pending());
        theirs.write_all(b"abc").await.unwrap();
        assert!(wire.poll_ahead::<2>(&mut cx).is_ready() && wire.poll_ahead::<2>(&mut cx).is_ready());
        let mut three = [0; 3];
        wire.read_exact(&mut three).await.unwrap();
        assert_eq!((&three, wire.count()), (b"abc", 3));
        drop(theirs);
        assert!(wire.poll_ahead::<2>(&mut cx).is_ready() && wire.has_ended());
        assert_eq!(wire.read(&mut three).await.unwrap(), 0);

        let mut wire =
            PrefixedStream::new(Box::new(tokio::io::join(Broken(false), tokio::io::sink())), Bytes::new());
        assert!(wire.poll_ahead::<2>(&mut cx).is_ready() && wire.poll_ahead::<2>(&mut cx).is_ready());
        assert_eq!(wire.read(&mut three).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
