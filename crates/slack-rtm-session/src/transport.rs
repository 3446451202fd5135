//! From a URL to a stream of bytes: TCP, a proxy if there is one, TLS if the URL wants it.

use std::io;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use slack_rtm_apis::Client;
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::proxy;
use crate::socket::Io;

/// What connections are made with.
pub(crate) struct Transport {
    proxies: Matcher,
    #[cfg(feature = "rustls")]
    tls: tokio_rustls::TlsConnector,
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    tls: Option<tokio_native_tls::TlsConnector>,
}

/// Where a connection goes first: to a proxy, or to where it shall lead.
pub(crate) struct Route {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) proxy: Option<Intercept>,
}

impl Transport {
    /// With the proxy and the TLS configuration of the HTTP client.
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            proxies: proxy::matcher(client),
            #[cfg(feature = "rustls")]
            tls: rustls_connector(client),
            #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
            tls: tokio_native_tls::native_tls::TlsConnector::new().ok().map(Into::into),
        }
    }

    pub(crate) async fn connect(&self, url: &Url) -> io::Result<Box<dyn Io>> {
        let route = self.route(url)?;
        let stream = self.tunnel(tcp(&route).await?, &route, url).await?;
        if url.scheme() == "wss" { self.encrypt(stream, host(url)?).await } else { Ok(stream) }
    }

    /// Where a URL's connection goes first.
    pub(crate) fn route(&self, url: &Url) -> io::Result<Route> {
        let Some(proxy) = proxy::for_url(&self.proxies, url) else {
            let port = url.port_or_known_default().unwrap_or(443);
            return Ok(Route { host: host(url)?, port, proxy: None });
        };
        let uri = proxy.uri();
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(unsupported("the session can use proxies over http and https only")),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(default_port);
        Ok(Route { host, port, proxy: Some(proxy) })
    }

    /// Has the proxy of the route, if it has one, lead to where a URL does.
    pub(crate) async fn tunnel(
        &self,
        stream: TcpStream,
        route: &Route,
        url: &Url,
    ) -> io::Result<Box<dyn Io>> {
        let mut stream: Box<dyn Io> = Box::new(stream);
        if let Some(proxy) = &route.proxy {
            if proxy.uri().scheme_str() == Some("https") {
                stream = self.encrypt(stream, route.host.clone()).await?;
            }
            proxy::connect(&mut stream, proxy, url).await?;
        }
        Ok(stream)
    }

    #[cfg(feature = "rustls")]
    pub(crate) async fn encrypt(&self, stream: Box<dyn Io>, host: String) -> io::Result<Box<dyn Io>> {
        let name = rustls::pki_types::ServerName::try_from(host).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "the host's name cannot be in a certificate")
        })?;
        Ok(Box::new(self.tls.connect(name, stream).await?))
    }

    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(crate) async fn encrypt(&self, stream: Box<dyn Io>, host: String) -> io::Result<Box<dyn Io>> {
        let tls = self.tls.as_ref().ok_or_else(|| unsupported("the system has no TLS"))?;
        Ok(Box::new(tls.connect(&host, stream).await.map_err(io::Error::other)?))
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    pub(crate) async fn encrypt(&self, _stream: Box<dyn Io>, _host: String) -> io::Result<Box<dyn Io>> {
        Err(unsupported("this program was built without TLS"))
    }
}

fn unsupported(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, message)
}

pub(crate) fn host(url: &Url) -> io::Result<String> {
    match url.host() {
        Some(Host::Domain(name)) => Ok(name.to_owned()),
        Some(Host::Ipv4(ip)) => Ok(ip.to_string()),
        Some(Host::Ipv6(ip)) => Ok(ip.to_string()),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, "the address has no host")),
    }
}

async fn tcp(route: &Route) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((&*route.host, route.port)).await?;
    // Frames are small, and nobody wants a ping to wait for the next one.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The client's configuration, without the protocols that it may offer to HTTP servers.
#[cfg(feature = "rustls")]
fn rustls_connector(client: &Client) -> tokio_rustls::TlsConnector {
    let config = client.rustls_config();
    if config.alpn_protocols.is_empty() {
        return config.clone().into();
    }
    let mut config = rustls::ClientConfig::clone(config);
    config.alpn_protocols.clear();
    std::sync::Arc::new(config).into()
}
