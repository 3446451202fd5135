//! Tunnels through proxies: HTTP CONNECT and SOCKS.

use std::fmt;
use std::future::{Ready, poll_fn, ready};
use std::io;
use std::task::{Context, Poll};

use http::header::{PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use slack_rtm_apis::Proxy;
use tokio::io::AsyncWriteExt as _;
use tower_service::Service;
use url::Url;

use crate::authority::{authority, host, http_origin};
use crate::response_head::ResponseHead;
use crate::stream::{ByteStream, PrefixedStream};
use crate::upgrade::write_headers;

/// Returns the host and the port of a proxy.
pub(crate) fn host_and_port(proxy: &Proxy) -> io::Result<(String, u16)> {
    let url = proxy.expose();
    let default_port = if is_socks(url) { Some(1080) } else { url.port_or_known_default() };
    let port = url.port().or(default_port).ok_or_else(unsupported)?;
    Ok((host(url)?.to_owned(), port))
}

fn is_socks(url: &Url) -> bool {
    matches!(url.scheme(), "socks4" | "socks4a" | "socks5" | "socks5h")
}

fn unsupported() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the proxy's scheme is not supported: use http, https, socks4, socks4a, socks5 or socks5h",
    )
}

/// Converts a proxy to hyper-util's type, which decodes its credentials.
fn intercept(proxy: &Proxy) -> io::Result<Intercept> {
    let matcher = Matcher::builder().all(proxy.expose().as_str()).build();
    matcher.intercept(&Uri::from_static("https://any.example/")).ok_or_else(unsupported)
}

/// Opens a tunnel to the server of a URL through a proxy, which also resolves the server's name. HTTP proxies receive the user agent, because some reject requests
/// without one.
pub(crate) async fn tunnel(
    stream: Box<dyn ByteStream>,
    proxy: &Proxy,
    url: &Url,
    user_agent: Option<&HeaderValue>,
) -> io::Result<Box<dyn ByteStream>> {
    let proxy = intercept(proxy)?;
    match proxy.uri().scheme_str() {
        Some("http" | "https") => connect(stream, &proxy, url, user_agent).await,
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

async fn through<S>(mut service: S, url: &Url) -> io::Result<Box<dyn ByteStream>>
where
    S: Service<Uri, Response = TokioIo<Box<dyn ByteStream>>>,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let target = http_origin(url).ok_or(io::ErrorKind::InvalidInput)?;
    poll_fn(|cx| service.poll_ready(cx)).await.map_err(io::Error::other)?;
    Ok(service.call(target).await.map_err(io::Error::other)?.into_inner())
}

/// A connector that returns an existing stream, once: hyper-util's SOCKS services take a connector and not a stream.
struct Connected(Option<Box<dyn ByteStream>>);

impl Service<Uri> for Connected {
    type Response = TokioIo<Box<dyn ByteStream>>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

/// Sends an HTTP CONNECT request. hyper-util has one as well, but does not return the status of the proxy's answer.
async fn connect(
    mut stream: Box<dyn ByteStream>,
    proxy: &Intercept,
    url: &Url,
    user_agent: Option<&HeaderValue>,
) -> io::Result<Box<dyn ByteStream>> {
    let authority = authority(url).ok_or(io::ErrorKind::InvalidInput)?;
    let mut headers = HeaderMap::new();
    headers.extend(user_agent.map(|value| (USER_AGENT, value.clone())));
    headers.extend(proxy.basic_auth().map(|value| (PROXY_AUTHORIZATION, value.clone())));
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    write_headers(&mut request, &headers);
    stream.write_all(&request).await?;
    stream.flush().await?;
    let head = ResponseHead::read(&mut stream, "the proxy's answer").await?;
    if head.status.is_success() {
        Ok(Box::new(PrefixedStream::new(stream, head.rest)))
    } else {
        Err(io::Error::other(ProxyRefusal::new(&head)))
    }
}

/// The refusal of a proxy to open a tunnel. It is the inner error of the [`io::Error`] of a connection through a proxy.
#[derive(Debug)]
pub struct ProxyRefusal {
    status: u16,
    schemes: Vec<String>,
}

impl ProxyRefusal {
    fn new(head: &ResponseHead) -> Self {
        let mut schemes = Vec::<String>::new();
        if head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            for scheme in head.list(PROXY_AUTHENTICATE).filter_map(scheme) {
                if schemes.len() < MAX_SCHEMES
                    && !schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme))
                {
                    schemes.push(scheme.to_owned());
                }
            }
        }
        Self { status: head.status.as_u16(), schemes }
    }

    /// Returns the HTTP status of the proxy's answer, for instance 407 if it requires authentication.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the authentication schemes that the proxy offers with status 407, such as `Negotiate`. Only `Basic` is supported by this crate.
    #[must_use]
    pub fn schemes(&self) -> &[String] {
        &self.schemes
    }
}

