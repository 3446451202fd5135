//! Standard input.

use std::io;
#[cfg(unix)]
use std::io::IsTerminal as _;

use tokio::io::{AsyncBufRead, BufReader};

/// Opens standard input. A terminal is read only while the program is in its foreground, because the system stops a background job that reads.
pub(crate) fn open() -> Box<dyn AsyncBufRead + Send + Unpin> {
    #[cfg(unix)]
    if io::stdin().is_terminal() {
        return Box::new(BufReader::new(terminal::Terminal::open()));
    }
    Box::new(BufReader::new(tokio::io::stdin()))
}

#[cfg(unix)]
mod terminal {
    use std::io::{self, Read as _};
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::getpgrp;
    use rustix::termios::tcgetpgrp;
    use tokio::io::{AsyncRead, ReadBuf};
    use tokio::sync::mpsc;

    /// How often a background job with input checks whether it is in the foreground.
    const PAUSE: Duration = Duration::from_millis(250);

    /// A terminal, read by a separate thread.
    pub(super) struct Terminal {
        parts: mpsc::Receiver<Vec<u8>>,
        /// Input that has been received and not been read.
        left: Vec<u8>,
    }

    impl Terminal {
        pub(super) fn open() -> Self {
            let (sender, parts) = mpsc::channel(1);
            std::thread::spawn(move || read(&sender));
            Self { parts, left: Vec::new() }
        }
    }

    /// Reads to the end. It waits with `poll`, which does not stop the program in the background.
    fn read(parts: &mpsc::Sender<Vec<u8>>) {
        let mut buffer = vec![0; 8192];
        loop {
            match poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
                Ok(_) if !is_in_foreground() => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Ok(_) => {}
            }
            match io::stdin().lock().read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(length) if length > 0 => {
                    if parts.blocking_send(buffer[..length].to_vec()).is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    /// Whether the program may read. Only its controlling terminal would stop it.
    fn is_in_foreground() -> bool {
        tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
    }

    impl AsyncRead for Terminal {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.left.is_empty() {
                match ready!(self.parts.poll_recv(cx)) {
                    Some(part) => self.left = part,
                    None => return Poll::Ready(Ok(())),
                }
            }
            let length = self.left.len().min(buf.remaining());
            buf.put_slice(&self.left[..length]);
            self.left.drain(..length);
            Poll::Ready(Ok(()))
        }
    }
}
