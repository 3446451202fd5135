//! From a URL to a stream of bytes: TCP, a proxy if there is one, TLS if the URL wants it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use slack_rtm_apis::Client;
use tower_service::Service;
use url::Url;

use crate::socket::Io;
use crate::tls::Tls;

/// The port of a SOCKS proxy that names none.
const SOCKS_PORT: u16 = 1080;

pub(crate) type ConnectError = Box<dyn StdError + Send + Sync>;

/// What connections are made with.
pub(crate) struct Transport {
    proxies: Matcher,
    connector: Connector,
}

impl Transport {
    /// With the proxy and the TLS configuration of the HTTP client. `timeout` is what connecting may take; where a host has several addresses they share it.
    pub(crate) fn new(client: &Client, timeout: Duration) -> Self {
        let proxies = match client.proxy() {
            Some(proxy) => Matcher::builder().all(proxy.expose().as_str()).build(),
            None if client.base_url().is_loopback() => Matcher::builder().build(),
            None => Matcher::from_env(),
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Frames are small, and nobody wants a ping to wait for the next one.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout));
        Self { proxies, connector: Connector { tcp, tls: Tls::new(client) } }
    }

    pub(crate) async fn connect(&self, url: &Url) -> Result<Box<dyn Io>, ConnectError> {
        let target = target(url)?;
        let Some(proxy) = self.proxies.intercept(&target) else {
            return connect(self.connector.clone(), target).await;
        };
        let stream = self.connect_through(&proxy, target.clone()).await?;
        self.connector.tls.encrypt_if(&target, stream).await
    }

    /// A tunnel through a proxy. Names are resolved by the proxy.
    async fn connect_through(&self, proxy: &Intercept, target: Uri) -> Result<Box<dyn Io>, ConnectError> {
        let connector = self.connector.clone();
        match proxy.uri().scheme_str() {
            Some("http" | "https") => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
                if let Some(credentials) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(credentials.clone());
                }
                connect(tunnel, target).await
            }
            Some("socks5" | "socks5h") => {
                let mut tunnel = SocksV5::new(socks(proxy)?, connector);
                if let Some((user, password)) = proxy.raw_auth() {
                    tunnel = tunnel.with_auth(user.to_owned(), password.to_owned());
                }
                connect(tunnel, target).await
            }
            Some("socks4" | "socks4a") => connect(SocksV4::new(socks(proxy)?, connector), target).await,
            _ => Err("the session knows proxies over http, https and SOCKS only".into()),
        }
    }
}

/// Where a WebSocket's URL leads, for those who know HTTP only: what `https` is to it is `wss` here.
fn target(url: &Url) -> Result<Uri, ConnectError> {
    let (scheme, port) = if url.scheme() == "wss" { ("https", 443) } else { ("http", 80) };
    let host = url.host_str().ok_or("the address has no host")?;
    Ok(format!("{scheme}://{host}:{}/", url.port().unwrap_or(port)).parse()?)
}

/// A SOCKS proxy, with its port.
fn socks(proxy: &Intercept) -> Result<Uri, ConnectError> {
    let (host, port) = (proxy.uri().host().unwrap_or_default(), proxy.uri().port_u16());
    Ok(format!("socks://{host}:{}/", port.unwrap_or(SOCKS_PORT)).parse()?)
}

async fn connect<S>(mut service: S, to: Uri) -> Result<Box<dyn Io>, ConnectError>
where
    S: Service<Uri, Response = Stream>,
    S::Error: Into<ConnectError>,
{
    poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into)?;
    Ok(service.call(to).await.map_err(Into::into)?.into_inner())
}

type Stream = TokioIo<Box<dyn Io>>;

/// Connects to a host, with TLS where the scheme is `https`: to where a WebSocket leads, or to a proxy.
#[derive(Clone)]
struct Connector {
    tcp: HttpConnector,
    tls: Tls,
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, ConnectError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.tcp.call(to.clone());
        let tls = self.tls.clone();
        Box::pin(async move {
            let stream = connecting.await?.into_inner();
            Ok(TokioIo::new(tls.encrypt_if(&to, Box::new(stream)).await?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_a_port_and_no_ticket() {
        for (url, expected) in [
            ("wss://wss.example/TICKET?x=1", "https://wss.example:443/"),
            ("ws://127.0.0.1/TICKET", "http://127.0.0.1:80/"),
            ("wss://[::1]:8443/TICKET", "https://[::1]:8443/"),
            ("wss://user:TICKET@wss.example/", "https://wss.example:443/"),
        ] {
            assert_eq!(target(&Url::parse(url).unwrap()).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_socks_proxy_has_a_port() {
        for (proxy, expected) in [
            ("socks5://u:p@10.0.0.1", "socks://10.0.0.1:1080/"),
            ("socks4a://p.example:9", "socks://p.example:9/"),
        ] {
            let matcher = Matcher::builder().all(proxy).build();
            let intercept = matcher.intercept(&Uri::from_static("https://x.example")).unwrap();
            assert_eq!(socks(&intercept).unwrap().to_string(), expected);
        }
    }
}
