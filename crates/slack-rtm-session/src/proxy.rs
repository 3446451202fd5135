//! HTTP CONNECT: the way through a proxy.

use std::fmt;
use std::io;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use slack_rtm_apis::Client;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use url::Url;

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
    // The rules know HTTP only, and `https` is to it what `wss` is here.
    let scheme = if matches!(url.scheme(), "wss" | "https") { "https" } else { "http" };
    let uri = format!("{scheme}://{}/", authority(url)?).parse::<Uri>().ok()?;
    matcher.intercept(&uri)
}

/// Host and port, as CONNECT wants them.
fn authority(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}", url.host_str()?))
}

/// Has a proxy connect to where a URL leads.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
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
