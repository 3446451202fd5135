//! The settings of a fake Slack.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::FakeSlack;
use crate::listener::Listener;
use crate::place::Place;

/// A builder of a [`FakeSlack`]. [`FakeSlack::builder`] creates it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use slack_rtm::Client;
/// use slack_rtm_test::FakeSlack;
///
/// let slack = FakeSlack::builder().token("xoxb-right").start().await?;
/// let client = Client::builder().token("xoxb-wrong").base_url(slack.base_url()).build()?;
/// let error = client.rtm_connect().send().await.unwrap_err();
/// assert_eq!(error.code(), Some("invalid_auth"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    port: u16,
    token: Option<String>,
    app_token: Option<String>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("port", &self.port).finish_non_exhaustive()
    }
}

impl FakeSlack {
    /// Starts a fake Slack on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Returns an error if it cannot listen there.
    pub async fn start() -> io::Result<Self> {
        Builder::default().start().await
    }

    /// Starts a fake Slack on a free port of 127.0.0.1, with https and wss for the host name `localhost`. A client has to trust its
    /// [`certificate`](Self::certificate).
    ///
    /// # Errors
    /// Returns an error if it cannot listen there or cannot create a certificate.
    #[cfg(feature = "tls")]
    pub async fn start_tls() -> io::Result<Self> {
        Builder::default().start_tls().await
    }

    /// Returns a builder, which sets the port and the tokens.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Sets the port of 127.0.0.1 on which to listen; the default is 0, which chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the only token to accept; the default is every token. Calls with another token are refused with `invalid_auth`, unless the test has set their answer.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the only app-level token to accept; the default is every token that starts with `xapp-`. See [`token`](Self::token).
    pub fn app_token(mut self, token: impl Into<String>) -> Self {
        self.app_token = Some(token.into());
        self
    }

    /// Starts the fake Slack. Requires a tokio runtime.
    ///
    /// # Errors
    /// Returns an error if it cannot listen on the port.
    pub async fn start(self) -> io::Result<FakeSlack> {
        let listener = self.listen().await?;
        let place = Place { address: listener.local_addr()?, is_tls: false };
        Ok(FakeSlack::serve(Listener::plain(listener), place, self.token, self.app_token))
    }

    /// Starts the fake Slack with https and wss for the host name `localhost`. A client has to trust its [`certificate`](FakeSlack::certificate).
    ///
    /// # Errors
    /// Returns an error if it cannot listen on the port or cannot create a certificate.
    #[cfg(feature = "tls")]
    pub async fn start_tls(self) -> io::Result<FakeSlack> {
        let listener = self.listen().await?;
        let place = Place { address: listener.local_addr()?, is_tls: true };
        let (acceptor, certificate) = crate::tls::acceptor()?;
        let mut slack =
            FakeSlack::serve(Listener::tls(listener, acceptor), place, self.token, self.app_token);
        slack.certificate = Some(certificate);
        Ok(slack)
    }

    async fn listen(&self) -> io::Result<TcpListener> {
        TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await
    }
}
