//! A proxy on the loopback interface: HTTP CONNECT, plain HTTP and SOCKS 5.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The credentials that the proxy requires, and their form in a header.
pub const CREDENTIALS: (&str, &str) = ("user", "PASSWORD");
const BASIC: &str = "Basic dXNlcjpQQVNTV09SRA==";

/// A proxy that records the requested targets, and what clients send through tunnels of HTTP CONNECT.
#[derive(Debug)]
pub struct Proxy {
    /// The address that the proxy listens on.
    pub address: SocketAddr,
    log: Log,
}

impl Proxy {
    /// Starts a proxy over plain HTTP that requires the credentials.
    pub async fn http() -> Self {
        Self::start(None, http).await
    }

    /// Starts a proxy over TLS that requires the credentials.
    pub async fn https(acceptor: TlsAcceptor) -> Self {
        Self::start(Some(acceptor), http).await
    }

    /// Starts a SOCKS 5 proxy that requires the credentials.
    pub async fn socks() -> Self {
        Self::start(None, socks).await
    }

    async fn start<F>(tls: Option<TlsAcceptor>, serve: fn(Box<dyn Io>, Log) -> F) -> Self
    where
        F: Future<Output = Option<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let records = log.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, log) = (tls.clone(), records.clone());
                tokio::spawn(async move {
                    let stream: Box<dyn Io> = match tls {
                        Some(tls) => Box::new(tls.accept(stream).await.ok()?),
                        None => Box::new(stream),
                    };
                    serve(stream, log).await
                });
            }
        });
        Self { address, log }
    }

    /// Returns the requested targets as `host:port`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.log.asked.lock().unwrap().clone()
    }

    /// Returns the bytes that clients have sent through tunnels of HTTP CONNECT.
    #[must_use]
    pub fn tunneled(&self) -> Vec<u8> {
        self.log.tunneled.lock().unwrap().clone()
    }
}

#[derive(Clone, Debug, Default)]
struct Log {
    asked: Arc<Mutex<Vec<String>>>,
    tunneled: Arc<Mutex<Vec<u8>>>,
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Io for S {}

/// A stream that records what is read from it.
struct Recorded {
    stream: Box<dyn Io>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Recorded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.bytes.lock().unwrap().extend_from_slice(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

async fn http(mut stream: Box<dyn Io>, log: Log) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let has_credentials = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .any(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value == BASIC);
    if !has_credentials {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        return stream.write_all(answer.as_bytes()).await.ok();
    }
    if method == "CONNECT" {
        log.asked.lock().unwrap().push(target.to_owned());
        let mut onward = TcpStream::connect(target).await.ok()?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
        let mut stream = Recorded { stream, bytes: log.tunneled };
        copy_bidirectional(&mut stream, &mut onward).await.ok()?;
        return Some(());
    }
    // Plain HTTP is not tunneled: the request line has the absolute URL.
    let (authority, path) = target.strip_prefix("http://")?.split_once('/')?;
    log.asked.lock().unwrap().push(authority.to_owned());
    let mut onward = TcpStream::connect(authority).await.ok()?;
    let head = head.replacen(target, &format!("/{path}"), 1);
    onward.write_all(head.as_bytes()).await.ok()?;
    copy_bidirectional(&mut stream, &mut onward).await.ok()?;
    Some(())
}

async fn socks(mut stream: Box<dyn Io>, log: Log) -> Option<()> {
    const VERSION: u8 = 5;
    const BY_PASSWORD: u8 = 2;
    let field = async |stream: &mut Box<dyn Io>| -> Option<String> {
        let mut text = vec![0; stream.read_u8().await.ok()?.into()];
        stream.read_exact(&mut text).await.ok()?;
        String::from_utf8(text).ok()
    };
    let (VERSION, methods) = (stream.read_u8().await.ok()?, field(&mut stream).await?) else { return None };
    if !methods.as_bytes().contains(&BY_PASSWORD) {
        return stream.write_all(&[VERSION, 0xff]).await.ok();
    }
    stream.write_all(&[VERSION, BY_PASSWORD]).await.ok()?;
    stream.read_u8().await.ok()?;
    let credentials = (field(&mut stream).await?, field(&mut stream).await?);
    let is_right = (credentials.0.as_str(), credentials.1.as_str()) == CREDENTIALS;
    stream.write_all(&[1, u8::from(!is_right)]).await.ok()?;
    // The version, the command CONNECT, and a reserved byte.
    stream.read_exact(&mut [0; 3]).await.ok()?;
    let host = match stream.read_u8().await.ok()? {
        1 => std::net::Ipv4Addr::from(stream.read_u32().await.ok()?).to_string(),
        3 => field(&mut stream).await?,
        _ => return None,
    };
    let target = format!("{host}:{}", stream.read_u16().await.ok()?);
    log.asked.lock().unwrap().push(target.clone());
    let mut onward = TcpStream::connect(target).await.ok()?;
    stream.write_all(&[VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
    copy_bidirectional(&mut stream, &mut onward).await.ok()?;
    Some(())
}
