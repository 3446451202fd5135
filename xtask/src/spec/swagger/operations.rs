//! Operations, parameters, bodies and responses.

use super::Converter;
use super::schemas::{moved, repair};
use crate::finding::Finding;
use crate::spec::build::{Pairs, boolean, entry, list, mapping, string};
use crate::spec::yaml::{Entry, Node, Value};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";
const JSON: &str = "application/json";

/// The keys of a parameter that describe its value, and so belong into its schema.
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

/// Whether a parameter is a body, or a field of one.
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
                key if METHODS.contains(&key) => self.operation(&value.node, shared),
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

    /// The parameter that a reference names, or what is no reference.
    fn resolve(&self, parameter: &'a Node) -> &'a Node {
        let shared = parameter
            .get("$ref")
            .and_then(Node::str)
            .and_then(|reference| reference.strip_prefix("#/parameters/"))
            .and_then(|name| self.root.get("parameters")?.get(name));
        shared.unwrap_or(parameter)
    }

    /// Those that are still parameters.
    fn parameters(&mut self, parameters: &'a [Node], location: &Node) -> Node {
        let kept: Vec<&Node> =
            parameters.iter().filter(|parameter| !is_body(self.resolve(parameter))).collect();
        let kept: Vec<Node> = kept.into_iter().map(|parameter| self.parameter(parameter)).collect();
        list(&location.location, kept)
    }

    pub(super) fn parameter(&mut self, node: &'a Node) -> Node {
        if node.get("$ref").is_some() {
            return reference(node);
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

    /// How an array is written. The default of 2.0 is commas; that of 3.0 is commas too but in queries and forms.
    fn style(&mut self, node: &Node) -> Option<(Option<Node>, Node)> {
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
            "ssv" if is_form => Some((style("spaceDelimited"), boolean(location, false))),
            "pipes" if is_form => Some((style("pipeDelimited"), boolean(location, false))),
            other => {
                self.report(
                    Finding::new(
                        location,
                        format!("OpenAPI 3 has no counterpart for the collectionFormat `{other}` here"),
                    )
                    .help("use csv, which puts commas between the items"),
                );
                None
            }
        }
    }

    /// The body that the parameters of a path and of an operation make, those of the operation before those of the path.
    fn request_body(
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
            // Those of the operation come first, and stand in for those of its path.
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
            if field.get("required").is_some_and(|value| matches!(value.value, Value::Bool(true))) {
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
        // Of what an operation consumes, only these two are forms.
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

/// What a response holds, by media type: the same schema for each that is produced, and an example where there is one.
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

/// The media types of a list; JSON where there is none.
fn media_types(list: Option<&Node>) -> Vec<String> {
    let types: Vec<String> =
        list.map_or(&[][..], Node::seq).iter().filter_map(Node::str).map(str::to_owned).collect();
    if types.is_empty() { vec![JSON.to_owned()] } else { types }
}

/// The schema of a parameter, a form's field or a header, whose keys stand beside its own in 2.0.
fn value_schema(node: &Node) -> Node {
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

/// Without the `collectionFormat` of arrays in arrays, which 3.0 does not know.
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

fn reference(node: &Node) -> Node {
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
mod tests {
    use serde_json::{Value as Json, json};

    use crate::spec::swagger::convert;
    use crate::spec::yaml;

    fn document(operation: &str, more: &str) -> Result<Json, String> {
        let text = format!("{{swagger: '2.0', paths: {{/a: {{post: {operation}}}}}{more}}}");
        let converted = convert(&yaml::parse("f.yaml", &text).unwrap()).map_err(|error| error.to_string())?;
        Ok(converted.to_json())
    }

    fn operation(text: &str) -> Json {
        document(text, "").unwrap()["paths"]["/a"]["post"].clone()
    }

    #[test]
    fn parameters() {
        let out = operation(
            "{operationId: a, parameters: [
                {name: q, in: query, type: string, enum: [x], default: x, required: true, description: d, x-mine: 1},
                {name: i, in: path, type: integer, format: int32, required: true},
                {name: h, in: header, type: array, items: {type: string}},
                {name: n, in: query, type: string, x-nullable: true, allowEmptyValue: true}]}",
        );
        assert_eq!(
            out["parameters"],
            json!([
                { "name": "q", "in": "query", "required": true, "description": "d", "x-mine": 1, "schema": { "type": "string", "default": "x", "enum": ["x"] } },
                { "name": "i", "in": "path", "required": true, "schema": { "type": "integer", "format": "int32" } },
                { "name": "h", "in": "header", "style": "simple", "explode": false, "schema": { "type": "array", "items": { "type": "string" } } },
                { "name": "n", "in": "query", "allowEmptyValue": true, "schema": { "type": "string", "nullable": true } },
            ])
        );
    }

    #[test]
    fn arrays_are_written_as_they_were() {
        for (format, style, explode) in [
            ("", "form", false),
            (", collectionFormat: csv", "form", false),
            (", collectionFormat: multi", "form", true),
            (", collectionFormat: ssv", "spaceDelimited", false),
            (", collectionFormat: pipes", "pipeDelimited", false),
        ] {
            let array = format!("type: array, items: {{type: string}}{format}");
            let out = operation(&format!(
                "{{parameters: [{{name: q, in: query, {array}}}, {{name: f, in: formData, {array}}}]}}"
            ));
            let parameter = &out["parameters"][0];
            assert_eq!(
                (&parameter["style"], &parameter["explode"]),
                (&json!(style), &json!(explode)),
                "{format}"
            );
            assert_eq!(
                out["requestBody"]["content"]["application/x-www-form-urlencoded"]["encoding"]["f"],
                json!({ "style": style, "explode": explode })
            );
        }
        let message = document(
            "{parameters: [{name: q, in: query, type: array, items: {}, collectionFormat: tsv}]}",
            "",
        );
        assert!(message.unwrap_err().contains("no counterpart for the collectionFormat `tsv`"));
    }

    #[test]
    fn fields_become_a_form() {
        let out = operation(
            "{consumes: [application/json, application/x-www-form-urlencoded], parameters: [
                {name: token, in: header, type: string},
                {name: text, in: formData, type: string, required: true, description: d},
                {name: count, in: formData, type: integer}]}",
        );
        assert_eq!(out["parameters"][0]["name"], "token");
        assert_eq!(
            out["requestBody"],
            json!({ "required": true, "content": { "application/x-www-form-urlencoded": { "schema": {
                "type": "object", "required": ["text"],
                "properties": { "text": { "type": "string", "description": "d" }, "count": { "type": "integer" } },
            } } } })
        );
    }

    #[test]
    fn a_file_makes_it_multipart() {
        let out = operation("{parameters: [{name: f, in: formData, type: file}]}");
        assert_eq!(
            out["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["f"],
            json!({ "type": "string", "format": "binary" })
        );
        assert!(
            operation(
                "{consumes: [multipart/form-data], parameters: [{name: f, in: formData, type: string}]}"
            )["requestBody"]["content"]
                .get("multipart/form-data")
                .is_some()
        );
    }

    #[test]
    fn bodies() {
        let out = operation(
            "{parameters: [{name: b, in: body, required: true, description: d, schema: {$ref: '#/definitions/x'}}]}",
        );
        assert_eq!(
            out["requestBody"],
            json!({ "description": "d", "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/x" } } } })
        );
        assert!(out.get("parameters").is_none());
        let message =
            document("{parameters: [{name: b, in: body}, {name: f, in: formData, type: string}]}", "");
        assert!(message.unwrap_err().contains("cannot have both a body and fields of a form"));
    }

    #[test]
    fn shared_parts_are_found() {
        let out = document(
            "{parameters: [{$ref: '#/parameters/q'}, {$ref: '#/parameters/f'}], responses: {default: {$ref: '#/responses/r'}}}",
            ", consumes: [multipart/form-data], produces: [text/plain], parameters: {q: {name: q, in: query, type: string}, f: {name: f, in: formData, type: string}},
               responses: {r: {description: d, schema: {type: string}}}",
        )
        .unwrap();
        let operation = &out["paths"]["/a"]["post"];
        assert_eq!(operation["parameters"], json!([{ "$ref": "#/components/parameters/q" }]));
        assert!(
            operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
                .get("f")
                .is_some()
        );
        assert_eq!(operation["responses"]["default"], json!({ "$ref": "#/components/responses/r" }));
        assert_eq!(
            out["components"],
            json!({
                "parameters": { "q": { "name": "q", "in": "query", "schema": { "type": "string" } } },
                "responses": { "r": { "description": "d", "content": { "text/plain": { "schema": { "type": "string" } } } } },
            })
        );
    }

    #[test]
    fn a_form_of_a_path_belongs_to_each_of_its_operations() {
        let text = "{swagger: '2.0', paths: {/a: {parameters: [{name: f, in: formData, type: string}, {name: q, in: query, type: string}], post: {}, put: {}}}}";
        let out = convert(&yaml::parse("f.yaml", text).unwrap()).unwrap().to_json();
        assert_eq!(out["paths"]["/a"]["parameters"].as_array().unwrap().len(), 1);
        for method in ["post", "put"] {
            assert!(out["paths"]["/a"][method].get("requestBody").is_some());
        }
    }

    #[test]
    fn a_field_of_an_operation_stands_in_for_that_of_its_path() {
        let text = "{swagger: '2.0', paths: {/a: {parameters: [{name: f, in: formData, type: string}], post: {parameters: [{name: f, in: formData, type: integer}]}}}}";
        let out = convert(&yaml::parse("f.yaml", text).unwrap()).unwrap().to_json();
        let content = &out["paths"]["/a"]["post"]["requestBody"]["content"];
        assert_eq!(
            content["application/x-www-form-urlencoded"]["schema"]["properties"],
            json!({ "f": { "type": "integer" } })
        );
    }

    #[test]
    fn responses() {
        let out = operation(
            "{produces: [application/json], responses: {
                '200': {description: d, schema: {type: array}, headers: {X-A: {type: integer, description: h}}, examples: {application/json: [1]}},
                '204': {description: n}, '206': {description: f, schema: {type: file}}}}",
        );
        assert_eq!(
            out["responses"],
            json!({
                "200": { "description": "d", "headers": { "X-A": { "description": "h", "schema": { "type": "integer" } } },
                    "content": { "application/json": { "schema": { "type": "array", "items": {} }, "example": [1] } } },
                "204": { "description": "n" },
                "206": { "description": "f", "content": { "application/json": { "schema": { "type": "string", "format": "binary" } } } },
            })
        );
        let out = operation("{responses: {'200': {description: d, schema: {type: file}}}}");
        assert!(out["responses"]["200"]["content"].get("application/octet-stream").is_some());
    }
}
