//! Proxies: what the URL of one may be, wherever it comes from.

use std::ffi::OsString;
use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::ConfigError;
use crate::base_url::is_written_with_host;

/// A proxy's URL. Its password is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Url);

impl Proxy {
    pub(crate) fn new(text: &str) -> Result<Self, ConfigError> {
        // Neither the text nor the parser's error may be quoted: there may be a password in it.
        let url = Url::parse(text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
        let url = url.filter(|_| is_written_with_host(text));
        let url =
            url.ok_or_else(|| error("it is no URL with a host, such as http://proxy.example.com:3128"))?;
        match url.scheme() {
            "http" | "https" => Ok(Self(url)),
            "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => Ok(Self(url)),
            _ if cfg!(feature = "socks") => Err(error("its scheme is none of http, https and SOCKS")),
            _ => Err(error("its scheme is not supported; SOCKS needs the feature `socks`")),
        }
    }

    /// The URL, with the password if it has one. Keep it out of logs and messages.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}://{})", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

fn error(message: &str) -> ConfigError {
    ConfigError::new("proxy", message)
}

/// Checks the proxy that the environment names for a URL. Whoever sets one wants it used: one that cannot be is refused here, and neither gone around in silence
/// nor found out call by call.
pub(crate) fn check_environment(
    url: &Url,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<(), ConfigError> {
    // The rules of the matcher: the upper case goes first, `ALL_PROXY` stands in, and a CGI program has none, since a request could set HTTP_PROXY there.
    let names = match url.scheme() {
        "https" => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let first = |names: [&'static str; 2]| {
        let set = names.into_iter().find_map(|name| Some((name, variable(name)?)));
        set.filter(|(_, value)| !value.is_empty())
    };
    let is_cgi = variable("REQUEST_METHOD").is_some();
    let named = first(names).or_else(|| first(["ALL_PROXY", "all_proxy"]));
    let Some((name, value)) = named.filter(|_| !is_cgi && !is_excepted(url, &variable)) else {
        return Ok(());
    };
    let checked = match value.to_str() {
        Some(text) => check(text),
        None => Err(error("no text")),
    };
    checked.map_err(|error| error.in_variable(name))
}

fn check(text: &str) -> Result<(), ConfigError> {
    // A scheme may be left out here, as everywhere with these variables.
    if text.contains("://") { Proxy::new(text) } else { Proxy::new(&format!("http://{text}")) }?;
    // The matcher reads it with another parser, drops in silence what that does not take, and ends a password at its first @.
    let used = Matcher::builder().all(text).build().intercept(&Uri::from_static("https://any.example/"));
    let is_understood =
        used.is_some_and(|used| !used.uri().authority().is_none_or(|it| it.as_str().contains('@')));
    if is_understood {
        Ok(())
    } else {
        Err(error(
            "it has a character that has to be written in another way, such as %40 for @ in a password",
        ))
    }
}

/// Whether the environment lists the URL's host among those that are reached without a proxy.
fn is_excepted(url: &Url, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let list = variable("NO_PROXY").or_else(|| variable("no_proxy"));
    let list = list.and_then(|list| list.into_string().ok()).unwrap_or_default();
    let Ok(uri) = url.as_str().parse::<Uri>() else { return false };
    Matcher::builder().all("http://proxy.example/").no(list).build().intercept(&uri).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(url: &str, variables: &[(&str, &str)]) -> Result<(), ConfigError> {
        check_environment(&Url::parse(url).unwrap(), |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn a_proxys_password_is_not_shown() {
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
    fn the_environments_proxy_has_to_be_one() {
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
            "https://u:p%40ss@proxy.example/",
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
    fn socks_is_a_feature_wherever_the_proxy_is_named() {
        for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
            let url = format!("{scheme}://u:p@proxy:1080");
            assert_eq!(Proxy::new(&url).is_ok(), cfg!(feature = "socks"));
            let named = environment("https://slack.com/api", &[("HTTPS_PROXY", &url)]);
            assert_eq!(named.is_ok(), cfg!(feature = "socks"));
        }
    }

    #[test]
    fn only_the_proxy_that_would_be_used_matters() {
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
