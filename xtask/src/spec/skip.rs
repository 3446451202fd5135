//! Leaves out operations with errors, so that one of them does not make a document with hundreds of operations unusable.

use std::collections::BTreeSet;

use super::bundle::Document;
use super::lint::{self, Rules};
use super::yaml::Node;
use crate::finding::{Finding, Findings, Level, Location};

/// The maximum number of checks, since each may find errors that were hidden before.
const MAX_ROUNDS: usize = 8;

/// A part of the document that was left out, and why.
#[derive(Debug)]
pub struct Skipped {
    /// The operation, the path, or the component that no operation uses.
    pub what: String,
    /// The first error in it.
    pub finding: Finding,
}

/// Checks a foreign document, and removes parts with errors until none are left. Returns the warnings about the rest.
///
/// # Errors
/// Returns all findings if an error concerns no part that could be removed.
pub fn unsupported(document: &mut Document) -> Result<(Findings, Vec<Skipped>), Findings> {
    let mut skipped = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let findings = match lint::check(document, Rules::Foreign) {
            Ok(warnings) => return Ok((warnings, skipped)),
            Err(findings) => findings,
        };
        let errors: Vec<Finding> = findings.iter().filter(|it| it.level == Level::Error).cloned().collect();
        let gone = take_away(document, &errors);
        if gone.is_empty() {
            return Err(findings);
        }
        skipped.extend(gone);
    }
    lint::check(document, Rules::Foreign).map(|warnings| (warnings, skipped))
}

fn take_away(document: &mut Document, errors: &[Finding]) -> Vec<Skipped> {
    let mut skipped = Vec::new();
    let mut gone: Vec<[String; 3]> = Vec::new();
    for (path, item) in document.root.get("paths").map(Node::map).into_iter().flatten() {
        let shared = item.node.get("parameters");
        for (method, entry) in item.node.map().iter().filter(|(method, _)| METHODS.contains(&method.as_str()))
        {
            let mut locations = BTreeSet::from([&item.key, &entry.key]);
            for part in shared.into_iter().chain([&entry.node]) {
                reach(part, document, &mut locations, &mut BTreeSet::new());
            }
            if let Some(finding) = errors.iter().find(|it| locations.contains(&it.location)) {
                skipped.push(Skipped { what: format!("`{method} {path}`"), finding: finding.clone() });
                gone.push(["paths".to_owned(), path.clone(), method.clone()]);
            }
        }
        // A path without operations, or with an error outside of them, is removed as a whole.
        let mut locations = BTreeSet::from([&item.key]);
        reach(&item.node, document, &mut locations, &mut BTreeSet::new());
        if !gone.iter().any(|[_, of, _]| of == path)
            && let Some(finding) = errors.iter().find(|it| locations.contains(&it.location))
        {
            skipped.push(Skipped { what: format!("the path `{path}`"), finding: finding.clone() });
            gone.push(["paths".to_owned(), path.clone(), String::new()]);
        }
    }
    // The errors are in components that no operation uses, so these are removed.
    if gone.is_empty() {
        for (section, entries) in document.root.get("components").map(Node::map).into_iter().flatten() {
            for (name, entry) in entries.node.map() {
                let mut locations = BTreeSet::from([&entry.key]);
                reach(&entry.node, document, &mut locations, &mut BTreeSet::new());
                if let Some(finding) = errors.iter().find(|it| locations.contains(&it.location)) {
                    skipped.push(Skipped {
                        what: format!("`{name}` of the {section}"),
                        finding: finding.clone(),
                    });
                    gone.push(["components".to_owned(), section.clone(), name.clone()]);
                }
            }
        }
    }
    for [of, section, name] in &gone {
        let (parent, key) = if name.is_empty() {
            (vec![of.as_str()], section)
        } else {
            (vec![of.as_str(), section.as_str()], name)
        };
        if let Some(map) = document.root.map_mut(&parent) {
            map.shift_remove(key);
        }
    }
    let left = places_of(document);
    let kept = document.findings.iter().filter(|it| left.contains(&it.location) || gone.is_empty()).cloned();
    document.findings = kept.fold(Findings::default(), |mut all, finding| {
        all.push(finding);
        all
    });
    skipped
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Collects the locations in a part of the document and in everything to which it refers.
fn reach<'a>(
    node: &'a Node,
    document: &'a Document,
    locations: &mut BTreeSet<&'a Location>,
    seen: &mut BTreeSet<&'a str>,
) {
    let mut queue = vec![node];
    while let Some(node) = queue.pop() {
        locations.insert(&node.location);
        if let Some(target) = node.get("$ref").and_then(Node::str)
            && seen.insert(target)
        {
            queue.extend(document.resolve(target));
        }
        queue.extend(node.seq());
        for entry in node.map().values() {
            locations.insert(&entry.key);
            queue.push(&entry.node);
        }
    }
}

