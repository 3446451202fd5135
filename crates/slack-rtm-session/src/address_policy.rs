//! Which addresses of a message server a session connects to.

use slack_rtm_apis::{BaseUrl, Client};
use url::Url;

use crate::Error;

/// Where unencrypted connections are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Nowhere: an API that is called over HTTPS must not lead to an unencrypted connection.
    Never,
    /// To loopback addresses.
    Loopback,
    /// Anywhere, because the API calls are not encrypted either.
    Anywhere,
}

impl Plain {
    /// Returns the policy for addresses from Slack, or from a custom connector.
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

/// Checks an address before it is dialed.
pub(crate) fn check(url: &Url, plain: Plain) -> Result<(), Error> {
    match url.scheme() {
        "wss" if cfg!(any(feature = "rustls", feature = "native-tls")) => {}
        "wss" => return Err(Error::NoTls),
        "ws" if plain.allows(url) => {}
        "ws" => return Err(Error::InvalidAddress("it is not encrypted, but the API is")),
        _ => return Err(Error::InvalidAddress("its scheme is not wss or ws")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::InvalidAddress("it contains a user or a password"));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(Error::InvalidAddress("it has no host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
