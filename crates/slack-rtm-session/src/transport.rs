//! Opens a byte stream to the server of a URL: TCP, a proxy if one is configured, and TLS if the URL asks for it.

use std::io;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use slack_rtm_apis::{Client, Proxy};
use tokio::net::TcpStream;
use url::Url;

use crate::authority::host;
use crate::dial::{dial, resolve};
use crate::dial_error::Step;
use crate::stream::ByteStream;
use crate::tls::Tls;
use crate::{Error, proxy};

/// Opens connections with the settings of the HTTP client.
pub(crate) struct Transport {
    client: Client,
    tls: Tls,
    user_agent: Option<HeaderValue>,
}

/// The first hop of a connection: the proxy, or the server itself.
pub(crate) struct Route {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) proxy: Option<Proxy>,
}

impl Transport {
    /// Uses the proxies and the TLS configuration of the HTTP client.
    pub(crate) fn new(client: &Client) -> Self {
        let user_agent = HeaderValue::try_from(client.user_agent()).ok();
        Self { tls: Tls::new(client), user_agent, client: client.clone() }
    }

    /// Returns the headers of an upgrade: those of the client and those of the endpoint. An endpoint's header replaces the client's of the same name.
    pub(crate) fn headers(&self, endpoint: &HeaderMap) -> HeaderMap {
        let mut headers = (**self.client.upgrade_headers()).clone();
        headers.extend(endpoint.clone());
        headers.extend(self.user_agent.iter().map(|value| (USER_AGENT, value.clone())));
        headers
    }

    pub(crate) async fn connect(&self, url: &Url) -> Result<Box<dyn ByteStream>, Error> {
        let at = |step| move |error| Error::dial(step, error);
        let route = self.route(url).map_err(at(Step::Proxy))?;
        let addresses = resolve(&route.host, route.port).await.map_err(at(Step::Dns))?;
        let dialed = dial(&addresses).await.map_err(at(Step::Connect))?;
        for (address, error) in &dialed.failed_attempts {
            tracing::debug!(%address, %error, "an address could not be reached");
        }
        let stream = self.tunnel(dialed.stream, &route, url).await.map_err(at(Step::Proxy))?;
        if url.scheme() != "wss" {
            return Ok(stream);
        }
        let host = host(url).map_err(at(Step::Tls))?;
        self.tls.encrypt(stream, host).await.map_err(at(Step::Tls))
    }

    /// Returns the first hop of a connection to a URL.
    pub(crate) fn route(&self, url: &Url) -> io::Result<Route> {
        let Some(proxy) = self.client.proxy_for(url) else {
            let port = url.port_or_known_default().unwrap_or(443);
            return Ok(Route { host: host(url)?.to_owned(), port, proxy: None });
        };
        let (host, port) = proxy::host_and_port(&proxy)?;
        Ok(Route { host, port, proxy: Some(proxy) })
    }

    /// Opens a tunnel to the server of a URL if the route has a proxy.
    pub(crate) async fn tunnel(
        &self,
        stream: TcpStream,
        route: &Route,
        url: &Url,
    ) -> io::Result<Box<dyn ByteStream>> {
        let Some(proxy) = &route.proxy else { return Ok(Box::new(stream)) };
        let mut stream: Box<dyn ByteStream> = Box::new(stream);
        if proxy.expose().scheme() == "https" {
            stream = self.tls.encrypt(stream, &route.host).await?;
        }
        proxy::tunnel(stream, proxy, url, self.user_agent.as_ref()).await
    }

    /// Performs the TLS handshake with a host.
    pub(crate) async fn encrypt(
        &self,
        stream: Box<dyn ByteStream>,
        host: &str,
    ) -> io::Result<Box<dyn ByteStream>> {
        self.tls.encrypt(stream, host).await
    }
}
