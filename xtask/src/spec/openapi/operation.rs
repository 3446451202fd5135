//! Operations, with the references to their parameters, bodies and responses resolved.

use indexmap::IndexMap;

use super::{
    Requirements, Schema, Server, essence, is_json, is_status, named, requirements, servers, status,
};
use crate::spec::bundle::Document;
use crate::spec::yaml::Node;

/// How many references are followed in a row, so that a cycle ends.
const MAX_REFERENCES: usize = 8;

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spec) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

/// An operation.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Operation {
    pub(in crate::spec) path: String,
    pub(in crate::spec) method: Method,
    pub(in crate::spec) id: String,
    pub(in crate::spec) tag: Option<String>,
    pub(in crate::spec) summary: String,
    pub(in crate::spec) description: String,
    /// The text and the address of a link to more documentation.
    pub(in crate::spec) external_docs: Option<(Option<String>, String)>,
    pub(in crate::spec) deprecation: Deprecation,
    /// The operation's servers, or else those of its path; none if it uses the document's.
    pub(in crate::spec) servers: Vec<Server>,
    /// The security requirement that overrides the document's.
    pub(in crate::spec) security: Option<Requirements>,
    /// The operation's parameters, and those of its path that it does not override.
    pub(in crate::spec) parameters: Vec<Parameter>,
    pub(in crate::spec) body: Option<RequestBody>,
    pub(in crate::spec) responses: IndexMap<String, Response>,
    /// The error codes that are specific to the operation.
    pub(in crate::spec) errors: Option<Vec<String>>,
    pub(in crate::spec) feature: Option<String>,
    pub(in crate::spec) idempotent: Option<bool>,
    pub(in crate::spec) pagination: Option<Pagination>,
}

/// Whether something is deprecated, and why.
#[derive(Clone, Debug, Default)]
pub(in crate::spec) struct Deprecation {
    pub(in crate::spec) is_deprecated: bool,
    pub(in crate::spec) reason: String,
}

/// A parameter.
#[derive(Clone, Debug, Default)]
pub(in crate::spec) struct Parameter {
    pub(in crate::spec) name: String,
    /// The location of the parameter (`in`).
    pub(in crate::spec) place: String,
    pub(in crate::spec) description: String,
    pub(in crate::spec) required: bool,
    pub(in crate::spec) deprecation: Deprecation,
    pub(in crate::spec) rust_name: String,
    pub(in crate::spec) is_credential: bool,
    pub(in crate::spec) encoding: Encoding,
    pub(in crate::spec) schema: Schema,
    pub(in crate::spec) content: IndexMap<String, Media>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub(in crate::spec) struct RequestBody {
    pub(in crate::spec) description: Option<String>,
    pub(in crate::spec) required: bool,
    pub(in crate::spec) rust_name: String,
    pub(in crate::spec) content: IndexMap<String, Media>,
}

/// A response.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Response {
    pub(in crate::spec) description: String,
    pub(in crate::spec) content: IndexMap<String, Media>,
}

/// The content of a body or a response for one media type.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Media {
    pub(in crate::spec) schema: Option<Schema>,
    pub(in crate::spec) encoding: IndexMap<String, Encoding>,
}

/// How a parameter or a form field is serialized.
#[derive(Clone, Debug, Default)]
pub(in crate::spec) struct Encoding {
    pub(in crate::spec) content_type: String,
    pub(in crate::spec) style: Option<String>,
    pub(in crate::spec) explode: Option<bool>,
}

/// Where a paginated response has its items and its next page (`x-pagination`). Absent keys are empty.
#[derive(Clone, Debug)]
pub(in crate::spec) struct Pagination {
    pub(in crate::spec) argument: String,
    pub(in crate::spec) next: String,
    pub(in crate::spec) page: String,
    pub(in crate::spec) pages: String,
    pub(in crate::spec) items: String,
    pub(in crate::spec) repeated: String,
}

impl Method {
    pub(in crate::spec) fn of(key: &str) -> Option<Self> {
        Some(match key {
            "get" => Self::Get,
            "post" => Self::Post,
            "put" => Self::Put,
            "patch" => Self::Patch,
            "delete" => Self::Delete,
            "head" => Self::Head,
            "options" => Self::Options,
            _ => return None,
        })
    }

