//! Calling rtm.connect.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use slack_rtm_apis::{BaseUrl, CallBudget, Client, RetryPolicy};
use slack_rtm_models::{ErrorCode, ErrorResponse, Ts};
use url::Url;

use crate::error::{CallError, CallErrorKind, Called};
use crate::{Connector, Endpoint, Error, telemetry};

/// The arguments of rtm.connect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) presence_sub: Option<bool>,
    pub(crate) batch_presence_aware: Option<bool>,
}

/// Calls once, whatever the client's own policy is: the session counts the calls.
pub(crate) async fn connect(client: &Client, arguments: Arguments) -> Result<Endpoint, Error> {
    let mut call = client.rtm_connect().with_retry(RetryPolicy::with_max_attempts(1));
    if let Some(value) = arguments.presence_sub {
        call = call.presence_sub(value);
    }
    if let Some(value) = arguments.batch_presence_aware {
        call = call.batch_presence_aware(value);
    }
    let answer = call.send_with_info().await?;
    let server_time = answer.headers.text("date").and_then(server_time);
    Ok(Endpoint { server_time, ..answer.into_value().into() })
}

/// The moment that a `Date` header names.
fn server_time(date: &str) -> Option<Ts> {
    let since_epoch = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Ts::new(format!("{}.000000", since_epoch.as_secs())))
}

/// Calls for a session.
pub(crate) struct Caller {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) plain: Plain,
    pub(crate) budget: Arc<CallBudget>,
    pub(crate) per_minute: usize,
}

impl Caller {
    /// Asks the connector, if other processes have left a call for it. Every call gives a new address; whether its text was seen before is not asked: that it is fresh
    /// is the server's word.
    pub(crate) fn fetch(&self) -> impl Future<Output = Result<Endpoint, Error>> + Send + use<> {
        let (connector, budget) = (self.connector.clone(), self.budget.clone());
        let (plain, per_minute) = (self.plain, self.per_minute);
        async move {
            if let Some(shared) = budget.shared() {
                shared.acquire(per_minute).await.map_err(|wait| Error::Call(CallError::deferred(wait)))?;
            }
            telemetry::called();
            let endpoint = connector.connect().await?;
            check(endpoint.url.expose(), plain)?;
            Ok(endpoint)
        }
    }
}

/// Where a connection may go that others can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Nowhere: whoever answers over HTTPS must not lead there.
    Never,
    /// To this machine.
    Loopback,
    /// Anywhere, as with calls.
    Anywhere,
}

impl Plain {
    /// For the addresses that a client is given, by Slack or by the user's own connector.
    pub(crate) fn of(client: &Client, is_custom: bool) -> Self {
        match client.base_url().is_https() {
            false => Self::Anywhere,
            true if is_custom => Self::Loopback,
            true => Self::Never,
        }
    }

    fn allows(self, url: &Url) -> bool {
        match self {
            Self::Never => false,
            Self::Loopback => BaseUrl::is_loopback_url(url),
            Self::Anywhere => true,
        }
    }
}

/// Checks an address.
pub(crate) fn check(url: &Url, plain: Plain) -> Result<(), Error> {
    match url.scheme() {
        "wss" if cfg!(any(feature = "rustls", feature = "native-tls")) => {}
        "wss" => return Err(Error::NoTls),
        "ws" if plain.allows(url) => {}
        "ws" => return Err(Error::Address("it is not encrypted, and the API is")),
        _ => return Err(Error::Address("it is no WebSocket's")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Address("it has a user or a password in it"));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(Error::Address("it has no host")),
    }
}

impl From<slack_rtm_apis::Error<ErrorResponse>> for CallError {
    fn from(error: slack_rtm_apis::Error<ErrorResponse>) -> Self {
        let kind = if error.is_fatal() {
            CallErrorKind::Fatal
        } else if error.is_rate_limited() {
            CallErrorKind::RateLimited { retry_after: error.retry_after() }
        } else {
            CallErrorKind::Transient
        };
        CallError {
            method: Called::RtmConnect,
            code: error.printable_code().map(ErrorCode::from),
            status: error.status().map(|status| status.as_u16()),
            kind,
            source: Arc::new(Shareable(error)),
        }
    }
}

impl From<slack_rtm_apis::Error<ErrorResponse>> for Error {
    fn from(error: slack_rtm_apis::Error<ErrorResponse>) -> Self {
        Self::Call(error.into())
    }
}

/// An error of a call is neither `Sync` by contract nor `Clone`; it is wrapped so that it can be shared.
struct Shareable(slack_rtm_apis::Error<ErrorResponse>);

impl fmt::Display for Shareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Shareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Shareable {}

/// Returns the error of the HTTP client or the decoder behind a failed call.
pub(crate) fn cause<'a>(error: &'a (dyn StdError + Send + Sync + 'static)) -> &'a (dyn StdError + 'static) {
    use slack_rtm_apis::Error;
    match error.downcast_ref::<Shareable>().map(|shareable| &shareable.0) {
        Some(Error::Transport(error)) => error.cause(),
        Some(Error::Decode { source, .. }) => source,
        Some(Error::Config(error)) => error,
        _ => error,
    }
}

/// Returns a short name for how a call failed.
pub(crate) fn reason(error: &(dyn StdError + Send + Sync + 'static)) -> &'static str {
    use slack_rtm_apis::Error;
    match error.downcast_ref::<Shareable>().map(|shareable| &shareable.0) {
        Some(Error::Slack(_)) => "call_refused",
        Some(Error::RateLimited { .. }) => "call_rate_limited",
        Some(Error::Status { .. }) => "call_status",
        Some(Error::Decode { .. } | Error::BodyTooLarge { .. }) => "call_decode",
        Some(Error::Transport(error)) if error.is_timeout() => "call_timeout",
        Some(Error::Transport(error)) if error.is_tls() => "call_tls",
        Some(Error::Transport(error)) if error.is_dns() => "call_dns",
        Some(Error::Transport(error)) if error.is_connect() => "call_connect",
        _ => "call",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_is_read_off_its_answer() {
        assert_eq!(server_time("Tue, 14 Nov 2023 22:13:20 GMT").unwrap(), "1700000000.000000");
        for date in ["", "soon", "Tue, 14 Nov 1923 22:13:20 GMT"] {
            assert!(server_time(date).is_none(), "{date}");
        }
    }

    #[test]
    fn an_address_that_is_less_safe_than_the_api_is_refused() {
        use Plain::{Anywhere, Loopback, Never};
        for (url, plain, is_good) in [
            ("wss://x.example/t", Never, true),
            ("wss://x.example/t", Anywhere, true),
            ("ws://127.0.0.1/t", Anywhere, true),
            ("ws://x.example/t", Anywhere, true),
            ("ws://127.0.0.1/t", Loopback, true),
            ("ws://[::1]:7/t", Loopback, true),
            ("ws://x.example/t", Loopback, false),
            ("ws://127.0.0.1/t", Never, false),
            ("ws://x.example/t", Never, false),
            ("https://x.example/t", Never, false),
            ("file:///etc/passwd", Anywhere, false),
            ("wss://user@x.example/t", Never, false),
            ("wss://:password@x.example/t", Never, false),
        ] {
            assert_eq!(check(&Url::parse(url).unwrap(), plain).is_ok(), is_good, "{url}");
        }
    }
}
