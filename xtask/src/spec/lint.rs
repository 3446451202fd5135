//! Finds errors in a spec. The generator accepts most of them and writes code that does not compile or loses data, so they are all reported here at once,
//! before the generator runs.

mod duplicates;
mod enums;
mod events;
mod grammar;
mod media;
mod names;
mod operations;
mod parts;
mod schemas;
mod security;
mod servers_and_tags;
mod structure;
mod unions;
mod usage;
mod values;

use super::bundle::Document;
use super::openapi::{self, Schema, Schemas};
use super::yaml::{Entry, Node};
use crate::finding::{Finding, Findings, Level};
pub(crate) use grammar::{Kind, Shape};
pub(crate) use schemas::{belongs_elsewhere, is_format};

/// The rules that a document has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Our own spec: everything has a description, every key is known, and every component is used.
    Own,
    /// Somebody else's document: only what code cannot be generated from is an error.
    Foreign,
}

/// Checks a whole document. Returns warnings about parts that may be read differently than they were meant.
///
/// # Errors
/// Returns all errors and warnings.
pub fn check(document: &Document, rules: Rules) -> Result<Findings, Findings> {
    let schemas = openapi::schemas(&document.root);
    let mut lint = Lint { document, schemas: &schemas, rules, findings: document.findings.clone() };
    for root in std::iter::once(&document.root).chain(&document.others) {
        lint.walk(Kind::Document, root, "the document");
        lint.version(root);
    }
    lint.servers_and_tags();
    lint.paths();
    lint.duplicates();
    lint.security();
    lint.named_schemas();
    lint.names();
    lint.events();
    // If the document has errors, references may be missing, so that used components would be reported as unused.
    if !lint.findings.has_errors() {
        lint.usage();
        lint.unread_files();
    }
    if lint.findings.has_errors() { Err(lint.findings.sorted()) } else { Ok(lint.findings.sorted()) }
}

struct Lint<'a> {
    document: &'a Document,
    /// The named schemas, as the normalizer reads them.
    schemas: &'a Schemas,
    rules: Rules,
    findings: Findings,
}

impl<'a> Lint<'a> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Returns the schema that a schema refers to, or the schema itself.
    fn referent<'s>(&self, schema: &'s Schema) -> &'s Schema
    where
        'a: 's,
    {
        schema.reference.as_ref().and_then(|name| self.schemas.get(name)).unwrap_or(schema)
    }

    /// Returns the named schemas, in the order of the document.
    fn schemas(&self) -> Vec<(&'a str, &'a Entry)> {
        let document = self.document;
        let schemas = document.root.at(&["components", "schemas"]).map(Node::map);
        schemas.into_iter().flatten().map(|(name, entry)| (name.as_str(), entry)).collect()
    }

    fn version(&mut self, root: &Node) {
        if let Some(version) = root.get("openapi")
            && let Some(text) = version.str()
            && !text.starts_with("3.0.")
        {
            let finding = Finding::new(&version.location, format!("OpenAPI {text} is not supported"));
            self.report(finding.help(
                "write `openapi: 3.0.3`: the generator turns the constants of 3.1 into something else",
            ));
        }
    }

    /// Reports an error of our own spec that is only a warning in a foreign document.
    fn report_by_rules(&mut self, mut finding: Finding) {
        if self.rules == Rules::Foreign {
            finding.level = Level::Warning;
        }
        self.report(finding);
    }

    /// Reports a mapping of our own spec without a description.
    fn described(&mut self, node: &Node, what: &str) {
        if self.rules == Rules::Own
            && node.get("description").and_then(Node::str).is_none_or(|text| text.trim().is_empty())
        {
            self.report(
                Finding::new(&node.location, format!("{what} has no description")).help(
                    "say what it is, in a sentence of your own; the sentence becomes its documentation",
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::foreign;
    use crate::workspace::Workspace;

    /// Returns the warnings about a foreign document, or all findings if it has errors.
    pub(super) fn warnings(text: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.yaml");
        std::fs::write(&path, text).unwrap();
        let document = foreign::load(&Workspace::at(folder.path().to_owned()), &path).unwrap();
        let told = check(&document, Rules::Foreign);
        told.map(|warnings| warnings.to_string()).map_err(|findings| findings.to_string())
    }
}
