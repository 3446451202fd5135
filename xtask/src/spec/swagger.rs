//! Converts Swagger 2.0 to OpenAPI 3.0.3. Every part keeps its location.
//!
//! JSON Schema that is not part of 2.0 but common in its documents, such as a list of types, is accepted too. What 3.0 cannot express is rejected, or left as
//! it is if it has no effect.

mod bodies;
mod operations;
mod schemas;

use indexmap::IndexMap;

use super::build::{Pairs, entry, list, mapping, string};
use super::yaml::{Entry, Node, Value};
use crate::finding::{Finding, Findings};

pub(super) use operations::{METHODS, TABS};
pub(super) use schemas::moved;
pub use schemas::repair as repair_schema;

/// Returns whether a document is Swagger, or a part of a Swagger document in a file of its own.
#[must_use]
pub fn is_swagger(root: &Node) -> bool {
    root.get("swagger").is_some() || (root.get("definitions").is_some() && root.get("openapi").is_none())
}

/// Converts a whole document, including its references to other documents.
///
/// # Errors
/// Returns everything that has no counterpart in 3.0, with its location.
pub fn convert(root: &Node) -> Result<Node, Findings> {
    let (converted, findings) = convert_partly(root);
    findings.into_result()?;
    Ok(converted)
}

/// Converts what has a counterpart in 3.0, and returns the errors of the rest. Each part with an error has the location of the error in `x-unconverted`, so that
/// the part can be left out.
pub(super) fn convert_partly(root: &Node) -> (Node, Findings) {
    let mut converter = Converter { root, findings: Findings::default() };
    let converted = converter.document();
    (converted, converter.findings)
}

struct Converter<'a> {
    root: &'a Node,
    findings: Findings,
}

