//! The credential.

use std::fmt;

use http::HeaderValue;

use crate::ConfigError;

/// How long a token may be, in bytes. Slack's have less than 256; a longer text is most likely the content of some file.
const MAX: usize = 4096;

/// A Slack token. It goes into the Authorization header and is never printed.
#[derive(Clone)]
pub struct Token {
    header: HeaderValue,
}

impl Token {
    /// Takes a token's text, such as `xoxb-...`.
    ///
    /// # Errors
    /// If it is empty, longer than 4,096 characters, or has a blank, a line end, a quotation mark or any other character that no token has. A value read from a
    /// file often ends in a line end.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(ConfigError::token("the token is empty"));
        }
        if text.chars().any(char::is_whitespace) {
            return Err(ConfigError::token("the token has a blank or a line end in it"));
        }
        if text.contains(['"', '\'', '`']) {
            return Err(ConfigError::token("the token has a quotation mark in it"));
        }
        if text.len() > MAX {
            return Err(ConfigError::token("the token is longer than any token is"));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ConfigError::token("the token has a character in it that no token has"));
        }
        let mut header = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| ConfigError::token("the token does not fit into a header"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// Takes the token from an environment variable.
    ///
    /// # Errors
    /// If the variable is not set, or holds no token.
    pub fn from_env(variable: &str) -> Result<Self, ConfigError> {
        match std::env::var(variable) {
            Ok(text) => Self::new(text).map_err(|error| error.in_variable(variable)),
            Err(std::env::VarError::NotPresent) => Err(ConfigError::token("not set").in_variable(variable)),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(ConfigError::token("no text").in_variable(variable))
            }
        }
    }

    /// Whether its prefix says that it is an app-level one.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn is_app_level(&self) -> bool {
        self.header.as_bytes().starts_with(b"Bearer xapp-")
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([censored])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_checked_but_never_shown() {
        let token = Token::new("xoxb-SECRET").unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("SECRET"));
        let long = "SECRET".repeat(1000);
        let refused = [
            "",
            " ",
            "xoxb SECRET",
            "xoxb-SECRET\n",
            "xoxb-SECRÉT",
            "\0SECRET",
            "\"SECRET\"",
            "'SECRET'",
            &long,
        ];
        for text in refused {
            let error = Token::new(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECR"), "{error}");
        }
    }
}
