//! Tells the author of a foreign document where its examples overrule its schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::{Correction, Examples};
use crate::finding::{Finding, Findings};
use crate::spec::bundle::Document;
use crate::spec::foreign::pointer;

impl Examples {
    /// Returns a warning for each schema that is corrected according to the examples of the document.
    #[must_use]
    pub fn warnings(&self, document: &Document) -> Findings {
        let mut corrected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for correction in &self.corrections {
            let (at, what) = match correction {
                Correction::NotRequired(at, name) => (at, format!("`{name}` is optional")),
                Correction::Value(at, value) => (at, format!("{value} is a value of the enum")),
                Correction::Anything(at) => (at, "it is any JSON".to_owned()),
                // An integer that needs all 64 bits fits its schema.
                Correction::Large(..) => continue,
            };
            corrected.entry(at).or_default().insert(what);
        }
        let mut findings = Findings::default();
        for (at, what) in corrected {
            let Some(schema) = pointer::find(&document.root, at) else { continue };
            let what: Vec<String> = what.into_iter().collect();
            findings.push(
                Finding::warning(
                    &schema.location,
                    format!(
                        "an example of a response does not fit this schema, which is changed: {}",
                        what.join(", ")
                    ),
                )
                .help("correct the schema or the example"),
            );
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::foreign;
    use crate::workspace::Workspace;

    #[test]
    fn examples_that_do_not_fit_are_told_once_where_their_schema_is() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let path = folder.join("api.yaml");
        let text = "openapi: 3.0.3
info: { title: t, version: '1' }
paths:
  /a: &a { get: { responses: { '200': { description: d, content: { application/json: {
    schema: { $ref: '#/components/schemas/S' }, example: { b: text, c: z, d: 18446744073709551615, e: { f: null } } } } } } } }
  /b: *a
components:
  schemas:
    S:
      required: [a, b]
      properties:
        a: { type: string }
        b: { type: boolean }
        c: { type: string, enum: [x] }
        d: { type: integer }
        e: { required: [f], properties: { f: { type: string } } }
";
        std::fs::write(&path, text).unwrap();
        let document = foreign::load(&Workspace::at(folder), &path).unwrap();
        let told = Examples::of(&document.root.to_json()).warnings(&document).sorted().to_string();
        let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("  help")).collect();
        let expected = |place: &str, what: &str| {
            format!(
                "api.yaml:{place}: warning: an example of a response does not fit this schema, which is changed: {what}"
            )
        };
        assert_eq!(
            lines,
            [
                expected("10:7", "`a` is optional"),
                expected("13:12", "it is any JSON"),
                expected("14:12", "\"z\" is a value of the enum"),
                expected("16:12", "`f` is optional"),
            ]
        );
    }
}
