//! `NO_PROXY`: the hosts that are reached without a proxy.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ipnet::IpNet;
use url::{Host, Url};

/// The entries of the list. Separated by commas or blanks, each is one of
///
/// - `*`: every host;
/// - `example.com` or `.example.com`: that domain and those below it;
/// - `*.example.com`: the domains below it alone;
/// - an IP address, or a network such as `10.0.0.0/8`;
/// - any of these but a network with a port, such as `example.com:8443` or `[::1]:8080`: that port alone.
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
    /// This domain and those below it.
    Domain(String),
    /// Those below it alone.
    Below(String),
}

impl NoProxy {
    /// Reads a list; what can never match is warned of, once as long as the list is the same.
    pub(crate) fn new(list: &str) -> Self {
        let (this, useless) = Self::parse(list);
        if !useless.is_empty() && is_new(list) {
            // Whoever writes a URL into it may write a password too.
            let useless: Vec<_> = useless.into_iter().filter(|entry| !entry.contains('@')).collect();
            tracing::warn!(entries = ?useless, "NO_PROXY has entries that can never match");
        }
        this
    }

    /// Returns the list, and the entries of it that can never match.
    fn parse(list: &str) -> (Self, Vec<&str>) {
        let mut useless = Vec::new();
        let mut entries = Vec::new();
        for text in list.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty()) {
            match Entry::parse(text) {
                Some(entry) => entries.push(entry),
                None => useless.push(text),
            }
        }
        (Self(entries), useless)
    }

    /// Returns whether a URL's host is in the list.
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

/// Whether the list is another one than that which was warned of last.
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
        let below = text.strip_prefix("*.");
        let name = below.unwrap_or_else(|| text.strip_prefix('.').unwrap_or(text)).trim_end_matches('.');
        // As a URL's host is written: in lower case and without other letters than ASCII has.
        match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.is_empty() && !name.contains(['*', ',']) => {
                Some(if below.is_some() { Self::Below(name) } else { Self::Domain(name) })
            }
            _ => None,
        }
    }

    fn contain(&self, host: &str, address: Option<IpAddr>) -> bool {
        let is_below = |name: &str| host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        match self {
            Self::All => true,
            Self::Address(one) => address == Some(*one),
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Domain(name) => host == name || is_below(name),
            Self::Below(name) => is_below(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_match_what_they_name() {
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
            let (list_of, useless) = NoProxy::parse(list);
            assert!(useless.is_empty(), "{useless:?}");
            for (urls, expected) in [(in_it, true), (not_in_it, false)] {
                for url in urls.split_ascii_whitespace() {
                    assert_eq!(list_of.contains(&Url::parse(url).unwrap()), expected, "{list}: {url}");
                }
            }
        }
    }

    #[test]
    fn what_can_never_match_is_told_and_harms_nothing_else() {
        let list = "https://slack.com, foo*.example, 10.0.*, slack.com:https, :80, 10.0.0.0/33, slack.com/api, a@b, *.*, good.example";
        let (parsed, useless) = NoProxy::parse(list);
        assert_eq!(useless.len(), 9, "{useless:?}");
        assert!(parsed.contains(&Url::parse("https://good.example").unwrap()));
        assert!(!parsed.contains(&Url::parse("https://slack.com").unwrap()));
    }

    #[test]
    fn the_same_list_is_warned_of_once() {
        assert!(is_new("a*.example"));
        assert!(!is_new("a*.example"));
        assert!(is_new("b*.example"));
    }
}
