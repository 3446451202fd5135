//! Converts bodies of requests and responses, by media type.

use super::Converter;
use super::operations::{reference, value_schema};
use super::schemas::repair;
use crate::finding::Finding;
use crate::spec::build::{Pairs, boolean, entry, list, mapping, string};
use crate::spec::yaml::{Node, Value};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
const JSON: &str = "application/json";

impl<'a> Converter<'a> {
    /// Creates the request body from the body and form parameters of an operation and its path, of which the operation's take precedence.
    pub(super) fn request_body(
        &mut self,
        of_path: &'a [Node],
        own: &'a [Node],
        consumes: Option<&Node>,
    ) -> Option<Node> {
        let resolved: Vec<&Node> =
            own.iter().chain(of_path).map(|parameter| self.resolve(parameter)).collect();
        let of_kind = |kind: &str| {
            let found = resolved.iter().filter(|node| node.get("in").and_then(Node::str) == Some(kind));
            found.copied().collect::<Vec<&Node>>()
        };
        let (bodies, fields) = (of_kind("body"), of_kind("formData"));
        if let (Some(body), Some(field)) = (bodies.first(), fields.first()) {
            self.report(
                Finding::new(&field.location, "an operation cannot have both a body and fields of a form")
                    .help(format!("the body is at {}", body.location)),
            );
        }
        if let Some(body) = bodies.first() {
            let location = &body.location;
            let schema = body.get("schema").map_or_else(|| mapping(location, []), repair);
            let mut media = Pairs::of(location);
            media.push("schema", schema);
            let media = media.into_node();
            let types = media_types(consumes);
            let content = types.iter().map(|name| entry(location, name, media.clone()));
            let content = mapping(location, content.collect::<Vec<_>>());
            let mut out = Pairs::of(location);
            out.keep(body, &["description", "required"]);
            out.push("content", content);
            out.keep_extensions(body);
            return Some(out.into_node());
        }
        (!fields.is_empty()).then(|| self.form(&fields, consumes))
    }

    fn form(&mut self, fields: &[&'a Node], consumes: Option<&Node>) -> Node {
        let location = &fields[0].location;
        let (mut properties, mut encoding) = (Pairs::of(location), Pairs::of(location));
        let mut required = Vec::new();
        for field in fields {
            let Some(name) = field.get("name").and_then(Node::str) else {
                self.report(Finding::new(&field.location, "a field of a form has no name"));
                continue;
            };
            // Fields of the operation come first, and override those of its path.
            if properties.has(name) {
                continue;
            }
            let mut schema = value_schema(field);
            if let Value::Map(map) = &mut schema.value {
                for key in ["description", "deprecated", "example"] {
                    map.extend(field.map().get(key).map(|entry| (key.to_owned(), entry.clone())));
                }
                let extensions =
                    field.map().iter().filter(|(key, _)| key.starts_with("x-") && *key != "x-nullable");
                map.extend(extensions.map(|(key, entry)| (key.clone(), entry.clone())));
            }
            properties.push(name, schema);
            if let Some((style, explode)) = self.style(field) {
                let mut how = Pairs::of(&field.location);
                if let Some(style) = style {
                    how.push("style", style);
                }
                how.push("explode", explode);
                encoding.push(name, how.into_node());
            }
            if field.flag("required") == Some(true) {
                required.push(string(&field.location, name));
            }
        }
        let is_required = !required.is_empty();
        let mut schema = Pairs::of(location);
        schema.push("type", string(location, "object"));
        if is_required {
            schema.push("required", list(location, required));
        }
        schema.push("properties", properties.into_node());
        let mut media = Pairs::of(location);
        media.push("schema", schema.into_node());
        if !encoding.is_empty() {
            media.push("encoding", encoding.into_node());
        }
        let has_file = fields.iter().any(|field| field.get("type").and_then(Node::str) == Some("file"));
        // Of the media types that an operation consumes, only these two are forms.
        let kind = match media_types(consumes).iter().find(|name| [FORM, MULTIPART].contains(&name.as_str()))
        {
            _ if has_file => MULTIPART,
            Some(name) if name == MULTIPART => MULTIPART,
            _ => FORM,
        };
        let mut out = Pairs::of(location);
        if is_required {
            out.push("required", boolean(location, true));
        }
        out.push("content", mapping(location, [entry(location, kind, media.into_node())]));
        out.into_node()
    }

    pub(super) fn response(&mut self, node: &'a Node, produces: Option<&Node>) -> Node {
        if node.get("$ref").is_some() {
            return reference(node);
        }
        let mut out = Pairs::of(&node.location);
        for (key, value) in node.map() {
            match key.as_str() {
                "schema" | "examples" => {}
                "headers" => {
                    let headers = self.each(value, |_, header| {
                        let mut out = Pairs::of(&header.node.location);
                        out.keep(&header.node, &["description"]);
                        out.push("schema", value_schema(&header.node));
                        out.into_node()
                    });
                    out.insert(key, headers);
                }
                _ => out.insert(key, value.clone()),
            }
        }
        if let Some(content) = content(node, produces) {
            out.push("content", content);
        }
        out.into_node()
    }
}

/// Creates the content of a response: the same schema for every media type that is produced, with its example if there is one.
fn content(response: &Node, produces: Option<&Node>) -> Option<Node> {
    let schema = response.get("schema");
    let examples = response.get("examples").map(Node::map);
    let is_file = schema.is_some_and(|schema| schema.get("type").and_then(Node::str) == Some("file"));
    let mut types = match produces {
        None if is_file => vec!["application/octet-stream".to_owned()],
        _ if schema.is_some() => media_types(produces),
        _ => Vec::new(),
    };
    for name in examples.into_iter().flat_map(|examples| examples.keys()) {
        if !types.contains(name) {
            types.push(name.clone());
        }
    }
    let location = &schema.unwrap_or(response).location;
    let pairs = types.iter().map(|name| {
        let mut media = Pairs::of(location);
        match schema {
            Some(schema) if is_file => media.push("schema", value_schema(schema)),
            Some(schema) => media.push("schema", repair(schema)),
            None => {}
        }
        if let Some(example) = examples.and_then(|examples| examples.get(name)) {
            media.insert("example", example.clone());
        }
        entry(location, name, media.into_node())
    });
    (!types.is_empty()).then(|| mapping(location, pairs.collect::<Vec<_>>()))
}

/// Returns the media types of a list, or JSON if there are none.
fn media_types(list: Option<&Node>) -> Vec<String> {
    let types: Vec<String> =
        list.map_or(&[][..], Node::seq).iter().filter_map(Node::str).map(str::to_owned).collect();
    if types.is_empty() { vec![JSON.to_owned()] } else { types }
}
