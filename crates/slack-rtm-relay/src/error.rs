//! The error of the relay.

use std::error::Error as StdError;
use std::fmt;

/// An error of the configuration or of NATS. `Display` and `Debug` include the sources, and contain neither tokens nor passwords.
pub struct Error {
    kind: Kind,
    what: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Nats,
}

impl Error {
    pub(crate) fn config(what: impl Into<Box<str>>) -> Self {
        Self { kind: Kind::Config, what: what.into(), source: None }
    }

    pub(crate) fn nats(what: impl Into<Box<str>>) -> Self {
        Self { kind: Kind::Nats, what: what.into(), source: None }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Creates a configuration error for a program that embeds the relay, such as for an invalid argument.
    pub fn usage(what: impl Into<Box<str>>) -> Self {
        Self::config(what)
    }

    /// Returns whether the configuration has to be changed.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Returns whether NATS could not be reached, or refused a request.
    #[must_use]
    pub fn is_nats(&self) -> bool {
        self.kind == Kind::Nats
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut printed = self.what.to_string();
        let mut cause = self.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors print their source themselves.
            if !printed.contains(&text) {
                write!(f, ": {text}")?;
            }
            printed = text;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl StdError for Error {}
