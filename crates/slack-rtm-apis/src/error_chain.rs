//! Formatting of errors with their causes.

use std::error::Error;

/// Returns the messages of an error and its causes, separated by colons. A cause whose message is contained in the previous message is omitted.
///
/// ```
/// use slack_rtm_apis::error_chain;
///
/// let error = std::io::Error::other("disk full");
/// assert_eq!(error_chain(&error), "disk full");
/// ```
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut last = String::new();
    for cause in std::iter::successors(Some(error), |error| (*error).source()) {
        let next = cause.to_string();
        if next.is_empty() || last.contains(&next) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&next);
        last = next;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|layer| layer as _)
        }
    }

    #[test]
    fn every_cause_is_printed_once() {
        let inner = Layer("refused", None);
        let middle = Layer("tcp: refused", Some(Box::new(inner)));
        let outer = Layer("no connection", Some(Box::new(Layer("", Some(Box::new(middle))))));
        assert_eq!(error_chain(&outer), "no connection: tcp: refused");
    }
}
