//! The URL of a message server.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Position, Url};

/// The URL that a session connects to. It is valid for 30 seconds and for one connection. Whoever has it can read the session, so it is not printed; it serializes as
/// itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SocketUrl {
    url: Url,
    /// The text as received, if the parser has changed it.
    text: Option<Box<str>>,
}

impl SocketUrl {
    /// Creates a socket URL from any URL.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self { url, text: None }
    }

    /// Returns the URL. Keep it out of logs and messages.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.url
    }

    /// Returns the path and the query for a request line, byte for byte as the server wrote them: a ticket may contain characters that a URL parser would
    /// rewrite. Keep it out of logs and messages.
    #[must_use]
    pub fn request_target(&self) -> Cow<'_, str> {
        match self.text.as_deref().and_then(written_target) {
            Some(target) if target.starts_with('/') => target.into(),
            // The URL may lack a path, but a request line needs one.
            Some(target) => format!("/{target}").into(),
            None => self.url[Position::BeforePath..Position::AfterQuery].into(),
        }
    }

    /// Returns the text as received.
    fn as_str(&self) -> &str {
        self.text.as_deref().unwrap_or(self.url.as_str())
    }
}

/// Returns the text between the authority and the fragment, if it is valid in a request line. The parser treats a backslash as a slash, so in a text with one the
/// authority may end elsewhere.
fn written_target(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let target = &rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..];
    let target = target.split('#').next().unwrap_or_default();
    (!rest.contains('\\') && target.bytes().all(|byte| byte.is_ascii_graphic())).then_some(target)
}

impl From<Url> for SocketUrl {
    fn from(url: Url) -> Self {
        Self::new(url)
    }
}

/// Prints the scheme and the host only, which are not secret.
impl fmt::Debug for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SocketUrl({}://{}/[redacted])", self.url.scheme(), self.url.host_str().unwrap_or_default())
    }
}

impl Serialize for SocketUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SocketUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        // The text itself must not get into the message.
        let url = Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "wss" | "ws") && url.host_str().is_some())
            .ok_or_else(|| D::Error::custom("expected a URL with the scheme wss or ws"))?;
        let text = (url.as_str() != text).then(|| text.trim().into());
        Ok(Self { url, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SocketUrl {
        serde_json::from_value(text.into()).unwrap()
    }

    #[test]
    fn neither_ticket_nor_credentials_are_printed() {
        let url = read("wss://user:pass@wss.example.com:99/TICKET?key=SECRET#f");
        assert_eq!(format!("{url:?}"), "SocketUrl(wss://wss.example.com/[redacted])");
        assert_eq!(url.expose().query(), Some("key=SECRET"));
    }

    #[test]
    fn what_is_no_url_is_refused_without_being_quoted() {
        for json in
            [r#""TICKET""#, r#""""#, "7", r#""//TICKET/x""#, r#""https://TICKET/""#, r#""javascript:TICKET""#]
        {
            let error = serde_json::from_str::<SocketUrl>(json).unwrap_err().to_string();
            assert!(!error.contains("TICKET"), "{error}");
        }
    }

    #[test]
    fn the_request_target_is_kept_byte_for_byte() {
        for target in [
            "/websocket/a:b:c==",
            "/?q=1",
            "/a%2Fb%3a%20c?x=%7e&y='z'&&=|^`{}\"<>",
            "/a/../b/./c//d",
            "/a/%2e%2e/b",
            "/link/?ticket=x:y/z?w&batch=1&",
            "/a?",
            "/",
        ] {
            let text = format!("wss://WSS.example.com:443{target}");
            let url = read(&text);
            assert_eq!(url.request_target(), target);
            assert_eq!(serde_json::to_value(&url).unwrap(), text);
        }
    }

    #[test]
    fn what_no_request_line_can_hold_is_encoded() {
        for (text, target) in [
            ("wss://x.example", "/"),
            ("wss://x.example?a='b'", "/?a='b'"),
            ("wss://x.example/a?b#c", "/a?b"),
            ("wss://x.example/é b?ü", "/%C3%A9%20b?%C3%BC"),
            ("wss://x.example\\@y.example/a", "/@y.example/a"),
            ("wss://x.example/a\nb", "/ab"),
        ] {
            assert_eq!(read(text).request_target(), target, "{text}");
        }
        let made = SocketUrl::new(Url::parse("ws://127.0.0.1:1/a?b#c").unwrap());
        assert_eq!(made.request_target(), "/a?b");
    }
}
