//! Names of hosts, tokens and relays, which stand in subjects and in keys.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name of up to 64 letters, digits, `-` and `_`. It stands in subjects and in keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Takes a text that is a name.
    ///
    /// # Errors
    /// If it is empty, longer than 64 characters, or has other characters.
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

/// A text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError(());

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name has 1 to 64 letters, digits, - and _")
    }
}

impl std::error::Error for NameError {}

/// Returns a text as one part of a subject: what has a meaning in subjects becomes `_`.
pub(crate) fn subject_part(text: &str) -> String {
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
    fn what_has_a_meaning_in_a_subject_is_no_name() {
        assert_eq!(Name::new("east-1_a").unwrap().as_str(), "east-1_a");
        for text in ["", "a.b", "a*", ">", "a b", "ä", &"x".repeat(65)] {
            assert!(Name::new(text).is_err(), "{text}");
        }
        assert_eq!(["message", "a.b > *", ""].map(subject_part), ["message", "a_b____", "_"]);
    }
}
