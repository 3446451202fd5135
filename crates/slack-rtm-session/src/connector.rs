//! Where a session connects to.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use slack_rtm_apis::{ConfigError, Headers};
use slack_rtm_models::{RtmConnectResponse, SocketUrl, Ts};

use crate::{Error, Identity};

/// The future that [`Connector::connect`] returns.
pub type ConnectFuture<'a> = Pin<Box<dyn Future<Output = Result<Endpoint, Error>> + Send + 'a>>;

/// Provides the addresses that a session connects to. By default a session calls rtm.connect; a connector of your own can lead it to a recording or through a gateway.
///
/// A closure that returns a future is a connector, so most programs do not implement the trait:
///
/// ```
/// use slack_rtm_models::{ConnectedTeam, ConnectedUser};
/// use slack_rtm_session::{Endpoint, Identity, SessionBuilder};
///
/// # fn f(client: slack_rtm_apis::Client) {
/// let builder = SessionBuilder::new(client).connector(|| async {
///     let user = ConnectedUser::new("U01ROBOT000", "robot");
///     let identity = Identity::new(user, ConnectedTeam::new("T01ACME0000", "Acme", "acme"));
///     Ok(Endpoint::parse("ws://127.0.0.1:8080/recording", identity)?.header("x-recording", "monday")?)
/// });
/// # }
/// ```
///
/// The session calls it before every attempt to connect, because an address can be used only once. It limits the rate of calls
/// ([`Config::calls_per_minute`](crate::Config::calls_per_minute)) and their duration ([`Config::call_timeout`](crate::Config::call_timeout)), and drops the future after
/// that time.
pub trait Connector: Send + Sync + 'static {
    /// Returns an address that was not used before.
    ///
    /// # Errors
    /// Return an [`Error::Call`], which decides whether the session tries again, waits first, or ends. Errors of API calls convert into one; for other errors use
    /// [`CallError`](crate::CallError).
    fn connect(&self) -> ConnectFuture<'_>;
}

impl<F, T> Connector for F
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Result<Endpoint, Error>> + Send + 'static,
{
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(self())
    }
}

/// The address of a message server, with the identity it is for and additional headers of the WebSocket upgrade. Headers for all connections are set with
/// [`ClientBuilder::upgrade_header`](slack_rtm_apis::ClientBuilder::upgrade_header). `Debug` prints neither the address nor the values of headers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) url: SocketUrl,
    pub(crate) identity: Arc<Identity>,
    pub(crate) headers: Headers,
    pub(crate) server_time: Option<Ts>,
}

impl Endpoint {
    /// Creates an endpoint. The scheme of the URL must be `wss`; `ws` is allowed for loopback addresses, and if the client's API uses plain HTTP as well.
    #[must_use]
    pub fn new(url: impl Into<SocketUrl>, identity: Identity) -> Self {
        Self { url: url.into(), identity: Arc::new(identity), headers: Headers::default(), server_time: None }
    }

    /// Creates an endpoint from the text of a URL.
    ///
    /// # Errors
    /// Returns an error if the text is not a URL with the scheme `wss` or `ws`. The error does not quote it.
    pub fn parse(url: &str, identity: Identity) -> Result<Self, Error> {
        let url: Result<SocketUrl, serde::de::value::Error> =
            serde::Deserialize::deserialize(serde::de::value::StrDeserializer::new(url));
        url.map(|url| Self::new(url, identity))
            .map_err(|_| Error::InvalidAddress("it is not a URL with the scheme wss or ws"))
    }

    /// Sets the current time of the message server, as a Slack timestamp; the default is unknown. [`Backfill`](crate::Backfill) uses it as the start of channels in which
    /// no message has been seen.
    #[must_use]
    pub fn server_time(mut self, ts: impl Into<Ts>) -> Self {
        self.server_time = Some(ts.into());
        self
    }

    /// Adds a header to the upgrade request. It replaces the client's header of the same name.
    ///
    /// # Errors
    /// Returns an error if the header is malformed or is part of the handshake, such as `Host` and `Sec-WebSocket-Protocol`.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        self.headers = self.headers.with_upgrade_header(name, value)?;
        Ok(self)
    }
}

/// Converts the answer of rtm.connect.
impl From<RtmConnectResponse> for Endpoint {
    fn from(answer: RtmConnectResponse) -> Self {
        Self::new(answer.url, Identity::new(answer.self_, answer.team))
    }
}

/// A connector that a user has set.
#[derive(Clone)]
pub(crate) struct Custom(pub(crate) Arc<dyn Connector>);

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::{ConnectedTeam, ConnectedUser};

    fn identity() -> Identity {
        Identity::new(ConnectedUser::new("U1", "robot"), ConnectedTeam::new("T1", "Acme", "acme"))
    }

    #[test]
    fn an_endpoint_shows_no_secret() {
        let endpoint = Endpoint::parse("wss://x.example/TICKET?a=SECRET", identity()).unwrap();
        let endpoint = endpoint.header("Cookie", "d=SECRET").unwrap();
        let said = format!("{endpoint:?} {endpoint:#?}");
        assert!(said.contains("cookie") && !said.contains("SECRET") && !said.contains("TICKET"), "{said}");
        let error = endpoint.header("Host", "SECRET").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        let error = Endpoint::parse("https://TICKET", identity()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("TICKET"), "{error}");
    }

    #[test]
    fn a_connector_is_object_safe() {
        let custom = Custom(Arc::new(|| async { Err(Error::Closed) }));
        assert_eq!(format!("{custom:?}"), "Connector");
    }
}
