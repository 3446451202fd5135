//! A bound on what a server may answer to the upgrade, which the WebSocket crate reads to its end, however far away that is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::socket::Io;

/// A stream of which only so much can be read, until that is lifted.
pub(crate) struct Allowance {
    stream: Box<dyn Io>,
    left: Option<usize>,
    has_ended: bool,
}

impl Allowance {
    pub(crate) fn new(stream: Box<dyn Io>, bytes: usize) -> Self {
        Self { stream, left: Some(bytes), has_ended: false }
    }

    /// From here on everything can be read.
    pub(crate) fn lift(&mut self) {
        self.left = None;
    }

    /// Whether the other side has said that nothing comes any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }
}

impl AsyncRead for Allowance {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.has_ended |= buf.filled().len() == before && buf.remaining() > 0;
        if let Some(left) = self.left {
            let Some(left) = left.checked_sub(buf.filled().len() - before) else {
                let error = "the answer to the upgrade is too long";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
            };
            self.left = Some(left);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Allowance {
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn it_holds_until_it_is_lifted() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut stream = Allowance::new(Box::new(ours), 4);
        theirs.write_all(b"1234").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
        theirs.write_all(b"5").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        stream.lift();
        theirs.write_all(b"6").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'6');
    }
}
