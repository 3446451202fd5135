//! The bundled document as types, which the normalizer reads.
//!
//! Reading is lenient: a value of the wrong kind counts as absent, since the linter has either reported or tolerated it. References to shared parameters,
//! bodies and responses are resolved, so that an operation contains all its parts. References to schemas are kept, by the schema's name.

mod operation;
mod schema;
mod status;

use indexmap::IndexMap;

use super::bundle::Document;
use super::json_pointer;
use super::security::Scheme;
use super::yaml::{Entry, Node, Value};
pub(super) use operation::{
    Deprecation, Encoding, Media, Method, Operation, Parameter, RequestBody, Response, Variable, variables,
};
pub(super) use schema::{Additional, Discriminator, Schema, Schemas, Type, only_comments};
pub(super) use status::{is_status, status};

/// The prefix of a reference to a schema, before its name.
pub(super) const PREFIX: &str = "#/components/schemas/";

/// The alternatives of a security requirement, each the names of the schemes that are used together.
pub(super) type Requirements = Vec<Vec<String>>;

/// An OpenAPI document.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenApi {
    pub(super) servers: Vec<Server>,
    pub(super) security: Requirements,
    pub(super) security_schemes: IndexMap<String, SecurityScheme>,
    pub(super) schemas: Schemas,
    /// In the order of the document.
    pub(super) operations: Vec<Operation>,
}

/// The URL of a server, and the defaults of the variables in it.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) variables: IndexMap<String, Option<String>>,
}

/// A security scheme; `scheme` is absent if it is not supported.
#[derive(Clone, Debug)]
pub(super) struct SecurityScheme {
    pub(super) scheme: Option<Scheme>,
    pub(super) description: String,
}

impl OpenApi {
    pub(super) fn read(document: &Document) -> Self {
        let root = &document.root;
        let components = |section: &str| named(root.at(&["components", section]));
        let scheme =
            |node: &Node| SecurityScheme { scheme: Scheme::of(node), description: node.text("description") };
        Self {
            servers: servers(root),
            security: root.get("security").map(requirements).unwrap_or_default(),
            security_schemes: components("securitySchemes").map(|(name, it)| (name, scheme(it))).collect(),
            schemas: schemas(root),
            operations: named(root.get("paths"))
                .flat_map(|(path, item)| operation::of_path(&path, item, document))
                .collect(),
        }
    }

    /// Returns the schema at a JSON pointer: a named schema, the schema of a response's content, or one inside these.
    pub(super) fn schema_mut(&mut self, pointer: &str) -> Option<&mut Schema> {
        let parts = pointer.strip_prefix('/')?.split('/');
        let parts: Vec<String> = parts.map(json_pointer::unescape).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["components", "schemas", name, rest @ ..] => self.schemas.get_mut(*name)?.at_mut(rest),
            ["paths", path, method, "responses", status, "content", kind, "schema", rest @ ..] => {
                let method = Method::of(method)?;
                let is_meant = |it: &&mut Operation| it.path == *path && it.method == method;
                let operation = self.operations.iter_mut().find(is_meant)?;
                let media = operation.responses.get_mut(*status)?.content.get_mut(*kind)?;
                media.schema.as_mut()?.at_mut(rest)
            }
            _ => None,
        }
    }

    /// Returns the top-level schemas of the components and of all operations.
    pub(super) fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Schema> {
        self.schemas.values_mut().chain(self.operations.iter_mut().flat_map(Operation::schemas_mut))
    }
}

/// Reads the named schemas of a document.
pub(super) fn schemas(root: &Node) -> Schemas {
    let schemas = named(root.at(&["components", "schemas"]));
    schemas.map(|(name, node)| (name, Schema::read(node))).collect()
}

/// Returns the pairs of a mapping of names; none if it is absent or not a mapping.
fn named(node: Option<&Node>) -> impl Iterator<Item = (String, &Node)> {
    let pairs = node.map(Node::map).into_iter().flatten();
    pairs.map(|(name, Entry { node, .. })| (name.clone(), node))
}

/// Reads the servers of a document, a path or an operation.
fn servers(node: &Node) -> Vec<Server> {
    let server = |node: &Node| Server {
        url: node.text("url"),
        variables: named(node.get("variables")).map(|(name, node)| (name, scalar(node))).collect(),
    };
    node.get("servers").map_or(&[][..], Node::seq).iter().map(server).collect()
}

