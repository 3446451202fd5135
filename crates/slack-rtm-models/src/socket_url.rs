//! The address of a message server.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// Where a session connects to: a ticket, valid for 30 seconds, used once. Whoever has it can read the session, so it is not printed; it serializes as itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SocketUrl(Url);

impl SocketUrl {
    /// Takes any URL.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The URL. Keep it out of logs and messages.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl From<Url> for SocketUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

/// Only the scheme and the host, which are no secret.
impl fmt::Debug for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SocketUrl({}://{}/[censored])", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

impl Serialize for SocketUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for SocketUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        // The text itself must not get into the message.
        let url = Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "wss" | "ws") && url.host_str().is_some());
        url.map(Self).ok_or_else(|| D::Error::custom("expected a URL with the scheme wss or ws"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_ticket_nor_credentials_are_printed() {
        let url: SocketUrl =
            serde_json::from_str(r#""wss://user:pass@wss.example.com:99/TICKET?key=SECRET#f""#).unwrap();
        assert_eq!(format!("{url:?}"), "SocketUrl(wss://wss.example.com/[censored])");
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
}
