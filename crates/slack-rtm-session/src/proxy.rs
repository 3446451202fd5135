//! The way through a proxy: HTTP CONNECT, or SOCKS.

use std::fmt;
use std::future::{Ready, poll_fn, ready};
use std::io;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use slack_rtm_apis::Client;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tower_service::Service;
use url::Url;

use crate::socket::Io;

/// How long the head of a proxy's answer may be.
const MAX_HEAD: usize = 8 << 10;

/// Which proxy leads where: the one that the client was given, else those of the environment, by the rules that the HTTP client has.
pub(crate) fn matcher(client: &Client) -> Matcher {
    match client.proxy() {
        Some(proxy) => Matcher::builder().all(proxy.expose().as_str()).build(),
        None if client.base_url().is_loopback() => Matcher::builder().build(),
        None => Matcher::from_env(),
    }
}

/// The proxy for a WebSocket's address, or for the API's.
pub(crate) fn for_url(matcher: &Matcher, url: &Url) -> Option<Intercept> {
    matcher.intercept(&target(url)?)
}

/// Where a URL leads, for those who know HTTP only: what `https` is to it is `wss` here.
fn target(url: &Url) -> Option<Uri> {
    let scheme = if matches!(url.scheme(), "wss" | "https") { "https" } else { "http" };
    format!("{scheme}://{}/", authority(url)?).parse().ok()
}

/// Where a proxy listens.
pub(crate) fn place(proxy: &Intercept) -> io::Result<(String, u16)> {
    let uri = proxy.uri();
    let default_port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        Some("socks4" | "socks4a" | "socks5" | "socks5h") => 1080,
        _ => return Err(unsupported()),
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    Ok((host, uri.port_u16().unwrap_or(default_port)))
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "proxies are used over http, https and SOCKS only")
}

/// Has a proxy lead a connection on to where a URL does. Names are resolved by the proxy.
pub(crate) async fn tunnel(mut stream: Box<dyn Io>, proxy: &Intercept, url: &Url) -> io::Result<Box<dyn Io>> {
    match proxy.uri().scheme_str() {
        Some("http" | "https") => {
            connect(&mut stream, proxy, url).await?;
            Ok(stream)
        }
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(proxy.uri().clone(), Connected(Some(stream)));
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            through(socks, url).await
        }
        Some("socks4" | "socks4a") => {
            through(SocksV4::new(proxy.uri().clone(), Connected(Some(stream))), url).await
        }
        _ => Err(unsupported()),
    }
}

async fn through<S>(mut service: S, url: &Url) -> io::Result<Box<dyn Io>>
where
    S: Service<Uri, Response = TokioIo<Box<dyn Io>>>,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let target = target(url).ok_or(io::ErrorKind::InvalidInput)?;
    poll_fn(|cx| service.poll_ready(cx)).await.map_err(io::Error::other)?;
    Ok(service.call(target).await.map_err(io::Error::other)?.into_inner())
}

/// A connection that stands already, for those who want to be given a way to make one. It can be given once.
struct Connected(Option<Box<dyn Io>>);

impl Service<Uri> for Connected {
    type Response = TokioIo<Box<dyn Io>>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

/// Host and port, as CONNECT wants them.
fn authority(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}", url.host_str()?))
}

/// HTTP CONNECT. hyper-util has it as well, but does not tell what the proxy answers.
async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    proxy: &Intercept,
    url: &Url,
) -> io::Result<()> {
    let authority = authority(url).ok_or(io::ErrorKind::InvalidInput)?;
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(credentials) = proxy.basic_auth() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(credentials.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    stream.flush().await?;
    match status(&head(stream).await?) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(io::Error::other(ProxyRefusal { status })),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "the proxy's answer is no HTTP")),
    }
}

/// The head of the answer. It is read byte by byte: what follows it is not for us, and there is one such head in hours.
async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the proxy's answer is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next()?.starts_with("HTTP/1.").then_some(())?;
    words.next()?.parse().ok()
}

/// The proxy does not want to: what an [`io::Error`] of a connection through a proxy may have been made of.
#[derive(Debug)]
pub struct ProxyRefusal {
    status: u16,
}

impl ProxyRefusal {
    /// What the proxy answered: 407 where it wants other credentials.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }
}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            407 => f.write_str("the proxy wants other credentials (HTTP 407)"),
            status => write!(f, "the proxy refused with HTTP {status}"),
        }
    }
}

impl std::error::Error for ProxyRefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tunnel_is_asked_for() {
        let matcher = Matcher::builder().all("http://user:p%40ss@proxy.example:3128").build();
        let url = Url::parse("wss://wss.example/ticket?x=1").unwrap();
        let proxy = for_url(&matcher, &url).unwrap();
        assert_eq!(proxy.uri().host(), Some("proxy.example"));
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nX: y\r\n\r\n", None),
            ("HTTP/1.0 407 No\r\n\r\n", Some("credentials")),
            ("HTTP/1.1 503\r\n\r\n", Some("503")),
            ("SSH-2.0\r\n\r\n", Some("no HTTP")),
            ("HTTP/1.1 200", Some("end of file")),
        ] {
            let (mut ours, mut theirs) = tokio::io::duplex(4096);
            theirs.write_all(answer.as_bytes()).await.unwrap();
            let server = tokio::spawn(async move {
                let mut asked = vec![0; 4096];
                let length = theirs.read(&mut asked).await.unwrap();
                String::from_utf8(asked[..length].to_vec()).unwrap()
            });
            let outcome = tokio::join!(connect(&mut ours, &proxy, &url), async { server.await.unwrap() });
            assert_eq!(
                outcome.1,
                "CONNECT wss.example:443 HTTP/1.1\r\nHost: wss.example:443\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
            );
            match expected {
                None => outcome.0.unwrap(),
                Some(text) => {
                    let error = outcome.0.unwrap_err().to_string();
                    assert!(error.contains(text) && !error.contains("p@ss"), "{error}");
                }
            }
        }
    }

    #[test]
    fn an_endless_head_is_cut_off() {
        assert_eq!(status(b"HTTP/1.1 204 x\r\n"), Some(204));
        assert_eq!(status(b""), None);
    }
}