/// Reads the alternatives of a security requirement.
fn requirements(node: &Node) -> Requirements {
    let alternatives = node.seq().iter().filter(|it| matches!(it.value, Value::Map(_)));
    alternatives.map(|together| together.map().keys().cloned().collect()).collect()
}

/// Returns a media type without its parameters, in lowercase.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// Returns whether a media type, without its parameters, is one JSON value. A sequence of such values, as in `application/x-ndjson`, is not.
pub(super) fn is_json(essence: &str) -> bool {
    let words = || essence.split(['/', '+', '-', '.', '_']).skip(1);
    words().any(|word| word == "json") && !words().any(|word| ["seq", "stream", "lines"].contains(&word))
}

/// Returns the default of a server variable as a string; `None` if it is absent or null.
fn scalar(node: &Node) -> Option<String> {
    let value = node.get("default")?;
    match &value.value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        _ => Some(value.to_json().to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::*;
    use crate::finding::{Findings, Location};
    use crate::spec::yaml;

    /// Reads a document from JSON.
    pub(in crate::spec) fn openapi(json: &Json) -> OpenApi {
        OpenApi::read(&Document {
            root: yaml::parse("test.yaml", &json.to_string()).unwrap(),
            others: Vec::new(),
            listed: BTreeSet::new(),
            files: Vec::new(),
            unread: Vec::new(),
            findings: Findings::default(),
        })
    }

    /// Reads a schema from JSON, without locations, so that schemas with the same keys are equal.
    pub(in crate::spec) fn schema(json: &Json) -> Schema {
        fn forget(schema: &mut Schema) {
            schema.location = Location::default();
            schema.children_mut().for_each(forget);
        }
        let mut schema = Schema::read(&yaml::parse("test.yaml", &json.to_string()).unwrap());
        forget(&mut schema);
        schema
    }

    /// Reads named schemas from JSON.
    pub(in crate::spec) fn schemas(json: &Json) -> Schemas {
        json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), schema(json))).collect()
    }

    #[test]
    fn shared_parts_are_put_in_place() {
        let api = openapi(&serde_json::json!({
            "paths": { "/a": {
                "parameters": [{ "$ref": "#/components/parameters/q" }, { "name": "p", "in": "path" }],
                "get": {
                    "parameters": [{ "name": "p", "in": "path", "description": "own" }],
                    "requestBody": { "$ref": "#/components/requestBodies/b" },
                    "responses": { "200": { "$ref": "#/components/responses/r" } },
                },
                "x-other": { "responses": 1 },
            } },
            "components": {
                "parameters": { "q": { "name": "q", "in": "query" } },
                "requestBodies": { "b": { "required": true, "content": {} } },
                "responses": { "r": { "$ref": "#/components/responses/s" }, "s": { "description": "s" } },
            },
        }));
        let [get] = api.operations.as_slice() else { unreachable!() };
        let parameters =
            get.parameters.iter().map(|it| format!("{} {} {}", it.name, it.place, it.description));
        assert_eq!(parameters.collect::<Vec<_>>(), ["q query ", "p path own"]);
        assert!(get.body.as_ref().unwrap().required);
        assert_eq!(get.responses["200"].description, "s");
    }

    #[test]
    fn a_pointer_leads_to_a_schema() {
        let items = serde_json::json!({ "oneOf": [{}, { "items": { "properties": { "a/b": { "title": "found" } } } }] });
        let mut api = openapi(&serde_json::json!({
            "paths": { "/a/{b}": { "get": { "responses": { "200": { "content": { "application/json": { "schema": items } } } } } } },
            "components": { "schemas": { "A": { "additionalProperties": items } } },
        }));
        let inner = "oneOf/1/items/properties/a~1b";
        for pointer in [
            format!("/components/schemas/A/additionalProperties/{inner}"),
            format!("/paths/~1a~1{{b}}/get/responses/200/content/application~1json/schema/{inner}"),
        ] {
            assert_eq!(api.schema_mut(&pointer).unwrap().title.as_deref(), Some("found"));
            assert!(api.schema_mut(&format!("{pointer}/items")).is_none());
        }
    }
}
