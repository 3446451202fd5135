//! Reads the head of an HTTP/1 response: of a message server to the upgrade, or of a proxy to CONNECT.

use std::io;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The maximum size of a head and of what arrives with it, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// The maximum number of header lines.
const MAX_HEADERS: usize = 1_000;

/// The size of one read, in bytes.
const CHUNK: usize = 2 << 10;

/// The status line and the headers of a response.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The bytes that arrived after the head.
    pub(crate) rest: Bytes,
}

impl ResponseHead {
    /// Reads the head of the final response, and skips interim ones (1xx other than 101). `what` names the response in errors, which do not quote it.
    pub(crate) async fn read<S: AsyncRead + Unpin>(stream: &mut S, what: &str) -> io::Result<Self> {
        let mut buffer = BytesMut::new();
        loop {
            let before = buffer.len();
            if before == MAX_BYTES {
                return Err(invalid(what, "is too long"));
            }
            buffer.reserve(CHUNK.min(MAX_BYTES - before));
            if stream.read_buf(&mut (&mut buffer).limit(MAX_BYTES - before)).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // A head can only be complete at the end of a line.
            if memchr::memchr(b'\n', &buffer[before..]).is_none() {
                continue;
            }
            while let Some((status, headers, length)) = parse(&buffer).map_err(|why| invalid(what, why))? {
                let rest = buffer.split_off(length);
                if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
                    return Ok(Self { status, headers, rest: rest.freeze() });
                }
                buffer = rest;
            }
        }
    }

    /// Returns the elements of a list header, which may consist of several lines.
    pub(crate) fn list(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let lines = self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|element| !element.is_empty())
    }
}

fn invalid(what: &str, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} {why}"))
}

/// Parses a head, and returns its status, headers and length; `None` if it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(StatusCode, HeaderMap, usize)>, &'static str> {
    let mut lines = vec![httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut lines);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Partial) => return Ok(None),
        Ok(httparse::Status::Complete(length)) => length,
        Err(httparse::Error::TooManyHeaders) => return Err("has too many headers"),
        Err(_) => return Err("is not HTTP"),
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or("is not HTTP")?;
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    for line in &*response.headers {
        let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| "has a malformed header")?;
        let value = HeaderValue::from_bytes(line.value).map_err(|_| "has a malformed header")?;
        headers.append(name, value);
    }
    Ok(Some((status, headers, length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::CONNECTION;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt as _;

    async fn read(pieces: &[&[u8]]) -> io::Result<ResponseHead> {
        let (mut ours, mut theirs) = tokio::io::duplex(1 << 20);
        for piece in pieces {
            theirs.write_all(piece).await.unwrap();
        }
        drop(theirs);
        ResponseHead::read(&mut ours, "the answer").await
    }

    #[tokio::test]
    async fn interim_responses_are_passed_over() {
        let head = read(&[
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nlink: y\r\n\r\nHTTP/1.1 101 z\r\na: b\r\n\r\nrest",
        ])
        .await
        .unwrap();
        assert_eq!((head.status.as_u16(), &head.rest[..]), (101, &b"rest"[..]));
        assert_eq!(head.headers.len(), 1);
    }

    #[tokio::test]
    async fn a_list_may_stand_on_several_lines() {
        let head =
            read(&[b"HTTP/1.1 101\r\nConnection: keep-alive,, Upgrade\r\nconnection: x\r\n\r\n"]).await;
        assert_eq!(head.unwrap().list(CONNECTION).collect::<Vec<_>>(), ["keep-alive", "Upgrade", "x"]);
    }

    #[tokio::test]
    async fn bytes_and_lines_are_bounded() {
        let head = |lines: usize| format!("HTTP/1.1 503 x\r\n{}\r\n", "a: b\r\n".repeat(lines));
        for lines in [0, 26, 100, MAX_HEADERS] {
            assert_eq!(read(&[head(lines).as_bytes()]).await.unwrap().headers.len(), lines);
        }
        let error = read(&[head(MAX_HEADERS + 1).as_bytes()]).await.unwrap_err();
        assert_eq!(error.to_string(), "the answer has too many headers");
        let long = [b'x'; MAX_BYTES];
        let error = read(&[b"HTTP/1.1 101 x\r\na: ", &long]).await.unwrap_err();
        assert_eq!(error.to_string(), "the answer is too long");
        let error = read(&[b"HTTP/1.1 101 x\r\na: b\r\n"]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn what_is_no_http_is_told_at_its_first_line() {
        let (mut ours, mut theirs) = tokio::io::duplex(64);
        theirs.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        assert_eq!(ResponseHead::read(&mut ours, "it").await.unwrap_err().to_string(), "it is not HTTP");
    }

    proptest! {
        /// However the bytes are cut, the same head and the same rest come out.
        #[test]
        fn cuts_make_no_difference(mut cuts in prop::collection::vec(0_usize..70, 0..6), rest in "[a-z]{0,20}") {
            let text = format!("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nx: \r\n\r\n{rest}");
            cuts.retain(|cut| *cut < text.len());
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (mut ours, mut theirs) = tokio::io::duplex(1);
                let writer = async {
                    for cut in cuts.windows(2) {
                        let _ = theirs.write_all(&text.as_bytes()[cut[0]..cut[1]]).await;
                    }
                };
                let reader = async {
                    let mut head = ResponseHead::read(&mut ours, "it").await.unwrap();
                    let mut rest = std::mem::take(&mut head.rest).to_vec();
                    let left = text.len() - text.find("\r\n\r\n").unwrap() - 4 - rest.len();
                    let mut more = vec![0; left];
                    ours.read_exact(&mut more).await.unwrap();
                    rest.extend(more);
                    (head, rest)
                };
                let (_, (head, found)) = futures_util::future::join(writer, reader).await;
                assert_eq!(head.headers.len(), 2);
                assert_eq!(found, rest.as_bytes());
            });
        }
    }
}
