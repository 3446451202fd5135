//! Text that must not be logged.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret in a frame: a token, or a URL that grants access. It serializes as itself and is never printed.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret from any text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text. Keep it out of logs and messages.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_printed() {
        let secret: Secret = serde_json::from_str(r#""xoxb-1""#).unwrap();
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)).matches("xoxb").count(), 0);
        assert_eq!(
            (secret.expose(), serde_json::to_string(&secret).unwrap().as_str()),
            ("xoxb-1", r#""xoxb-1""#)
        );
    }
}
