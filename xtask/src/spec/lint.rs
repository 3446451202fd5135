//! What is wrong with a spec. The generator lets most of it through and writes code that does not compile or loses data,
//! so all of it is found here, before the generator runs, and all at once.

mod events;
mod keys;
mod operations;
mod schemas;

pub(crate) use keys::{METHODS, TAKEN as TAKEN_TYPES};

use super::bundle::Document;
use super::yaml::Node;
use crate::finding::{Finding, Findings};

/// How much is asked of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Our own spec: everything is described, every key is known.
    House,
    /// Somebody else's document: only what could not be generated from is refused.
    Foreign,
}

/// Checks a whole document.
///
/// # Errors
/// Everything that is wrong.
pub fn check(document: &Document, rules: Rules) -> Result<(), Findings> {
    let mut lint = Lint { document, rules, findings: Findings::default() };
    lint.root();
    lint.operations();
    lint.schemas();
    lint.events();
    lint.findings.into_result()
}

struct Lint<'a> {
    document: &'a Document,
    rules: Rules,
    findings: Findings,
}

impl<'a> Lint<'a> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn root(&mut self) {
        let root = &self.document.root;
        self.known_keys(root, "the document", &keys::ROOT);
        match root.get("openapi").and_then(Node::str) {
            Some(version) if version.starts_with("3.0.") => {}
            Some(version) => {
                let place = root.get("openapi").map_or(&root.place, |node| &node.place);
                self.report(Finding::new(place, format!("OpenAPI {version} is not supported")).help(
                    "write `openapi: 3.0.3`: the generator turns the constants of 3.1 into something else",
                ));
            }
            None => self.report(
                Finding::new(&root.place, "`openapi` is missing, or not a string")
                    .help("add `openapi: 3.0.3`"),
            ),
        }
        for key in ["title", "version"] {
            if root.at(&["info", key]).and_then(Node::str).is_none() {
                let place = root.get("info").map_or(&root.place, |node| &node.place);
                self.report(
                    Finding::new(place, format!("`info.{key}` is missing, or not a string"))
                        .help("quote it if it looks like a number"),
                );
            }
        }
        if root.get("paths").is_none() {
            self.report(Finding::new(&root.place, "`paths` is missing"));
        }
    }

    /// Reports the keys of a mapping that are not in `known`. Extensions count as known only in the list.
    fn known_keys(&mut self, node: &Node, what: &str, known: &[&str]) {
        for (key, entry) in node.map() {
            if known.contains(&key.as_str())
                || (self.rules == Rules::Foreign
                    && (key.starts_with("x-") || keys::IGNORED.contains(&key.as_str())))
            {
                continue;
            }
            let message = if key.starts_with("x-") {
                format!("nobody reads the extension `{key}` of {what}")
            } else {
                format!("{what} has an unknown key `{key}`")
            };
            let finding = Finding::new(&entry.key, message);
            self.report(match super::naming::nearest(key, known.iter().copied()) {
                Some(name) => finding.help(format!("did you mean `{name}`?")),
                None => finding.help("openapi/README.md lists the extensions"),
            });
        }
    }

    /// Reports a mapping of our own spec that describes nothing.
    fn described(&mut self, node: &Node, what: &str) {
        if self.rules == Rules::House
            && node.get("description").and_then(Node::str).is_none_or(|text| text.trim().is_empty())
        {
            self.report(
                Finding::new(&node.place, format!("{what} has no description")).help(
                    "say what it is, in a sentence of your own; the sentence becomes its documentation",
                ),
            );
        }
    }
}
