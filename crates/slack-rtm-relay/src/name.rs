//! Names of hosts and tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name of a host, a token, a stream or a consumer: 1 to 64 ASCII letters, digits, `-` and `_`, so that it can be part of a subject and of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Creates a name.
    ///
    /// # Errors
    /// Returns an error if the text is empty, longer than 64 characters, or contains other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(is_plain) {
            return Err(NameError(()));
        }
        Ok(Self(text))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

/// The error of a text that is not a valid [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError(());

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name consists of 1 to 64 ASCII letters, digits, - and _")
    }
}

impl std::error::Error for NameError {}

/// Returns a text as one token of a subject. Characters that are not allowed there become `_`.
pub(crate) fn subject_token(text: &str) -> String {
    if text.is_empty() {
        return "_".to_owned();
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    text.chars().take(80).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_with_a_meaning_in_subjects_are_refused() {
        assert_eq!(Name::new("east-1_a").unwrap().as_str(), "east-1_a");
        for text in ["", "a.b", "a*", ">", "a b", "ä", &"x".repeat(65)] {
            assert!(Name::new(text).is_err(), "{text}");
        }
        assert_eq!(["message", "a.b > *", ""].map(subject_token), ["message", "a_b____", "_"]);
    }
}
