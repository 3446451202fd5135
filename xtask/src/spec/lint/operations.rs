//! Checks paths, operations and their parameters.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::openapi::{Method, variables};
use crate::spec::yaml::{Node, Value};
use crate::spec::{json_pointer, naming, reserved};

/// An operation of the document.
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    /// Its method as the document writes it: `get`.
    method: &'a str,
    pub(super) node: &'a Node,
    /// How messages name it.
    pub(super) what: String,
}

impl<'a> Lint<'a> {
    /// Returns all operations, in the order of the document.
    pub(super) fn operations(&self) -> Vec<Operation<'a>> {
        let document = self.document;
        let paths = document.root.get("paths").map(Node::map).into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                let operations = item.node.map().iter().filter(|(key, _)| Method::of(key).is_some());
                operations.map(move |(method, entry)| Operation {
                    path,
                    method,
                    node: &entry.node,
                    what: format!("`{method} {path}`"),
                })
            })
            .collect()
    }

    pub(super) fn paths(&mut self) {
        for (path, entry) in self.document.root.get("paths").map(Node::map).into_iter().flatten() {
            if self.rules == Rules::Foreign {
                if !path.starts_with("x-") {
                    self.foreign_path(path, &entry.key);
                }
                continue;
            }
            let is_plain = path.chars().all(|c| c.is_ascii_graphic() && !"\"\\?#".contains(c));
            if !path.starts_with('/') || !is_plain {
                self.report(
                    Finding::new(&entry.key, format!("the path `{path}` is not a path below the base URL"))
                        .help("it begins with a slash and has no query: `/team.info`"),
                );
            }
        }
        self.templates();
        for operation in self.operations() {
            self.path_parameters(&operation);
            self.idempotence(&operation);
        }
        // Paths of other files to which the root document does not refer would be lost.
        for other in &self.document.others {
            for (path, entry) in other.get("paths").map(Node::map).into_iter().flatten() {
                self.report(
                    Finding::new(&entry.key, format!("nothing refers to the path `{path}`")).help(format!(
                        "add `{path}: {{ $ref: \"<this file>#/paths/{}\" }}` to the paths of openapi/slack-rtm.yaml",
                        json_pointer::escape(path)
                    )),
                );
            }
        }
    }

    /// Warns about a path of a foreign document with a query or a fragment, or without a leading slash.
    fn foreign_path(&mut self, path: &str, location: &Location) {
        let mut told = Vec::new();
        if !path.starts_with('/') {
            told.push("does not begin with a slash: it is read as if it did");
        }
        if path.contains('#') {
            told.push("has a `#`: what follows it is never sent");
        }
        if path.split('#').next().is_some_and(|path| path.contains('?')) {
            told.push("has a query: it is sent with every call");
        }
        for message in told {
            self.report(Finding::warning(location, format!("the path `{path}` {message}")));
        }
    }

    /// Reports paths that differ only in the names of their parameters, which are the same path.
    fn templates(&mut self) {
        let mut seen: BTreeMap<String, (&str, &Location)> = BTreeMap::new();
        for (path, entry) in self.document.root.get("paths").map(Node::map).into_iter().flatten() {
            let parts = path.split('{').enumerate();
            let template: String = parts
                .map(|(n, part)| match part.split_once('}') {
                    // A variable of Google's with a pattern matches other values than one without.
                    Some((variable, rest)) if n > 0 && !variable.contains(['+', '=']) => {
                        format!("{{}}{rest}")
                    }
                    _ => part.to_owned(),
                })
                .collect();
            if let Some((first, location)) = seen.insert(template, (path, &entry.key)) {
                let finding = Finding::new(&entry.key, format!("the paths `{first}` and `{path}` are one"));
                let until = match self.rules {
                    Rules::Own => "",
                    Rules::Foreign => "; until then, the operations of both are generated",
                };
                self.report_by_rules(
                    finding.help(format!(
                        "the first is at {location}; put the operations of both under it{until}"
                    )),
                );
            }
        }
    }

    /// Resolves the reference of a node; returns any other node as it is.
    pub(super) fn resolve(&self, node: &'a Node) -> &'a Node {
        node.get("$ref").and_then(Node::str).and_then(|name| self.document.resolve(name)).unwrap_or(node)
    }

    /// Checks that the names in the braces of a path and the declared path parameters agree.
    fn path_parameters(&mut self, operation: &Operation<'a>) {
        let in_braces: BTreeSet<&str> = variables(operation.path).map(|it| it.name).collect();
        let item = self.document.root.at(&["paths", operation.path, "parameters"]);
        let all = item.into_iter().chain(operation.node.get("parameters")).flat_map(Node::seq);
        let mut named = BTreeSet::new();
        for parameter in all {
            let resolved = self.resolve(parameter);
            let name = resolved.get("name").and_then(Node::str).unwrap_or_default();
            if resolved.get("in").and_then(Node::str) != Some("path") {
                continue;
            }
            named.insert(name);
            if !in_braces.contains(name) {
                self.report_by_rules(
                    Finding::new(
                        &parameter.location,
                        format!("the path of {} has no `{{{name}}}`", operation.what),
                    )
                    .help(match self.rules {
                        Rules::Own => "write the parameter into the path, or let it be `in: query`",
                        Rules::Foreign => {
                            "the parameter is left out; write it into the path, or let it be `in: query`"
                        }
                    }),
                );
            }
        }
        for name in in_braces.difference(&named) {
            let until = if self.rules == Rules::Foreign { "; until then it is a text" } else { "" };
            self.report_by_rules(
                Finding::new(
                    &operation.node.location,
                    format!("{} has no parameter for `{{{name}}}`", operation.what),
                )
                .help(format!("add `{{ name: {name}, in: path, required: true, ... }}`{until}")),
            );
        }
    }

    /// Reports an `x-idempotent` that only repeats what the HTTP method implies.
    fn idempotence(&mut self, operation: &Operation<'a>) {
        let Some(flag) = operation.node.map().get("x-idempotent") else { return };
        let by_method = !matches!(operation.method, "post" | "patch");
        if matches!(flag.node.value, Value::Bool(value) if value == by_method) && self.rules == Rules::Own {
            let does = if by_method { "may be repeated" } else { "is not repeated" };
            self.report(
                Finding::new(&flag.key, format!("`x-idempotent` of {} has no effect", operation.what)).help(
                    format!(
                        "a call by {} {does} unless the document says otherwise: remove the key",
                        operation.method.to_uppercase()
                    ),
                ),
            );
        }
    }

    /// Checks one operation, without its parts, which are visited separately.
    pub(super) fn operation(&mut self, node: &'a Node, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
        if node.get("operationId").is_none() {
            self.report(
                Finding::new(&node.location, format!("{what} has no operationId"))
                    .help("it becomes the function's name"),
            );
        }
        match node.get("responses") {
            None => self.report(
                Finding::new(&node.location, format!("{what} has no responses"))
                    .help("`200` is the typed answer, `default` the typed refusal"),
            ),
            Some(responses) => self.responses(responses, what),
        }
        if node.get("tags").is_none_or(|tags| tags.seq().is_empty()) {
            let location = node.get("tags").map_or(&node.location, |tags| &tags.location);
            self.report(
                Finding::new(location, format!("{what} has no tag"))
                    .help("add one: the first becomes the module's name"),
            );
        }
        self.described(node, what);
        self.extensions(node, what);
        if let Some(reason) = node.map().get("x-deprecated-reason")
            && node.get("deprecated").is_none()
        {
            self.report(
                Finding::new(&reason.key, format!("`x-deprecated-reason` of {what} has no effect"))
                    .help("add `deprecated: true`"),
            );
        }
    }

    /// Checks that the codes of `x-errors` exist in `ErrorCode`, and that `x-pagination` names existing arguments and properties.
    fn extensions(&mut self, node: &'a Node, what: &str) {
        let known = self.document.component("schemas", "ErrorCode").and_then(|entry| entry.node.get("enum"));
        let known: BTreeSet<&str> =
            known.map(Node::seq).unwrap_or_default().iter().filter_map(Node::str).collect();
        for code in node.get("x-errors").map(Node::seq).unwrap_or_default() {
            let text = code.str().unwrap_or_default();
            if !known.contains(text) {
                self.report(
                    Finding::new(&code.location, format!("`{text}` is not a code of `ErrorCode`"))
                        .help("add it there, with what it means"),
                );
            }
        }
        let Some(pagination) = node.get("x-pagination") else { return };
        let get = |key: &str| pagination.get(key).and_then(Node::str);
        let form =
            node.at(&["requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties"]);
        let parameters = node.get("parameters").map(Node::seq).unwrap_or_default().iter();
        let has_argument = |name: &str| {
            form.is_some_and(|form| form.get(name).is_some())
                || parameters.clone().any(|it| self.resolve(it).get("name").and_then(Node::str) == Some(name))
        };
        let is_told = get("next").is_some() || get("page").is_some() && get("pages").is_some();
        let answer = node.at(&["responses", "200", "content", "application/json", "schema"]);
        // Finds the schema at a path of properties in the answer.
        let find = |path: &str| {
            let mut at = answer.map(|schema| self.followed(schema));
            for name in path.split('.') {
                let property = at.and_then(|schema| schema.at(&["properties", name]));
                at = property.map(|schema| self.followed(schema));
            }
            at
        };
        let type_of = |schema: &'a Node| schema.get("type").and_then(Node::str);
        let misled = |(key, wanted): (&str, &str)| {
            let path = get(key)?;
            match find(path).and_then(type_of) {
                None => Some(format!("names `{path}`, which the answer does not have")),
                Some(found) if found != wanted => {
                    Some(format!("names `{path}`, which is of the type `{found}` and not `{wanted}`"))
                }
                Some(_) => None,
            }
        };
        let paths = [("next", "string"), ("page", "integer"), ("pages", "integer"), ("items", "array")];
        let wrong = match get("argument") {
            _ if !is_told => Some("does not say where the next page is".to_owned()),
            _ if get("items").is_none() => Some("does not say which list comes in pages".to_owned()),
            Some(argument) if has_argument(argument) => {
                let item = get("items").and_then(find).and_then(|list| list.get("items"));
                let item = item.map(|item| self.followed(item));
                let has = |name: &str| item.and_then(|item| item.at(&["properties", name])).is_some();
                let lost = get("repeated").filter(|name| !has(name));
                let lost = lost.map(|name| format!("names `{name}`, which the items do not have"));
                paths.into_iter().find_map(misled).or(lost)
            }
            _ => Some("names no argument of the operation".to_owned()),
        };
        if let Some(wrong) = wrong {
            self.report(
                Finding::new(&pagination.location, format!("`x-pagination` of {what} {wrong}")).help(
                    "write `{ argument: cursor, next: response_metadata.next_cursor, items: members }`, or `page` and `pages` in place of `next`",
                ),
            );
        }
    }

    /// Resolves a reference, or an `allOf` of a single reference, to the schema that it names; returns any other schema as it is.
    pub(super) fn followed(&self, schema: &'a Node) -> &'a Node {
        let mut schema = schema;
        for _ in 0..8 {
            let only = match schema.get("allOf").map(Node::seq) {
                Some([only]) if schema.get("properties").is_none() => only,
                _ => schema,
            };
            if only.get("$ref").is_none() {
                return only;
            }
            schema = self.resolve(only);
        }
        schema
    }

    fn responses(&mut self, responses: &'a Node, what: &str) {
        for (status, entry) in responses.map() {
            let is_status = status == "default"
                || status.len() == 3
                    && status.starts_with(|c: char| ('1'..='5').contains(&c))
                    && (status[1..].bytes().all(|b| b.is_ascii_digit()) || &status[1..] == "XX");
            if !is_status {
                self.report(
                    Finding::new(&entry.key, format!("`{status}` of {what} is not an HTTP status"))
                        .help("write a status such as \"200\", a class such as \"4XX\", or `default`"),
                );
            }
        }
        if self.rules == Rules::Own && !responses.map().contains_key("default") {
            self.report(
                Finding::new(&responses.location, format!("{what} has no `default` response")).help(
                    "it is the typed refusal, which comes with HTTP 200 too: add `default` with a schema such as ErrorResponse",
                ),
            );
        }
        if !responses.map().keys().any(|status| status.starts_with('2')) {
            self.report(
                Finding::new(&responses.location, format!("{what} has no response for a success"))
                    .help("`200` is the typed answer, `204` is one without a body"),
            );
        }
    }

    /// Checks one parameter, without its schema, which is visited separately.
    pub(super) fn parameter(&mut self, node: &'a Node, what: &str) {
        self.described(node, what);
        let location = node.get("in").map_or(&node.location, |node| &node.location);
        match node.get("in").and_then(Node::str) {
            Some("query" | "path" | "header") | None => {}
            Some("cookie") if self.rules == Rules::Own => {
                self.report(
                    Finding::new(location, format!("{what} is in the cookie"))
                        .help("Slack's methods read no cookies: write `in: query`"),
                );
            }
            Some("cookie") => {}
            Some("querystring") if self.rules == Rules::Foreign => self.query_string(node, location, what),
            Some(other) => {
                let finding = Finding::new(
                    location,
                    format!("{what} is in `{other}`, which is not a location of parameters"),
                );
                self.report(finding.help("write `in: query`"));
            }
        }
        if let Some(reason) =
            node.map().get("x-deprecated-reason").filter(|_| node.get("deprecated").is_none())
        {
            self.report_by_rules(
                Finding::new(&reason.key, format!("`x-deprecated-reason` of {what} has no effect"))
                    .help("add `deprecated: true`"),
            );
        }
        let is_required = node.flag("required") == Some(true);
        if self.rules == Rules::Own && node.get("in").and_then(Node::str) == Some("path") && !is_required {
            self.report(
                Finding::new(location, format!("{what} is in the path and not required"))
                    .help("add `required: true`: a path has all its parts"),
            );
        }
        let name = node.get("name").and_then(Node::str).unwrap_or_default();
        if self.rules == Rules::Own
            && node.get("in").and_then(Node::str) == Some("header")
            && reserved::HEADERS.contains(&name.to_lowercase().as_str())
        {
            self.report(
                Finding::new(location, format!("{what} is a header that callers cannot set"))
                    .help("the client writes it; remove the parameter"),
            );
        }
        if !naming::is_header_name(name) && node.get("in").and_then(Node::str) == Some("header") {
            let location = node.get("name").map_or(&node.location, |node| &node.location);
            self.report_by_rules(
                Finding::new(location, format!("`{name}` cannot be the name of a header")).help(
                    match self.rules {
                        Rules::Own => {
                            "a header's name has letters, digits and hyphens, and no blanks: `X-Request-Id`"
                        }
                        Rules::Foreign => "the parameter is left out: no request can have it",
                    },
                ),
            );
        }
        if node.get("schema").is_none() && node.get("content").is_none() {
            self.report_by_rules(
                Finding::new(&node.location, format!("{what} has no schema"))
                    .help("add its type: `schema: { type: string }`"),
            );
        }
    }
}
