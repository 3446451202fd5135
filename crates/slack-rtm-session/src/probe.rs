//! A connection step by step.

#[cfg(feature = "socket-mode")]
mod socket_mode;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::HeaderMap;
use slack_rtm_apis::Client;
use slack_rtm_models::{FrameKind, RawEvent, SocketUrl};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::calls::Plain;
use crate::server_error::ServerError;
use crate::socket::{Received, Socket};
use crate::transport::{Transport, host};
use crate::wire::Io;
use crate::{Config, Dialled, Error, Loss, calls, dial};

/// How long a frame may be, in bytes.
const MAX_FRAME: usize = 1 << 20;

/// Makes a connection step by step, each the way a session makes it, so that it shows which step fails. `slack-rtm doctor` is made with it; a program that
/// wants to stay connected opens a session.
pub struct Probe {
    client: Client,
    transport: Transport,
    config: Config,
}

/// Where a connection goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The name or the address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it is a proxy.
    pub is_proxy: bool,
}

/// A stream of bytes that may lead through a proxy.
pub struct Link(Box<dyn Io>);

impl Probe {
    /// With the client's proxy and TLS configuration.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { transport: Transport::new(&client), client, config: Config::default() }
    }

    /// Sets how long the steps may take: [`Config::dial_timeout`], [`Config::hello_timeout`], [`Config::ping_interval`] and [`Config::pong_timeout`]. The defaults are
    /// those of a session.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Where a connection to a URL of the API, or of the message server, goes first.
    ///
    /// # Errors
    /// If the URL has no host, or its proxy is of a kind that a session cannot use.
    pub fn first_hop(&self, url: &Url) -> io::Result<Hop> {
        let route = self.transport.route(url)?;
        Ok(Hop { host: route.host, port: route.port, is_proxy: route.proxy.is_some() })
    }

    /// Looks up the addresses of a hop.
    ///
    /// # Errors
    /// If DNS does not know the host.
    pub async fn resolve(&self, hop: &Hop) -> io::Result<Vec<SocketAddr>> {
        dial::resolve(&hop.host, hop.port).await
    }

    /// Connects to the first of a host's addresses that answers. It takes as long as the system allows.
    ///
    /// # Errors
    /// If none of them answers.
    pub async fn dial(&self, addresses: &[SocketAddr]) -> io::Result<Dialled> {
        dial::dial(addresses).await
    }

    /// Has the proxy, if there is one, lead the connection on to where the URL does. It takes as long as the proxy takes.
    ///
    /// # Errors
    /// If the proxy does not want to; then the error is made of a [`ProxyRefusal`](crate::ProxyRefusal). It does not tell the proxy's password.
    pub async fn tunnel(&self, stream: TcpStream, url: &Url) -> io::Result<Link> {
        let route = self.transport.route(url)?;
        self.transport.tunnel(stream, &route, url).await.map(Link)
    }

    /// Begins TLS with the host of the URL.
    ///
    /// # Errors
    /// If the host speaks no TLS, or its certificate is not trusted: the error's cause is rustls' own.
    pub async fn encrypt(&self, link: Link, url: &Url) -> io::Result<Link> {
        self.transport.encrypt(link.0, host(url)?).await.map(Link)
    }

    /// Connects to the message server and upgrades, within [`Config::dial_timeout`]. The address can be used once.
    ///
    /// # Errors
    /// As an attempt of a session fails.
    pub async fn open(&self, url: &SocketUrl) -> Result<Opened, Error> {
        calls::check(url.expose(), Plain::of(&self.client, false))?;
        let headers = self.transport.headers(&HeaderMap::new());
        let dial = Socket::dial(url, &self.transport, &headers, MAX_FRAME);
        let socket = timeout(self.config.dial_timeout, dial).await.unwrap_or(Err(Error::DialTimeout))?;
        Ok(Opened { socket, config: self.config.clone() })
    }
}

/// A connection to the message server.
pub struct Opened {
    socket: Socket,
    config: Config,
}

impl Opened {
    /// Waits for the server's hello, for [`Config::hello_timeout`] at most.
    ///
    /// # Errors
    /// If something else comes in its place, or nothing.
    pub async fn hello(&mut self) -> Result<(), Error> {
        let hello = async {
            loop {
                let end = |loss: Loss| Error::from(loss.explained(None));
                let frame = receive(&mut self.socket).await.map_err(end)?;
                if frame.event_type() == Some("hello") {
                    return Ok(());
                }
                if let Some(error) = refusal(&frame) {
                    return Err(Error::server(error));
                }
            }
        };
        timeout(self.config.hello_timeout, hello).await.unwrap_or(Err(Error::HelloTimeout))
    }

    /// Sends a ping and waits for its pong, for [`Config::ping_interval`] and [`Config::pong_timeout`] together at most. Returns how long it took.
    ///
    /// # Errors
    /// If the connection ends, or no pong comes. If the server says why, by an error before the end, the loss tells.
    pub async fn ping(&mut self) -> Result<Duration, Loss> {
        let sent = Instant::now();
        let mut error = None;
        let pong = async {
            self.socket.write(r#"{"type":"ping","id":1}"#.to_owned())?;
            poll_fn(|cx| self.socket.poll_flush(cx)).await?;
            loop {
                let frame = receive(&mut self.socket).await?;
                if frame.event_type() == Some("pong") {
                    return Ok(sent.elapsed());
                }
                match refusal(&frame) {
                    // Whatever else it answers: it is about to end the connection.
                    Some(ServerError { number, name: code @ Some(_), .. }) => {
                        return Err(Loss::Server { number, code });
                    }
                    other => error = other.or(error.take()),
                }
            }
        };
        let pong = timeout(self.config.ping_interval + self.config.pong_timeout, pong)
            .await
            .unwrap_or(Err(Loss::PongTimeout));
        pong.map_err(|loss| loss.explained(error.as_ref()))
    }

    /// Says goodbye, and does not wait for an answer.
    pub async fn close(mut self) {
        if self.socket.close().is_ok() {
            // Whoever does not take it does not miss it.
            let _ = timeout(self.config.close_timeout, poll_fn(|cx| self.socket.poll_flush(cx))).await;
        }
    }
}

/// Returns the error that a frame is, if it is one.
fn refusal(frame: &RawEvent) -> Option<ServerError> {
    match (frame.event_type(), frame.kind()) {
        (Some("error"), _) => Some(ServerError::read(frame)),
        (None, FrameKind::Reply) => ServerError::untyped(frame),
        _ => None,
    }
}

/// The next frame that is a text.
async fn receive(socket: &mut Socket) -> Result<RawEvent, Loss> {
    loop {
        if let Received::Text(bytes) = poll_fn(|cx| socket.poll_receive(cx)).await? {
            return Ok(RawEvent::new(bytes));
        }
        // A ping of the protocol has been answered, and the answer wants to leave.
        poll_fn(|cx| socket.poll_flush(cx)).await?;
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("client", &self.client).finish_non_exhaustive()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}
