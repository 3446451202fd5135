//! Where the API is.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::ConfigError;

/// Whether this crate was built with TLS.
pub(crate) const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// A base URL that a token may be sent to: `https`, or `http` on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Checks a URL.
    ///
    /// # Errors
    /// If it is no URL, has no host, has credentials, a query or a fragment, or is plain `http` to another host than the loopback and
    /// `allow_plain_http` is not set.
    pub fn new(text: impl AsRef<str>, allow_plain_http: bool) -> Result<Self, ConfigError> {
        let error = |message: &str| ConfigError::new("base_url", message);
        let text = text.as_ref().trim();
        let mut url = Url::parse(text.trim_end_matches('/')).map_err(|source| {
            error("it is no absolute URL, such as https://slack.com/api").with_source(source)
        })?;
        if !is_written_with_host(text) {
            return Err(error("it has no host between :// and the path"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(error("it has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(error("it has a user or a password in it; the token is set on its own"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(error("it has a query or a fragment, which the arguments of a call would replace"));
        }
        match url.scheme() {
            "https" => {}
            "http" if allow_plain_http || is_loopback(&url) => {}
            "http" => {
                return Err(error(
                    "it is plain http, which would show the token to everyone on the way; use https, or allow plain http by name",
                ));
            }
            _ => return Err(error("its scheme is neither https nor http")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL of a method, without arguments.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether it names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns whether a URL, of whatever scheme, names this machine.
    #[must_use]
    pub fn names_this_machine(url: &Url) -> bool {
        is_loopback(url)
    }

    /// Refuses `https` where there is nothing to speak it with.
    pub(crate) fn check_tls(self, has_tls: bool) -> Result<Self, ConfigError> {
        if self.is_https() && !has_tls {
            let message = "it is https, and this program was built without TLS; enable the feature `ring`, `aws-lc-rs` or `native-tls`";
            return Err(ConfigError::new("base_url", message));
        }
        Ok(self)
    }

    /// Whether it is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Whether a URL has its host where it belongs. The parser does as browsers do: it drops line ends, takes `\` for `/`, and the first part of a path for a host
/// that is not there, so that a token would go to a machine that nobody has named.
pub(crate) fn is_written_with_host(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control());
    let rest = text.split_once("://").map(|(_, rest)| rest);
    is_plain && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.0)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_joined_whatever_the_slashes() {
        for text in ["https://slack.com/api", "https://slack.com/api/", "https://slack.com/api//"] {
            assert_eq!(
                BaseUrl::new(text, false).unwrap().join("/rtm.connect").as_str(),
                "https://slack.com/api/rtm.connect"
            );
        }
        assert_eq!(
            BaseUrl::new("http://127.0.0.1:1", false).unwrap().join("/x").as_str(),
            "http://127.0.0.1:1/x"
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_allowed_by_name() {
        for text in
            ["http://localhost:1", "http://127.9.9.9/api", "http://[::1]:80/api", "http://a.localhost"]
        {
            assert!(BaseUrl::new(text, false).is_ok(), "{text}");
        }
        for text in [
            "http://slack.com/api",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
        ] {
            assert!(BaseUrl::new(text, false).unwrap_err().to_string().contains("plain http"), "{text}");
            assert!(BaseUrl::new(text, true).is_ok(), "{text}");
        }
    }

    #[test]
    fn https_needs_tls() {
        let url = |text| BaseUrl::new(text, false).unwrap();
        let error = url("https://slack.com/api").check_tls(false).unwrap_err().to_string();
        assert!(error.contains("`ring`") && error.contains("`native-tls`"), "{error}");
        assert!(url("https://slack.com/api").check_tls(true).is_ok());
        assert!(url("http://127.0.0.1:1/api").check_tls(false).is_ok());
    }

    #[test]
    fn what_is_no_base_is_refused() {
        for text in [
            "",
            "slack.com/api",
            "/api",
            "ftp://slack.com",
            "https://",
            "https://user:pw@slack.com",
            "https://slack.com/?a=b",
            "https://slack.com/#a",
            "data:x",
            "https:///api",
            "https:////slack.com/api",
            "https:/api",
            "https:api",
            "https:\\\\api",
            "https://\\api",
            "https:\n//\t/api",
            "https://\t/api",
            "https://sla\nck.com/api",
            "http:///localhost/api",
        ] {
            let error = BaseUrl::new(text, true).unwrap_err();
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }
}
