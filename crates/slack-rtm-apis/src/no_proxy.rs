//! `NO_PROXY`, the list of hosts that are connected to without a proxy.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ipnet::IpNet;
use url::{Host, Url};

/// The entries of the list, separated by commas or whitespace. Each entry is one of
///
/// - `*`: every host;
/// - `example.com` or `.example.com`: the domain and its subdomains;
/// - `*.example.com`: only the subdomains;
/// - an IP address, or a network such as `10.0.0.0/8`;
/// - any of these except a network with a port, such as `example.com:8443` or `[::1]:8080`: only that port.
#[derive(Debug, Default)]
pub(crate) struct NoProxy(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug)]
enum Hosts {
    All,
    Address(IpAddr),
    Network(IpNet),
    /// The domain and its subdomains.
    Domain(String),
    /// Only the subdomains.
    Subdomains(String),
}

impl NoProxy {
    /// Parses a list. Invalid entries are logged, once for the same list.
    pub(crate) fn new(list: &str) -> Self {
        let (this, invalid) = Self::parse(list);
        if !invalid.is_empty() && is_new(list) {
            // An entry that is a URL can contain a password.
            let invalid: Vec<_> = invalid.into_iter().filter(|entry| !entry.contains('@')).collect();
            tracing::warn!(entries = ?invalid, "NO_PROXY contains invalid entries");
        }
        this
    }

    /// Returns the valid entries and the invalid ones.
    fn parse(list: &str) -> (Self, Vec<&str>) {
        let mut invalid = Vec::new();
        let mut entries = Vec::new();
        for text in list.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty()) {
            match Entry::parse(text) {
                Some(entry) => entries.push(entry),
                None => invalid.push(text),
            }
        }
        (Self(entries), invalid)
    }

    /// Returns whether the list contains the host of a URL.
    pub(crate) fn contains(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let address = host.parse::<IpAddr>().ok();
        let port = url.port_or_known_default();
        self.0
            .iter()
            .any(|entry| (entry.port.is_none() || entry.port == port) && entry.hosts.contain(host, address))
    }
}

/// Returns whether the list differs from the one that was logged last.
fn is_new(list: &str) -> bool {
    static WARNED: Mutex<Option<String>> = Mutex::new(None);

    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = warned.as_deref() != Some(list);
    *warned = Some(list.to_owned());
    is_new
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(network) = text.parse() {
            return Some(Self { hosts: Hosts::Network(network), port: None });
        }
        if let Some(hosts) = Hosts::parse(text) {
            return Some(Self { hosts, port: None });
        }
        let (host, port) = text.rsplit_once(':')?;
        Some(Self { hosts: Hosts::parse(host)?, port: Some(port.parse().ok()?) })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Some(Self::Address(address));
        }
        let subdomains = text.strip_prefix("*.");
        let name = subdomains.unwrap_or_else(|| text.strip_prefix('.').unwrap_or(text)).trim_end_matches('.');
        // Normalized like the host of a URL: lowercase and Punycode.
        match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.is_empty() && !name.contains(['*', ',']) => {
                Some(if subdomains.is_some() { Self::Subdomains(name) } else { Self::Domain(name) })
            }
            _ => None,
        }
    }

    fn contain(&self, host: &str, address: Option<IpAddr>) -> bool {
        let is_subdomain = |name: &str| host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        match self {
            Self::All => true,
            Self::Address(one) => address == Some(*one),
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Domain(name) => host == name || is_subdomain(name),
            Self::Subdomains(name) => is_subdomain(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_match_their_hosts() {
        for (list, in_it, not_in_it) in [
            ("*", "https://slack.com wss://[::1] http://10.0.0.1:8080", ""),
            (
                "slack.com",
                "https://slack.com wss://wss.slack.com:444 https://SLACK.COM.",
                "https://notslack.com https://slack.com.example",
            ),
            (".slack.com", "https://slack.com wss://wss.slack.com", "https://notslack.com"),
            (
                "*.Slack.com",
                "wss://wss.slack.com https://a.b.slack.com",
                "https://slack.com https://notslack.com",
            ),
            (
                "slack.com:443",
                "https://slack.com wss://wss.slack.com:443",
                "https://slack.com:8443 http://slack.com",
            ),
            ("*.slack.com:8443", "wss://a.slack.com:8443", "wss://a.slack.com wss://slack.com:8443"),
            ("*:8080", "http://any.example:8080 http://[::1]:8080", "http://any.example"),
            ("10.0.0.1", "http://10.0.0.1:99", "http://10.0.0.2 http://10.0.0.1.example"),
            ("10.0.0.1:80", "http://10.0.0.1", "https://10.0.0.1"),
            (
                "10.0.0.0/8, fd00::/8",
                "https://10.1.2.3 https://[fd00::1]",
                "https://11.0.0.1 https://[fe00::1]",
            ),
            ("::1", "http://[::1]:80", "http://[::2]"),
            ("[::1]:8080", "http://[::1]:8080", "http://[::1]"),
            (
                "a.example b.example,,c.example",
                "http://a.example http://b.example http://c.example",
                "http://d.example",
            ),
            ("bücher.example", "http://xn--bcher-kva.example", ""),
            ("localhost.", "http://localhost", ""),
        ] {
            let (parsed, invalid) = NoProxy::parse(list);
            assert!(invalid.is_empty(), "{invalid:?}");
            for (urls, expected) in [(in_it, true), (not_in_it, false)] {
                for url in urls.split_ascii_whitespace() {
                    assert_eq!(parsed.contains(&Url::parse(url).unwrap()), expected, "{list}: {url}");
                }
            }
        }
    }

    #[test]
    fn invalid_entries_are_reported_and_ignored() {
        let list = "https://slack.com, foo*.example, 10.0.*, slack.com:https, :80, 10.0.0.0/33, slack.com/api, a@b, *.*, good.example";
        let (parsed, invalid) = NoProxy::parse(list);
        assert_eq!(invalid.len(), 9, "{invalid:?}");
        assert!(parsed.contains(&Url::parse("https://good.example").unwrap()));
        assert!(!parsed.contains(&Url::parse("https://slack.com").unwrap()));
    }

    #[test]
    fn the_same_list_is_logged_once() {
        assert!(is_new("a*.example"));
        assert!(!is_new("a*.example"));
        assert!(is_new("b*.example"));
    }
}
