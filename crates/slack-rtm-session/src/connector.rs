//! Where a session connects to, and as whom.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use slack_rtm_apis::{ConfigError, Headers};
use slack_rtm_models::{RtmConnectResponse, SocketUrl, Ts};

use crate::{Error, Identity};

/// What [`Connector::connect`] returns.
pub type ConnectFuture<'a> = Pin<Box<dyn Future<Output = Result<Endpoint, Error>> + Send + 'a>>;

/// Tells a session where to connect to. By default a session asks Slack with rtm.connect; with a connector of its own it can replay a recording, or reach Slack
/// through a gateway.
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
/// It is called before every attempt to connect, since an address can be used once. The session limits how often
/// ([`Config::calls_per_minute`](crate::Config::calls_per_minute)) and how long ([`Config::call_timeout`](crate::Config::call_timeout)), and drops the future when
/// the time is up.
pub trait Connector: Send + Sync + 'static {
    /// Returns an address that was not used before.
    ///
    /// # Errors
    /// An [`Error::Call`]: an error of a call converts into one, and [`CallError`](crate::CallError) makes one of any other error. It says whether the session tries
    /// again, ends, or waits first.
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

/// An address to connect to, as whom, and the headers that the upgrade to a WebSocket needs beside those of
/// [`ClientBuilder::upgrade_header`](slack_rtm_apis::ClientBuilder::upgrade_header). `Debug` prints neither the address nor the headers' values.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) url: SocketUrl,
    pub(crate) identity: Arc<Identity>,
    pub(crate) headers: Headers,
    pub(crate) server_time: Option<Ts>,
}

impl Endpoint {
    /// Creates an endpoint. The scheme has to be `wss`; `ws` is for this machine, and for clients whose API is plain HTTP too.
    #[must_use]
    pub fn new(url: impl Into<SocketUrl>, identity: Identity) -> Self {
        Self { url: url.into(), identity: Arc::new(identity), headers: Headers::default(), server_time: None }
    }

    /// Creates an endpoint whose address is text.
    ///
    /// # Errors
    /// If the text is no URL with the scheme `wss` or `ws`. The error does not quote it.
    pub fn parse(url: &str, identity: Identity) -> Result<Self, Error> {
        let url: Result<SocketUrl, serde::de::value::Error> =
            serde::Deserialize::deserialize(serde::de::value::StrDeserializer::new(url));
        url.map(|url| Self::new(url, identity)).map_err(|_| Error::InvalidAddress("it is no WebSocket's"))
    }

    /// Sets the time of the server that sends the messages, as a timestamp of Slack's. [`Backfill`](crate::Backfill) begins there with channels in which nothing was seen.
    #[must_use]
    pub fn server_time(mut self, ts: impl Into<Ts>) -> Self {
        self.server_time = Some(ts.into());
        self
    }

    /// Adds a header to the upgrade. It takes the place of the client's header of that name.
    ///
    /// # Errors
    /// If the header is malformed, or belongs to the handshake, such as `Host` and `Sec-WebSocket-Protocol`.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        self.headers = self.headers.with_upgrade_header(name, value)?;
        Ok(self)
    }
}

/// What rtm.connect has answered.
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