    /// Returns the key of the method in a path item.
    pub(in crate::spec) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns whether requests with this method have no body that could hold a form.
    pub(in crate::spec) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Delete)
    }

    /// Returns whether arguments are sent as a form.
    pub(in crate::spec) fn has_form(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// A variable in the braces of a path.
pub(in crate::spec) struct Variable<'a> {
    pub(in crate::spec) written: &'a str,
    pub(in crate::spec) name: &'a str,
    /// Whether its value may contain slashes: `{+name}` and `{name=shelves/*}` match several segments.
    pub(in crate::spec) is_path: bool,
}

/// Returns the variables of a path, without its query and its fragment.
pub(in crate::spec) fn variables(path: &str) -> impl Iterator<Item = Variable<'_>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(written, _)| {
        let (name, pattern) = written.split_once('=').unwrap_or((written, ""));
        let is_path = name.starts_with('+') || pattern.contains('/') || pattern.contains("**");
        Variable { written, name: name.trim_start_matches('+').trim_end_matches('*'), is_path }
    })
}

/// Reads the operations of a path item.
pub(super) fn of_path<'a>(path: &str, item: &'a Node, document: &'a Document) -> Vec<Operation> {
    let shared = parameters(item, document);
    let methods = named(Some(item)).filter_map(|(key, node)| Some((Method::of(&key)?, node)));
    let operations = methods.map(|(method, node)| Operation::read(path, method, node, &shared, document));
    let of_path = servers(item);
    operations
        .map(|operation| match operation.servers.is_empty() {
            true => Operation { servers: of_path.clone(), ..operation },
            false => operation,
        })
        .collect()
}

fn parameters(node: &Node, document: &Document) -> Vec<Parameter> {
    let mut out: Vec<Parameter> = Vec::new();
    for node in node.get("parameters").map_or(&[][..], Node::seq) {
        let parameter = Parameter::read(followed(node, document));
        if !out.iter().any(|it| it.is(&parameter)) {
            out.push(parameter);
        }
    }
    out
}

/// Reads the responses of an operation. Those whose keys are no statuses come last, and only if no other response has the status that they mean.
fn responses(node: &Node, document: &Document) -> IndexMap<String, Response> {
    let (exact, vague): (Vec<_>, Vec<_>) =
        named(node.get("responses")).partition(|(key, _)| is_status(key) || key.starts_with("x-"));
    let vague = vague.into_iter().filter_map(|(key, node)| Some((status(&key)?, node)));
    let mut out = IndexMap::new();
    for (status, node) in exact.into_iter().chain(vague) {
        out.entry(status).or_insert_with(|| Response::read(followed(node, document)));
    }
    out
}

/// Resolves the reference of a parameter, a body or a response; returns any other node as it is.
fn followed<'a>(node: &'a Node, document: &'a Document) -> &'a Node {
    let mut node = node;
    for _ in 0..MAX_REFERENCES {
        let target = node.get("$ref").and_then(Node::str).and_then(|it| document.resolve(it));
        node = target.unwrap_or(node);
    }
    node
}

impl Operation {
    fn read(path: &str, method: Method, node: &Node, shared: &[Parameter], document: &Document) -> Self {
        let own = parameters(node, document);
        let is_replaced = |it: &Parameter| own.iter().any(|own| own.is(it));
        let inherited: Vec<Parameter> = shared.iter().filter(|it| !is_replaced(it)).cloned().collect();
        let texts = |node: &Node| node.seq().iter().filter_map(Node::str).map(str::to_owned).collect();
        let docs = node.get("externalDocs");
        Self {
            path: path.to_owned(),
            method,
            id: node.text("operationId"),
            tag: node.get("tags").and_then(|tags| tags.seq().first()?.str()).map(str::to_owned),
            summary: node.text("summary"),
            description: node.text("description"),
            external_docs: docs.and_then(|docs| {
                Some((
                    docs.get("description").and_then(Node::str).map(str::to_owned),
                    docs.get("url")?.str()?.to_owned(),
                ))
            }),
            deprecation: Deprecation::read(node),
            servers: servers(node),
            security: node.get("security").map(requirements),
            parameters: inherited.into_iter().chain(own).collect(),
            body: node.get("requestBody").map(|body| RequestBody::read(followed(body, document))),
            responses: responses(node, document),
            errors: node.get("x-errors").map(texts),
            feature: node.get("x-feature").and_then(Node::str).map(str::to_owned),
            idempotent: node.flag("x-idempotent"),
            pagination: node.get("x-pagination").map(|node| Pagination {
                argument: node.text("argument"),
                next: node.text("next"),
                page: node.text("page"),
                pages: node.text("pages"),
                items: node.text("items"),
                repeated: node.text("repeated"),
            }),
        }
    }

