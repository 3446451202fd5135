//! Proxies: validation of their URLs, and selection of the proxy for a URL.

use std::ffi::OsString;
use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::base_url::{HAS_TLS, is_written_with_host};
use crate::no_proxy::NoProxy;
use crate::{BaseUrl, ConfigError};

/// The URL of a proxy. `Debug` prints only its scheme and host. [`Client::proxy_for`](crate::Client::proxy_for) returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Url);

impl Proxy {
    pub(crate) fn new(text: &str) -> Result<Self, ConfigError> {
        // The error must not contain the text or the parser's error, which can contain a password.
        let url = Url::parse(text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
        let url = url.filter(|_| is_written_with_host(text));
        let url = url.ok_or_else(|| error("not a URL with a host such as http://proxy.example.com:3128"))?;
        match url.scheme() {
            "http" => Ok(Self(url)),
            "https" if HAS_TLS => Ok(Self(url)),
            "https" => Err(error("an https proxy requires the feature `ring`, `aws-lc-rs` or `native-tls`")),
            "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => Ok(Self(url)),
            _ if cfg!(feature = "socks") => Err(error("unsupported scheme; expected http, https or SOCKS")),
            _ => Err(error("unsupported scheme; SOCKS requires the feature `socks`")),
        }
    }

    /// Returns the URL including the password, which must not appear in logs and messages.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

/// The proxies of a client. The same rules apply to calls and WebSocket connections.
pub(crate) enum Proxies {
    /// No proxy.
    None,
    /// A single proxy for all connections.
    Single(Proxy),
    /// The proxies of the environment, or else of the system.
    Environment(Box<Environment>),
}

pub(crate) struct Environment {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exceptions: NoProxy,
    /// The settings of the operating system, where the HTTP client supports them.
    system: Matcher,
}

impl Proxies {
    /// Selects the configured proxy, or the proxies of the environment. An API on a loopback address uses none.
    ///
    /// # Errors
    /// Returns an error if the environment's proxy for the API is invalid, since it must be neither bypassed silently nor reported only by the first call.
    pub(crate) fn new(
        configured: Option<Proxy>,
        base_url: &BaseUrl,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        match configured {
            Some(proxy) => Ok(Self::Single(proxy)),
            None if base_url.is_loopback() => Ok(Self::None),
            None => Environment::new(base_url.as_url(), variable).map(Box::new).map(Self::Environment),
        }
    }

    /// Returns the proxy for a URL of the API or of a message server.
    pub(crate) fn for_url(&self, url: &Url) -> Option<Proxy> {
        match self {
            Self::None => None,
            Self::Single(proxy) => Some(proxy.clone()),
            Self::Environment(environment) => environment.for_url(url),
        }
    }
}

impl Environment {
    fn new(api: &Url, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let list = variable("NO_PROXY").or_else(|| variable("no_proxy"));
        let exceptions = NoProxy::new(&list.unwrap_or_default().to_string_lossy());
        let proxy = |is_tls| match proxy_variable(is_tls, &variable)
            .map(|(name, value)| parse_variable(name, &value))
        {
            // It does not apply to the API and may never be used.
            Some(Err(_)) if is_tls != is_encrypted(api) || exceptions.contains(api) => Ok(None),
            read => read.transpose(),
        };
        let (http, https) = (proxy(false)?, proxy(true)?);
        Ok(Self { http, https, exceptions, system: Matcher::from_system() })
    }

    fn for_url(&self, url: &Url) -> Option<Proxy> {
        if self.exceptions.contains(url) {
            return None;
        }
        let is_tls = is_encrypted(url);
        let named = if is_tls { &self.https } else { &self.http };
        named.clone().or_else(|| {
            let target = format!("{}://{}/", if is_tls { "https" } else { "http" }, url.host_str()?);
            let found = self.system.intercept(&target.parse().ok()?)?;
            Proxy::new(&found.uri().to_string()).ok()
        })
    }
}

fn is_encrypted(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "wss")
}

/// Returns the variable that applies to a scheme, with its value: upper case precedes lower case, and `ALL_PROXY` is the fallback. A CGI program has none, since
/// the headers of a request could set `HTTP_PROXY`.
fn proxy_variable(
    is_tls: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    let first = |names: [&'static str; 2]| {
        let set = names.into_iter().find_map(|name| Some((name, variable(name)?)));
        set.filter(|(_, value)| !value.is_empty())
    };
    let names = if is_tls { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let named = first(names).or_else(|| first(["ALL_PROXY", "all_proxy"]));
    named.filter(|_| variable("REQUEST_METHOD").is_none())
}

/// Parses the value of a variable.
fn parse_variable(name: &'static str, value: &OsString) -> Result<Proxy, ConfigError> {
    let read = match value.to_str() {
        Some(text) => parse(text),
        None => Err(error("not valid UTF-8")),
    };
    read.map_err(|error| error.in_variable(name))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}://{})", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

fn error(message: &str) -> ConfigError {
    ConfigError::new("proxy", message)
}

fn parse(text: &str) -> Result<Proxy, ConfigError> {
    // The scheme is optional in these variables.
    let proxy = if text.contains("://") { Proxy::new(text) } else { Proxy::new(&format!("http://{text}")) }?;
    // The parser of the HTTP client ends a password at the first @ and silently ignores what it cannot parse.
    let used = Matcher::builder().all(text).build().intercept(&Uri::from_static("https://any.example/"));
    let is_valid =
        used.is_some_and(|used| !used.uri().authority().is_none_or(|it| it.as_str().contains('@')));
    if is_valid {
        Ok(proxy)
    } else {
        Err(error(
            "the URL contains a character that must be percent-encoded, such as %40 for @ in a password",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(url: &str, variables: &[(&str, &str)]) -> Result<(), ConfigError> {
        proxies(url, variables).map(drop)
    }

    fn proxies(url: &str, variables: &[(&str, &str)]) -> Result<Proxies, ConfigError> {
        Proxies::new(None, &BaseUrl::new(url, true).unwrap(), |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn calls_and_sockets_use_the_same_rules() {
        let variables = [
            ("HTTPS_PROXY", "http://user:p%40ss@secure.example:3128"),
            ("http_proxy", "plain.example"),
            ("NO_PROXY", "*.direct.example,exact.example:8443"),
        ];
        let proxies = proxies("https://slack.com/api", &variables).unwrap();
        for (url, host) in [
            ("https://slack.com/api/rtm.connect", Some("secure.example")),
            ("wss://wss.slack.com/x", Some("secure.example")),
            ("http://slack.com/", Some("plain.example")),
            ("ws://slack.com/", Some("plain.example")),
            ("wss://a.direct.example/", None),
            ("wss://direct.example/", Some("secure.example")),
            ("wss://exact.example:8443/", None),
            ("wss://exact.example/", Some("secure.example")),
        ] {
            let proxy = proxies.for_url(&Url::parse(url).unwrap());
            assert_eq!(proxy.as_ref().and_then(|proxy| proxy.expose().host_str()), host, "{url}");
        }
        let secure = proxies.for_url(&Url::parse("https://slack.com").unwrap()).unwrap();
        assert_eq!(secure.expose().password(), Some("p%40ss"));
    }

    #[test]
    fn an_api_on_a_loopback_address_uses_no_proxy() {
        let url = Url::parse("ws://127.0.0.1:1/x").unwrap();
        let proxies = proxies("http://127.0.0.1:1/api", &[("ALL_PROXY", "http://proxy")]).unwrap();
        assert!(proxies.for_url(&url).is_none());
    }

    #[test]
    fn the_password_is_not_printed() {
        let proxy = Proxy::new("http://user:SECRET@proxy.example.com:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "Proxy(http://proxy.example.com)");
        for text in [
            "",
            "user:SECRET@proxy",
            "http://",
            "SECRET",
            "http:///SECRET",
            "http:/SECRET",
            "http:\\\\SECRET",
            "ftp://u:SECRET@proxy",
            "http://u:SECRET@:bad:",
        ] {
            let error = Proxy::new(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECRET"));
        }
    }

    #[test]
    fn an_invalid_proxy_of_the_environment_is_an_error() {
        for value in [
            "http://u:SECRET@:bad:",
            "http://u:SECRET@proxy:99999",
            "http:///SECRET",
            "http://u:SECRET@SECRET@proxy:3128",
            "http://SECRET é:3128",
            "http://é.example:3128",
            "ftp://proxy",
            "%",
            ":3128",
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let error = environment("https://slack.com/api", &[(name, value)]).unwrap_err();
                assert_eq!(error.setting(), "proxy");
                let error = format!("{error} {error:?}");
                assert!(error.contains(name) && !error.contains("SECRET"), "{value}: {error}");
            }
        }
        for value in [
            "http://proxy:3128",
            "proxy:3128",
            "http://Proxy.Example:3128",
            "u:p@proxy",
            "10.0.0.1",
            "http://[::1]:8080",
            "",
        ] {
            environment("https://slack.com/api", &[("HTTPS_PROXY", value)]).unwrap();
        }
    }

    #[test]
    fn socks_requires_a_feature() {
        for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
            let url = format!("{scheme}://u:p@proxy:1080");
            assert_eq!(Proxy::new(&url).is_ok(), cfg!(feature = "socks"));
            let named = environment("https://slack.com/api", &[("HTTPS_PROXY", &url)]);
            assert_eq!(named.is_ok(), cfg!(feature = "socks"));
        }
    }

    #[test]
    fn an_https_proxy_requires_tls() {
        let url = "https://u:p%40ss@proxy.example/";
        assert_eq!(Proxy::new(url).is_ok(), HAS_TLS);
        let named = environment("http://any.example/api", &[("HTTP_PROXY", url)]);
        assert_eq!(named.is_ok(), HAS_TLS);
        if let Err(error) = named {
            let said = error.to_string();
            assert!(
                said.contains("`ring`") && said.contains("`native-tls`") && !said.contains("ss@"),
                "{said}"
            );
        }
    }

    #[test]
    fn an_unused_invalid_proxy_is_ignored() {
        let bad = "ftp://proxy";
        for variables in [
            vec![("HTTP_PROXY", bad)],
            vec![("HTTPS_PROXY", "http://proxy"), ("https_proxy", bad), ("ALL_PROXY", bad)],
            vec![("HTTPS_PROXY", bad), ("NO_PROXY", "other.example, slack.com")],
            vec![("ALL_PROXY", bad), ("no_proxy", "*")],
            vec![("HTTPS_PROXY", bad), ("REQUEST_METHOD", "GET")],
        ] {
            assert!(environment("https://slack.com/api", &variables).is_ok(), "{variables:?}");
        }
        assert!(environment("http://proxied.example/api", &[("HTTP_PROXY", bad)]).is_err());
        assert!(environment("https://slack.com/api", &[("HTTPS_PROXY", ""), ("ALL_PROXY", bad)]).is_err());
    }
}
