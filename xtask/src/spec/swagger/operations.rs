//! Converts operations and parameters.

use super::Converter;
use super::schemas::{moved, repair};
use crate::finding::Finding;
use crate::spec::build::{Pairs, boolean, list, mapping, string};
use crate::spec::foreign::{MAX_STEPS, pointer};
use crate::spec::yaml::{Entry, Node, Value};

/// The keys of a path that hold operations.
pub(in crate::spec) const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The style of an array with tabs between the items, which OpenAPI 3 does not have.
pub(in crate::spec) const TABS: &str = "tabDelimited";

/// The keys of a parameter that describe its value, and thus belong to its schema.
const OF_SCHEMA: [&str; 17] = [
    "type",
    "format",
    "items",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "x-nullable",
];

/// Returns whether a parameter is a body or a form field.
pub(super) fn is_body(parameter: &Node) -> bool {
    matches!(parameter.get("in").and_then(Node::str), Some("body" | "formData"))
}

impl<'a> Converter<'a> {
    pub(super) fn path_item(&mut self, node: &'a Node) -> Node {
        let shared = node.get("parameters").map_or(&[][..], Node::seq);
        let mut out = Pairs::of(&node.location);
        for (key, value) in node.map() {
            let converted = match key.as_str() {
                "parameters" => self.parameters(value.node.seq(), &value.node),
                key if METHODS.contains(&key) => self.marked(|this| this.operation(&value.node, shared)),
                _ => value.node.clone(),
            };
            out.insert(key, Entry { key: value.key.clone(), node: converted });
        }
        out.into_node()
    }

    fn operation(&mut self, node: &'a Node, of_path: &'a [Node]) -> Node {
        let own = node.get("parameters").map_or(&[][..], Node::seq);
        let consumes = node.get("consumes").or_else(|| self.root.get("consumes"));
        let produces = node.get("produces").or_else(|| self.root.get("produces"));
        let mut out = Pairs::of(&node.location);
        for (key, value) in node.map() {
            match key.as_str() {
                "consumes" | "produces" => {}
                "schemes" => {
                    let servers = self.servers(Some(&value.node));
                    if !servers.seq().is_empty() {
                        out.insert("servers", Entry { key: value.key.clone(), node: servers });
                    }
                }
                "parameters" => {
                    let parameters = self.parameters(own, &value.node);
                    if !parameters.seq().is_empty() {
                        out.insert(key, Entry { key: value.key.clone(), node: parameters });
                    }
                }
                "responses" => {
                    let responses =
                        self.each(value, |this, response| this.response(&response.node, produces));
                    out.insert(key, responses);
                }
                _ => out.insert(key, value.clone()),
            }
        }
        if let Some(body) = self.request_body(of_path, own, consumes) {
            out.push("requestBody", body);
        }
        out.into_node()
    }

    /// Resolves the reference of a parameter; returns any other parameter as it is.
    pub(super) fn resolve(&self, parameter: &'a Node) -> &'a Node {
        let mut node = parameter;
        for _ in 0..MAX_STEPS {
            let reference = node.get("$ref").and_then(Node::str);
            let Some(target) = reference.and_then(|it| pointer::target(self.root, it)) else { break };
            node = target;
        }
        node
    }

    /// Converts the parameters that are neither a body nor a form field.
    fn parameters(&mut self, parameters: &'a [Node], location: &Node) -> Node {
        let kept: Vec<&Node> =
            parameters.iter().filter(|parameter| !is_body(self.resolve(parameter))).collect();
        let kept: Vec<Node> = kept.into_iter().map(|parameter| self.parameter(parameter)).collect();
        list(&location.location, kept)
    }

    pub(super) fn parameter(&mut self, node: &'a Node) -> Node {
        if let Some(text) = node.get("$ref").and_then(Node::str) {
            let target = self.resolve(node);
            // Those of operations have other places than in 2.0, where the body is one of them.
            let is_moved = text.starts_with("#/paths/") && target.get("$ref").is_none();
            return if is_moved { self.parameter(target) } else { reference(node) };
        }
        let mut out = Pairs::of(&node.location);
        for (key, value) in node.map() {
            if !OF_SCHEMA.contains(&key.as_str()) && key != "collectionFormat" {
                out.insert(key, value.clone());
            }
        }
        if let Some((style, explode)) = self.style(node) {
            if let Some(style) = style {
                out.push("style", style);
            }
            out.push("explode", explode);
        }
        if node.get("schema").is_none() {
            out.push("schema", value_schema(node));
        }
        out.into_node()
    }

    /// Returns the `style` and `explode` of an array; `None` for any other type or an unsupported `collectionFormat`. Commas, the default of 2.0, are stated
    /// too, since 3.0 has another default in queries and forms.
    pub(super) fn style(&mut self, node: &Node) -> Option<(Option<Node>, Node)> {
        if node.get("type").and_then(Node::str) != Some("array") {
            return None;
        }
        let format = node.get("collectionFormat");
        let location = format.map_or(&node.location, |format| &format.location);
        let style = |name: &str| Some(string(location, name));
        let is_form = matches!(node.get("in").and_then(Node::str), Some("query" | "formData"));
        match format.and_then(Node::str).unwrap_or("csv") {
            "csv" if is_form => Some((style("form"), boolean(location, false))),
            "csv" => Some((style("simple"), boolean(location, false))),
            "multi" if is_form => Some((style("form"), boolean(location, true))),
            "ssv" => Some((style("spaceDelimited"), boolean(location, false))),
            "pipes" => Some((style("pipeDelimited"), boolean(location, false))),
            "tsv" => Some((style(TABS), boolean(location, false))),
            other => {
                self.report(
                    Finding::new(location, format!("the collectionFormat `{other}` is not possible here"))
                        .help("use csv, which puts commas between the items"),
                );
                None
            }
        }
    }
}

/// Creates the schema of a parameter, a form field or a header, whose keys are not nested in a `schema` in 2.0.
pub(super) fn value_schema(node: &Node) -> Node {
    let mut out = Pairs::of(&node.location);
    out.keep(node, &OF_SCHEMA);
    let mut schema = repair(&without_formats(&out.into_node()));
    if let Value::Map(map) = &mut schema.value
        && let Some(kind) = map.get("type").cloned()
        && kind.node.str() == Some("file")
    {
        let location = kind.node.location.clone();
        map.insert("type".to_owned(), Entry { key: kind.key.clone(), node: string(&location, "string") });
        map.insert("format".to_owned(), Entry { key: kind.key, node: string(&location, "binary") });
    }
    schema
}

/// Removes the `collectionFormat` of arrays in arrays, which 3.0 does not have.
fn without_formats(schema: &Node) -> Node {
    let pairs = schema.map().iter().filter(|(key, _)| *key != "collectionFormat").map(|(key, value)| {
        let node = if key == "items" && matches!(value.node.value, Value::Map(_)) {
            without_formats(&value.node)
        } else {
            value.node.clone()
        };
        (key.clone(), Entry { key: value.key.clone(), node })
    });
    mapping(&schema.location, pairs.collect::<Vec<_>>())
}

pub(super) fn reference(node: &Node) -> Node {
    let pairs = node.map().iter().map(|(key, value)| {
        let node = match value.node.str() {
            Some(text) if key == "$ref" => string(&value.node.location, &moved(text)),
            _ => value.node.clone(),
        };
        (key.clone(), Entry { key: value.key.clone(), node })
    });
    mapping(&node.location, pairs.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