fn places_of(document: &Document) -> BTreeSet<Location> {
    let mut locations = BTreeSet::new();
    reach(&document.root, document, &mut locations, &mut BTreeSet::new());
    locations.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::foreign;
    use crate::workspace::Workspace;

    fn document(text: &str) -> Document {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.yaml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("odd.yaml"), "{").unwrap();
        foreign::load(&Workspace::at(folder.path().to_owned()), &path).unwrap()
    }

    #[test]
    fn what_is_wrong_goes_and_the_rest_stays() {
        let mut document = document(
            "openapi: 3.0.3
info: { title: t, version: '1' }
paths:
  /good: { get: { responses: {} } }
  /bad:
    get: { responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Bad' } } } } } }
    post: { responses: {} }
  /lost: { get: { parameters: [{ $ref: '#/components/parameters/gone' }], responses: {} } }
  /file: { get: { parameters: [{ $ref: 'gone.yaml' }], responses: { '200': { $ref: 'gone.yaml#/a' } } }, put: { responses: {} } }
  /odd: { get: { responses: { '200': { $ref: 'odd.yaml' } } } }
  /kind:
    get: { parameters: [{ $ref: '#/components/responses/Ok' }], responses: { '200': { $ref: '#/components/responses/Ok' } } }
    put: { responses: { '200': { $ref: '#/components/responses/Ok' } } }
  /whole:
    get: { parameters: [{ name: q, in: querystring, content: { application/json: { schema: { type: object } } } }], responses: {} }
    put: { parameters: [{ name: q, in: querystring, content: { application/x-www-form-urlencoded: { schema: { properties: { a: { type: string } } } } } }], responses: {} }
components:
  responses: { Ok: { description: d } }
  schemas: { Bad: { type: objekt }, Other: { type: string }, Alone: { type: nothing } }
",
        );
        let (_, skipped) = unsupported(&mut document).unwrap();
        let what: Vec<&str> = skipped.iter().map(|it| it.what.as_str()).collect();
        let expected = [
            "`get /bad`",
            "`get /lost`",
            "`get /file`",
            "`get /odd`",
            "`get /kind`",
            "`get /whole`",
            "`Bad` of the schemas",
            "`Alone` of the schemas",
            "`Ok` of the parameters",
        ];
        assert_eq!(what, expected);
        assert!(skipped[1].finding.message.contains("cannot be resolved"));
        assert!(skipped[2].finding.message.contains("gone.yaml, which cannot be read"));
        assert!(skipped[3].finding.message.contains("odd.yaml, which cannot be parsed"));
        assert!(skipped[5].finding.message.contains("is a query string that is not a form"));
        let json = document.root.to_json();
        assert!(json["paths"]["/bad"].get("post").is_some() && json["paths"]["/bad"].get("get").is_none());
        assert_eq!(json["components"]["schemas"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn what_swagger_alone_can_express_goes_too() {
        let text = "swagger: '2.0'
info: { title: t, version: '1' }
paths:
  /good: { get: { responses: {} } }
  /body: { post: { parameters: [{ in: body, name: b, schema: {} }, { in: formData, name: f, type: string }], responses: {} }, get: { responses: {} } }
  /form: { post: { parameters: [{ in: formData, type: string }], responses: {} } }
  /list: { get: { parameters: [{ in: path, name: p, required: true, type: array, collectionFormat: multi, items: { type: string } }], responses: {} } }
  /shared: { get: { parameters: [{ $ref: '#/parameters/list' }], responses: {} } }
parameters: { list: { in: header, name: h, type: array, collectionFormat: odd, items: { type: string } } }
securityDefinitions: { odd: { type: oauth2, flow: none } }
";
        let mut document = document(text);
        assert!(lint::check(&document, Rules::Foreign).unwrap_err().has_errors());
        let (_, skipped) = unsupported(&mut document).unwrap();
        let what: Vec<&str> = skipped.iter().map(|it| it.what.as_str()).collect();
        let expected = [
            "`post /body`",
            "`post /form`",
            "`get /list`",
            "`get /shared`",
            "`list` of the parameters",
            "`odd` of the securitySchemes",
        ];
        assert_eq!(what, expected);
        assert!(skipped[0].finding.message.contains("both a body and fields"));
        assert!(skipped[2].finding.message.contains("collectionFormat `multi`"));
        assert!(document.root.to_json()["paths"]["/body"].get("get").is_some());
    }

    #[test]
    fn what_is_wrong_with_the_whole_is_refused() {
        assert!(unsupported(&mut document("{openapi: 3.0.3, paths: {}}")).is_err());
    }
}
