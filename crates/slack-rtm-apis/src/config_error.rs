//! Errors of the configuration.

use std::fmt;

/// An invalid or missing setting of a client or a call.
///
/// It names the setting and never contains a value that can be secret.
#[derive(Debug)]
pub struct ConfigError {
    setting: &'static str,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, message: impl Into<String>) -> Self {
        Self { setting, message: message.into(), source: None }
    }

    pub(crate) fn token(message: &str) -> Self {
        Self::new("token", message)
    }

    /// Attributes the error to the app-level token.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn of_app(mut self) -> Self {
        self.setting = "app_token";
        self
    }

    pub(crate) fn in_variable(mut self, variable: &str) -> Self {
        self.message = format!("environment variable {variable}: {}", self.message);
        self
    }

    /// Adds the position in a list, starting at 1.
    pub(crate) fn in_list(mut self, number: usize) -> Self {
        self.message = format!("item {number} of the list: {}", self.message);
        self
    }

    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the name of the setting, such as `token`, `app_token`, `base_url`, `proxy`, `header`, `user_agent`, `tls` or `http_client`.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.message)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
