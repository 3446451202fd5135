//! The first request of a connection, which decides between HTTP and the message server.

use std::io::Cursor;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

/// The maximum size of the head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// The path of the message server.
const WEBSOCKET: &str = "/websocket/";

/// A byte stream: TCP, or TLS over it.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Io for S {}

/// A connection whose first request was read ahead, and can be read again.
pub(crate) struct Opening {
    pub(crate) stream: Box<dyn Io>,
    /// The ticket, if the request is for the message server.
    pub(crate) ticket: Option<String>,
}

impl Opening {
    /// Reads the head of the first request, or the start of invalid input. Returns `None` if the client disconnects before that.
    pub(crate) async fn read(stream: impl Io + 'static) -> Option<Self> {
        let (mut reader, writer) = tokio::io::split(stream);
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n")
            && head.first().is_none_or(u8::is_ascii_uppercase)
        {
            if head.len() > MAX_HEAD || reader.read_buf(&mut head).await.ok()? == 0 {
                return None;
            }
        }
        let ticket = ticket(&head);
        let stream = tokio::io::join(Cursor::new(head).chain(reader), writer);
        Some(Self { stream: Box::new(stream), ticket })
    }
}

fn ticket(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let path = std::str::from_utf8(line).ok()?.split(' ').nth(1)?;
    let ticket = path.strip_prefix(WEBSOCKET)?;
    Some(ticket.split('?').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test]
    async fn what_was_looked_at_is_read_again() {
        for (request, ticket) in [
            ("GET /websocket/t-1?x=1 HTTP/1.1\r\n\r\nrest", Some("t-1")),
            ("GET /api/rtm.connect HTTP/1.1\r\nHost: x\r\n\r\n", None),
            ("\x16\x03\x01 TLS, and no blank line", None),
        ] {
            let (mut client, server) = tokio::io::duplex(64);
            let (opening, ()) = tokio::join!(Opening::read(server), async {
                client.write_all(request.as_bytes()).await.unwrap();
                drop(client);
            });
            let mut opening = opening.unwrap();
            assert_eq!(opening.ticket.as_deref(), ticket);
            let mut seen = String::new();
            opening.stream.read_to_string(&mut seen).await.unwrap();
            assert_eq!(seen, request);
        }
    }

    #[tokio::test]
    async fn half_a_request_is_none() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"GET / HT").await.unwrap();
        drop(client);
        assert!(Opening::read(server).await.is_none());
    }
}
