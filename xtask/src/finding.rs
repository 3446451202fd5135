//! What is wrong with an input, and where.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

/// A location in a file. Lines and columns count from 1; line 0 stands for the file as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the workspace where it lies in it.
    pub file: Arc<str>,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Location {
    /// The file as a whole.
    #[must_use]
    pub fn whole(file: &str) -> Self {
        Self { file: file.into(), line: 0, column: 0 }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// Whether something has to be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It has to be fixed before anything can be generated.
    Error,
    /// The input was understood as the message says.
    Warning,
}

/// One thing that is wrong, with the way to fix it where there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub location: Location,
    /// What.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
    /// Whether it has to be.
    pub level: Level,
}

impl Finding {
    /// An error without a hint.
    pub fn new(location: &Location, message: impl Into<String>) -> Self {
        Self { location: location.clone(), message: message.into(), help: None, level: Level::Error }
    }

    /// A warning without a hint.
    pub fn warning(location: &Location, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::new(location, message) }
    }

    /// Adds how to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a suggestion for a misspelt name, or another hint if no name is similar.
    #[must_use]
    pub fn did_you_mean(self, near: Option<impl fmt::Display>, otherwise: impl Into<String>) -> Self {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self.help(otherwise),
        }
    }
}

/// Everything that was found in one go.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds all of another run.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Each of them, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Error)
    }

    /// Sorted by location, and each once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort();
        self.0.dedup();
        self
    }

    /// An error if there is any.
    ///
    /// # Errors
    /// These findings, sorted by location and each once.
    pub fn into_result(self) -> Result<(), Self> {
        if self.has_errors() { Err(self.sorted()) } else { Ok(()) }
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = colour();
        let (help, off) = if colour { ("\x1b[36m", "\x1b[0m") } else { ("", "") };
        for (n, finding) in self.0.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            let (begin, level) = match finding.level {
                Level::Error => ("\x1b[1;31m", "error"),
                Level::Warning => ("\x1b[1;33m", "warning"),
            };
            let begin = if colour { begin } else { "" };
            write!(f, "{}: {begin}{level}{off}: {}", finding.location, finding.message)?;
            if let Some(text) = &finding.help {
                write!(f, "\n  {help}help{off}: {text}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

/// Returns whether to use colours: on a terminal unless `NO_COLOR` is set, and everywhere if `CLICOLOR_FORCE` is.
fn colour() -> bool {
    let is_set = |name: &str| {
        std::env::var_os(name).is_some_and(|value| !value.is_empty() && (name == "NO_COLOR" || value != "0"))
    };
    !is_set("NO_COLOR") && (is_set("CLICOLOR_FORCE") || std::io::stderr().is_terminal())
}
