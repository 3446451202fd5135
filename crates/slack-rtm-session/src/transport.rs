//! From a URL to a stream of bytes: TCP, a proxy if there is one, TLS if the URL wants it.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use slack_rtm_apis::Client;
use tokio::net::TcpStream;
use tower_service::Service as _;
use url::Url;

use crate::proxy;
use crate::tls::Tls;
use crate::wire::Io;

/// What connections are made with.
pub(crate) struct Transport {
    proxies: Matcher,
    tcp: HttpConnector,
    tls: Tls,
    user_agent: Option<HeaderValue>,
}

/// Where a connection goes first: to a proxy, or to where it shall lead.
pub(crate) struct Route {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) proxy: Option<Intercept>,
}

impl Transport {
    /// With the proxy and the TLS configuration of the HTTP client. `timeout` is what connecting may take; the addresses of a host share it.
    pub(crate) fn new(client: &Client, timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Frames are small, and nobody wants a ping to wait for the next one.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout));
        let user_agent = HeaderValue::try_from(client.user_agent()).ok();
        Self { proxies: proxy::matcher(client), tcp, tls: Tls::new(client), user_agent }
    }

    /// Returns the headers of an upgrade.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.user_agent.iter().map(|value| (USER_AGENT, value.clone())).collect()
    }

    pub(crate) async fn connect(&self, url: &Url) -> io::Result<Box<dyn Io>> {
        let route = self.route(url)?;
        let stream = self.tunnel(self.tcp(&route).await?, &route, url).await?;
        if url.scheme() == "wss" { self.tls.encrypt(stream, host(url)?).await } else { Ok(stream) }
    }

    /// Where a URL's connection goes first.
    pub(crate) fn route(&self, url: &Url) -> io::Result<Route> {
        let Some(proxy) = proxy::for_url(&self.proxies, url) else {
            let port = url.port_or_known_default().unwrap_or(443);
            return Ok(Route { host: host(url)?.to_owned(), port, proxy: None });
        };
        let (host, port) = proxy::place(&proxy)?;
        Ok(Route { host, port, proxy: Some(proxy) })
    }

    /// Has the proxy of the route, if it has one, lead to where a URL does.
    pub(crate) async fn tunnel(
        &self,
        stream: TcpStream,
        route: &Route,
        url: &Url,
    ) -> io::Result<Box<dyn Io>> {
        let Some(proxy) = &route.proxy else { return Ok(Box::new(stream)) };
        let mut stream: Box<dyn Io> = Box::new(stream);
        if proxy.uri().scheme_str() == Some("https") {
            stream = self.tls.encrypt(stream, &route.host).await?;
        }
        proxy::tunnel(stream, proxy, url, self.user_agent.as_ref()).await
    }

    /// Begins TLS with a host.
    pub(crate) async fn encrypt(&self, stream: Box<dyn Io>, host: &str) -> io::Result<Box<dyn Io>> {
        self.tls.encrypt(stream, host).await
    }

    /// Where a name has addresses of both kinds they are tried side by side.
    async fn tcp(&self, route: &Route) -> io::Result<TcpStream> {
        let host = if route.host.contains(':') { format!("[{}]", route.host) } else { route.host.clone() };
        let uri = format!("http://{host}:{}/", route.port).parse::<Uri>().map_err(io::Error::other)?;
        let mut tcp = self.tcp.clone();
        poll_fn(|cx| tcp.poll_ready(cx)).await.map_err(io::Error::other)?;
        Ok(tcp.call(uri).await.map_err(io::Error::other)?.into_inner())
    }
}

/// The host of a URL, as certificates have it.
pub(crate) fn host(url: &Url) -> io::Result<&str> {
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the address has no host"))?;
    Ok(host.trim_matches(['[', ']']))
}