impl<'a> Converter<'a> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Converts a part, and adds the locations of its errors to it.
    fn marked(&mut self, convert: impl FnOnce(&mut Self) -> Node) -> Node {
        let before = self.findings.iter().count();
        let mut node = convert(self);
        let location = node.location.clone();
        let errors = self.findings.iter().skip(before);
        let places: Vec<Node> = errors.map(|it| string(&it.location, &it.message)).collect();
        if let Value::Map(map) = &mut node.value
            && !places.is_empty()
        {
            let node = list(&location, places);
            map.insert("x-unconverted".to_owned(), Entry { key: location, node });
        }
        node
    }

    fn document(&mut self) -> Node {
        let root = self.root;
        if let Some(version) = root.get("swagger")
            && version.str() != Some("2.0")
            && !matches!(version.value, Value::Float(2.0))
        {
            self.report(
                Finding::new(&version.location, "this is not Swagger 2.0").help("write `swagger: \"2.0\"`"),
            );
        }
        let mut out = IndexMap::new();
        if let Some(version) = root.map().get("swagger") {
            let location = &version.node.location;
            out.insert(
                "openapi".to_owned(),
                Entry { key: version.key.clone(), node: string(location, "3.0.3") },
            );
        }
        let mut servers = Some(self.servers(root.get("schemes")));
        let mut components = IndexMap::new();
        for (key, old) in root.map() {
            match key.as_str() {
                "swagger" | "consumes" | "produces" => {}
                "host" | "basePath" | "schemes" => {
                    if let Some(servers) = servers.take().filter(|servers| !servers.seq().is_empty()) {
                        out.insert("servers".to_owned(), Entry { key: old.key.clone(), node: servers });
                    }
                }
                "definitions" => {
                    let schemas = self.each(old, |this, schema| this.schema(&schema.node));
                    components.insert("schemas".to_owned(), schemas);
                }
                "parameters" => {
                    // Parameters of a body or a form are inlined where they are referred to, since 3.0 has no such parameters.
                    let mut shared =
                        self.each(old, |this, parameter| this.marked(|it| it.parameter(&parameter.node)));
                    if let Value::Map(map) = &mut shared.node.value {
                        map.retain(|name, _| {
                            old.node.get(name).is_some_and(|node| !operations::is_body(self.resolve(node)))
                        });
                    }
                    components.insert("parameters".to_owned(), shared);
                }
                "responses" => {
                    let produces = root.get("produces");
                    let responses = self
                        .each(old, |this, response| this.marked(|it| it.response(&response.node, produces)));
                    components.insert("responses".to_owned(), responses);
                }
                "securityDefinitions" => {
                    let schemes =
                        self.each(old, |this, scheme| this.marked(|it| it.security_scheme(&scheme.node)));
                    components.insert("securitySchemes".to_owned(), schemes);
                }
                "paths" => {
                    let paths = self.each(old, |this, path| this.path_item(&path.node));
                    out.insert(key.clone(), paths);
                }
                _ => {
                    out.insert(key.clone(), old.clone());
                }
            }
        }
        if !components.is_empty() {
            let node = Node { value: Value::Map(components), location: root.location.clone() };
            out.insert("components".to_owned(), Entry { key: root.location.clone(), node });
        }
        Node { value: Value::Map(out), location: root.location.clone() }
    }

    /// Converts every value of a mapping, except for extensions.
    fn each(&mut self, old: &'a Entry, mut convert: impl FnMut(&mut Self, &'a Entry) -> Node) -> Entry {
        let map = old.node.map().iter().map(|(name, value)| {
            let node = if name.starts_with("x-") { value.node.clone() } else { convert(self, value) };
            (name.clone(), Entry { key: value.key.clone(), node })
        });
        let value = Value::Map(map.collect());
        Entry { key: old.key.clone(), node: Node { value, location: old.node.location.clone() } }
    }

    /// Creates a server for each scheme of the host, or one with only the base path if there is no host. The first one is the base URL: the one by `https` if there
    /// is one, because calls send credentials, or else the one by `http`.
    fn servers(&self, schemes: Option<&Node>) -> Node {
        let base = self.root.get("basePath").and_then(Node::str).unwrap_or("").trim_end_matches('/');
        let location =
            &self.root.get("host").or_else(|| self.root.get("basePath")).unwrap_or(self.root).location;
        let urls: Vec<String> = match self.root.get("host").and_then(Node::str) {
            Some(host) => {
                let schemes: Vec<&str> =
                    schemes.map_or(&[][..], Node::seq).iter().filter_map(Node::str).collect();
                let mut schemes = if schemes.is_empty() { vec!["https"] } else { schemes };
                schemes.sort_by_key(|scheme| match scheme.to_lowercase().as_str() {
                    "https" => 0,
                    "http" => 1,
                    _ => 2,
                });
                schemes.iter().map(|scheme| format!("{scheme}://{host}{base}")).collect()
            }
            None if base.is_empty() => Vec::new(),
            None => vec![base.to_owned()],
        };
        list(
            location,
            urls.iter().map(|url| mapping(location, [entry(location, "url", string(location, url))])),
        )
    }

    fn security_scheme(&mut self, node: &'a Node) -> Node {
        let location = &node.location;
        let mut out = Pairs::of(location);
        match node.get("type").and_then(Node::str) {
            Some("basic") => {
                out.push("type", string(location, "http"));
                out.push("scheme", string(location, "basic"));
                out.keep(node, &["description"]);
            }
            Some("oauth2") => {
                let Some(flow) = node.get("flow") else { return node.clone() };
                let name = match flow.str() {
                    Some(name @ ("implicit" | "password")) => name,
                    Some("application") => "clientCredentials",
                    Some("accessCode") => "authorizationCode",
                    _ => {
                        self.report(
                            Finding::new(&flow.location, "this is not a flow of OAuth 2")
                                .help("they are implicit, password, application and accessCode"),
                        );
                        "implicit"
                    }
                };
                let mut inner = Pairs::of(location);
                inner.keep(node, &["authorizationUrl", "tokenUrl", "scopes"]);
                out.push("type", string(location, "oauth2"));
                out.push("flows", mapping(location, [entry(location, name, inner.into_node())]));
                out.keep(node, &["description"]);
            }
            _ => return operations::reference(node),
        }
        out.keep_extensions(node);
        out.into_node()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::yaml;

    fn converted(text: &str) -> Json {
        convert(&yaml::parse("f.yaml", text).unwrap()).unwrap().to_json()
    }

    fn refused(text: &str) -> String {
        convert(&yaml::parse("f.yaml", text).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn the_frame_of_a_document() {
        let out = converted(
            "{swagger: '2.0', info: {title: T, version: '1'}, host: slack.com, basePath: /api/, schemes: [https, http], x-mine: 1,
              paths: {}, definitions: {a: {$ref: '#/definitions/b'}, b: {type: string}}}",
        );
        assert_eq!(
            out,
            json!({
                "openapi": "3.0.3", "info": { "title": "T", "version": "1" },
                "servers": [{ "url": "https://slack.com/api" }, { "url": "http://slack.com/api" }],
                "x-mine": 1, "paths": {},
                "components": { "schemas": { "a": { "$ref": "#/components/schemas/b" }, "b": { "type": "string" } } },
            })
        );
        assert_eq!(converted("{swagger: '2.0', basePath: /api}")["servers"], json!([{ "url": "/api" }]));
        assert_eq!(
            converted("{swagger: 2.0, host: a.example}")["servers"],
            json!([{ "url": "https://a.example" }])
        );
        for (schemes, expected) in [
            ("[http, https]", &["https://a.example", "http://a.example"][..]),
            ("[ws, http, wss]", &["http://a.example", "ws://a.example", "wss://a.example"]),
            ("[ws, wss]", &["ws://a.example", "wss://a.example"]),
            ("[HTTP, HTTPS]", &["HTTPS://a.example", "HTTP://a.example"]),
        ] {
            let out = converted(&format!("{{swagger: '2.0', host: a.example, schemes: {schemes}}}"));
            let urls =
                out["servers"].as_array().unwrap().iter().map(|server| server["url"].as_str().unwrap());
            assert_eq!(urls.collect::<Vec<_>>(), expected, "{schemes}");
        }
        assert!(refused("{swagger: '1.2'}").contains("f.yaml:1:11: error: this is not Swagger 2.0"));
    }

    #[test]
    fn security() {
        let out = converted(
            "{swagger: '2.0', securityDefinitions: {
                a: {type: basic, description: d},
                b: {type: apiKey, in: header, name: x},
                c: {type: oauth2, flow: accessCode, authorizationUrl: https://a, tokenUrl: https://t, scopes: {s: S}, x-z: 1},
                d: {type: oauth2, flow: application, tokenUrl: https://t, scopes: {}}, e: {type: oauth2}, f: {$ref: '#/securityDefinitions/a'}}}",
        );
        assert_eq!(
            out["components"]["securitySchemes"],
            json!({
                "a": { "type": "http", "scheme": "basic", "description": "d" },
                "b": { "type": "apiKey", "in": "header", "name": "x" },
                "c": { "type": "oauth2", "flows": { "authorizationCode": { "authorizationUrl": "https://a", "tokenUrl": "https://t", "scopes": { "s": "S" } } }, "x-z": 1 },
                "d": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://t", "scopes": {} } } },
                "e": { "type": "oauth2" }, "f": { "$ref": "#/components/securitySchemes/a" },
            })
        );
        let message = refused("{swagger: '2.0', securityDefinitions: {a: {type: oauth2, flow: tape}}}");
        assert!(message.contains("not a flow of OAuth 2"), "{message}");
    }

    #[test]
    fn places_are_kept() {
        let text =
            "swagger: '2.0'\ndefinitions:\n  a:\n    properties:\n      b:\n        type: [string, 'null']\n";
        let root = convert(&yaml::parse("f.yaml", text).unwrap()).unwrap();
        let schemas = root.at(&["components", "schemas"]).unwrap();
        assert_eq!(schemas.map()["a"].key.to_string(), "f.yaml:3:3");
        let property = schemas.at(&["a", "properties", "b"]).unwrap();
        assert_eq!(property.location.to_string(), "f.yaml:6:9");
        let property = crate::spec::lower::schema(property, false);
        assert_eq!(property.get("nullable").unwrap().location.to_string(), "f.yaml:6:15");
    }

    #[test]
    fn a_part_of_a_document_is_one_too() {
        let part = yaml::parse("f.yaml", "definitions: {a: {type: string}}").unwrap();
        assert!(is_swagger(&part));
        assert_eq!(
            convert(&part).unwrap().to_json(),
            json!({ "components": { "schemas": { "a": { "type": "string" } } } })
        );
        assert!(!is_swagger(&yaml::parse("f.yaml", "openapi: 3.0.3").unwrap()));
    }
}