/// The maximum number of schemes that are kept.
const MAX_SCHEMES: usize = 8;

/// Returns the scheme if the element of a `Proxy-Authenticate` list begins a challenge. Commas separate both challenges and the parameters of one:
/// `Digest realm="a", nonce=b, Basic realm="c"`.
fn scheme(element: &str) -> Option<&str> {
    let mut words = element.split_ascii_whitespace();
    let scheme = words.next()?;
    let is_parameter = scheme.contains('=') || words.next().is_some_and(|next| next.starts_with('='));
    let is_token =
        scheme.len() <= 32 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_token && !is_parameter && scheme.starts_with(|first: char| first.is_ascii_alphabetic()))
        .then_some(scheme)
}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, &*self.schemes) {
            (407, []) => f.write_str("the proxy requires authentication (HTTP 407)"),
            (407, schemes) if schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic")) => {
                write!(f, "the proxy requires authentication (HTTP 407; it offers {})", schemes.join(", "))
            }
            (407, schemes) => write!(
                f,
                "the proxy requires authentication (HTTP 407; it offers {}, and only Basic is supported)",
                schemes.join(", ")
            ),
            (status, _) => write!(f, "the proxy refused the tunnel with HTTP {status}"),
        }
    }
}

impl std::error::Error for ProxyRefusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    /// What a proxy is asked, and what becomes of its answer.
    async fn ask(answer: &str) -> (String, io::Result<Box<dyn ByteStream>>) {
        let matcher = Matcher::builder().all("http://user:p%40ss@proxy.example:3128").build();
        let url = Url::parse("wss://wss.example/ticket?x=1").unwrap();
        let proxy = matcher.intercept(&http_origin(&url).unwrap()).unwrap();
        assert_eq!(proxy.uri().host(), Some("proxy.example"));
        let (ours, mut theirs) = tokio::io::duplex(4096);
        theirs.write_all(answer.as_bytes()).await.unwrap();
        let server = tokio::spawn(async move {
            let mut asked = vec![0; 4096];
            let length = theirs.read(&mut asked).await.unwrap();
            String::from_utf8(asked[..length].to_vec()).unwrap()
        });
        let outcome = connect(Box::new(ours), &proxy, &url, Some(&HeaderValue::from_static("me/1"))).await;
        (server.await.unwrap(), outcome)
    }

    #[tokio::test]
    async fn a_tunnel_is_requested() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nX: y\r\n\r\n", None),
            ("HTTP/1.0 407 No\r\n\r\n", Some("authentication")),
            ("HTTP/1.1 503\r\n\r\n", Some("503")),
            ("SSH-2.0\r\n\r\n", Some("not HTTP")),
            ("HTTP/1.1 200", Some("end of file")),
        ] {
            let (asked, outcome) = ask(answer).await;
            assert_eq!(
                asked,
                "CONNECT wss.example:443 HTTP/1.1\r\nHost: wss.example:443\r\nUser-Agent: me/1\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
            );
            match expected {
                None => drop(outcome.unwrap()),
                Some(text) => {
                    let Err(error) = outcome else { panic!("{answer}") };
                    let error = error.to_string();
                    assert!(error.contains(text) && !error.contains("p@ss"), "{error}");
                }
            }
        }
    }

    #[tokio::test]
    async fn the_schemes_of_a_refusal_are_reported() {
        for (headers, schemes) in [
            ("", vec![]),
            ("Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n", vec!["Negotiate", "NTLM"]),
            (
                "proxy-authenticate: Digest realm=\"a b, c\", nonce = x, qop=\"auth\", Basic realm=\"SECRET\", basic\r\n",
                vec!["Digest", "Basic"],
            ),
            ("Proxy-Authenticate: TlRMTVNTUAAC==\r\nProxy-Authenticate: (;)\r\n", vec![]),
        ] {
            let (_, outcome) = ask(&format!("HTTP/1.1 407 x\r\n{headers}\r\n")).await;
            let Err(error) = outcome else { panic!("{headers}") };
            let refusal = error.get_ref().unwrap().downcast_ref::<ProxyRefusal>().unwrap();
            assert_eq!(refusal.schemes(), schemes, "{headers}");
            let said = refusal.to_string();
            assert!(schemes.iter().all(|scheme| said.contains(scheme)) && !said.contains("SECRET"), "{said}");
            let speaks_none = !schemes.is_empty() && !schemes.contains(&"Basic");
            assert_eq!(said.contains("only Basic"), speaks_none, "{said}");
        }
    }

    #[tokio::test]
    async fn bytes_after_the_response_belong_to_the_tunnel() {
        let (_, outcome) = ask("HTTP/1.1 200 OK\r\n\r\nfirst").await;
        let mut first = [0; 5];
        outcome.unwrap().read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"first");
    }
}