    /// Returns the top-level schemas of its parameters, its body and its responses.
    pub(super) fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Schema> {
        let of_parameters = self.parameters.iter_mut().flat_map(|it| {
            std::iter::once(&mut it.schema).chain(it.content.values_mut().filter_map(|it| it.schema.as_mut()))
        });
        let bodies = self.body.iter_mut().flat_map(|body| body.content.values_mut());
        let answers = self.responses.values_mut().flat_map(|response| response.content.values_mut());
        of_parameters.chain(bodies.chain(answers).filter_map(|media| media.schema.as_mut()))
    }
}

impl Deprecation {
    fn read(node: &Node) -> Self {
        Self {
            is_deprecated: node.flag("deprecated") == Some(true),
            reason: node.text("x-deprecated-reason"),
        }
    }
}

impl Parameter {
    /// Returns whether both are the same parameter, however they are described.
    fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.place == other.place
    }

    fn read(node: &Node) -> Self {
        let mut schema = node.get("schema").map(Schema::read).unwrap_or_default();
        schema.example = schema.example.or_else(|| node.get("example").map(Node::to_json));
        Self {
            name: node.text("name"),
            place: node.text("in"),
            description: node.text("description"),
            required: node.flag("required") == Some(true),
            deprecation: Deprecation::read(node),
            rust_name: node.text("x-rust-name"),
            is_credential: node.flag("x-credential") == Some(true),
            encoding: Encoding::read(node),
            schema,
            content: content(node),
        }
    }
}

impl RequestBody {
    fn read(node: &Node) -> Self {
        Self {
            description: node.get("description").and_then(Node::str).map(str::to_owned),
            required: node.flag("required") == Some(true),
            rust_name: node.text("x-rust-name"),
            content: content(node),
        }
    }
}

impl Response {
    fn read(node: &Node) -> Self {
        Self { description: node.text("description"), content: content(node) }
    }

    /// Returns its first schema, with the media type. Prefers JSON, since only JSON is deserialized by its schema.
    pub(in crate::spec) fn schema(&self) -> Option<(&str, &Schema)> {
        let schemas =
            || self.content.iter().filter_map(|(kind, media)| Some((kind.as_str(), media.schema.as_ref()?)));
        schemas().find(|(kind, _)| is_json(&essence(kind))).or_else(|| schemas().next())
    }
}

fn content(node: &Node) -> IndexMap<String, Media> {
    let media = |node: &Node| Media {
        schema: node.get("schema").map(Schema::read),
        encoding: named(node.get("encoding")).map(|(name, node)| (name, Encoding::read(node))).collect(),
    };
    named(node.get("content")).map(|(kind, node)| (kind, media(node))).collect()
}

impl Encoding {
    fn read(node: &Node) -> Self {
        Self {
            content_type: node.text("contentType"),
            style: node.get("style").and_then(Node::str).map(str::to_owned),
            explode: node.flag("explode"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::openapi;

    #[test]
    fn of_two_parameters_the_first_is_taken() {
        let of =
            |name: &str, place: &str, about: &str| json!({ "name": name, "in": place, "description": about });
        let api = openapi(&json!({ "paths": { "/a": {
            "parameters": [of("a", "query", "1"), of("b", "query", "2"), of("b", "query", "3")],
            "get": { "parameters": [of("a", "query", "4"), of("a", "header", "5"), of("a", "query", "6")] },
        } } }));
        let taken = api.operations[0].parameters.iter().map(|it| it.description.as_str());
        assert_eq!(taken.collect::<Vec<_>>(), ["2", "4", "5"]);
    }

    #[test]
    fn statuses_are_read_as_well_as_possible() {
        let responses = json!({
            "404 Not Found": { "description": "1" }, "4ok": { "description": "2" }, "404": { "description": "3" }, "ok": { "description": "4" },
            "999": { "description": "5" }, "2XX": { "description": "6" }, "200-299": { "description": "7" }, "default": { "description": "8" },
        });
        let api = openapi(&json!({ "paths": { "/a": { "get": { "responses": responses } } } }));
        let read =
            api.operations[0].responses.iter().map(|(status, it)| format!("{status} {}", it.description));
        assert_eq!(read.collect::<Vec<_>>(), ["404 3", "2XX 6", "default 8", "4XX 2", "999 5"]);
    }
}
