//! Calling rtm.connect.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use slack_rtm_apis::{Client, RetryPolicy};
use slack_rtm_models::{ErrorCode, ErrorResponse, RtmConnectResponse};
use url::Url;

use crate::error::{CallError, CallErrorKind};
use crate::machine::Ticket;
use crate::{Error, Identity};

/// The arguments of rtm.connect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) presence_sub: Option<bool>,
    pub(crate) batch_presence_aware: Option<bool>,
}

pub(crate) type Answer = Result<Ticket, Error>;

/// Calls once, whatever the client's own policy is: the session counts the calls.
pub(crate) async fn connect(client: Client, arguments: Arguments) -> Answer {
    let mut call = client.rtm_connect().with_retry(RetryPolicy::attempts(1));
    if let Some(value) = arguments.presence_sub {
        call = call.presence_sub(value);
    }
    if let Some(value) = arguments.batch_presence_aware {
        call = call.batch_presence_aware(value);
    }
    match call.send().await {
        Ok(answer) => ticket(answer, client.base_url().is_https()),
        Err(error) => Err(Error::Call(call_error(error))),
    }
}

/// Every call gives a new address. Whether its text was seen before is not asked: that it is fresh is the server's word.
fn ticket(answer: RtmConnectResponse, is_https: bool) -> Answer {
    check(answer.url.expose(), is_https)?;
    Ok(Ticket { url: answer.url, identity: Arc::new(Identity::new(answer.self_, answer.team)) })
}

/// Whoever answers over HTTPS must not lead to a connection that others can read.
pub(crate) fn check(url: &Url, is_https: bool) -> Result<(), Error> {
    match url.scheme() {
        "wss" if cfg!(any(feature = "rustls", feature = "native-tls")) => {}
        "wss" => return Err(Error::NoTls),
        "ws" if !is_https => {}
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

fn call_error(error: slack_rtm_apis::Error<ErrorResponse>) -> CallError {
    let kind = if error.is_fatal() {
        CallErrorKind::Fatal
    } else if error.is_rate_limited() {
        CallErrorKind::RateLimited { retry_after: error.retry_after() }
    } else {
        CallErrorKind::Transient
    };
    CallError { code: error.printable_code().map(ErrorCode::from), kind, source: Arc::new(Shareable(error)) }
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

impl StdError for Shareable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_less_safe_than_the_api_is_refused() {
        for (url, is_https, is_good) in [
            ("wss://x.example/t", true, true),
            ("wss://x.example/t", false, true),
            ("ws://127.0.0.1/t", false, true),
            ("ws://x.example/t", true, false),
            ("https://x.example/t", true, false),
            ("file:///etc/passwd", false, false),
            ("wss://user@x.example/t", true, false),
            ("wss://:password@x.example/t", true, false),
        ] {
            assert_eq!(check(&Url::parse(url).unwrap(), is_https).is_ok(), is_good, "{url}");
        }
    }
}
