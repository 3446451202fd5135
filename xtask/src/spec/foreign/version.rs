//! The versions of OpenAPI, and documents of other standards.

use crate::finding::{Finding, Findings};
use crate::spec::yaml::{Node, Value};

/// The versions that are read, as a message lists them.
const READ: &str = "OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0 are read";

/// Checks that a document has a supported version.
///
/// # Errors
/// Returns what the document is instead.
pub(super) fn check(root: &Node) -> Result<(), Findings> {
    let Some(version) = root.get("openapi") else {
        if root.get("swagger").is_some() {
            return Ok(());
        }
        let (what, help) = match other_format(root) {
            Some(format) => (
                format!("this is {format}, and no OpenAPI document"),
                format!("{READ}; convert the document to one of them"),
            ),
            None => (
                "this is not an OpenAPI document: it has neither `openapi` nor `swagger`".to_owned(),
                "write `openapi: 3.0.3` at its top if it is one".to_owned(),
            ),
        };
        return Err(Finding::new(&root.location, what).help(help).into());
    };
    let text = match &version.value {
        Value::String(text) => text.clone(),
        _ => version.to_json().to_string(),
    };
    if ["3.0", "3.1", "3.2"].iter().any(|known| text == *known || text.starts_with(&format!("{known}."))) {
        return Ok(());
    }
    let finding = Finding::new(&version.location, format!("OpenAPI {text} is not supported"));
    Err(finding.help(format!("{READ}; convert the document to one of them")).into())
}

/// Returns the kind of a document of another standard, which is recognized by keys that only such documents have.
fn other_format(root: &Node) -> Option<&'static str> {
    let has = |key: &str| root.get(key).is_some();
    let text = |path: &[&str]| root.at(path).and_then(Node::str).unwrap_or_default();
    match () {
        () if has("asyncapi") => Some("an AsyncAPI document"),
        () if has("openrpc") => Some("an OpenRPC document"),
        () if has("arazzo") => Some("an Arazzo document"),
        () if has("overlay") => Some("an OpenAPI Overlay"),
        () if text(&["info", "schema"]).contains("getpostman.com") => Some("a Postman collection"),
        () if text(&["kind"]) == "discovery#restDescription" => Some("a Google API Discovery document"),
        () if text(&["$schema"]).contains("json-schema.org") => Some("a JSON Schema"),
        () => None,
    }
}
