//! Makes a connection step by step.

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

use crate::address_policy::{self, Plain};
use crate::authority::host;
use crate::server_error::ServerError;
use crate::stream::ByteStream;
use crate::transport::Transport;
use crate::websocket::{Received, WebSocket};
use crate::{Config, DialedStream, DisconnectReason, Error, dial};

/// The maximum size of an incoming frame, in bytes.
const MAX_FRAME: usize = 1 << 20;

/// Makes a connection to a message server step by step, in the same way as a session, to find out which step fails. `slack-rtm doctor` uses it.
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client, url: slack_rtm_models::Url) -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_session::Probe;
///
/// let probe = Probe::new(client);
/// let hop = probe.first_hop(&url)?;
/// let addresses = probe.resolve(&hop).await?;
/// let dialed = probe.dial(&addresses).await?;
/// println!("connected to {}", dialed.peer);
/// # Ok(())
/// # }
/// ```
pub struct Probe {
    client: Client,
    transport: Transport,
    config: Config,
}

/// The first host that a connection goes to: a proxy, or the server itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The name or the IP address of the host.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Whether the host is a proxy.
    pub is_proxy: bool,
}

/// A byte stream to the server, directly or through a proxy.
pub struct ProbeStream(Box<dyn ByteStream>);

impl Probe {
    /// Creates a probe with the client's proxy and TLS configuration, and the default [`Config`].
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { transport: Transport::new(&client), client, config: Config::default() }
    }

    /// Sets the time limits of the steps: [`Config::dial_timeout`], [`Config::hello_timeout`], [`Config::ping_interval`] and [`Config::pong_timeout`]. The default is
    /// [`Config::default`].
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Returns the first host of a connection to a URL of the API or of a message server.
    ///
    /// # Errors
    /// Returns an error if the URL has no host, or if its proxy has an unsupported scheme.
    pub fn first_hop(&self, url: &Url) -> io::Result<Hop> {
        let route = self.transport.route(url)?;
        Ok(Hop { host: route.host, port: route.port, is_proxy: route.proxy.is_some() })
    }

    /// Resolves the addresses of a host. It has no time limit of its own.
    ///
    /// # Errors
    /// Returns an error if DNS does not know the host.
    pub async fn resolve(&self, hop: &Hop) -> io::Result<Vec<SocketAddr>> {
        dial::resolve(&hop.host, hop.port).await
    }

    /// Connects to the first address that answers. It has no time limit of its own.
    ///
    /// # Errors
    /// Returns an error if no address answers.
    pub async fn dial(&self, addresses: &[SocketAddr]) -> io::Result<DialedStream> {
        dial::dial(addresses).await
    }

    /// Opens a tunnel to the server of the URL through its proxy. Without a proxy, returns the stream unchanged. It has no time limit of its own.
    ///
    /// # Errors
    /// Returns an error if the proxy refuses; the inner error is a [`ProxyRefusal`](crate::ProxyRefusal). The error does not contain the proxy's password.
    pub async fn tunnel(&self, stream: TcpStream, url: &Url) -> io::Result<ProbeStream> {
        let route = self.transport.route(url)?;
        self.transport.tunnel(stream, &route, url).await.map(ProbeStream)
    }

    /// Performs the TLS handshake with the host of the URL. It has no time limit of its own.
    ///
    /// # Errors
    /// Returns an error if the host does not speak TLS or its certificate is not trusted; the inner error is that of the TLS library.
    pub async fn encrypt(&self, stream: ProbeStream, url: &Url) -> io::Result<ProbeStream> {
        self.transport.encrypt(stream.0, host(url)?).await.map(ProbeStream)
    }

    /// Connects to the message server and upgrades the connection to a WebSocket, within [`Config::dial_timeout`]. The address cannot be used again.
    ///
    /// # Errors
    /// Returns the same errors as an attempt of a session, such as [`Error::Dial`] and [`Error::UpgradeRefused`].
    pub async fn open(&self, url: &SocketUrl) -> Result<ProbeConnection, Error> {
        address_policy::check(url.expose(), Plain::of(&self.client, false))?;
        let headers = self.transport.headers(&HeaderMap::new());
        let dial = WebSocket::dial(url, &self.transport, &headers, MAX_FRAME);
        let socket = timeout(self.config.dial_timeout, dial).await.unwrap_or(Err(Error::DialTimeout))?;
        Ok(ProbeConnection { socket, config: self.config.clone() })
    }
}

/// A WebSocket connection to the message server.
pub struct ProbeConnection {
    socket: WebSocket,
    config: Config,
}

impl ProbeConnection {
    /// Waits for the server's hello, at most [`Config::hello_timeout`].
    ///
    /// # Errors
    /// Returns an error if the server sends an error, closes the connection, or does not say hello in time.
    pub async fn hello(&mut self) -> Result<(), Error> {
        let hello = async {
            loop {
                let end = |reason: DisconnectReason| Error::from(reason.explained(None));
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

    /// Sends an RTM ping, waits for its pong, at most [`Config::ping_interval`] plus [`Config::pong_timeout`], and returns the round-trip time.
    ///
    /// # Errors
    /// Returns an error if the connection ends or no pong arrives in time. The reason includes an error that the server sent before.
    pub async fn ping(&mut self) -> Result<Duration, DisconnectReason> {
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
                    // An error with a code announces the end of the connection.
                    Some(ServerError { number, code: code @ Some(_), .. }) => {
                        return Err(DisconnectReason::ServerError { number, code });
                    }
                    other => error = other.or(error.take()),
                }
            }
        };
        let pong = timeout(self.config.ping_interval + self.config.pong_timeout, pong)
            .await
            .unwrap_or(Err(DisconnectReason::PongTimeout));
        pong.map_err(|reason| reason.explained(error.as_ref()))
    }

    /// Sends a close frame without waiting for an answer.
    pub async fn close(mut self) {
        if self.socket.close().is_ok() {
            // Best effort: the connection is dropped afterwards.
            let _ = timeout(self.config.close_timeout, poll_fn(|cx| self.socket.poll_flush(cx))).await;
        }
    }
}

/// Returns the server's error if the frame is one.
fn refusal(frame: &RawEvent) -> Option<ServerError> {
    match (frame.event_type(), frame.kind()) {
        (Some("error"), _) => Some(ServerError::read(frame)),
        (None, FrameKind::Reply) => ServerError::untyped(frame),
        _ => None,
    }
}

/// Receives the next text frame.
async fn receive(socket: &mut WebSocket) -> Result<RawEvent, DisconnectReason> {
    loop {
        if let Received::Text(bytes) = poll_fn(|cx| socket.poll_receive(cx)).await? {
            return Ok(RawEvent::new(bytes));
        }
        // The pong to a WebSocket ping is queued and has to be flushed.
        poll_fn(|cx| socket.poll_flush(cx)).await?;
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("client", &self.client).finish_non_exhaustive()
    }
}

impl fmt::Debug for ProbeStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProbeStream").finish_non_exhaustive()
    }
}

impl fmt::Debug for ProbeConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProbeConnection").finish_non_exhaustive()
    }
}
