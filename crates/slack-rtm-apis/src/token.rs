//! Tokens.

use std::fmt;

use http::HeaderValue;

use crate::ConfigError;

/// The maximum length of a token in bytes. Slack's tokens have fewer than 256; a longer text is probably the content of a file.
const MAX_LENGTH: usize = 4096;

/// A Slack token. It is sent in the Authorization header only, and `Debug` redacts it.
///
/// ```
/// use slack_rtm_apis::Token;
///
/// let token = Token::new("xoxb-1")?;
/// assert_eq!(format!("{token:?}"), "Token([redacted])");
/// assert!(Token::new("xoxb-1\n").is_err());
/// # Ok::<(), slack_rtm_apis::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Token {
    header: HeaderValue,
}

impl Token {
    /// Creates a token from its text, such as `xoxb-...`.
    ///
    /// # Errors
    /// Returns an error if the text is empty, longer than 4,096 bytes, or contains whitespace, a quotation mark or a character outside of printable ASCII. A value
    /// that was read from a file often ends with a line break.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(ConfigError::token("the token is empty"));
        }
        if text.chars().any(char::is_whitespace) {
            return Err(ConfigError::token("the token contains whitespace"));
        }
        if text.contains(['"', '\'', '`']) {
            return Err(ConfigError::token("the token contains a quotation mark"));
        }
        if text.len() > MAX_LENGTH {
            return Err(ConfigError::token("the token is too long"));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ConfigError::token("the token contains an invalid character"));
        }
        let mut header = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| ConfigError::token("the token is not a valid header value"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// Reads a token from an environment variable.
    ///
    /// # Errors
    /// Returns an error if the variable is not set or its value is not a valid token.
    pub fn from_env(variable: &str) -> Result<Self, ConfigError> {
        match std::env::var(variable) {
            Ok(text) => Self::new(text).map_err(|error| error.in_variable(variable)),
            Err(std::env::VarError::NotPresent) => Err(ConfigError::token("not set").in_variable(variable)),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(ConfigError::token("not valid UTF-8").in_variable(variable))
            }
        }
    }

    /// Returns whether the token is app-level, by its prefix.
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
        f.write_str("Token([redacted])")
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
