//! The base URL of the API.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::ConfigError;

/// Whether this crate was built with TLS support.
pub(crate) const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// A validated base URL to which a token can be sent: `https`, or `http` on a loopback address.
///
/// ```
/// use slack_rtm_apis::BaseUrl;
///
/// assert!(BaseUrl::new("https://slack.com/api", false).is_ok());
/// assert!(BaseUrl::new("http://127.0.0.1:8080/api", false).is_ok());
/// assert!(BaseUrl::new("http://gateway.example.com/api", false).is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Validates a URL.
    ///
    /// # Errors
    /// Returns an error if the text is not an absolute `http` or `https` URL with a host, if it contains credentials, a query or a fragment, or if it is plain
    /// `http` to a host other than a loopback address and `allow_plain_http` is false.
    pub fn new(text: impl AsRef<str>, allow_plain_http: bool) -> Result<Self, ConfigError> {
        let error = |message: &str| ConfigError::new("base_url", message);
        let text = text.as_ref().trim();
        let mut url = Url::parse(text.trim_end_matches('/')).map_err(|source| {
            error("not an absolute URL such as https://slack.com/api").with_source(source)
        })?;
        if !is_written_with_host(text) {
            return Err(error("the URL has no host between :// and the path"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(error("the URL has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(error("the URL contains credentials; set the token with `token`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(error("the URL contains a query or a fragment"));
        }
        match url.scheme() {
            "https" => {}
            "http" if allow_plain_http || is_loopback(&url) => {}
            "http" => {
                return Err(error(
                    "plain http would expose the token; use https, or allow it with `danger_allow_plain_http`",
                ));
            }
            _ => return Err(error("the scheme of the URL is neither https nor http")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Returns the URL of a path, without arguments.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// Returns the URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Returns whether the host is a loopback address or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns whether the host of a URL with any scheme is a loopback address or `localhost`.
    #[must_use]
    pub fn is_loopback_url(url: &Url) -> bool {
        is_loopback(url)
    }

    /// Rejects `https` without TLS support.
    pub(crate) fn check_tls(self, has_tls: bool) -> Result<Self, ConfigError> {
        if self.is_https() && !has_tls {
            let message =
                "https requires TLS support; enable the feature `ring`, `aws-lc-rs` or `native-tls`";
            return Err(ConfigError::new("base_url", message));
        }
        Ok(self)
    }

    /// Returns whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Returns whether a URL has its host between `://` and the path. The parser is as lenient as browsers: it removes line breaks, treats `\` as `/`, and takes the
/// first path segment for a missing host, so that a token could be sent to an unintended host.
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
    fn trailing_slashes_are_ignored() {
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
    fn plain_http_is_for_loopback_addresses_unless_allowed() {
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
    fn invalid_urls_are_rejected() {
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
